use std::io::Cursor;

use calamine::{Data, ExcelDateTime, Reader, Xlsx};
use serde_json::Value;

use super::{
    RawSubmission,
    table::{MAX_CELLS, MAX_COLUMNS, Row, Table, submission},
};
use crate::{
    form::Form,
    validate::{Violation, messages},
};

/// Unpacked, a file of ten thousand reports has some tens of megabytes. What says that it has more is not unpacked.
const MAX_UNPACKED: u64 = 200_000_000;

/// Takes in a spreadsheet (`.xlsx`): the first sheet, a heading row with field ids or labels, then one report a row.
///
/// # Errors
/// One violation that tells why there is nothing to read. Faults of columns and rows are among the findings.
pub fn xlsx(bytes: &[u8], form: &Form) -> Result<RawSubmission, Vec<Violation>> {
    if unpacked_size(bytes).is_none_or(|size| size > MAX_UNPACKED) {
        return Err(vec![messages::file_unreadable()]);
    }
    let unreadable = |_| vec![messages::file_unreadable()];
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(unreadable)?;
    let range = match workbook.worksheet_range_at(0) {
        Some(range) => range.map_err(unreadable)?,
        None => return Err(vec![messages::empty()]),
    };
    if range.width() > MAX_COLUMNS {
        return Err(vec![messages::too_many_names(String::new(), MAX_COLUMNS)]);
    }
    if range.width() * range.height() > MAX_CELLS {
        return Err(vec![messages::too_many_values(MAX_CELLS)]);
    }
    let first_row = range.start().map_or(0, |(row, _)| usize::try_from(row).unwrap_or(0));
    let mut rows = range.rows().enumerate();
    let Some((_, header)) = rows.next() else {
        return Err(vec![messages::empty()]);
    };
    let table = Table {
        header: header
            .iter()
            .map(|cell| cell_text(cell).as_str().unwrap_or_default().to_owned())
            .collect(),
        rows: rows
            .map(|(index, cells)| Row {
                number: first_row + index + 1,
                cells: cells.iter().map(cell_text).collect(),
            })
            .collect(),
    };
    submission(&table, form, bytes)
}

/// A cell as the text that a Dane would read in it. Numbers keep their shortest decimal text; nothing is calculated.
fn cell_text(cell: &Data) -> Value {
    match cell {
        Data::Empty => Value::Null,
        Data::Bool(yes) => Value::Bool(*yes),
        Data::Int(number) => Value::from(number.to_string()),
        Data::Float(number) => Value::from(number.to_string().replace('.', ",")),
        Data::String(text) | Data::DurationIso(text) => Value::from(text.as_str()),
        Data::DateTime(moment) => Value::from(date_text(moment)),
        Data::DateTimeIso(text) => Value::from(text.strip_suffix("T00:00:00").unwrap_or(text)),
        Data::Error(error) => Value::from(error.to_string()),
    }
}

/// A day as `2026-12-01`; with a time of day it is no plain date, and is written so that it is refused as one.
fn date_text(moment: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let is_whole_day = (hour, minute, second, milli) == (0, 0, 0, 0);
    match (moment.is_duration(), is_whole_day) {
        (true, _) => format!("{hour}:{minute:02}"),
        (false, true) => format!("{year:04}-{month:02}-{day:02}"),
        (false, false) => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}"),
    }
}

/// What the table of contents of the ZIP file says all parts have together, unpacked; nothing when it has none.
fn unpacked_size(bytes: &[u8]) -> Option<u64> {
    const ENTRY: &[u8] = b"PK\x01\x02";
    const END: &[u8] = b"PK\x05\x06";
    let number = |at: usize, length: usize| {
        let field = bytes.get(at..at.checked_add(length)?)?;
        Some(field.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let end = bytes.windows(END.len()).rposition(|window| window == END)?;
    let mut at = usize::try_from(number(end + 16, 4)?).ok()?;
    let mut sum: u64 = 0;
    while bytes.get(at..at + ENTRY.len()) == Some(ENTRY) {
        sum = sum.checked_add(number(at + 24, 4)?)?;
        let lengths = number(at + 28, 2)? + number(at + 30, 2)? + number(at + 32, 2)?;
        at = at.checked_add(46)?.checked_add(usize::try_from(lengths).ok()?)?;
    }
    Some(sum)
}
