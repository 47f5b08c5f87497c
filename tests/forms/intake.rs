//! Files that people really sent, each with its right outcome; and those made to take memory.

use std::io::{Cursor, Write};

use fleksport::{
    finding::{Level, Violation},
    receive::{self, FileChoices, HiddenRows},
    record::Submission,
    value::Language,
};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    check, form,
    intake_books::{TOTAL, lines, one_sheet},
};

/// What becomes of a file.
pub enum Outcome {
    Taken(Box<Submission>),
    Refused(Vec<Violation>),
}

impl Outcome {
    pub fn in_short(&self) -> String {
        match self {
            Self::Taken(submission) => {
                let reports = submission.reports.iter().flat_map(|report| &report.notices);
                let codes = submission
                    .notices
                    .iter()
                    .chain(reports)
                    .map(|notice| notice.code.as_str());
                format!("taken with {:?}", codes.collect::<Vec<_>>())
            }
            Self::Refused(told) => {
                let told = told.iter().map(|one| format!("{} {}", one.pointer, one.code));
                format!("refused with {:?}", told.collect::<Vec<_>>())
            }
        }
    }

    fn refused(self) -> Vec<Violation> {
        match self {
            Self::Refused(told) => told,
            Self::Taken(_) => panic!("{}", self.in_short()),
        }
    }

    fn taken(self) -> Submission {
        match self {
            Self::Taken(submission) => *submission,
            Self::Refused(_) => panic!("{}", self.in_short()),
        }
    }
}

pub fn outcome(bytes: &[u8], ending: &str, choices: &FileChoices) -> Outcome {
    let raw = match ending {
        "json" => receive::json(bytes),
        "csv" => receive::csv(bytes, form(), choices),
        _ => receive::xlsx(bytes, form(), choices),
    };
    match raw.and_then(|raw| check(&raw)) {
        Ok(submission) => Outcome::Taken(Box::new(submission)),
        Err(told) => Outcome::Refused(told),
    }
}

/// An answer of the first report in words; empty where there is none.
pub fn answer(submission: &Submission, field: &str, language: Language) -> String {
    let answer = submission.reports[0].answers.get(field);
    answer.map_or_else(String::new, |answer| {
        form().field(field).unwrap().display(answer, language)
    })
}

fn of_file(name: &str, choices: &FileChoices) -> Outcome {
    let bytes = std::fs::read(format!("tests/data/intake/{name}")).unwrap();
    outcome(&bytes, name.rsplit('.').next().unwrap(), choices)
}

