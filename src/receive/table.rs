//! A sheet of rows and columns as any file gives it: only the cells that hold something, and what was hidden or merged.

use super::{MAX_CHARACTERS, cell::Cell};
use crate::{finding::Violation, receive::messages};

/// Far more than a form has questions.
pub(super) const MAX_COLUMNS: usize = 1_000;

/// Ten thousand reports with a hundred cells each.
pub(super) const MAX_CELLS: usize = 1_000_000;

/// Cells as they came, with the row numbers of the spreadsheet program.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Its name, where the file has several sheets to choose from.
    pub sheet: Option<String>,
    pub rows: Vec<Row>,
    /// Columns that are not shown, counted from 0.
    pub hidden_columns: Vec<usize>,
    pub merged: Vec<Area>,
    cells: usize,
}

/// A row with something in it.
#[derive(Debug)]
pub(super) struct Row {
    /// Counted from 1, as the spreadsheet program shows it.
    pub number: usize,
    /// Hidden by hand or by a filter.
    pub is_hidden: bool,
    /// By column from 0, in order.
    pub cells: Vec<(usize, Cell)>,
}

/// A rectangle of cells: rows from 1, columns from 0, both ends within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub rows: (usize, usize),
    pub columns: (usize, usize),
}

impl Table {
    /// Keeps a row, if there is anything in it.
    ///
    /// # Errors
    /// Where the table would become larger than any submission.
    pub fn push(&mut self, row: Row) -> Result<(), Violation> {
        if row.cells.is_empty() {
            return Ok(());
        }
        self.cells += row.cells.len();
        if self.cells > MAX_CELLS {
            return Err(messages::too_many_values(MAX_CELLS));
        }
        if row.cells.len() > MAX_COLUMNS {
            return Err(messages::too_many_names(String::new(), MAX_COLUMNS));
        }
        self.rows.push(row);
        Ok(())
    }
}

impl Row {
    pub fn cell(&self, column: usize) -> Option<&Cell> {
        let at = self.cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        Some(&self.cells[at].1)
    }
}

impl Area {
    pub fn has(&self, row: usize, column: usize) -> bool {
        (self.rows.0..=self.rows.1).contains(&row) && (self.columns.0..=self.columns.1).contains(&column)
    }
}

/// Text that is read piece by piece, and no further than it can be of use: what is too long is told, and not kept.
#[derive(Debug, Default)]
pub(super) struct Bounded {
    text: String,
}

impl Bounded {
    /// One more than may be: that it is too long is told.
    const MOST: usize = (MAX_CHARACTERS + 1) * 4;

    pub fn push(&mut self, piece: &str) {
        let room = Self::MOST.saturating_sub(self.text.len());
        let fits = piece.len().min(room);
        let end = (0..=fits).rev().find(|end| piece.is_char_boundary(*end)).unwrap_or(0);
        self.text.push_str(&piece[..end]);
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

/// The letters of a column, counted from 0: `A`, `Z`, `AA`.
pub(super) fn letters(column: usize) -> String {
    let mut rest = column + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// The column from 0 and the row from 1 that `AB12` names.
pub(super) fn place_of(reference: &str) -> Option<(usize, usize)> {
    let reference = reference.trim_start_matches('$');
    let split = reference.find(|c: char| !c.is_ascii_alphabetic())?;
    let (letters, row) = reference.split_at(split);
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, letter| {
        sum * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    let row = row
        .trim_start_matches('$')
        .parse()
        .ok()
        .filter(|row| (1..=1_048_576).contains(row))?;
    Some((column - 1, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_its_letters() {
        for (column, name) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (701, "ZZ"),
            (702, "AAA"),
            (16_383, "XFD"),
        ] {
            assert_eq!(letters(column), name);
            assert_eq!(place_of(&format!("{name}7")), Some((column, 7)));
        }
        for wrong in ["", "A", "7", "AAAA1", "A0", "A-1", "A99999999999"] {
            assert_eq!(place_of(wrong), None);
        }
    }
}
