//! A printed document as plain data: what stands in it and in which order, not how it looks.

use std::fmt;

use super::packing::Packed;
use crate::value::Language;

/// A document to be printed. [`crate::receipt::pdf::render`] draws it.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// The name shown in the title bar of a reader; never empty.
    pub title: String,
    /// The language of every text in it, and of the words that are added (*Side 1 af 3*).
    pub language: Language,
    /// What it is about, in one sentence, for the file's properties.
    pub subject: String,
    /// Who issued it, for the file's properties.
    pub author: String,
    /// What names this document among all others, such as the receipt number. Printed at the foot of every
    /// page; the file identifier is derived from it.
    pub identity: String,
    /// When the thing happened that the document tells of.
    pub created: jiff::Timestamp,
    /// The line at the head of every page.
    pub header: String,
    /// The contents, in reading order.
    pub blocks: Vec<Block>,
    /// The same content for machines, carried inside the file.
    pub attachment: Option<Attachment>,
}

/// A part of a document. A line feed in a text starts a new line.
#[derive(Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading. The first heading of a document has level 1, and none is more than one level deeper than
    /// the heading before it.
    Heading {
        /// 1 (the document's own) to 3.
        level: u8,
        /// Its words.
        text: String,
    },
    /// Running text.
    Paragraph(String),
    /// Labels and values: a table of two columns whose first one heads the rows.
    Facts(Vec<Fact>),
    /// A table with a row of headings, which is repeated on every page that the table reaches.
    Table {
        /// How much room its rows take.
        density: Density,
        /// What the table shows; stands above it.
        caption: String,
        /// Its columns, from the left.
        columns: Vec<Column>,
        /// Its rows. A cell that is missing is empty; one too many is an error.
        rows: Vec<Vec<String>>,
    },
    /// A text in a box, for what the reader must not miss.
    Note(String),
    /// The one number that matters, large, under what it is.
    Figure(Fact),
    /// A text on one line that leads to an address.
    Link {
        /// What it says.
        text: String,
        /// Where it leads.
        address: String,
    },
}

/// How close the rows of a table stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// To be read.
    Roomy,
    /// To be looked things up in, over many pages.
    Close,
}

/// One label with its value.
#[derive(Clone, PartialEq, Eq)]
pub struct Fact {
    /// What the value is.
    pub label: String,
    /// The value.
    pub value: String,
}

/// One column of a table.
#[derive(Clone, PartialEq, Eq)]
pub struct Column {
    /// Stands at the top of the column.
    pub heading: String,
    /// To which side its cells keep.
    pub align: Align,
}

/// To which side the text of a column keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// For words.
    Left,
    /// For amounts and counts.
    Right,
}

/// A file carried inside the document.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The file name that a reader offers.
    pub name: String,
    /// Its media type, such as `application/json`.
    pub mime: String,
    /// What it is, in words.
    pub description: String,
    /// Its content.
    pub content: Packed,
}

impl Fact {
    /// Puts a label before a value.
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
        }
    }
}

impl Column {
    /// A column of words.
    pub fn left(heading: impl Into<String>) -> Self {
        Self {
            heading: heading.into(),
            align: Align::Left,
        }
    }

    /// A column of amounts or counts.
    pub fn right(heading: impl Into<String>) -> Self {
        Self {
            heading: heading.into(),
            align: Align::Right,
        }
    }
}

/// Tells how large the document is. Its texts hold names, numbers and wages, and stay out.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("language", &self.language)
            .field("created", &self.created)
            .field("blocks", &self.blocks.len())
            .field(
                "attachment_bytes",
                &self.attachment.as_ref().map(|file| file.content.size()),
            )
            .finish_non_exhaustive()
    }
}
