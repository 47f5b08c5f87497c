use std::collections::BTreeMap;

use super::{
    Stop,
    package::Package,
    xml::{Step, attribute, walk},
};
use crate::receive::number_format::NumberStyle;

/// More styles than any workbook needs.
const MAX_STYLES: usize = 100_000;

/// How each style of cells shows numbers: first those of nothing and more, then those below.
pub(super) struct Styles(Vec<(NumberStyle, NumberStyle)>);

impl Styles {
    /// Without a part for styles everything is shown as it is.
    pub fn read(package: &mut Package<'_>, name: &str) -> Result<Self, Stop> {
        let mut codes: BTreeMap<u32, String> = BTreeMap::new();
        let mut ids: Vec<u32> = Vec::new();
        let mut is_in_cells = false;
        if let Some(part) = package.part(name)? {
            walk(part, |step| {
                match step {
                    Step::Start(start) => match start.local_name().as_ref() {
                        "numFmt" if codes.len() < MAX_STYLES => {
                            let id = attribute(start, "numFmtId").and_then(|id| id.parse().ok());
                            codes.extend(id.zip(attribute(start, "formatCode")));
                        }
                        "cellXfs" => is_in_cells = true,
                        "xf" if is_in_cells && ids.len() < MAX_STYLES => {
                            let id = attribute(start, "numFmtId").and_then(|id| id.parse().ok());
                            ids.push(id.unwrap_or(0));
                        }
                        _ => {}
                    },
                    Step::End("cellXfs") => is_in_cells = false,
                    Step::End(_) | Step::Text(_) => {}
                }
                Ok(())
            })?;
        }
        let styles = ids.into_iter().map(|id| match codes.get(&id) {
            Some(code) => (NumberStyle::of(code, false), NumberStyle::of(code, true)),
            None => (NumberStyle::builtin(id), NumberStyle::builtin(id)),
        });
        Ok(Self(styles.collect()))
    }

    pub fn style(&self, index: usize, is_negative: bool) -> &NumberStyle {
        match self.0.get(index) {
            Some((_, below)) if is_negative => below,
            Some((style, _)) => style,
            None => &NumberStyle::General,
        }
    }
}
