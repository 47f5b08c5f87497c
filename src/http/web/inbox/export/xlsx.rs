//! The table as a workbook: amounts are numbers, days are dates, words are words and never formulas.

use jiff::{Timestamp, civil::DateTime};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::table::{Cell, Table};
use crate::{clock::in_denmark, http::OurFault};

/// The file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("the table can't be written as CSV")]
    Csv(#[from] csv::Error),
    #[error("the table can't be written as a workbook")]
    Workbook(#[from] XlsxError),
    #[error("a row or a date lies outside what a workbook can hold")]
    OutOfRange,
}

impl OurFault for WriteError {}

/// How the cells look.
struct Looks {
    heading: Format,
    money: Format,
    date: Format,
    moment: Format,
}

pub fn write(table: &Table, made_at: Timestamp) -> Result<Vec<u8>, WriteError> {
    let looks = Looks {
        heading: Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top),
        money: Format::new().set_num_format("#,##0.00"),
        date: Format::new().set_num_format("dd-mm-yyyy"),
        moment: Format::new().set_num_format("dd-mm-yyyy hh:mm"),
    };
    let mut book = Workbook::new();
    let made_at = moment(in_denmark(made_at).datetime())?;
    book.set_properties(
        &DocProperties::new()
            .set_author("Fleksport")
            .set_creation_datetime(&made_at),
    );
    let sheet = book.add_worksheet();
    for (at, column) in (0_u16..).zip(&table.columns) {
        sheet.set_column_width(at, f64::from(column.width))?;
        sheet.write_string_with_format(0, at, &column.heading, &looks.heading)?;
    }
    for (at, row) in (1_u32..).zip(&table.rows) {
        for (column, cell) in (0_u16..).zip(&row.0) {
            put(sheet, at, column, cell, &looks)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    let last = u32::try_from(table.rows.len()).map_err(|_| WriteError::OutOfRange)?;
    let width = u16::try_from(table.columns.len()).map_err(|_| WriteError::OutOfRange)?;
    sheet.autofilter(0, 0, last, width.saturating_sub(1))?;
    sheet.set_landscape().set_repeat_rows(0, 0)?;
    Ok(book.save_to_buffer()?)
}

fn put(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell, looks: &Looks) -> Result<(), WriteError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            sheet.write_string(row, column, text)?;
        }
        Cell::Money(amount) => {
            let kroner: f64 = amount.to_machine().parse().map_err(|_| WriteError::OutOfRange)?;
            sheet.write_number_with_format(row, column, kroner, &looks.money)?;
        }
        Cell::Date(date) => {
            let midnight = moment(date.at(0, 0, 0, 0))?;
            sheet.write_datetime_with_format(row, column, &midnight, &looks.date)?;
        }
        Cell::Moment(at) => {
            sheet.write_datetime_with_format(row, column, &moment(*at)?, &looks.moment)?;
        }
    }
    Ok(())
}

fn moment(at: DateTime) -> Result<ExcelDateTime, WriteError> {
    let number = |part: i8| u8::try_from(part).map_err(|_| WriteError::OutOfRange);
    let year = u16::try_from(at.year()).map_err(|_| WriteError::OutOfRange)?;
    let day = ExcelDateTime::from_ymd(year, number(at.month())?, number(at.day())?)?;
    let hour = u16::from(number(at.hour())?);
    Ok(day.and_hms(hour, number(at.minute())?, f64::from(at.second()))?)
}
