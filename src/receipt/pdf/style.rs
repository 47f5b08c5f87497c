//! How everything looks: the page, the sizes of type, the inks and the distances. All lengths are points,
//! measured from the left and from the top of the page.

use printpdf::{Color, Rgb};

use super::font::Face;

/// A4.
pub(super) const PAGE_WIDTH: f32 = 595.28;
pub(super) const PAGE_HEIGHT: f32 = 841.89;

/// The margins at the left and at the right, wide enough for punched holes.
pub(super) const MARGIN: f32 = 62.0;
/// The width of the text.
pub(super) const MEASURE: f32 = PAGE_WIDTH - 2.0 * MARGIN;

/// Where the head line begins, and how far the text keeps away from its rule.
pub(super) const HEAD_TOP: f32 = 34.0;
pub(super) const HEAD_GAP: f32 = 26.0;
/// Where the foot line ends, and how far the text keeps away from its rule.
pub(super) const FOOT_BOTTOM: f32 = PAGE_HEIGHT - 32.0;
pub(super) const FOOT_GAP: f32 = 16.0;
/// Between the head or foot line and its rule.
pub(super) const RULE_GAP: f32 = 6.0;

/// A colour for letters, rules and surfaces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ink(f32, f32, f32);

/// Text.
pub(super) const BLACK: Ink = Ink(0.09, 0.11, 0.13);
/// Labels and everything beside the text; 7.6 : 1 on white.
pub(super) const GREY: Ink = Ink(0.32, 0.35, 0.39);
/// Headings; 8.5 : 1 on white.
pub(super) const BLUE: Ink = Ink(0.0, 0.29, 0.5);
/// Rules between rows.
pub(super) const PALE: Ink = Ink(0.84, 0.86, 0.88);
/// The surface of a note.
pub(super) const MIST: Ink = Ink(0.945, 0.96, 0.975);

impl Ink {
    pub(super) fn color(self) -> Color {
        Color::Rgb(Rgb {
            r: self.0,
            g: self.1,
            b: self.2,
            icc_profile: None,
        })
    }
}

/// How a text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) face: Face,
    /// The type size.
    pub(super) size: f32,
    /// From line to line.
    pub(super) leading: f32,
    pub(super) ink: Ink,
}

impl Style {
    const fn new(face: Face, size: f32, leading: f32, ink: Ink) -> Self {
        Self {
            face,
            size,
            leading,
            ink,
        }
    }

    /// The way from the top of a line to its base line: capitals stand in the middle of the line.
    pub(super) fn baseline(self) -> f32 {
        self.leading / 2.0 + 0.349 * self.size
    }

    /// How many thousandths of the type size go into a width.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a width on the page is some hundred points, and never negative"
    )]
    pub(super) fn limit(self, width: f32) -> u32 {
        (width * 1000.0 / self.size).max(0.0) as u32
    }

    /// The width of so many thousandths of the type size.
    #[expect(clippy::cast_precision_loss, reason = "a line is some ten thousand units wide")]
    pub(super) fn points(self, thousandths: u32) -> f32 {
        thousandths as f32 * self.size / 1000.0
    }
}

pub(super) const HEAD: Style = Style::new(Face::SemiBold, 8.5, 11.0, BLUE);
pub(super) const FOOT: Style = Style::new(Face::Regular, 8.0, 10.5, GREY);
pub(super) const BODY: Style = Style::new(Face::Regular, 10.0, 14.5, BLACK);
pub(super) const LABEL: Style = Style::new(Face::Regular, 9.5, 13.0, GREY);
pub(super) const VALUE: Style = Style::new(Face::Regular, 9.5, 13.0, BLACK);
pub(super) const CAPTION: Style = Style::new(Face::SemiBold, 9.5, 13.5, BLACK);
pub(super) const COLUMN_HEAD: Style = Style::new(Face::SemiBold, 8.5, 11.5, GREY);
pub(super) const CELL: Style = Style::new(Face::Regular, 8.5, 11.5, BLACK);

/// A row of a list over many pages.
pub(super) const CLOSE_CELL: Style = Style::new(Face::Regular, 8.0, 10.2, BLACK);
/// The one number that matters.
pub(super) const FIGURE: Style = Style::new(Face::SemiBold, 20.0, 25.0, BLACK);
pub(super) const LINK: Style = Style::new(Face::SemiBold, 10.0, 14.5, BLUE);

/// A heading with the space above and below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HeadingStyle {
    pub(super) style: Style,
    pub(super) above: f32,
    pub(super) below: f32,
}

/// The headings of levels 1 to 3.
pub(super) const HEADINGS: [HeadingStyle; 3] = [
    HeadingStyle {
        style: Style::new(Face::SemiBold, 22.0, 27.0, BLACK),
        above: 24.0,
        below: 12.0,
    },
    HeadingStyle {
        style: Style::new(Face::SemiBold, 14.0, 18.0, BLUE),
        above: 22.0,
        below: 7.0,
    },
    HeadingStyle {
        style: Style::new(Face::SemiBold, 10.5, 14.5, BLACK),
        above: 14.0,
        below: 4.0,
    },
];
