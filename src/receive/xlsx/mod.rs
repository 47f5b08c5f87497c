//! Workbooks (`.xlsx`), read part by part and cell by cell, so that no stray cell and no packed part takes more memory than the answers in it.

mod package;
mod sheet;
mod styles;
mod workbook;
mod xml;

use package::Package;
use workbook::{SheetEntry, Workbook};

use super::{
    FileChoices, RawSubmission,
    gathered::submission,
    headings::{self, Headings},
    kind::{self, FileKind},
    table::Table,
};
use crate::{
    finding::Violation,
    form::Form,
    receive::messages::{self, OtherFile},
};

/// Takes in a spreadsheet (`.xlsx`): the sheet with the headings, then one report a row.
///
/// # Errors
/// One violation that tells why there is nothing to read. Faults of columns and rows are among the findings.
pub fn xlsx(bytes: &[u8], form: &Form, choices: &FileChoices) -> Result<RawSubmission, Vec<Violation>> {
    let found = match kind::of(bytes) {
        FileKind::Zip => read(bytes, form, choices),
        FileKind::Other(other) => Err(messages::file_is(other)),
        FileKind::Empty => Err(messages::empty()),
        FileKind::Text => Err(messages::file_is(OtherFile::NoWorkbook)),
    };
    let (table, headings) = found.map_err(|why| vec![why])?;
    submission(&table, &headings, form, choices, bytes)
}

/// Why a workbook is not read on.
type Stop = Violation;

fn broken<E>(_: E) -> Stop {
    messages::file_is(OtherFile::NoWorkbook)
}

/// The sheet to send: the one chosen, or else the only one shown that has headings.
fn read<'f>(bytes: &[u8], form: &'f Form, choices: &FileChoices) -> Result<(Table, Headings<'f>), Stop> {
    let mut package = Package::open(bytes)?;
    let workbook = Workbook::read(&mut package)?;
    if let Some(name) = &choices.sheet {
        let is_meant = |entry: &&SheetEntry| entry.name.trim().to_lowercase() == name.trim().to_lowercase();
        let entry = workbook
            .sheets
            .iter()
            .find(is_meant)
            .ok_or_else(messages::sheet_unknown)?;
        let table = sheet::read(&mut package, &workbook, entry)?;
        return with_headings(table, form);
    }
    let (shown, hidden): (Vec<_>, Vec<_>) = workbook.sheets.iter().partition(|entry| entry.is_shown);
    let mut found: Vec<(&SheetEntry, Table)> = Vec::new();
    let mut fallback: Option<Table> = None;
    for entry in &shown {
        let table = sheet::read(&mut package, &workbook, entry)?;
        let known = headings::find(&table, form).map_or(0, |headings| headings.known);
        if known >= 2 {
            found.push((entry, table));
        } else if !table.rows.is_empty() && fallback.is_none() {
            fallback = Some(table);
        }
    }
    let several = shown.len() > 1;
    match found.len() {
        0 => {}
        1 => {
            let (entry, mut table) = found.remove(0);
            table.sheet = several.then(|| entry.name.clone());
            return with_headings(table, form);
        }
        _ => {
            let names: Vec<String> = found.iter().map(|(entry, _)| entry.name.clone()).collect();
            return Err(messages::sheet_unclear(&names));
        }
    }
    for entry in hidden {
        let table = sheet::read(&mut package, &workbook, entry)?;
        if headings::find(&table, form).is_some_and(|headings| headings.known >= 2) {
            return Err(messages::sheet_hidden(&entry.name));
        }
    }
    with_headings(fallback.ok_or_else(messages::empty)?, form)
}

fn with_headings<'f>(table: Table, form: &'f Form) -> Result<(Table, Headings<'f>), Stop> {
    if table.rows.is_empty() {
        return Err(messages::empty());
    }
    let headings = headings::find(&table, form).ok_or_else(messages::headings_not_found)?;
    Ok((table, headings))
}
