//! XML as far as workbooks need it: names without their prefix, attributes, text with its entities.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};

use super::{Stop, broken, package::Source};
use crate::receive::table::Bounded;

/// What the walk over a part meets.
pub(super) enum Step<'e> {
    Start(&'e BytesStart<'e>),
    /// The name of what ends.
    End(&'e str),
    Text(&'e str),
}

/// Walks over a part from its beginning to its end; an empty element starts and ends.
///
/// # Errors
/// Where the part is no XML, is unpacked to more than may be, or `visit` stops.
pub(super) fn walk(source: impl Source, mut visit: impl FnMut(Step<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
    let mut reader = Reader::from_reader(source);
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(broken)? {
            Event::Start(start) => visit(Step::Start(&start))?,
            Event::Empty(start) => {
                visit(Step::Start(&start))?;
                visit(Step::End(start.local_name().as_ref()))?;
            }
            Event::End(end) => visit(Step::End(end.local_name().as_ref()))?,
            Event::Text(text) => visit(Step::Text(&text.xml10_content()))?,
            Event::CData(text) => visit(Step::Text(&text.xml10_content()))?,
            Event::GeneralRef(entity) => visit(Step::Text(&entity_text(&entity)))?,
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn entity_text(entity: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        return character.to_string();
    }
    let name: &str = entity;
    quick_xml::escape::resolve_predefined_entity(name)
        .unwrap_or_default()
        .to_owned()
}

/// The attribute of that name, prefix apart.
pub(super) fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start
        .attributes()
        .with_checks(false)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    let mut bounded = Bounded::default();
    bounded.push(&found.normalized_value(XmlVersion::Implicit1_0).ok()?);
    Some(bounded.take())
}

pub(super) fn is_true(start: &BytesStart<'_>, name: &str) -> bool {
    attribute(start, name).is_some_and(|value| matches!(value.as_str(), "1" | "true"))
}
