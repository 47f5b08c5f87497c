//! From bytes to text, in the encodings that spreadsheets save, and never by a guess that would change letters.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::{
    finding::Violation,
    receive::messages::{self, OtherFile},
};

/// The text: UTF-8, UTF-16 with or without its mark, or else Windows-1252, which is what Danish spreadsheets save.
///
/// # Errors
/// Where it is none of these throughout, or the letters would make no sense; the line is told.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Violation> {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) if encoding == UTF_8 => {
            let bytes = &bytes[mark..];
            Cow::Borrowed(std::str::from_utf8(bytes).map_err(|fault| unclear_at(bytes, fault.valid_up_to()))?)
        }
        Some((encoding, _)) => wide(encoding, bytes)?,
        None => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Cow::Borrowed(text),
            Ok(_) => wide(unmarked_utf_16(bytes).ok_or_else(no_text)?, bytes)?,
            Err(fault) => match unmarked_utf_16(bytes) {
                Some(encoding) => wide(encoding, bytes)?,
                None => one_byte_letters(bytes, fault.valid_up_to())?,
            },
        },
    };
    if text.contains('\0') {
        return Err(no_text());
    }
    Ok(text)
}

fn no_text() -> Violation {
    messages::file_is(OtherFile::NoWorkbook)
}

fn wide<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> Result<Cow<'b, str>, Violation> {
    let (text, _, has_faults) = encoding.decode(bytes);
    if has_faults {
        let before = text.split('\u{fffd}').next().unwrap_or_default();
        return Err(messages::encoding_unclear(line_at(before.as_bytes(), before.len())));
    }
    Ok(text)
}

/// Text of two bytes a letter has a zero in nearly every second place.
fn unmarked_utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = bytes.get(..bytes.len().min(2_000) / 2 * 2)?;
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second, half) = (zeros(0), zeros(1), start.len() / 4);
    match (first > half, second > half) {
        (false, true) => Some(UTF_16LE),
        (true, false) => Some(UTF_16BE),
        (true, true) | (false, false) => None,
    }
}

/// Windows-1252, where nothing speaks for UTF-8 with a fault in it, or for the letters of another system.
fn one_byte_letters(bytes: &[u8], first_fault: usize) -> Result<Cow<'_, str>, Violation> {
    if has_utf_8_letters(bytes) {
        return Err(unclear_at(bytes, first_fault));
    }
    let text = WINDOWS_1252.decode_without_bom_handling(bytes).0;
    let end = text.split_inclusive(['\r', '\n']).scan(0, |end, line| {
        *end += line.len();
        Some((*end, line))
    });
    for (end, line) in end {
        if line.split([';', '\t', ',', '"']).any(is_implausible) {
            let start = end - line.len();
            return Err(messages::encoding_unclear(line_at(text.as_bytes(), start)));
        }
    }
    Ok(text)
}

/// A letter of several bytes that is right.
fn has_utf_8_letters(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
}

/// Whether a cell in Windows-1252 has signs where only letters can stand: `S›ren`, `bl†`, `¿re`. They are the letters of DOS and Mac.
fn is_implausible(cell: &str) -> bool {
    if cell.is_ascii() {
        return false;
    }
    let signs: Vec<char> = cell.chars().collect();
    let letter = |at: Option<usize>| at.and_then(|at| signs.get(at)).is_some_and(|c| c.is_alphabetic());
    signs.iter().enumerate().any(|(at, sign)| {
        let (before, after) = (letter(at.checked_sub(1)), letter(Some(at + 1)));
        match sign {
            // No sign at all in Windows-1252.
            '\u{80}'..='\u{9f}' => true,
            'Œ' => true,
            // Between words and around them.
            '’' | '–' | '—' | '·' | '´' | '¨' | '\u{a0}' => false,
            '‘' => before || after && !signs.contains(&'’'),
            '“' | '«' | '‹' => before,
            '”' | '»' | '›' => after,
            '„' | '‚' => before,
            '®' | '™' | '²' | '³' | '¹' | '°' | '…' | '½' | '¼' | '¾' => after,
            '€' | '£' | '§' | '©' | 'ª' | 'º' | '•' => before && after,
            '†' | '‡' | '‰' | '¿' | '¯' | '¤' | '¥' | '¦' | '¬' | '±' | '¶' | '¢' | '˜' | 'ˆ' | '¸' | '×' | '÷'
            | 'ƒ' | '¡' => before || after,
            _ => false,
        }
    })
}

fn unclear_at(bytes: &[u8], at: usize) -> Violation {
    messages::encoding_unclear(line_at(bytes, at))
}

/// The line of a byte, from 1; lines end in any of the three ways.
fn line_at(bytes: &[u8], at: usize) -> usize {
    let before = &bytes[..at.min(bytes.len())];
    let breaks = before
        .iter()
        .enumerate()
        .filter(|(index, byte)| **byte == b'\n' || **byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'));
    1 + breaks.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &[u8]) -> String {
        decode(bytes).unwrap_err().message.en
    }

    fn wide_bytes(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn what_spreadsheets_save_is_read() {
        let text = "navn;løn\nSøren Ærø Åberg – “x” O’Brien;1\n";
        let windows = WINDOWS_1252.encode(text).0.into_owned();
        let variants = [
            text.as_bytes().to_vec(),
            format!("\u{feff}{text}").into_bytes(),
            wide_bytes(text, u16::to_le_bytes),
            wide_bytes(text, u16::to_be_bytes),
            wide_bytes(&format!("\u{feff}{text}"), u16::to_be_bytes),
            windows,
        ];
        for bytes in &variants {
            assert_eq!(decode(bytes).unwrap(), text);
        }
    }

    #[test]
    fn letters_of_other_systems_are_asked_about_with_their_line() {
        // CP850 and Mac Roman for Søren, Kjær, blå, øre, Østergaard, Ærø.
        for word in [
            b"S\x9bren".as_slice(),
            b"Kj\x91r",
            b"bl\x86",
            b"\x9bre",
            b"\x9dstergaard",
            b"S\xbfren",
            b"Kj\xber",
            b"bl\x8c",
            b"\xbfre",
            b"\xafstergaard",
            b"\xaer\xbf",
            b"\x81berg",
        ] {
            let bytes = [b"a;b\r\nc;".as_slice(), word, b"\r\n"].concat();
            assert!(told(&bytes).starts_with("Line 2 "), "{word:?}");
        }
        assert!(told(b"a\rS\xc3\xb8ren\rX\xe6X\r").starts_with("Line 3 "));
        assert!(told(b"\xef\xbb\xbfa\nb\xe6\n").starts_with("Line 2 "));
    }

    #[test]
    fn what_is_no_text_is_not_taken_for_any() {
        for bytes in [b"a\0b\0\0\0".as_slice(), b"\0\0\0\0", b"a;b\nc\0\n"] {
            assert!(decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
