use csv_core::ReadFieldResult;

use super::{
    FileChoices, RawSubmission,
    cell::Cell,
    encoding::decode,
    gathered::submission,
    headings,
    kind::{self, FileKind},
    table::{Bounded, MAX_COLUMNS, Row, Table},
};
use crate::{
    finding::Violation,
    form::{Form, Unreadable},
    receive::messages::{self, OtherFile},
};

/// Takes in a CSV file: a row of headings with field ids or labels, then one report a row.
///
/// Semicolon, comma or tab between the cells, whichever the heading row has most of. Numbers are in Danish format.
///
/// # Errors
/// One violation that tells why there is nothing to read. Faults of columns and rows are among the findings.
pub fn csv(bytes: &[u8], form: &Form, choices: &FileChoices) -> Result<RawSubmission, Vec<Violation>> {
    let table = table(bytes).map_err(|why| vec![why])?;
    let headings = headings::find(&table, form).ok_or_else(|| vec![messages::headings_not_found()])?;
    submission(&table, &headings, form, choices, bytes)
}

fn table(bytes: &[u8]) -> Result<Table, Violation> {
    match kind::of(bytes) {
        FileKind::Text | FileKind::Empty => {}
        FileKind::Zip => return Err(messages::file_is(OtherFile::Workbook)),
        FileKind::Other(other) => return Err(messages::file_is(other)),
    }
    let text = decode(bytes)?;
    // The mark that ended files under DOS.
    let text = text.trim_end_matches(['\u{1a}', '\r', '\n', ' ']);
    let (declared, lines_above, text) = declared_delimiter(text);
    let delimiter = declared.unwrap_or_else(|| sniff(text));
    let table = read(text, delimiter, lines_above)?;
    if table.rows.is_empty() {
        return Err(messages::empty());
    }
    Ok(table)
}

/// The `sep=;` line that spreadsheet programs understand, taken off: what it says, and how many lines it took.
fn declared_delimiter(text: &str) -> (Option<u8>, usize, &str) {
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    let said = line.trim().trim_matches('"');
    let Some(said) = said
        .get(..4)
        .filter(|word| word.eq_ignore_ascii_case("sep="))
        .map(|_| &said[4..])
    else {
        return (None, 0, text);
    };
    let rest = rest
        .strip_prefix("\r\n")
        .or_else(|| rest.strip_prefix(['\r', '\n']))
        .unwrap_or(rest);
    match said.as_bytes() {
        [delimiter @ (b';' | b',' | b'\t' | b'|')] => (Some(*delimiter), 1, rest),
        // A tab may have been trimmed off the end of the line.
        [] => (Some(b'\t'), 1, rest),
        _ => (None, 0, text),
    }
}

/// The delimiter that the first line with any has most of, outside quotes; a semicolon where there is none.
fn sniff(text: &str) -> u8 {
    let mut counts = [(b';', 0_usize), (b'\t', 0), (b',', 0)];
    let mut is_quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            // A title above the headings may have a comma of its own.
            b'\n' | b'\r' if !is_quoted => {
                if counts.iter().any(|(_, count)| *count > 1) {
                    break;
                }
                counts.iter_mut().for_each(|(_, count)| *count = 0);
            }
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

/// Field by field, so that a row that never ends takes no memory.
fn read(text: &str, delimiter: u8, lines_above: usize) -> Result<Table, Violation> {
    let mut reader = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
    let mut table = Table::default();
    let mut input = text.as_bytes();
    let mut output = [0; 4_096];
    let mut number = lines_above;
    let mut row = Row {
        number: 0,
        is_hidden: false,
        cells: Vec::new(),
    };
    let mut column = 0;
    let mut is_row_start = true;
    let mut last_break = None;
    let mut field = Field::default();
    loop {
        if is_row_start {
            number += 1 + empty_lines(input, last_break);
            row.number = number;
            is_row_start = false;
        }
        let (result, read, written) = reader.read_field(input, &mut output);
        if read > 0 {
            last_break = Some(input[read - 1]);
        }
        input = &input[read..];
        field.push(&output[..written]);
        match result {
            ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
            ReadFieldResult::Field { record_end } => {
                row.cells.extend(field.take().map(|cell| (column, cell)));
                column += 1;
                if column > MAX_COLUMNS {
                    return Err(messages::too_many_names(String::new(), MAX_COLUMNS));
                }
                if record_end {
                    table.push(std::mem::replace(
                        &mut row,
                        Row {
                            number: 0,
                            is_hidden: false,
                            cells: Vec::new(),
                        },
                    ))?;
                    column = 0;
                    is_row_start = true;
                }
            }
            ReadFieldResult::End => return Ok(table),
        }
    }
}

/// The empty lines before the next row. The second half of a line end that was read in part is none.
fn empty_lines(input: &[u8], last_read: Option<u8>) -> usize {
    let is_rest = last_read == Some(b'\r') && input.first() == Some(&b'\n');
    let rest = &input[usize::from(is_rest)..];
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let mut before = None;
    let ends = blank.filter(|byte| {
        let is_second = **byte == b'\n' && before == Some(b'\r');
        before = Some(**byte);
        !is_second
    });
    ends.count()
}

/// The bytes of a field as they come; pieces may end inside a letter.
#[derive(Default)]
struct Field {
    text: Bounded,
    cut: Vec<u8>,
}

impl Field {
    fn push(&mut self, piece: &[u8]) {
        let bytes = [std::mem::take(&mut self.cut), piece.to_vec()].concat();
        let whole = std::str::from_utf8(&bytes).map_or_else(|fault| fault.valid_up_to(), str::len);
        self.text.push(std::str::from_utf8(&bytes[..whole]).unwrap_or_default());
        self.cut = bytes[whole..].to_vec();
    }

    fn take(&mut self) -> Option<Cell> {
        self.cut.clear();
        let text = self.text.take();
        let trimmed = text.trim();
        // `="0101"` keeps a program from reading a number.
        if let Some(kept) = trimmed.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
            return Cell::text(&kept.replace("\"\"", "\""));
        }
        if trimmed.len() > 1 && trimmed.starts_with('=') {
            return Some(Cell::Unreadable(Unreadable::FormulaWithoutResult));
        }
        Cell::text(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FormLibrary;

    fn receive(bytes: &[u8]) -> Result<RawSubmission, Vec<Violation>> {
        let library = FormLibrary::embedded().unwrap();
        csv(
            bytes,
            library.find("fleksjob-wage", "1.0").unwrap(),
            &FileChoices::default(),
        )
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
        assert_eq!(raw.places.rows, [2, 4]);
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
                ("column-repeated", ""),
                ("column-unknown", ""),
                ("column-differs", "/employer/cvr"),
                ("row-too-long", "/reports/1")
            ]
        );
        assert!(raw.findings[1].hint.as_ref().unwrap().da.contains("employee_name"));
    }

    #[test]
    fn a_line_break_in_a_cell_does_not_shift_the_row_numbers() {
        let raw = receive(b"report_kind;employee_name\ncorrection;\"a\nb\"\ncorrection;c\n").unwrap();
        assert_eq!(raw.places.rows, [2, 3]);
    }

    #[test]
    fn an_empty_file_says_so() {
        for bytes in [b"".as_slice(), b"\n\n", b";;;\n;\n", b"\xef\xbb\xbf"] {
            assert_eq!(receive(bytes).unwrap_err()[0].code, "file-empty");
        }
    }
}
