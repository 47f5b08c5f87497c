use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};
use serde_json::Value;

use super::{
    RawSubmission,
    table::{MAX_CELLS, MAX_COLUMNS, Row, Table, submission},
};
use crate::{
    form::Form,
    validate::{Violation, messages},
};

/// Takes in a CSV file: a heading row with field ids or labels, then one report a row.
///
/// Semicolon, comma or tab between the cells, whichever the heading row has most of; UTF-8, UTF-16 with its mark, or else Windows-1252,
/// which is what Danish spreadsheets save. Numbers are in Danish format.
///
/// # Errors
/// One violation that tells why there is nothing to read. Faults of columns and rows are among the findings.
pub fn csv(bytes: &[u8], form: &Form) -> Result<RawSubmission, Vec<Violation>> {
    let text = decode(bytes);
    let (declared, text) = declared_delimiter(&text);
    if text.trim().is_empty() {
        return Err(vec![messages::empty()]);
    }
    let delimiter = declared.unwrap_or_else(|| sniff(text));
    let table = read(text, delimiter).map_err(|why| vec![why])?;
    submission(&table, form, bytes)
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match (Encoding::for_bom(bytes), std::str::from_utf8(bytes)) {
        (Some((encoding, _)), _) => encoding.decode(bytes).0,
        (None, Ok(text)) => Cow::Borrowed(text),
        (None, Err(_)) => WINDOWS_1252.decode(bytes).0,
    }
}

/// The `sep=;` line that spreadsheet programs understand, taken off.
fn declared_delimiter(text: &str) -> (Option<u8>, &str) {
    let declared = text.strip_prefix("sep=").and_then(|rest| {
        let (line, body) = rest.split_once('\n')?;
        match line.trim_end_matches('\r').as_bytes() {
            [delimiter @ (b';' | b',' | b'\t')] => Some((Some(*delimiter), body)),
            _ => None,
        }
    });
    declared.unwrap_or((None, text))
}

/// The delimiter that the heading row has most of, outside quotes; a semicolon where there is none.
fn sniff(text: &str) -> u8 {
    let mut counts = [(b';', 0_usize), (b'\t', 0), (b',', 0)];
    let mut is_quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            _ if is_quoted => {}
            _ => counts
                .iter_mut()
                .filter(|(delimiter, _)| *delimiter == byte)
                .for_each(|(_, count)| *count += 1),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    counts
        .iter()
        .find(|(_, count)| *count == most)
        .map_or(b';', |(delimiter, _)| *delimiter)
}

fn read(text: &str, delimiter: u8) -> Result<Table, Violation> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut table: Option<Table> = None;
    // A cell may hold line breaks; the row number of the spreadsheet program does not count them.
    let mut breaks_in_cells = 0;
    let mut cells = 0;
    for record in reader.records() {
        let record = record.map_err(|_| messages::file_unreadable())?;
        cells += record.len();
        if table.is_none() && record.len() > MAX_COLUMNS {
            return Err(messages::too_many_names(String::new(), MAX_COLUMNS));
        }
        if cells > MAX_CELLS {
            return Err(messages::too_many_values(MAX_CELLS));
        }
        let number = line_of(&record, text).saturating_sub(breaks_in_cells);
        breaks_in_cells += record.iter().map(|cell| cell.matches('\n').count()).sum::<usize>();
        match &mut table {
            None => {
                table = Some(Table {
                    header: record.iter().map(str::to_owned).collect(),
                    rows: Vec::new(),
                });
            }
            Some(table) => table.rows.push(Row {
                number,
                cells: record.iter().map(Value::from).collect(),
            }),
        }
    }
    table.ok_or_else(messages::file_unreadable)
}

