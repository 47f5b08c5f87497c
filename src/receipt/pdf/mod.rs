//! Draws a [`Document`] as a PDF that is at once accessible (PDF/UA-1) and fit for keeping (PDF/A-3a).
//!
//! The steps, each a file of this folder:
//!
//! ```text
//! letters  ->  wrap/text  ->  blocks, grid, flow  ->  canvas, tags  ->  finish
//! drawable     lines          places on pages         printpdf ops      what printpdf cannot say
//! ```
//!
//! Nothing here reads a clock, a file or a random number: the same document gives the same bytes.

mod blocks;
mod canvas;
mod columns;
mod deflate;
mod finish;
mod flow;
mod font;
mod grid;
mod letters;
mod metadata;
mod outline;
mod structure;
mod style;
mod tags;
mod text;
mod wrap;

#[cfg(test)]
mod tests;

use lopdf::Object;

use crate::receipt::document::Document;
use flow::Flow;

/// Why a document cannot be drawn. Each is a fault of the program that made the document.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A heading skips a level, or has one that does not exist.
    #[error("a heading of level {level} follows one of level {last_level}")]
    HeadingLevel {
        /// The level of the heading, from 1 to 3 where it is right.
        level: u8,
        /// The level of the heading before it, or 0.
        last_level: u8,
    },
    /// A row of a table has more cells than the table has columns.
    #[error("a row has more cells than its table has columns")]
    TooManyCells,
    /// printpdf did not take the operations as they were meant.
    #[error("the pages could not be drawn")]
    Drawing,
    /// An object that printpdf always writes is missing.
    #[error("the drawn file has not the parts it should have")]
    Structure(#[from] lopdf::Error),
    /// The file could not be written out.
    #[error("the file could not be written")]
    Write(#[from] std::io::Error),
}

/// Draws a document and gives the bytes of the PDF file. Takes a few milliseconds of pure computing for a
/// short receipt: call it where that does not keep others waiting.
///
/// # Errors
///
/// [`RenderError`] where the document is not well-formed; see [`crate::receipt::document::Block`].
pub fn render(document: &Document) -> Result<Vec<u8>, RenderError> {
    let mut flow = Flow::new(&document.header, &document.identity);
    let outline = blocks::place(&document.blocks, &mut flow)?;
    let canvas = flow.finish(document.language);
    finish::finish(document, canvas, &outline)
}

/// A count or number as an object of the file.
fn int(number: usize) -> Object {
    Object::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
