//! What the bytes of a file are, whatever its name says.

use crate::receive::messages::OtherFile;

/// As far as its first bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Empty,
    /// A workbook, if it is any.
    Zip,
    Other(OtherFile),
    /// Text, as far as can be seen.
    Text,
}

pub(super) fn of(bytes: &[u8]) -> FileKind {
    const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    let start: String = bytes
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace() || matches!(byte, 0xef | 0xbb | 0xbf))
        .take(16)
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect();
    if bytes.is_empty() {
        FileKind::Empty
    } else if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        FileKind::Zip
    } else if bytes.starts_with(OLE) {
        FileKind::Other(OtherFile::Ole)
    } else if start.starts_with("%pdf-") {
        FileKind::Other(OtherFile::Pdf)
    } else if ["<!doctype", "<html", "<?xml", "<table", "<meta", "<head"]
        .iter()
        .any(|tag| start.starts_with(tag))
    {
        FileKind::Other(OtherFile::Web)
    } else {
        FileKind::Text
    }
}