/// The line that a record begins on. The reader's own position is that before any empty lines.
fn line_of(record: &csv::StringRecord, text: &str) -> usize {
    let Some(position) = record.position() else { return 0 };
    let whole = |number: u64| usize::try_from(number).unwrap_or(0);
    let rest = text.get(whole(position.byte())..).unwrap_or_default();
    let empty_lines = rest
        .chars()
        .take_while(|c| matches!(c, '\r' | '\n'))
        .filter(|c| *c == '\n')
        .count();
    whole(position.line()) + empty_lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FormLibrary;

    fn receive(bytes: &[u8]) -> Result<RawSubmission, Vec<Violation>> {
        let library = FormLibrary::embedded().unwrap();
        csv(bytes, library.find("fleksjob-wage", "1.0").unwrap())
    }

    const HEADER: &str = "employer_cvr;report_kind;employee_name;base_wage";

    #[test]
    fn one_row_is_one_report_and_the_employer_stands_once() {
        let raw = receive(
            format!("{HEADER}\n13585628;full_time_wage;Ærø Østergård;28.500,00\n\n;correction;B;\n").as_bytes(),
        )
        .unwrap();
        assert_eq!(raw.body["employer"]["cvr"], "13585628");
        assert_eq!(raw.body["reports"][0]["base_wage"], "28.500,00");
        assert_eq!(raw.body["reports"][1]["employee_name"], "B");
        assert_eq!(raw.rows, [2, 4]);
        assert!(raw.findings.is_empty());
    }

    #[test]
    fn every_delimiter_encoding_and_heading_gives_the_same_submission() {
        let plain = "report_kind;employee_name\nfull_time_wage;Ærø\n";
        let expected = receive(plain.as_bytes()).unwrap().body;
        let utf16: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(plain.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let variants: Vec<Vec<u8>> = vec![
            plain.replace(';', ",").into_bytes(),
            plain.replace(';', "\t").into_bytes(),
            format!("\u{feff}{plain}").into_bytes(),
            plain
                .replace("Ærø", "\u{1}")
                .into_bytes()
                .into_iter()
                .flat_map(|b| if b == 1 { vec![0xc6, b'r', 0xf8] } else { vec![b] })
                .collect(),
            utf16,
            format!("sep=;\r\n{plain}").into_bytes(),
            "Hvad vil du indberette?;MEDARBEJDERENS NAVN\r\nfull_time_wage;Ærø"
                .as_bytes()
                .to_vec(),
            "\"report_kind\";\"employee_name\"\nfull_time_wage;\"Ærø\""
                .as_bytes()
                .to_vec(),
        ];
        for (index, variant) in variants.iter().enumerate() {
            assert_eq!(receive(variant).unwrap().body, expected, "variant {index}");
        }
    }

    #[test]
    fn faults_of_columns_and_rows_are_all_found() {
        let raw = receive(
            b"employer_cvr;emplyee_name;employer_cvr;report_kind\n1;a;1;correction\n2;;;correction;extra\n3;b;;correction\n",
        )
        .unwrap();
        let codes: Vec<(&str, &str)> = raw
            .findings
            .iter()
            .map(|finding| (finding.code.as_str(), finding.pointer.as_str()))
            .collect();
        assert_eq!(
            codes,
            [
                ("column-unknown", ""),
                ("column-repeated", ""),
                ("column-differs", "/employer/cvr"),
                ("row-too-long", "/reports/1")
            ]
        );
        assert!(raw.findings[0].hint.as_ref().unwrap().da.contains("employee_name"));
    }

    #[test]
    fn a_line_break_in_a_cell_does_not_shift_the_row_numbers() {
        let raw = receive(b"report_kind;employee_name\ncorrection;\"a\nb\"\ncorrection;c\n").unwrap();
        assert_eq!(raw.rows, [2, 3]);
    }

    #[test]
    fn an_empty_file_says_so() {
        for bytes in [b"".as_slice(), b"\n\n", b";;;\n1;2\n", b"\xef\xbb\xbf"] {
            assert_eq!(receive(bytes).unwrap_err()[0].code, "file-empty");
        }
    }
}
