//! Breaks a text into lines with the real widths of the letters.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

use super::font::{Face, Font};
use super::letters::{Letters, NO_BREAK_HYPHEN, NO_BREAK_SPACE, SOFT_HYPHEN, ZERO_WIDTH_SPACE};

/// A line: a part of the letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its letters, in bytes of the text; without the space at which it was broken.
    pub(super) range: Range<usize>,
    pub(super) end: LineEnd,
    /// Its width in thousandths of the type size, with the hyphen and without the space at its end.
    pub(super) width: u32,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnd {
    /// At a space. It stays in the file, so that words do not run together for who copies or listens.
    Space,
    /// Inside a word: a hyphen is drawn that is no part of the text.
    Hyphen,
    /// Where the text ends, at a line feed, or inside something that is not a word.
    Plain,
}

/// The width of a letter in thousandths of the type size.
pub(super) fn width(font: &Font, letter: char) -> u32 {
    match letter {
        SOFT_HYPHEN | ZERO_WIDTH_SPACE | '\n' => 0,
        NO_BREAK_SPACE => font.advance(' ').unwrap_or(0),
        NO_BREAK_HYPHEN => font.advance('-').unwrap_or(0),
        _ => font.advance(letter).unwrap_or(0),
    }
}

/// The width of the longest line that is not broken, and of the longest part that has no place to break.
pub(super) fn extents(letters: &Letters, face: Face) -> (u32, u32) {
    let font = face.font();
    let (mut line, mut part, mut longest_line, mut longest_part) = (0, 0, 0, 0);
    let mut previous = ' ';
    let mut rest = letters.drawn.chars().peekable();
    while let Some(letter) = rest.next() {
        let advance = width(font, letter);
        match letter {
            '\n' => (line, part) = (0, 0),
            ' ' | SOFT_HYPHEN | ZERO_WIDTH_SPACE => (line, part) = (line + advance, 0),
            _ => (line, part) = (line + advance, part + advance),
        }
        longest_line = longest_line.max(line);
        longest_part = longest_part.max(part);
        if ends_part(previous, letter, rest.peek().copied()) {
            part = 0;
        }
        previous = letter;
    }
    (longest_line, longest_part)
}

/// Breaks the letters into lines that are no wider than `limit` thousandths of the type size. Only a single
/// letter that is wider than that sticks out.
pub(super) fn wrap(letters: &Letters, face: Face, limit: u32) -> Vec<Line> {
    let mut wrapper = Wrapper {
        text: &letters.drawn,
        font: face.font(),
        limit,
        lines: Vec::new(),
        start: 0,
        width: 0,
        chance: None,
    };
    wrapper.run();
    wrapper.lines
}

/// Whether a line may be broken after `letter`: after a dash or slash between two words, not in `251248-9996`.
fn ends_part(previous: char, letter: char, next: Option<char>) -> bool {
    matches!(letter, '-' | '–' | '—' | '/' | '\u{2010}')
        && (previous.is_alphabetic() || matches!(previous, '-' | '/'))
        && next.is_some_and(char::is_alphabetic)
}

/// A place passed on the way where the line may end.
struct Chance {
    line: Line,
    /// Where the next line begins, and how wide the text is up to there.
    next: usize,
    passed: u32,
}

struct Wrapper<'a> {
    text: &'a str,
    font: &'static Font,
    limit: u32,
    lines: Vec<Line>,
    /// Where the line begins.
    start: usize,
    /// How wide the text is from there to where we stand.
    width: u32,
    chance: Option<Chance>,
}

