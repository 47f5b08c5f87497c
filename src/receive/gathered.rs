//! From a table to the shape of a submission: one report a row, what concerns the whole submission repeated or once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::{
    FileChoices, HiddenRows, MAX_CHARACTERS, RawSubmission,
    cell::Cell,
    headings::{Column, Headed, Headings},
    table::{MAX_COLUMNS, Row, Table, letters},
};
use crate::{
    finding::{Findings, Places, Violation},
    form::{Field, Form, Reading, Scope, Unreadable},
    receive::messages,
    record::{HINT_ANSWERS, MAX_REPORTS},
    value::{NumberFormat, Redacted},
};

/// Puts a table with headings into the shape of a submission.
///
/// # Errors
/// One violation that tells why there is nothing to read.
pub(super) fn submission(
    table: &Table,
    headings: &Headings<'_>,
    form: &Form,
    choices: &FileChoices,
    bytes: &[u8],
) -> Result<RawSubmission, Vec<Violation>> {
    if headings.columns.len() > MAX_COLUMNS {
        return Err(vec![messages::too_many_names(String::new(), MAX_COLUMNS)]);
    }
    let mut gathered = Gathered::default();
    gathered.places.sheet.clone_from(&table.sheet);
    gathered.tell_columns(table, headings, form, choices);
    let rows = &table.rows[headings.first_row.min(table.rows.len())..];
    let sent = gathered.tell_hidden_rows(rows, choices);
    for row in sent {
        // One more than may be: that there are too many is told with all else.
        if gathered.findings.is_full() || gathered.reports.len() > MAX_REPORTS {
            break;
        }
        gathered.take(row, table, headings)?;
    }
    Ok(gathered.into_submission(bytes))
}

/// The submission as it grows row by row.
#[derive(Default)]
struct Gathered {
    top: Map<String, Value>,
    employer: Map<String, Value>,
    reports: Vec<Value>,
    places: Places,
    findings: Findings,
    /// Fields of the whole submission that were found to differ, told once each.
    differing: BTreeSet<String>,
}

impl Gathered {
    /// Tells unknown and repeated columns, and notes where each answer stands.
    fn tell_columns(&mut self, table: &Table, headings: &Headings<'_>, form: &Form, choices: &FileChoices) {
        let mut seen = BTreeMap::new();
        let mut left_out = Vec::new();
        for column in &headings.columns {
            let (name, place) = match column.holds {
                Column::Field(field) => (field.id.as_str(), place_in_file(field)),
                Column::Named(name) => (name, format!("/{name}")),
                Column::HintAnswers => (HINT_ANSWERS, HINT_ANSWERS.to_owned()),
                Column::Unknown => {
                    left_out.push(column);
                    continue;
                }
            };
            self.places.note(place, letters(column.index), column.heading.clone());
            if let Some(first) = seen.insert(name.to_owned(), column.index) {
                self.findings
                    .push(messages::column_repeated(&letters(first), &letters(column.index)));
            }
        }
        self.tell_unknown(&left_out, form, choices);
        self.tell_hidden_columns(table, headings);
    }