/// What each file ends as: an answer of its first report, a code that it is told, or a code that it is refused with.
enum Right {
    Reads(&'static str, &'static str),
    Tells(&'static str),
    Refuses(&'static str, &'static str),
}

use Right::{Reads, Refuses, Tells};

const FILES: [(&str, Right); 29] = [
    (
        "x1-percent-cell.xlsx",
        Reads("full_time_total_monthly_wage", "33.264,00 kr. pr. måned"),
    ),
    ("x49-fraction-percent.json", Tells("percent-below-one")),
    (
        "x5-formula-no-cache.xlsx",
        Refuses("/reports/0/valid_to", "cell-formula-without-result"),
    ),
    (
        "x5b-formula-free-choice.xlsx",
        Refuses("/reports/0/free_choice_percent", "cell-formula-without-result"),
    ),
    (
        "x6-error-cell-name.xlsx",
        Refuses("/reports/0/employee_name", "cell-error-value"),
    ),
    ("x10-far-cell.xlsx", Reads("employee_cpr", "030980-5015")),
    ("x9-zip64.xlsx", Reads("employee_cpr", "130378-5016")),
    ("c2-name-zero-width.csv", Refuses("/reports/0/employee_name", "missing")),
    ("c1c-nfd-position-twice.csv", Refuses("/reports/1", "same-report")),
    ("c1-nfd-name.csv", Reads("employee_name", "Åse Test Ångström")),
    (
        "c1b-nfd-municipality.csv",
        Reads("municipality_code", "0185 Tårnby Kommune"),
    ),
    ("c3g-cp850-silent.csv", Refuses("", "encoding-unclear")),
    ("c3c-mixed-encoding.csv", Refuses("", "encoding-unclear")),
    ("c3d-double-encoded.csv", Tells("text-garbled")),
    ("x7-hidden-row.xlsx", Refuses("", "rows-hidden")),
    ("x7b-hidden-first-sheet.xlsx", Reads("employee_cpr", "270278-5014")),
    ("x39-data-in-2nd-sheet.xlsx", Reads("employee_cpr", "070680-5016")),
    (
        "x2-float-noise.xlsx",
        Reads("full_time_total_monthly_wage", "32.067,50 kr. pr. måned"),
    ),
    ("x3-cpr-number-format.xlsx", Reads("employee_cpr", "010158-5018")),
    ("x3c-postcode-0800.xlsx", Reads("employee_postcode", "0800")),
    ("c2-cpr-invisible-mark.csv", Reads("employee_cpr", "161180-5015")),
    ("f11c-same-cvr-other-writing.csv", Reads("employee_cpr", "190480-5014")),
    ("f11d-declaration-case.csv", Reads("employee_cpr", "210480-5016")),
    ("x16-form-version-number.xlsx", Reads("employee_cpr", "210878-5014")),
    ("x14b-ole.xlsx", Refuses("", "file-unreadable")),
    ("x14d-xlsx-as.csv", Refuses("", "file-unreadable")),
    ("c4-utf16-no-bom.csv", Reads("employee_cpr", "011078-5014")),
    ("x18-title-rows.xlsx", Reads("employee_cpr", "250878-5015")),
    ("f3-ctrl-z.csv", Reads("employee_cpr", "200580-5016")),
];

#[test]
fn each_file_ends_as_it_should() {
    let mut wrong = Vec::new();
    for (name, right) in &FILES {
        let outcome = of_file(name, &FileChoices::default());
        let is_right = match (right, &outcome) {
            (Reads(field, expected), Outcome::Taken(submission)) => {
                let read = answer(submission, field, Language::Da);
                read == *expected || {
                    wrong.push(format!("{name}: {field} is {read}"));
                    false
                }
            }
            (Tells(code), Outcome::Taken(submission)) => submission
                .reports
                .iter()
                .flat_map(|report| &report.notices)
                .any(|notice| notice.code == *code),
            (Refuses(pointer, code), Outcome::Refused(told)) => {
                told.iter().any(|one| one.pointer == *pointer && one.code == *code)
                    && told.iter().filter(|one| one.is_error()).count() <= 2
            }
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{name}: {}", outcome.in_short()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(std::fs::read_dir("tests/data/intake").unwrap().count(), FILES.len() + 1);
}

#[test]
fn a_file_with_line_ends_of_old_macs_names_its_rows() {
    let told = of_file("c5-cr-only.csv", &FileChoices::default()).refused();
    let places: Vec<&str> = told.iter().map(|one| one.hint.as_ref().unwrap().da.as_str()).collect();
    for row in ["Række 4", "Række 6"] {
        assert!(places.iter().any(|place| place.contains(row)), "{places:?}");
    }
    assert!(places.iter().all(|place| !place.contains("Række 1 ")), "{places:?}");
}

#[test]
fn what_is_wrong_names_sheet_row_column_and_heading_as_the_sender_wrote_it() {
    let rows = super::intake_books::rows(&TOTAL, &[("employee_cpr", "<c><v>1</v></c>")]);
    let rows = rows.replace(">employee_cpr<", "> Medarbejderens  CPR-nummer <");
    let empty = ("Forside", "visible", String::new());
    let book = super::intake_books::workbook(&[empty, ("Dec", "visible", rows)], &[], "");
    let told = outcome(&book, "xlsx", &FileChoices::default()).refused();
    let hint = &told[0].hint.as_ref().unwrap();
    assert_eq!(
        hint.da,
        "Række 2, kolonne F (»Medarbejderens CPR-nummer«) i filen, arket »Dec«."
    );
    assert_eq!(
        hint.en,
        "Row 2, column F (“Medarbejderens CPR-nummer”) of the file, sheet “Dec”."
    );
}

#[test]
fn errors_come_before_hints_and_those_of_a_row_stand_together() {
    let text = lines(&TOTAL, &[]);
    let (header, row) = text.trim_end().split_once("\r\n").unwrap();
    let warned = row.replace("32.067,00", "5,00").replace("Kontorassistent", "Kok");
    let wrong = row.replace("0101", "9999").replace("01-12-2026", "x");
    let told = outcome(
        format!("{header}\n{warned}\n{wrong}\n{wrong}\n").as_bytes(),
        "csv",
        &FileChoices::default(),
    )
    .refused();
    let levels: Vec<Level> = told.iter().map(|one| one.level).collect();
    assert!(levels.is_sorted() && levels.contains(&Level::Warning), "{levels:?}");
    let errors = told.iter().filter(|one| one.is_error());
    let rows: Vec<&str> = errors.map(|one| one.pointer.split('/').nth(2).unwrap()).collect();
    assert!(rows.is_sorted(), "{rows:?}");
}

#[test]
fn hidden_rows_and_unknown_columns_go_as_the_sender_chooses() {
    let taken = |hidden_rows| {
        let choices = FileChoices {
            hidden_rows: Some(hidden_rows),
            ..FileChoices::default()
        };
        of_file("x7-hidden-row.xlsx", &choices).taken()
    };
    let (sent, left_out) = (taken(HiddenRows::Send), taken(HiddenRows::LeaveOut));
    assert_eq!((sent.reports.len(), left_out.reports.len()), (2, 1));
    assert!(
        sent.notices
            .iter()
            .chain(&left_out.notices)
            .all(|notice| notice.code == "rows-hidden")
    );
    let book = one_sheet(&TOTAL, &[("Afdeling", "<c><v>7</v></c>")], &[]);
    let choices = FileChoices {
        ignore_unknown_columns: true,
        ..FileChoices::default()
    };
    let taken = outcome(&book, "xlsx", &choices).taken();
    assert_eq!(taken.notices[0].code, "columns-left-out");
    assert!(taken.notices[0].message.da.contains("(O)"));
}

#[test]
fn the_sheet_that_is_named_is_the_one_that_is_read() {
    let rows = |cpr| super::intake_books::rows(&TOTAL, &[("employee_cpr", &super::intake_books::text(cpr))]);
    let sheets = [
        ("Nov", "visible", rows("270880-5014")),
        ("Dec", "hidden", rows("251248-9996")),
    ];
    let book = super::intake_books::workbook(&sheets, &[], "");
    let named = |name: &str| FileChoices {
        sheet: Some(name.to_owned()),
        ..FileChoices::default()
    };
    let taken = outcome(&book, "xlsx", &named("dec")).taken();
    assert_eq!(answer(&taken, "employee_cpr", Language::Da), "251248-9996");
    assert_eq!(outcome(&book, "xlsx", &named("Jan")).refused()[0].code, "sheet-unknown");
}

#[test]
fn ten_thousand_rows_with_three_per_cent_wrong_tell_each_by_its_row() {
    let text = lines(&TOTAL, &[]);
    let (header, row) = text.trim_end().split_once("\r\n").unwrap();
    let rows: String = (0..10_000)
        .map(|number| {
            let title = format!("Stilling {number}");
            let row = row.replace("Kontorassistent", &title);
            let row = if number % 33 == 7 {
                row.replace("01-12-2026", "31-02-2026")
            } else {
                row
            };
            format!("{row}\r\n")
        })
        .collect();
    let told = outcome(format!("{header}\r\n{rows}").as_bytes(), "csv", &FileChoices::default()).refused();
    // That hints were left out is told too.
    let errors = told
        .iter()
        .filter(|one| one.is_error() && one.code != "too-many-findings");
    let errors: Vec<&Violation> = errors.collect();
    assert_eq!(errors.len(), 303);
    for (index, error) in errors.iter().enumerate() {
        let row = format!("Række {}, kolonne J", 33 * index + 7 + 2);
        assert!(error.hint.as_ref().unwrap().da.starts_with(&row), "{row}");
    }
}

#[test]
fn what_would_take_memory_is_refused_before_it_does() {
    let long = lines(&TOTAL, &[("employee_name", &"x".repeat(16_000_000))]);
    assert_eq!(
        outcome(long.as_bytes(), "csv", &FileChoices::default()).refused()[0].code,
        "value-too-long"
    );
    let wide = lines(&TOTAL, &[("employee_name", &";".repeat(16_000_000))]);
    assert_eq!(
        outcome(wide.as_bytes(), "csv", &FileChoices::default()).refused()[0].code,
        "too-many-names"
    );
    let told = outcome(&bomb(), "xlsx", &FileChoices::default()).refused();
    assert!(told[0].message.en.starts_with("Unpacked"), "{}", told[0].message.en);
}

/// A workbook whose one sheet unpacks to 1.2 GB, with its sizes and the place of its directory in ZIP64 records only.
fn bomb() -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().large_file(true);
    writer.start_file("xl/worksheets/s1.xml", options).unwrap();
    let piece = vec![b' '; 12_000_000];
    for _ in 0..100 {
        writer.write_all(&piece).unwrap();
    }
    let mut bytes = writer.finish().unwrap().into_inner();
    hide_in_zip64(&mut bytes);
    bytes
}

/// Moves what the end record says into a ZIP64 end record, as large files have it.
fn hide_in_zip64(bytes: &mut Vec<u8>) {
    let end = bytes.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
    let number = |at: usize| u64::from(u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()));
    let (size, offset) = (number(end + 12), number(end + 16));
    let record_at = u64::try_from(end).unwrap();
    let mut tail = b"PK\x06\x06".to_vec();
    tail.extend(44_u64.to_le_bytes());
    tail.extend([45, 0, 45, 0]);
    tail.extend([0; 8]);
    for number in [1, 1, size, offset] {
        tail.extend(number.to_le_bytes());
    }
    tail.extend(b"PK\x06\x07");
    tail.extend([0; 4]);
    tail.extend(record_at.to_le_bytes());
    tail.extend(1_u32.to_le_bytes());
    tail.extend(b"PK\x05\x06");
    tail.extend([0; 4]);
    tail.extend([0xff; 4]);
    tail.extend([0xff; 8]);
    tail.extend([0; 2]);
    bytes.truncate(end);
    bytes.extend(tail);
}
