//! The two faces that everything is set in: which letters they hold, and how wide each is.
//!
//! They are IBM Plex Sans, cut down and renamed by `scripts/make-fonts` (licence: `assets/fonts/OFL.txt`).

use std::sync::LazyLock;

use printpdf::{FontId, ParsedFont, PdfFont};

use super::deflate::deflate;

/// A face.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    SemiBold,
}

/// A face, read once per process.
pub(super) struct Font {
    /// As printpdf wants it.
    pub(super) parsed: ParsedFont,
    /// The font file as it stands in a PDF: compressed once, not again for every receipt.
    pub(super) program: Vec<u8>,
    /// Width by code point, in thousandths of the type size; [`MISSING`] where the face has no such letter.
    advances: Vec<u16>,
}

/// Marks a code point that the face does not hold; no letter is as wide.
const MISSING: u16 = u16::MAX;

static REGULAR: LazyLock<Font> = LazyLock::new(|| {
    Font::read(
        include_bytes!("../../../assets/fonts/FleksportSans-Regular.ttf"),
        "FleksportSans-Regular",
    )
});
static SEMI_BOLD: LazyLock<Font> = LazyLock::new(|| {
    Font::read(
        include_bytes!("../../../assets/fonts/FleksportSans-SemiBold.ttf"),
        "FleksportSans-SemiBold",
    )
});

impl Face {
    pub(super) const ALL: [Self; 2] = [Self::Regular, Self::SemiBold];

    /// The font behind the face.
    pub(super) fn font(self) -> &'static Font {
        match self {
            Self::Regular => &REGULAR,
            Self::SemiBold => &SEMI_BOLD,
        }
    }

    /// The name by which a page refers to the face. `F1` to `F14` are taken: printpdf reads them as the
    /// standard fonts.
    pub(super) fn id(self) -> FontId {
        FontId(match self {
            Self::Regular => "Regular".to_owned(),
            Self::SemiBold => "SemiBold".to_owned(),
        })
    }

    /// The face as a resource of a printpdf document.
    pub(super) fn resource(self) -> PdfFont {
        PdfFont::new(self.font().parsed.clone())
    }
}

impl Font {
    fn read(bytes: &[u8], name: &str) -> Self {
        let mut parsed = ParsedFont::from_bytes(bytes, 0, &mut Vec::new())
            .expect("the font is part of the program, and a test of this module reads it");
        parsed.font_name = Some(name.to_owned());
        let mut advances = Vec::new();
        for (&code, &glyph) in &parsed.codepoint_to_glyph {
            let index = code as usize;
            if advances.len() <= index {
                advances.resize(index + 1, MISSING);
            }
            advances[index] = parsed.get_glyph_width(glyph).unwrap_or(0);
        }
        Self {
            program: deflate(bytes),
            parsed,
            advances,
        }
    }

    /// The width of a letter in thousandths of the type size, or nothing where the face does not hold it.
    pub(super) fn advance(&self, letter: char) -> Option<u32> {
        let advance = *self.advances.get(letter as usize)?;
        (advance != MISSING).then(|| u32::from(advance))
    }
}

/// Whether both faces hold a letter.
pub(super) fn covers(letter: char) -> bool {
    // The faces hold the same letters; a test says so.
    REGULAR.advance(letter).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faces_hold_the_same_letters_in_thousandths_of_the_type_size() {
        let letters = |face: Face| {
            face.font()
                .parsed
                .codepoint_to_glyph
                .keys()
                .copied()
                .collect::<Vec<_>>()
        };
        assert_eq!(letters(Face::Regular), letters(Face::SemiBold));
        for face in Face::ALL {
            assert_eq!(face.font().parsed.units_per_em, 1000);
        }
    }

    #[test]
    fn no_two_letters_share_a_glyph_so_that_copied_text_is_the_text_that_was_printed() {
        for face in Face::ALL {
            let parsed = &face.font().parsed;
            let mut glyphs: Vec<u16> = parsed.codepoint_to_glyph.values().copied().collect();
            glyphs.sort_unstable();
            glyphs.dedup();
            assert_eq!(glyphs.len(), parsed.codepoint_to_glyph.len());
        }
    }

    #[test]
    fn the_letters_of_european_and_vietnamese_names_are_there() {
        let letters = "ÆØÅæøåÉéÜüÖöÄäßŁłŞşĞğİıŠšŽžČčĆćĐđŐőŰűȘșȚțĀāĒēŪūŢţÞþÐðÑñÇçŒœẞNguyễnĐặngẢẩ€–—•…✓“”’§½";
        for letter in letters.chars() {
            assert!(covers(letter), "{letter}");
        }
    }

    #[test]
    fn digits_are_equally_wide_so_that_amounts_stand_in_columns() {
        for face in Face::ALL {
            let widths: Vec<_> = ('0'..='9').map(|digit| face.font().advance(digit)).collect();
            assert!(widths.iter().all(|width| width.is_some() && *width == widths[0]));
        }
    }
}