    fn tell_unknown(&mut self, unknown: &[&Headed<'_>], form: &Form, choices: &FileChoices) {
        if choices.ignore_unknown_columns {
            let names: Vec<String> = unknown.iter().map(|column| letters(column.index)).collect();
            if !names.is_empty() {
                self.findings.push(messages::columns_left_out(&names));
            }
            return;
        }
        let ids: Vec<&str> = form.fields().iter().map(|field| field.id.as_str()).collect();
        for column in unknown {
            let meant = self.findings.suggestion(&column.heading, &ids);
            self.findings
                .push(messages::column_unknown(&letters(column.index), meant));
        }
    }

    fn tell_hidden_columns(&mut self, table: &Table, headings: &Headings<'_>) {
        let hidden = headings
            .columns
            .iter()
            .filter(|column| table.hidden_columns.contains(&column.index) && !matches!(column.holds, Column::Unknown));
        let names: Vec<String> = hidden.map(|column| letters(column.index)).collect();
        if !names.is_empty() {
            self.findings.push(messages::columns_hidden(&names));
        }
    }

    /// The rows to send. That some are hidden is told; whether they go along is for the sender to choose.
    fn tell_hidden_rows<'t>(&mut self, rows: &'t [Row], choices: &FileChoices) -> Vec<&'t Row> {
        let hidden: Vec<usize> = rows.iter().filter(|row| row.is_hidden).map(|row| row.number).collect();
        if !hidden.is_empty() {
            self.findings.push(match choices.hidden_rows {
                None => messages::rows_hidden(&hidden),
                Some(HiddenRows::Send) => messages::rows_hidden_sent(&hidden),
                Some(HiddenRows::LeaveOut) => messages::rows_hidden_left_out(&hidden),
            });
        }
        let leaves_out = choices.hidden_rows == Some(HiddenRows::LeaveOut);
        rows.iter().filter(|row| !(leaves_out && row.is_hidden)).collect()
    }

    fn take(&mut self, row: &Row, table: &Table, headings: &Headings<'_>) -> Result<(), Vec<Violation>> {
        let position = self.reports.len();
        if row.cells.iter().any(|(_, cell)| cell.characters() > MAX_CHARACTERS) {
            let place = format!("/reports/{position}");
            self.places.rows.push(row.number);
            let told = self
                .places
                .add_to(vec![messages::value_too_long(place, MAX_CHARACTERS)]);
            return Err(told);
        }
        let mut report = Map::new();
        for column in &headings.columns {
            let is_merged = table.merged.iter().any(|area| area.has(row.number, column.index));
            match row.cell(column.index) {
                _ if is_merged => self.keep(column, &Cell::Unreadable(Unreadable::Merged), row, &mut report),
                Some(cell) => self.keep(column, cell, row, &mut report),
                None => {}
            }
        }
        let is_headed = |index: usize| headings.columns.iter().any(|column| column.index == index);
        if row.cells.iter().any(|(index, _)| !is_headed(*index)) {
            self.findings.push(messages::row_too_long(position, row.number));
        }
        if !report.is_empty() {
            self.reports.push(Value::Object(report));
            self.places.rows.push(row.number);
        }
        Ok(())
    }

    fn keep(&mut self, column: &Headed<'_>, cell: &Cell, row: &Row, report: &mut Map<String, Value>) {
        match column.holds {
            Column::Field(field) if field.scope == Scope::Report => {
                report.insert(field.key.clone(), cell.to_value(Some(&field.kind)));
            }
            Column::Field(field) => self.keep_once(field, &cell.to_value(Some(&field.kind)), row.number),
            Column::Named(name) => {
                let value = cell.to_value(None);
                // A version has a full stop in every language.
                let value = value
                    .as_str()
                    .map_or(value.clone(), |text| Value::from(text.trim().replace(',', ".")));
                _ = self.top.entry(name).or_insert(value);
            }
            Column::HintAnswers => _ = report.insert(HINT_ANSWERS.to_owned(), hint_answers(&cell.to_value(None))),
            Column::Unknown => {}
        }
    }

    /// An answer that stands once per submission: the first row that has it counts, and the others must agree.
    fn keep_once(&mut self, field: &Field, value: &Value, row: usize) {
        let object = match field.scope {
            Scope::Employer => &mut self.employer,
            Scope::Submission | Scope::Report => &mut self.top,
        };
        let first = object.entry(field.key.clone()).or_insert_with(|| value.clone());
        if !is_same(field, first, value) && self.differing.insert(field.id.clone()) {
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
            places: self.places,
            ..raw
        }
    }
}

/// Where the answers to a field are looked for: by their name in a report, by their pointer elsewhere.
fn place_in_file(field: &Field) -> String {
    match field.scope {
        Scope::Report => field.key.clone(),
        Scope::Employer | Scope::Submission => field.pointer(0),
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

/// Whether two cells give the same answer, in whatever writing: `13585628` and `DK13585628`, `ja` and `SAND`.
fn is_same(field: &Field, one: &Value, other: &Value) -> bool {
    let reading = Reading {
        format: NumberFormat::Danish,
        today: Date::MAX,
        is_percent: false,
    };
    one == other
        || match (field.read(one, reading), field.read(other, reading)) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        }
}
