//! What the file says of itself, twice with the same words: the old `Info` dictionary and XMP.

use std::fmt::Write;

use jiff::Timestamp;
use lopdf::{Dictionary, Document as File, Object, ObjectId, Stream, dictionary, text_string};
use sha2::{Digest, Sha256};

use crate::receipt::document::Document;

/// The program that a reader names as the maker of the file.
const MAKER: &str = "Fleksport";

/// The properties, without signs that XML cannot hold.
struct Properties {
    title: String,
    author: String,
    subject: String,
    created: Timestamp,
    language: &'static str,
    identity: [u8; 16],
}

impl Properties {
    fn new(document: &Document, language: &'static str) -> Self {
        Self {
            title: printable(&document.title),
            author: printable(&document.author),
            subject: printable(&document.subject),
            created: document.created,
            language,
            identity: identity(&document.identity),
        }
    }
}

/// Adds XMP to the file and gives its object; fills `Info` and the identifier of the file.
pub(super) fn add(file: &mut File, document: &Document, language: &'static str) -> ObjectId {
    let properties = Properties::new(document, language);
    let info = file.add_object(info(&properties));
    file.trailer.set("Info", info);
    let identifier = Object::String(properties.identity.to_vec(), lopdf::StringFormat::Hexadecimal);
    file.trailer.set("ID", vec![identifier.clone(), identifier]);
    let xmp = Stream::new(
        dictionary! { "Type" => "Metadata", "Subtype" => "XML" },
        xmp(&properties).into_bytes(),
    );
    file.add_object(xmp.with_compression(false))
}

/// A time as PDF writes it, in UTC.
pub(super) fn pdf_time(time: Timestamp) -> Object {
    Object::string_literal(time.strftime("D:%Y%m%d%H%M%SZ").to_string())
}

/// Sixteen bytes that are the same for the same identity.
fn identity(identity: &str) -> [u8; 16] {
    let digest = Sha256::digest(identity.as_bytes());
    std::array::from_fn(|index| digest[index])
}

fn info(properties: &Properties) -> Dictionary {
    dictionary! {
        "Title" => text_string(&properties.title),
        "Author" => text_string(&properties.author),
        "Subject" => text_string(&properties.subject),
        "Creator" => text_string(MAKER),
        "Producer" => text_string(MAKER),
        "CreationDate" => pdf_time(properties.created),
        "ModDate" => pdf_time(properties.created),
    }
}

/// The XMP packet: the properties, the two standards that the file keeps, and the definition of the
/// property by which PDF/UA is named, which PDF/A asks for.
fn xmp(properties: &Properties) -> String {
    format!(
        include_str!("metadata.xmp"),
        title = escaped(&properties.title),
        author = escaped(&properties.author),
        subject = escaped(&properties.subject),
        language = properties.language,
        maker = MAKER,
        time = properties.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        uuid = uuid_text(properties.identity),
    )
}

fn uuid_text(bytes: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}

/// A text with a replacement sign for everything that XML 1.0 cannot hold.
fn printable(text: &str) -> String {
    let allowed = |letter| !matches!(letter, '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}');
    text.chars()
        .map(|letter| if allowed(letter) { letter } else { '\u{FFFD}' })
        .collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_made_fit_for_xml() {
        assert_eq!(printable("a\u{0}b\nc"), "a\u{FFFD}b\u{FFFD}c");
        assert_eq!(escaped("Løn & <b>"), "Løn &amp; &lt;b&gt;");
    }

    #[test]
    fn the_identifier_depends_on_the_identity_alone() {
        assert_eq!(identity("FP-1"), identity("FP-1"));
        assert_ne!(identity("FP-1"), identity("FP-2"));
        assert_eq!(uuid_text([0xAB; 16]), "abababab-abab-abab-abab-abababababab");
    }

    #[test]
    fn times_are_written_in_utc() {
        let time: Timestamp = "2026-11-30T14:05:09.5+01:00".parse().unwrap();
        assert_eq!(pdf_time(time), Object::string_literal("D:20261130130509Z"));
    }
}
