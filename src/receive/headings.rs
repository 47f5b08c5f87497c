//! Which row holds the headings, and what each column holds.

use super::table::{Row, Table};
use crate::{
    form::{Field, Form},
    record::HINT_ANSWERS,
    value::clean,
};

/// What a column holds.
#[derive(Clone, Copy)]
pub(super) enum Column<'f> {
    Field(&'f Field),
    /// `form` or `form_version`.
    Named(&'static str),
    /// What is answered to warnings and hints.
    HintAnswers,
    /// Nothing that the form knows.
    Unknown,
}

/// A column with its heading as the sender wrote it, on one line.
pub(super) struct Headed<'f> {
    /// Counted from 0.
    pub index: usize,
    pub heading: String,
    pub holds: Column<'f>,
}

/// The row of headings of a table.
pub(super) struct Headings<'f> {
    pub columns: Vec<Headed<'f>>,
    /// Where the reports begin, in the table's rows.
    pub first_row: usize,
    /// How many of the headings the form knows.
    pub known: usize,
}

/// So far down titles and guidance reach.
const MAX_LINES_ABOVE: usize = 60;

/// Finds the row of headings: the first with two that the form knows, below any title. Where several such rows follow each other, as a row
/// of words above one of ids, the one with most known headings counts. A first row with one known heading will do.
pub(super) fn find<'f>(table: &Table, form: &'f Form) -> Option<Headings<'f>> {
    let known = |row: &Row| {
        let headings = row
            .cells
            .iter()
            .map(|(_, cell)| column_of(&one_line(cell.heading()), form));
        headings.filter(|column| !matches!(column, Column::Unknown)).count()
    };
    let counts: Vec<usize> = table.rows.iter().take(MAX_LINES_ABOVE).map(known).collect();
    let start = match counts.iter().position(|known| *known >= 2) {
        Some(start) => start,
        None => counts.iter().position(|known| *known >= 1).filter(|at| *at == 0)?,
    };
    let block = counts[start..].iter().take_while(|known| **known >= 2).count().max(1);
    let best = (start..start + block)
        .max_by_key(|at| (counts[*at], *at))
        .unwrap_or(start);
    let columns = table.rows[best].cells.iter().map(|(index, cell)| {
        let heading = one_line(cell.heading());
        let holds = column_of(&heading, form);
        Headed {
            index: *index,
            heading,
            holds,
        }
    });
    Some(Headings {
        columns: columns.collect(),
        first_row: start + block,
        known: counts[best],
    })
}

/// Without line breaks, double blanks and what nobody sees.
fn one_line(heading: &str) -> String {
    clean(heading).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The column that a heading names, by id or by label in either language. A star or colon behind it does not count.
fn column_of<'f>(heading: &str, form: &'f Form) -> Column<'f> {
    let lower = heading.trim_end_matches(['*', ':', ' ']).to_lowercase();
    if lower.is_empty() {
        return Column::Unknown;
    }
    let as_id = lower.replace([' ', '-'], "_");
    let is_named = |field: &&Field| {
        let is_label = |label: &str| label.to_lowercase().trim_end_matches(['*', ':', ' ']) == lower;
        field.id == as_id || is_label(&field.label.da) || is_label(&field.label.en)
    };
    match (form.fields().iter().find(is_named), as_id.as_str()) {
        (Some(field), _) => Column::Field(field),
        (None, "form") => Column::Named("form"),
        (None, "form_version") => Column::Named("form_version"),
        (None, HINT_ANSWERS) => Column::HintAnswers,
        (None, _) => Column::Unknown,
    }
}