impl Wrapper<'_> {
    fn run(&mut self) {
        let mut rest = self.text.char_indices().peekable();
        let mut previous = ' ';
        while let Some((at, letter)) = rest.next() {
            let after = at + letter.len_utf8();
            let advance = width(self.font, letter);
            match letter {
                '\n' => self.end_line(at, after),
                ' ' => self.note_chance(at, after, advance, LineEnd::Space),
                SOFT_HYPHEN => self.note_chance(at, after, 0, LineEnd::Hyphen),
                ZERO_WIDTH_SPACE => self.note_chance(at, after, 0, LineEnd::Plain),
                _ => self.add_letter(at, advance),
            }
            if ends_part(previous, letter, next_letter(&mut rest)) {
                self.note_chance(after, after, 0, LineEnd::Plain);
            }
            previous = letter;
        }
        self.end_line(self.text.len(), self.text.len());
    }

    /// Ends the line where the text demands it.
    fn end_line(&mut self, at: usize, next: usize) {
        let line = self.line(at, LineEnd::Plain);
        self.lines.push(line);
        self.begin_line(next, 0);
    }

    /// The line if it ends here, without the spaces before its end. A place to break that was not used shows
    /// nothing and counts as a space: else the space before it would stay and make the line too wide.
    fn line(&self, at: usize, end: LineEnd) -> Line {
        let whole = &self.text[self.start..at];
        let kept = whole.trim_end_matches([' ', SOFT_HYPHEN, ZERO_WIDTH_SPACE]);
        let spaces: u32 = whole[kept.len()..].chars().map(|space| width(self.font, space)).sum();
        let hyphen = if end == LineEnd::Hyphen {
            width(self.font, '-')
        } else {
            0
        };
        Line {
            range: self.start..self.start + kept.len(),
            end,
            width: self.width - spaces + hyphen,
        }
    }

    fn begin_line(&mut self, start: usize, width: u32) {
        self.start = start;
        self.width = width;
        self.chance = None;
    }

    fn note_chance(&mut self, at: usize, next: usize, advance: u32, end: LineEnd) {
        let line = self.line(at, end);
        if line.width <= self.limit {
            self.chance = Some(Chance {
                line,
                next,
                passed: self.width + advance,
            });
        }
        self.width += advance;
    }

    fn add_letter(&mut self, at: usize, advance: u32) {
        while self.width + advance > self.limit && at > self.start {
            match self.chance.take() {
                Some(chance) => {
                    let width = self.width - chance.passed;
                    self.lines.push(chance.line);
                    self.begin_line(chance.next, width);
                }
                None => self.break_inside(at),
            }
        }
        self.width += advance;
    }

    /// Breaks what is wider than a line and has no place to break: a word with a hyphen, anything else as it
    /// is, because a hyphen in an address or a fingerprint would be read as a part of it.
    fn break_inside(&mut self, at: usize) {
        let (text, font) = (self.text, self.font);
        let part = &text[self.start..at];
        let cut = punctuation_near_the_end(part).unwrap_or(part.len());
        let in_word = part.chars().all(char::is_alphabetic) && text[at..].starts_with(char::is_alphabetic);
        let hyphen = width(font, '-');
        let kept = if in_word {
            last_that_fits(part, font, self.limit.saturating_sub(hyphen))
        } else {
            cut
        };
        let kept_width = part[..kept].chars().map(|letter| width(font, letter)).sum::<u32>();
        self.lines.push(Line {
            range: self.start..self.start + kept,
            end: if in_word { LineEnd::Hyphen } else { LineEnd::Plain },
            width: kept_width + if in_word { hyphen } else { 0 },
        });
        self.begin_line(self.start + kept, self.width - kept_width);
    }
}

fn next_letter(rest: &mut Peekable<CharIndices<'_>>) -> Option<char> {
    rest.peek().map(|(_, letter)| *letter)
}

/// The place after the last punctuation mark in the second half of a part.
fn punctuation_near_the_end(part: &str) -> Option<usize> {
    let cut = part.rfind(['-', '/', '@', '.', '_', ':', ',', ';', '&', '=', '?', '+'])? + 1;
    (cut * 2 > part.len() && cut < part.len()).then_some(cut)
}

