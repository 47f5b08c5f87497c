use std::collections::BTreeMap;

use super::{
    Stop, broken,
    package::Package,
    styles::Styles,
    xml::{Step, attribute, is_true, walk},
};
use crate::receive::{
    cell::Epoch,
    messages,
    table::{Bounded, MAX_CELLS},
};

/// More sheets than anybody finds their way in.
const MAX_SHEETS: usize = 500;

/// What the sheets of a workbook share.
pub(super) struct Workbook {
    pub sheets: Vec<SheetEntry>,
    pub strings: Vec<String>,
    pub styles: Styles,
    pub epoch: Epoch,
}

/// A sheet, and where it is.
pub(super) struct SheetEntry {
    pub name: String,
    pub is_shown: bool,
    pub part: String,
}

impl Workbook {
    pub fn read(package: &mut Package<'_>) -> Result<Self, Stop> {
        let roots = relations(package, "_rels/.rels", "")?;
        let main = roots
            .of_kind("officeDocument")
            .unwrap_or_else(|| "xl/workbook.xml".to_owned());
        let (folder, file) = main.rsplit_once('/').unwrap_or(("", &main));
        let own = relations(package, &format!("{folder}/_rels/{file}.rels"), folder)?;
        let mut sheets = Vec::new();
        let mut epoch = Epoch::Of1900;
        let part = package.part(&main)?.ok_or_else(|| broken(()))?;
        walk(part, |step| {
            let Step::Start(start) = step else { return Ok(()) };
            match start.local_name().as_ref() {
                "workbookPr" if is_true(start, "date1904") => epoch = Epoch::Of1904,
                "sheet" if sheets.len() < MAX_SHEETS => {
                    let part = attribute(start, "id").and_then(|id| own.targets.get(&id).cloned());
                    // Charts and macros have no cells.
                    let part = part.filter(|(kind, _)| kind == "worksheet");
                    sheets.extend(part.map(|(_, part)| SheetEntry {
                        name: attribute(start, "name").unwrap_or_default().chars().take(31).collect(),
                        is_shown: attribute(start, "state").is_none_or(|state| state == "visible"),
                        part,
                    }));
                }
                _ => {}
            }
            Ok(())
        })?;
        let beside = |name: &str| format!("{folder}/{name}");
        let strings = own
            .of_kind("sharedStrings")
            .unwrap_or_else(|| beside("sharedStrings.xml"));
        let styles = own.of_kind("styles").unwrap_or_else(|| beside("styles.xml"));
        Ok(Self {
            sheets,
            strings: shared_strings(package, &strings)?,
            styles: Styles::read(package, &styles)?,
            epoch,
        })
    }
}

/// What a part refers to: kind and place by id.
#[derive(Default)]
struct Relations {
    targets: BTreeMap<String, (String, String)>,
}

impl Relations {
    fn of_kind(&self, wanted: &str) -> Option<String> {
        let found = self.targets.values().find(|(kind, _)| kind == wanted)?;
        Some(found.1.clone())
    }
}

fn relations(package: &mut Package<'_>, name: &str, folder: &str) -> Result<Relations, Stop> {
    let mut found = Relations::default();
    let Some(part) = package.part(name)? else {
        return Ok(found);
    };
    walk(part, |step| {
        if let Step::Start(start) = step
            && start.local_name().as_ref() == "Relationship"
            && found.targets.len() < MAX_SHEETS * 2
            && let (Some(id), Some(kind), Some(target)) = (
                attribute(start, "Id"),
                attribute(start, "Type"),
                attribute(start, "Target"),
            )
        {
            let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
            found.targets.insert(id, (kind, resolved(folder, &target)));
        }
        Ok(())
    })?;
    Ok(found)
}

/// A place given from a folder, as the name of a part.
fn resolved(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "." | "" => {}
            ".." => _ = steps.pop(),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The texts that cells refer to by number.
fn shared_strings(package: &mut Package<'_>, name: &str) -> Result<Vec<String>, Stop> {
    let mut strings = Vec::new();
    let Some(part) = package.part(name)? else {
        return Ok(strings);
    };
    let mut text = RichText::default();
    walk(part, |step| {
        match &step {
            Step::Start(start) if start.local_name().as_ref() == "si" => text.begin(),
            Step::End("si") => {
                if strings.len() >= MAX_CELLS {
                    return Err(messages::too_many_values(MAX_CELLS));
                }
                strings.push(text.take());
            }
            _ => text.step(&step),
        }
        Ok(())
    })?;
    Ok(strings)
}

/// Text in pieces of several looks; how it is pronounced is left out.
#[derive(Default)]
pub(super) struct RichText {
    text: Bounded,
    is_in_text: bool,
    is_pronunciation: bool,
}

impl RichText {
    pub fn begin(&mut self) {
        *self = Self::default();
    }

    pub fn step(&mut self, step: &Step<'_>) {
        match step {
            Step::Start(start) => match start.local_name().as_ref() {
                "t" => self.is_in_text = true,
                "rPh" => self.is_pronunciation = true,
                _ => {}
            },
            Step::End("t") => self.is_in_text = false,
            Step::End("rPh") => self.is_pronunciation = false,
            Step::Text(text) if self.is_in_text && !self.is_pronunciation => self.text.push(text),
            Step::End(_) | Step::Text(_) => {}
        }
    }

    pub fn take(&mut self) -> String {
        unescaped(self.text.take())
    }
}

/// `_x000D_` stands for a character that XML has no place for.
fn unescaped(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let mut plain = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        let code = rest
            .get(at + 2..at + 6)
            .filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        let character = code
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .and_then(char::from_u32);
        let end = at + if character.is_some() { 7 } else { 2 };
        plain.push_str(&rest[..at]);
        match character {
            Some(character) => plain.push(character),
            None => plain.push_str("_x"),
        }
        rest = &rest[end..];
    }
    plain + rest
}
