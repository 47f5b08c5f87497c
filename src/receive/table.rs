//! A sheet of rows and columns: one report a row, what concerns the whole submission repeated or once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{MAX_CHARACTERS, RawSubmission};
use crate::{
    form::{Field, Form, Scope},
    validate::{Findings, HINT_ANSWERS, MAX_REPORTS, Violation, messages},
    value::{NumberFormat, Redacted},
};

/// Far more than a form has questions.
pub(super) const MAX_COLUMNS: usize = 1_000;

/// Ten thousand reports with a hundred cells each, empty ones counted.
pub(super) const MAX_CELLS: usize = 1_000_000;

/// Cells as they came, with the row numbers of the spreadsheet program.
pub(super) struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Row>,
}

pub(super) struct Row {
    /// Counted from 1, header included.
    pub number: usize,
    pub cells: Vec<Value>,
}

/// What a column holds.
enum Column<'f> {
    Field(&'f Field),
    /// `form` or `form_version`.
    Named(&'static str),
    /// What is answered to warnings and hints.
    HintAnswers,
    /// Nothing that the form knows.
    Unknown,
}

/// Puts a table into the shape of a submission.
pub(super) fn submission(table: &Table, form: &Form, bytes: &[u8]) -> Result<RawSubmission, Vec<Violation>> {
    if table.header.len() > MAX_COLUMNS {
        return Err(vec![messages::too_many_names(String::new(), MAX_COLUMNS)]);
    }
    if table.header.iter().all(|heading| heading.trim().is_empty()) {
        return Err(vec![messages::empty()]);
    }
    let mut gathered = Gathered::default();
    let columns = gathered.columns(table, form);
    for row in &table.rows {
        // One more than may be: that there are too many is told with all else.
        if gathered.findings.is_full() || gathered.reports.len() > MAX_REPORTS {
            break;
        }
        gathered.take(row, &columns)?;
    }
    Ok(gathered.into_submission(bytes))
}

/// The submission as it grows row by row.
#[derive(Default)]
struct Gathered {
    top: Map<String, Value>,
    employer: Map<String, Value>,
    reports: Vec<Value>,
    rows: Vec<usize>,
    findings: Findings,
    /// Fields of the whole submission that were found to differ, told once each.
    differing: BTreeSet<String>,
}

impl Gathered {
    /// Finds out what each column holds; tells unknown and repeated ones.
    fn columns<'f>(&mut self, table: &Table, form: &'f Form) -> Vec<Column<'f>> {
        let mut seen = BTreeMap::new();
        let mut columns = Vec::new();
        for (index, heading) in table.header.iter().enumerate() {
            let is_used = table
                .rows
                .iter()
                .any(|row| row.cells.get(index).is_some_and(|cell| !is_blank(cell)));
            let column = column_of(heading.trim(), form);
            let name = match &column {
                Column::Field(field) => field.id.as_str(),
                Column::Named(name) => name,
                Column::HintAnswers => HINT_ANSWERS,
                Column::Unknown => {
                    if is_used || !heading.trim().is_empty() {
                        let ids: Vec<&str> = form.fields().iter().map(|field| field.id.as_str()).collect();
                        let meant = self.findings.suggestion(heading, &ids);
                        self.findings.push(messages::column_unknown(index + 1, meant));
                    }
                    ""
                }
            };
            if let (false, Some(first)) = (name.is_empty(), seen.insert(name.to_owned(), index + 1)) {
                self.findings.push(messages::column_repeated(first, index + 1));
            }
            columns.push(column);
        }
        columns
    }

    fn take(&mut self, row: &Row, columns: &[Column<'_>]) -> Result<(), Vec<Violation>> {
        let position = self.reports.len();
        let mut report = Map::new();
        for (index, cell) in row.cells.iter().enumerate().filter(|(_, cell)| !is_blank(cell)) {
            if cell.as_str().is_some_and(|text| text.chars().count() > MAX_CHARACTERS) {
                return Err(vec![messages::value_too_long(
                    format!("/reports/{position}"),
                    MAX_CHARACTERS,
                )]);
            }
            match columns.get(index) {
                Some(Column::Field(field)) if field.scope == Scope::Report => {
                    report.insert(field.key.clone(), cell.clone());
                }
                Some(Column::Field(field)) => self.keep_once(field, cell, row.number),
                Some(Column::Named(name)) => _ = self.top.entry(*name).or_insert_with(|| cell.clone()),
                Some(Column::HintAnswers) => {
                    report.insert(HINT_ANSWERS.to_owned(), hint_answers(cell));
                }
                Some(Column::Unknown) => {}
                None => {
                    self.findings.push(messages::row_too_long(position, row.number));
                    // Once is enough for a row.
                    break;
                }
            }
        }
        if !report.is_empty() {
            self.reports.push(Value::Object(report));
            self.rows.push(row.number);
        }
        Ok(())
    }

    /// An answer that stands once per submission: the first row that has it counts, and the others must agree.
    fn keep_once(&mut self, field: &Field, cell: &Value, row: usize) {
        let object = match field.scope {
            Scope::Employer => &mut self.employer,
            Scope::Submission | Scope::Report => &mut self.top,
        };
        let first = object.entry(field.key.clone()).or_insert_with(|| cell.clone());
        if !is_same(first, cell) && self.differing.insert(field.id.clone()) {
            self.findings.push(messages::column_differs(field, row));
        }
    }

    fn into_submission(mut self, bytes: &[u8]) -> RawSubmission {
        self.top.insert("employer".to_owned(), Value::Object(self.employer));
        self.top.insert("reports".to_owned(), Value::Array(self.reports));
        let original = Redacted::new(bytes.to_vec());
        let raw = RawSubmission::new(Value::Object(self.top), NumberFormat::Danish, original);
        RawSubmission {
            findings: self.findings,
            rows: self.rows,
            ..raw
        }
    }
}

/// The column that a heading names, by id or by label in either language.
fn column_of<'f>(heading: &str, form: &'f Form) -> Column<'f> {
    let lower = heading.to_lowercase();
    let is_named = |field: &&Field| {
        field.id == lower || field.label.da.to_lowercase() == lower || field.label.en.to_lowercase() == lower
    };
    match (form.fields().iter().find(is_named), lower.as_str()) {
        (Some(field), _) => Column::Field(field),
        (None, "form") => Column::Named("form"),
        (None, "form_version") => Column::Named("form_version"),
        (None, HINT_ANSWERS) => Column::HintAnswers,
        (None, _) => Column::Unknown,
    }
}

/// The codes of the hints in one cell, with `|` between them: a code alone confirms, one with a colon and a sentence explains.
fn hint_answers(cell: &Value) -> Value {
    let Some(text) = cell.as_str() else { return cell.clone() };
    let parts = text.split('|').map(str::trim).filter(|part| !part.is_empty());
    let answers = parts.map(|part| match part.split_once(':') {
        Some((code, text)) => json!({ "code": code.trim(), "answer": "explained", "text": text.trim() }),
        None => json!({ "code": part, "answer": "confirmed" }),
    });
    Value::Array(answers.collect())
}

pub(super) fn is_blank(cell: &Value) -> bool {
    match cell {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) => one.trim() == other.trim(),
        _ => one == other,
    }
}
