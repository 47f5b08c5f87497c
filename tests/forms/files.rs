//! Files as people save them.

use fleksport::{
    form::FieldType,
    receive,
    record::Submission,
    value::{Money, NumberFormat},
};
use jiff::civil::Date;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::{check, form, send};

const DATA: &str = "tests/data/one-employer-38-municipalities";

fn read(name: &str) -> Vec<u8> {
    std::fs::read(format!("{DATA}/{name}")).unwrap()
}

/// Corrections name reports by an id that is only known once they are received; any id will do here.
fn with_ids(text: &str) -> String {
    let mut parts = text.split("{{id:");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for (number, part) in parts.enumerate() {
        let (_, rest) = part.split_once("}}").unwrap();
        whole.push_str(&format!("01935a6f-0000-7000-8000-{number:012}"));
        whole.push_str(rest);
    }
    whole
}

fn errors(result: Result<Submission, Vec<fleksport::finding::Violation>>) -> Vec<String> {
    let violations = result.err().unwrap_or_default();
    violations
        .iter()
        .filter(|one| one.is_error())
        .map(|one| format!("{} {}", one.pointer, one.code))
        .collect()
}

#[test]
fn the_spreadsheet_of_an_employer_in_38_municipalities_says_the_same_as_its_json() {
    let csv = with_ids(&String::from_utf8(read("indberetning.csv")).unwrap());
    let json = with_ids(&String::from_utf8(read("submission.json")).unwrap());
    let raw = receive::csv(csv.as_bytes(), form(), &receive::FileChoices::default()).unwrap();
    let from_file = check(&raw);
    assert_eq!(errors(from_file.clone()), Vec::<String>::new());
    let from_json = send(&serde_json::from_str(&json).unwrap());
    assert_eq!(errors(from_json.clone()), Vec::<String>::new());
    let (from_file, from_json) = (from_file.unwrap(), from_json.unwrap());
    assert_eq!(from_file.reports.len(), from_json.reports.len());
    assert_eq!(from_file.employer, from_json.employer);
    for (position, (one, other)) in from_file.reports.iter().zip(&from_json.reports).enumerate() {
        assert!(one.answers == other.answers, "report {position} differs");
    }
}

/// The same rows as a person's program saves them: amounts as numbers and days as days, the rest as text.
fn workbook(csv: &str) -> Vec<u8> {
    let mut book = Workbook::new();
    let day = Format::new().set_num_format("dd-mm-yyyy");
    let sheet = book.add_worksheet();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .has_headers(false)
        .from_reader(csv.trim_start_matches('\u{FEFF}').as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    let header = &rows[0];
    for (row, cells) in rows.iter().enumerate() {
        for (column, text) in cells.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            let at = (u32::try_from(row).unwrap(), u16::try_from(column).unwrap());
            let kind = form().field(&header[column]).map(|field| &field.kind);
            match typed(kind, text) {
                Some(Cell::Number(number)) => sheet.write_number(at.0, at.1, number).unwrap(),
                Some(Cell::Day(date)) => sheet.write_datetime_with_format(at.0, at.1, date, &day).unwrap(),
                None => sheet.write_string(at.0, at.1, text).unwrap(),
            };
        }
    }
    book.save_to_buffer().unwrap()
}

enum Cell {
    Number(f64),
    Day(ExcelDateTime),
}

/// What a spreadsheet program makes of what somebody types; nothing for the heading and what it leaves as text.
fn typed(kind: Option<&FieldType>, text: &str) -> Option<Cell> {
    match kind? {
        FieldType::Money { .. } => {
            let amount: f64 = Money::parse(text, NumberFormat::Danish)
                .ok()?
                .to_machine()
                .parse()
                .ok()?;
            Some(Cell::Number(amount))
        }
        FieldType::Date => {
            let [day, month, year] = text.split(['-', '.']).collect::<Vec<_>>().try_into().ok()?;
            let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
            let (year, month, day) = (date.year(), date.month(), date.day());
            let date = ExcelDateTime::from_ymd(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
            Some(Cell::Day(date.ok()?))
        }
        _ => None,
    }
}

#[test]
fn a_workbook_with_numbers_and_days_says_the_same_as_the_text_file() {
    let csv = with_ids(&String::from_utf8(read("indberetning.csv")).unwrap());
    let from_text = check(&receive::csv(csv.as_bytes(), form(), &receive::FileChoices::default()).unwrap());
    let from_book = check(&receive::xlsx(&workbook(&csv), form(), &receive::FileChoices::default()).unwrap());
    assert_eq!(errors(from_book.clone()), Vec::<String>::new());
    let (from_text, from_book) = (from_text.unwrap(), from_book.unwrap());
    assert_eq!(from_text.reports.len(), from_book.reports.len());
    for (position, (one, other)) in from_text.reports.iter().zip(&from_book.reports).enumerate() {
        assert!(one.answers == other.answers, "report {position} differs");
    }
}

#[test]
fn twenty_faults_are_told_at_once_each_at_its_place() {
    #[derive(serde::Deserialize)]
    struct Expected {
        pointer: String,
    }
    let expected: Vec<Expected> = serde_json::from_slice(&read("twenty-faults.expected.json")).unwrap();
    let mut expected: Vec<String> = expected.into_iter().map(|fault| fault.pointer).collect();
    let violations = send(&serde_json::from_slice(&read("twenty-faults.json")).unwrap()).unwrap_err();
    let mut found: Vec<String> = violations
        .iter()
        .filter(|one| one.is_error())
        .map(|one| one.pointer.clone())
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}
