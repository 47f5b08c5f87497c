//! The table as CSV the way a Danish spreadsheet opens it: UTF-8 with a mark, semicolons, comma before the øre.

use csv::{Terminator, WriterBuilder};

use super::{
    table::{Cell, Table},
    xlsx::WriteError,
};
use crate::value::date_to_danish;

/// Says that the text is UTF-8; without it spreadsheets guess.
const MARK: &str = "\u{feff}";

/// What makes a spreadsheet calculate instead of show.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub fn write(table: &Table) -> Result<Vec<u8>, WriteError> {
    let mut writer = WriterBuilder::new()
        .delimiter(b';')
        .terminator(Terminator::CRLF)
        .from_writer(MARK.as_bytes().to_vec());
    writer.write_record(table.columns.iter().map(|column| harmless(&column.heading)))?;
    for row in &table.rows {
        writer.write_record(row.0.iter().map(text))?;
    }
    writer
        .into_inner()
        .map_err(|error| WriteError::Csv(error.into_error().into()))
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => harmless(text),
        // No points between the thousands: every spreadsheet reads it as a number.
        Cell::Money(amount) => amount.to_danish().replace('.', ""),
        Cell::Date(date) => date_to_danish(*date),
        Cell::Moment(at) => format!("{} {}", date_to_danish(at.date()), at.strftime("%H:%M")),
    }
}

/// Somebody's words stay words: a mark before what would be calculated.
fn harmless(text: &str) -> String {
    if text.trim_start().starts_with(FORMULA) || text.starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::{
        http::web::inbox::export::table::{Column, Row},
        value::Money,
    };

    fn written(cells: Vec<Cell>) -> String {
        let columns = cells.iter().map(|_| Column {
            heading: "Ø".to_owned(),
            width: 9,
        });
        let table = Table {
            columns: columns.collect(),
            rows: vec![Row(cells)],
        };
        String::from_utf8(write(&table).unwrap()).unwrap()
    }

    #[test]
    fn amounts_and_dates_are_danish_and_the_text_is_marked_as_utf_8() {
        let day = date(2026, 12, 1);
        let cells = vec![
            Cell::Text("Æ;\"B\"".into()),
            Cell::Money(Money::from_ore(3_206_750)),
            Cell::Money(Money::from_ore(-50)),
            Cell::Date(day),
            Cell::Moment(day.at(9, 5, 0, 0)),
            Cell::Empty,
        ];
        assert_eq!(
            written(cells),
            "\u{feff}Ø;Ø;Ø;Ø;Ø;Ø\r\n\"Æ;\"\"B\"\"\";32067,50;-0,50;01-12-2026;01-12-2026 09:05;\r\n"
        );
    }

    #[test]
    fn what_would_be_calculated_stays_text() {
        for begin in FORMULA {
            let text = written(vec![Cell::Text(format!("{begin}1+1"))]);
            let cell = text.lines().nth(1).unwrap().trim_start_matches('"');
            assert!(cell.starts_with('\''), "{begin:?}: {cell}");
        }
        assert!(written(vec![Cell::Text(" =1".into())]).contains("' =1"));
        assert!(written(vec![Cell::Text("Kok = chef".into())]).contains("\r\nKok = chef"));
    }
}
