//! Makes a text drawable: only letters that the fonts hold, and a visible stand-in for every other one.
//!
//! A letter that a font lacks would leave no mark on the page at all: "Łukasz" would be printed " ukasz".

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::font::covers;

/// A space at which no line is broken. Drawn as a space.
pub(super) const NO_BREAK_SPACE: char = '\u{A0}';
/// A hyphen at which no line is broken. Drawn as a hyphen.
pub(super) const NO_BREAK_HYPHEN: char = '\u{2011}';
/// A place where a word may be divided. Drawn as a hyphen at the end of a line, else not at all.
pub(super) const SOFT_HYPHEN: char = '\u{AD}';
/// A place where a line may be broken. Never drawn.
pub(super) const ZERO_WIDTH_SPACE: char = '\u{200B}';

/// A text with nothing in it that cannot be drawn, apart from the four signs above and line feeds, which
/// tell where lines may and must end.
pub(super) struct Letters {
    /// The letters that are drawn.
    pub(super) drawn: String,
    /// The parts of `drawn` that stand for something else, in order.
    pub(super) stand_ins: Vec<StandIn>,
}

/// A part that stands for letters which the fonts lack.
pub(super) struct StandIn {
    /// Where it stands, in bytes: `[U+1F600]`.
    pub(super) range: Range<usize>,
    /// The real letters. They stay in the file as `ActualText`, for copying, searching and reading aloud.
    pub(super) real: String,
}

/// What becomes of a letter.
enum Fate {
    Drawn(char),
    /// It has no shape of its own and says something only about its neighbour.
    Joined,
    StandIn,
}

impl Letters {
    pub(super) fn new(text: &str) -> Self {
        let text = composed(text);
        let mut letters = Self {
            drawn: String::with_capacity(text.len()),
            stand_ins: Vec::new(),
        };
        for letter in text.chars() {
            letters.push(letter);
        }
        letters
    }

    fn push(&mut self, letter: char) {
        match fate(letter) {
            Fate::Drawn(drawn) => self.drawn.push(drawn),
            Fate::Joined if !self.ends_in_stand_in() => {}
            Fate::Joined | Fate::StandIn => self.push_stand_in(letter),
        }
    }

    /// Neighbours share one pair of brackets, so that a name in another script stays one word.
    fn push_stand_in(&mut self, letter: char) {
        let code = u32::from(letter);
        if self.ends_in_stand_in() {
            self.drawn.pop();
            self.drawn.push_str(&format!(" U+{code:04X}]"));
        } else {
            let start = self.drawn.len();
            self.drawn.push_str(&format!("[U+{code:04X}]"));
            self.stand_ins.push(StandIn {
                range: start..start,
                real: String::new(),
            });
        }
        if let Some(last) = self.stand_ins.last_mut() {
            last.range.end = self.drawn.len();
            last.real.push(letter);
        }
    }

    fn ends_in_stand_in(&self) -> bool {
        self.stand_ins
            .last()
            .is_some_and(|last| last.range.end == self.drawn.len())
    }
}

/// Letter and accent as one letter where Unicode has one, and one sign for all the ends of a line.
fn composed(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    if text.contains('\r') {
        text = Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    if is_nfc(&text) {
        text
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

fn fate(letter: char) -> Fate {
    match letter {
        ' '..='~' | '\n' | SOFT_HYPHEN | ZERO_WIDTH_SPACE | NO_BREAK_HYPHEN => Fate::Drawn(letter),
        '\u{85}' | '\u{B}' | '\u{C}' | '\u{2028}' | '\u{2029}' => Fate::Drawn('\n'),
        NO_BREAK_SPACE | '\u{202F}' | '\u{2007}' => Fate::Drawn(NO_BREAK_SPACE),
        '\t' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{205F}' | '\u{3000}' => Fate::Drawn(' '),
        '\u{200C}' | '\u{200D}' | '\u{2060}' | '\u{FEFF}' => Fate::Joined,
        '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => Fate::Joined,
        _ if covers(letter) => Fate::Drawn(letter),
        _ => Fate::StandIn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str) -> String {
        Letters::new(text).drawn
    }

    fn reals(text: &str) -> Vec<String> {
        Letters::new(text)
            .stand_ins
            .into_iter()
            .map(|stand_in| stand_in.real)
            .collect()
    }

    #[test]
    fn names_in_latin_script_are_drawn_as_they_are() {
        for name in [
            "Łukasz",
            "Ærø Ølgod Åsa",
            "Nguyễn",
            "Ömer",
            "Þórður",
            "Dvořák",
            "Șerban",
            "O’Connor",
        ] {
            assert_eq!(drawn(name), name);
            assert!(reals(name).is_empty());
        }
    }

    #[test]
    fn letter_and_accent_become_one_letter_where_there_is_one() {
        assert_eq!(drawn("A\u{30A}sa"), "Åsa");
        assert_eq!(drawn("Nguye\u{302}\u{303}n"), "Nguyễn");
        assert_eq!(drawn("\u{212B}"), "Å");
    }

    #[test]
    fn an_accent_without_such_a_letter_stands_beside_it() {
        assert_eq!(drawn("m\u{300}"), "m[U+0300]");
        assert_eq!(reals("m\u{300}"), ["\u{300}"]);
    }

    #[test]
    fn letters_that_the_fonts_lack_get_a_visible_stand_in_and_keep_the_real_ones() {
        assert_eq!(drawn("Ida 😀 Holm"), "Ida [U+1F600] Holm");
        assert_eq!(reals("Ida 😀 Holm"), ["😀"]);
        assert_eq!(drawn("李小"), "[U+674E U+5C0F]");
        assert_eq!(reals("李小"), ["李小"]);
        assert_eq!(
            drawn("محمد علي"),
            "[U+0645 U+062D U+0645 U+062F] [U+0639 U+0644 U+064A]"
        );
        assert_eq!(reals("محمد علي"), ["محمد", "علي"]);
        assert_eq!(drawn("👩\u{200D}💻!"), "[U+1F469 U+200D U+1F4BB]!");
    }

    #[test]
    fn signs_that_could_forge_a_text_are_shown() {
        assert_eq!(drawn("a\u{202E}b"), "a[U+202E]b");
        assert_eq!(drawn("a\u{0}b\u{7}"), "a[U+0000]b[U+0007]");
        assert_eq!(drawn("\u{E000}"), "[U+E000]");
    }

    #[test]
    fn spaces_and_line_ends_are_of_one_kind() {
        assert_eq!(drawn("a\tb\u{2009}c\u{3000}d"), "a b c d");
        assert_eq!(drawn("1\u{202F}000\u{A0}kr."), "1\u{A0}000\u{A0}kr.");
        assert_eq!(drawn("a\r\nb\rc\u{2028}d"), "a\nb\nc\nd");
        assert_eq!(drawn("\u{FEFF}✓\u{FE0F}"), "✓");
    }
}
