//! Text as it is compared and kept: one way to write each letter, and nothing that nobody sees.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The text in NFC without invisible characters: soft hyphens, zero-width blanks and joiners, byte order marks, marks of the direction of
/// writing, variation selectors, tags. They come along when text is copied, mean nothing in a report, and make equal texts differ.
///
/// Blanks and line breaks stay; so do control characters, which the reader of a field refuses.
///
/// ```
/// use fleksport::value::clean;
///
/// assert_eq!(clean("Ta\u{30a}rnby\u{200b}"), "Tårnby");
/// assert_eq!(clean("\u{feff}\u{ad}"), "");
/// ```
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let visible = if text.contains(is_invisible) {
        Cow::Owned(text.chars().filter(|c| !is_invisible(*c)).collect::<String>())
    } else {
        Cow::Borrowed(text)
    };
    match is_nfc_quick(visible.chars()) {
        IsNormalized::Yes => visible,
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(visible.nfc().collect()),
    }
}

/// What Unicode calls *default ignorable*, and the blank cell of Braille.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_nobody_sees_falls_away_and_the_letters_stay() {
        for mark in [
            "\u{200b}",
            "\u{feff}",
            "\u{ad}",
            "\u{200e}",
            "\u{202e}",
            "\u{2066}",
            "\u{e0041}",
            "\u{fe0f}",
        ] {
            assert_eq!(clean(&format!("{mark}S{mark}øren{mark}")), "Søren");
        }
        assert_eq!(clean("O\u{308}st A\u{30a}"), "Öst Å");
        assert_eq!(clean("a\u{a0}b\n"), "a\u{a0}b\n");
    }

    proptest! {
        #[test]
        fn what_is_clean_stays_as_it_is(text in any::<String>()) {
            let once = clean(&text).into_owned();
            prop_assert_eq!(clean(&once), once.as_str());
        }
    }
}