/// How many bytes of a part fit, at least one letter.
fn last_that_fits(part: &str, font: &Font, limit: u32) -> usize {
    let mut sum = 0;
    for (at, letter) in part.char_indices() {
        sum += width(font, letter);
        if sum > limit && at > 0 {
            return at;
        }
    }
    part.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &str, limit: u32) -> Vec<String> {
        let letters = Letters::new(text);
        wrap(&letters, Face::Regular, limit)
            .into_iter()
            .map(|line| {
                let hyphen = if line.end == LineEnd::Hyphen { "-" } else { "" };
                format!("{}{hyphen}", &letters.drawn[line.range])
            })
            .collect()
    }

    #[test]
    fn lines_end_between_words() {
        assert_eq!(lines("en to tre fire fem", 5000), ["en to tre", "fire fem"]);
        assert_eq!(lines("", 5000), [""]);
        assert_eq!(lines("en\nto\n", 5000), ["en", "to", ""]);
    }

    #[test]
    fn amounts_and_numbers_stay_whole() {
        assert_eq!(lines("nr. 251248-9996", 7000), ["nr.", "251248-9996"]);
        assert_eq!(lines("beløb 32.067,00\u{A0}kr.", 7500), ["beløb", "32.067,00\u{A0}kr."]);
    }

    #[test]
    fn joined_words_may_be_parted_at_their_dash() {
        assert_eq!(
            lines("funktions-/kvalifikationstillæg", 11000),
            ["funktions-/", "kvalifikationstillæg"]
        );
        assert_eq!(lines("Løn-indberetning", 7500), ["Løn-", "indberetning"]);
    }

    #[test]
    fn a_word_longer_than_the_line_is_divided_with_a_hyphen() {
        let parts = lines("arbejdsmarkedsuddannelsesinstitution", 8000);
        assert!(parts.len() > 1 && parts[0].ends_with('-'), "{parts:?}");
        let whole: String = parts.iter().map(|part| part.trim_end_matches('-')).collect();
        assert_eq!(whole, "arbejdsmarkedsuddannelsesinstitution");
    }

    #[test]
    fn a_fingerprint_or_address_is_broken_without_adding_a_sign() {
        let fingerprint = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978";
        assert_eq!(lines(fingerprint, 9000).concat(), fingerprint);
        let parts = lines("loenafdelingen.hovedkontoret@virksomhed.example", 13000);
        assert_eq!(parts, ["loenafdelingen.", "hovedkontoret@virksomhed.", "example"]);
    }

    #[test]
    fn a_soft_hyphen_shows_only_where_a_line_ends() {
        assert_eq!(lines("fuldtids\u{AD}løn", 4500), ["fuldtids-", "løn"]);
        assert_eq!(lines("fuldtids\u{AD}løn", 50000), ["fuldtids\u{AD}løn"]);
    }

    #[test]
    fn a_space_before_a_hidden_hyphen_at_the_end_is_left_out() {
        let letters = Letters::new("@@,å 0\u{A0}iæk \u{AD}\n");
        let wrapped = wrap(&letters, Face::SemiBold, 5429);
        assert!(wrapped.iter().all(|line| line.width <= 5429), "{wrapped:?}");
    }

    proptest! {
        #[test]
        fn no_letter_is_lost_and_no_line_is_too_wide(text in "[a-zæøå0-9 .,@/\u{AD}\u{A0}\u{4E00}\n-]{0,120}", limit in 2400u32..20000) {
            let letters = Letters::new(&text);
            let lines = wrap(&letters, Face::SemiBold, limit);
            let mut at = 0;
            for line in &lines {
                let skipped = &letters.drawn[at..line.range.start];
                prop_assert!(skipped.chars().all(|c| matches!(c, ' ' | '\n' | SOFT_HYPHEN)));
                prop_assert!(line.width <= limit);
                let drawn: u32 = letters.drawn[line.range.clone()].chars().map(|c| width(Face::SemiBold.font(), c)).sum();
                let hyphen = if line.end == LineEnd::Hyphen { width(Face::SemiBold.font(), '-') } else { 0 };
                prop_assert_eq!(line.width, drawn + hyphen);
                at = line.range.end;
            }
            prop_assert!(letters.drawn[at..].chars().all(|c| matches!(c, ' ' | SOFT_HYPHEN)));
        }
    }
}
