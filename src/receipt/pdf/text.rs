//! A text set to a width: its letters, its lines and its style.

use std::ops::Range;

use super::letters::{Letters, NO_BREAK_HYPHEN, NO_BREAK_SPACE, SOFT_HYPHEN, ZERO_WIDTH_SPACE};
use super::style::Style;
use super::wrap::{Line, LineEnd, extents, wrap};

/// A text set in lines.
pub(super) struct Text {
    letters: Letters,
    style: Style,
    lines: Vec<Line>,
}

/// Letters that are drawn in one go.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) drawn: String,
    /// What the letters stand for, where that is not themselves.
    pub(super) real: Option<String>,
}

/// How wide a text is, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extents {
    /// When no line is broken.
    pub(super) natural: f32,
    /// Its widest part that should not be broken.
    pub(super) smallest: f32,
}

impl Text {
    /// Sets a text in lines no wider than `width` points.
    pub(super) fn set(text: &str, style: Style, width: f32) -> Self {
        Self::loose(text, style).broken_to(width)
    }

    /// A text whose width is not known yet: it has no lines.
    pub(super) fn loose(text: &str, style: Style) -> Self {
        Self {
            letters: Letters::new(text),
            style,
            lines: Vec::new(),
        }
    }

    /// Breaks it into lines no wider than `width` points.
    pub(super) fn broken_to(mut self, width: f32) -> Self {
        self.lines = wrap(&self.letters, self.style.face, self.style.limit(width));
        self
    }

    pub(super) fn extents(&self) -> Extents {
        let (natural, smallest) = extents(&self.letters, self.style.face);
        Extents {
            natural: self.style.points(natural),
            smallest: self.style.points(smallest),
        }
    }

    pub(super) fn style(&self) -> Style {
        self.style
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Whether it leaves no mark.
    pub(super) fn is_blank(&self) -> bool {
        self.letters.drawn.trim().is_empty()
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "even 10,000 reports have fewer than 2^23 lines"
    )]
    pub(super) fn height(&self) -> f32 {
        self.lines.len() as f32 * self.style.leading
    }

    /// The pieces of one of its lines.
    pub(super) fn pieces(&self, line: &Line) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut at = line.range.start;
        for stand_in in &self.letters.stand_ins {
            let shown = stand_in.range.start.max(at)..stand_in.range.end.min(line.range.end);
            if shown.is_empty() {
                continue;
            }
            self.push_plain(&mut pieces, at..shown.start);
            // A stand-in that goes over several lines says what it stands for on the first of them.
            let is_start = shown.start == stand_in.range.start;
            pieces.push(Piece {
                drawn: self.letters.drawn[shown.clone()].to_owned(),
                real: Some(if is_start { stand_in.real.clone() } else { String::new() }),
            });
            at = shown.end;
        }
        self.push_plain(&mut pieces, at..line.range.end);
        match line.end {
            LineEnd::Space => push_space(&mut pieces),
            LineEnd::Hyphen => pieces.push(Piece {
                drawn: "-".to_owned(),
                real: Some(SOFT_HYPHEN.to_string()),
            }),
            LineEnd::Plain => {}
        }
        pieces
    }

    fn push_plain(&self, pieces: &mut Vec<Piece>, range: Range<usize>) {
        let drawn: String = self.letters.drawn[range].chars().filter_map(shape).collect();
        if !drawn.is_empty() {
            pieces.push(Piece { drawn, real: None });
        }
    }
}

fn push_space(pieces: &mut Vec<Piece>) {
    match pieces.last_mut() {
        Some(Piece { drawn, real: None }) => drawn.push(' '),
        _ => pieces.push(Piece {
            drawn: " ".to_owned(),
            real: None,
        }),
    }
}

/// The letter whose shape is drawn.
fn shape(letter: char) -> Option<char> {
    match letter {
        SOFT_HYPHEN | ZERO_WIDTH_SPACE | '\n' => None,
        NO_BREAK_SPACE => Some(' '),
        NO_BREAK_HYPHEN => Some('-'),
        _ => Some(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::super::style::BODY;
    use super::*;

    fn pieces(text: &str, width: f32) -> Vec<Vec<(String, Option<String>)>> {
        let text = Text::set(text, BODY, width);
        let pieces_of = |line| {
            text.pieces(line)
                .into_iter()
                .map(|piece| (piece.drawn, piece.real))
                .collect()
        };
        text.lines().iter().map(pieces_of).collect()
    }

    fn plain(text: &str) -> (String, Option<String>) {
        (text.to_owned(), None)
    }

    fn standing_for(text: &str, real: &str) -> (String, Option<String>) {
        (text.to_owned(), Some(real.to_owned()))
    }

    #[test]
    fn the_space_at_the_end_of_a_line_stays() {
        assert_eq!(pieces("Kære Åse", 25.0), [[plain("Kære ")], [plain("Åse")]]);
    }

    #[test]
    fn a_stand_in_is_a_piece_of_its_own_that_tells_what_it_stands_for() {
        assert_eq!(
            pieces("Ida 😀 Holm", 500.0),
            [[plain("Ida "), standing_for("[U+1F600]", "😀"), plain(" Holm")]]
        );
    }

    #[test]
    fn a_stand_in_over_two_lines_says_once_what_it_stands_for() {
        assert_eq!(
            pieces("李小", 50.0),
            [
                vec![standing_for("[U+674E", "李小"), plain(" ")],
                vec![standing_for("U+5C0F]", "")]
            ]
        );
    }

    #[test]
    fn a_hyphen_at_the_end_of_a_line_is_no_part_of_the_text() {
        assert_eq!(
            pieces("fuldtids\u{AD}løn", 45.0),
            [vec![plain("fuldtids"), standing_for("-", "\u{AD}")], vec![plain("løn")]]
        );
    }

    #[test]
    fn signs_that_forbid_a_break_are_drawn_as_a_space_and_a_hyphen() {
        assert_eq!(pieces("1\u{A0}kr. A\u{2011}kasse", 500.0), [[plain("1 kr. A-kasse")]]);
    }
}
