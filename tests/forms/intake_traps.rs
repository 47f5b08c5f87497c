//! The traps of spreadsheets, one a line: read right, or asked about; never silently something else.

use fleksport::{finding::Violation, receive::FileChoices, value::Language};

use super::{
    intake::{Outcome, answer, outcome},
    intake_books::{TOTAL, built_up, lines, one_sheet, package, row, rows, text, workbook, workbook_with},
};

/// What becomes of a trap.
enum Seen {
    /// Taken in, and this field of the first report reads so.
    Right(&'static str, &'static str),
    /// Taken in with this warning or hint.
    Told(&'static str),
    /// Refused with this code and no dozens of others.
    Asked(&'static str),
}

use Seen::{Asked, Right, Told};

struct Trap {
    name: &'static str,
    file: Vec<u8>,
    seen: Seen,
}

fn trap(name: &'static str, file: impl Into<Vec<u8>>, seen: Seen) -> Trap {
    Trap {
        name,
        file: file.into(),
        seen,
    }
}

/// A report built up of parts, one cell as given in style 1.
fn parts(cell: (&str, &str), code: &str) -> Vec<u8> {
    one_sheet(&built_up(), &[cell], &[code])
}

/// A report whose total is known, one cell as given in style 1.
fn total(cell: (&str, &str), code: &str) -> Vec<u8> {
    one_sheet(&TOTAL, &[cell], &[code])
}

fn numbers() -> Vec<Trap> {
    const WAGE: &str = "full_time_total_monthly_wage";
    vec![
        trap(
            "a cell of 12 %",
            parts(("employer_pension", "<c s=\"1\"><v>0.12</v></c>"), "0%"),
            Right("employer_pension", "12 %"),
        ),
        trap(
            "a cell of 4,5 % as programs keep it",
            parts(
                ("employer_pension", "<c s=\"1\"><v>4.4999999999999998E-2</v></c>"),
                "0.0%",
            ),
            Right("employer_pension", "4,5 %"),
        ),
        trap(
            "13 % shown, 12.5 % held",
            parts(("employer_pension", "<c s=\"1\"><v>0.125</v></c>"), "0%"),
            Asked("cell-more-than-shown"),
        ),
        trap(
            "a fraction as a plain number",
            parts(("employer_pension", "<c><v>0.12</v></c>"), "0"),
            Told("percent-below-one"),
        ),
        trap(
            "a fraction as text",
            lines(&built_up(), &[("employee_pension", "0,05")]),
            Told("percent-below-one"),
        ),
        trap(
            "per cent where an amount is meant",
            total((WAGE, "<c s=\"1\"><v>320.67</v></c>"), "0%"),
            Asked("amount-not-an-amount"),
        ),
        trap(
            "noise of arithmetic",
            total((WAGE, "<c s=\"1\"><v>32067.499999999996</v></c>"), "#,##0.00"),
            Right(WAGE, "32.067,50 kr. pr. måned"),
        ),
        trap(
            "noise in a plain number",
            total((WAGE, "<c><v>32067.100000000002</v></c>"), "0"),
            Right(WAGE, "32.067,10 kr. pr. måned"),
        ),
        trap(
            "kroner shown, øre held",
            total((WAGE, "<c s=\"1\"><v>32067.5</v></c>"), "#,##0"),
            Asked("cell-more-than-shown"),
        ),
        trap(
            "more decimals than shown",
            total((WAGE, "<c s=\"1\"><v>32067.123</v></c>"), "0.00"),
            Asked("cell-more-than-shown"),
        ),
        trap(
            "shown in thousands",
            total((WAGE, "<c s=\"1\"><v>32000</v></c>"), "#,##0,"),
            Asked("cell-more-than-shown"),
        ),
        trap(
            "an amount that became a date",
            total((WAGE, "<c s=\"1\"><v>46357</v></c>"), "dd-mm"),
            Asked("amount-not-an-amount"),
        ),
        trap(
            "hours that became a time",
            total(
                ("full_time_weekly_hours", "<c s=\"1\"><v>1.5416666666666667</v></c>"),
                "[h]:mm",
            ),
            Asked("hours-minutes"),
        ),
        trap(
            "a CPR number by its format",
            total(("employee_cpr", "<c s=\"1\"><v>101585018</v></c>"), "000000-0000"),
            Right("employee_cpr", "010158-5018"),
        ),
        trap(
            "a CPR number by its quoted format",
            total(("employee_cpr", "<c s=\"1\"><v>101585018</v></c>"), "000000\"-\"0000"),
            Right("employee_cpr", "010158-5018"),
        ),
        trap(
            "a CPR number that lost its zero",
            total(("employee_cpr", "<c><v>101585018</v></c>"), "0"),
            Asked("cpr-length"),
        ),
        trap(
            "a postcode by its format",
            total(("employee_postcode", "<c s=\"1\"><v>2100</v></c>"), "0000"),
            Right("employee_postcode", "2100"),
        ),
        trap(
            "a CVR number with groups",
            total(("employer_cvr", "<c s=\"1\"><v>13585628</v></c>"), "#,##0"),
            Right("position_title", "Kontorassistent"),
        ),
        trap(
            "a version that is a number",
            total(("form_version", "<c s=\"1\"><v>1</v></c>"), "0.0"),
            Right("position_title", "Kontorassistent"),
        ),
        trap(
            "a reference shortened by the program",
            lines(&TOTAL, &[("employment_reference", "1,23457E+11")]),
            Asked("cell-not-shown"),
        ),
        trap(
            "a column too narrow when saved",
            lines(&TOTAL, &[("employment_reference", "########")]),
            Asked("cell-not-shown"),
        ),
    ]
}

fn days() -> Vec<Trap> {
    const FROM: &str = "valid_from";
    let day = "1. december 2026";
    let of_1904 = workbook_with(
        &[(
            "Ark1",
            "visible",
            rows(&TOTAL, &[(FROM, "<c s=\"1\"><v>44895</v></c>")]),
        )],
        &["dd-mm-yyyy"],
        "",
        "<workbookPr date1904=\"1\"/>",
        "",
    );
    vec![
        trap(
            "a day by its format",
            total((FROM, "<c s=\"1\"><v>46357</v></c>"), "dd-mm-yyyy"),
            Right(FROM, day),
        ),
        trap(
            "a day with its month in words",
            total((FROM, "<c s=\"1\"><v>46357</v></c>"), "[$-406]d. mmmm yyyy;@"),
            Right(FROM, day),
        ),
        trap("a day counted from 1904", of_1904, Right(FROM, day)),
        trap(
            "a day as ISO text in its cell",
            total((FROM, "<c t=\"d\"><v>2026-12-01T00:00:00.000</v></c>"), "0"),
            Right(FROM, day),
        ),
        trap(
            "midnight in text",
            lines(&TOTAL, &[(FROM, "2026-12-01T00:00:00")]),
            Right(FROM, day),
        ),
        trap(
            "a day with a time that is not shown",
            total((FROM, "<c s=\"1\"><v>46357.5</v></c>"), "dd-mm-yyyy"),
            Asked("cell-time-of-day"),
        ),
        trap(
            "a day that lost its format",
            total((FROM, "<c><v>46357</v></c>"), "0"),
            Asked("date-not-a-date"),
        ),
    ]
}

fn formulas() -> Vec<Trap> {
    vec![
        trap(
            "a formula that nobody worked out",
            total(("valid_to", "<c><f>DATE(2027,11,30)</f><v/></c>"), "0"),
            Asked("cell-formula-without-result"),
        ),
        trap(
            "a formula without even a place for it",
            total(("valid_to", "<c><f>A1</f></c>"), "0"),
            Asked("cell-formula-without-result"),
        ),
        trap(
            "a formula with its result",
            total(("position_title", "<c t=\"str\"><f>A1</f><v>Kok</v></c>"), "0"),
            Right("position_title", "Kok"),
        ),
        trap(
            "a formula that gives no text",
            total(("valid_to", "<c t=\"str\"><f>A1</f><v></v></c>"), "0"),
            Right("position_title", "Kontorassistent"),
        ),
        trap(
            "an error value",
            total(("position_title", "<c t=\"e\"><v>#REF!</v></c>"), "0"),
            Asked("cell-error-value"),
        ),
        trap(
            "an error value as text",
            lines(&TOTAL, &[("employee_name", "#I/T")]),
            Asked("cell-error-value"),
        ),
        trap(
            "a formula in a text file",
            lines(&TOTAL, &[("employee_name", "=A1")]),
            Asked("cell-formula-without-result"),
        ),
        trap(
            "a text kept from being a number",
            lines(&TOTAL, &[("municipality_code", "=\"0101\"")]),
            Right("municipality_code", "0101 Københavns Kommune"),
        ),
        trap(
            "yes as a truth value",
            total(("declaration_accepted", "<c t=\"b\"><v>1</v></c>"), "0"),
            Right("position_title", "Kontorassistent"),
        ),
    ]
}

fn sheets() -> Vec<Trap> {
    let title = row([text("Lønninger, december")]);
    let right = || Right("position_title", "Kontorassistent");
    let data = || rows(&TOTAL, &[]);
    let hidden_row = data().replacen("</row><row>", "</row><row hidden=\"1\">", 1);
    let second = data()
        .split_inclusive("</row>")
        .nth(1)
        .unwrap()
        .replace("270880-5014", "251248-9996");
    let merged = format!("{}{second}", data());
    let labels = row(["CVR-nr.", "Navn"].map(text)) + &data();
    let wild = data().replace("employee_name", "Medarbejderens\u{a0} \n navn ");
    let book = |rows: String| workbook(&[("Ark1", "visible", rows)], &[], "");
    vec![
        trap("a title above the headings", book(title.clone() + &data()), right()),
        trap("headings of people above those of machines", book(labels), right()),
        trap(
            "a heading with blanks and breaks",
            book(wild),
            Right("employee_name", "Søren Test Åberg"),
        ),
        trap(
            "an empty first sheet",
            workbook(
                &[("Forside", "visible", String::new()), ("Data", "visible", data())],
                &[],
                "",
            ),
            right(),
        ),
        trap(
            "a guide before the data",
            workbook(
                &[("Vejledning", "visible", title.clone()), ("Data", "visible", data())],
                &[],
                "",
            ),
            right(),
        ),
        trap(
            "a hidden first sheet",
            workbook(
                &[("Lister", "veryHidden", data()), ("Data", "visible", data())],
                &[],
                "",
            ),
            right(),
        ),
        trap(
            "two sheets with headings",
            workbook(&[("Nov", "visible", data()), ("Dec", "visible", data())], &[], ""),
            Asked("sheet-unclear"),
        ),
        trap(
            "only a hidden sheet with headings",
            workbook(&[("Forside", "visible", title), ("Data", "hidden", data())], &[], ""),
            Asked("sheet-hidden"),
        ),
        trap("a hidden row", book(hidden_row), Asked("rows-hidden")),
        trap(
            "a hidden column",
            workbook(
                &[("Ark1", "visible", data())],
                &[],
                "<cols><col min=\"7\" max=\"7\" hidden=\"1\"/></cols>",
            ),
            Told("columns-hidden"),
        ),
        trap(
            "merged cells",
            workbook(
                &[("Ark1", "visible", merged)],
                &[],
                "<mergeCells><mergeCell ref=\"H2:H3\"/></mergeCells>",
            ),
            Asked("cell-merged"),
        ),
        trap(
            "a column of the sender's own",
            total(("Afdeling", "<c><v>7</v></c>"), "0"),
            Asked("column-unknown"),
        ),
        trap(
            "a blank cell at the far end",
            book(data() + "<row r=\"1048576\"><c r=\"XFD1048576\" t=\"inlineStr\"><is><t> </t></is></c></row>"),
            right(),
        ),
        trap(
            "no headings at all",
            book(row([text("a"), text("b")])),
            Asked("headings-not-found"),
        ),
        trap(
            "the web page that is called .xls",
            "<html><table><tr><td>1</td></tr></table>",
            Asked("file-unreadable"),
        ),
        trap(
            "an OpenDocument file",
            package(&[("content.xml".to_owned(), String::new())]),
            Asked("file-unreadable"),
        ),
        trap(
            "a binary workbook",
            package(&[("xl/workbook.bin".to_owned(), String::new())]),
            Asked("file-unreadable"),
        ),
    ]
}

fn texts() -> Vec<Trap> {
    let plain = lines(&TOTAL, &[]);
    let right = || Right("employee_name", "Søren Test Åberg");
    let wide = |to_bytes: fn(u16) -> [u8; 2]| plain.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
    let windows = encoded(&plain, &[('ø', 0xf8), ('Å', 0xc5)]);
    let dos = encoded(&plain, &[('ø', 0x9b), ('Å', 0x8f)]);
    let mac = encoded(&plain, &[('ø', 0xbf), ('Å', 0x81)]);
    let one_bad = [plain.as_bytes(), b"\xe6"].concat();
    vec![
        trap("UTF-16 without its mark", wide(u16::to_le_bytes), right()),
        trap("UTF-16 the other way round", wide(u16::to_be_bytes), right()),
        trap("Windows-1252", windows, right()),
        trap("DOS letters", dos, Asked("encoding-unclear")),
        trap("Mac letters", mac, Asked("encoding-unclear")),
        trap("one wrong byte", one_bad, Asked("encoding-unclear")),
        trap(
            "letters encoded twice",
            lines(&TOTAL, &[("employee_name", "SÃ¸ren")]),
            Told("text-garbled"),
        ),
        trap("a quoted sep line", format!("\"sep=;\"\r\n{plain}"), right()),
        trap("the end mark of DOS", format!("{plain}\u{1a}"), right()),
        trap("lines that end as on old Macs", plain.replace("\r\n", "\r"), right()),
        trap(
            "letters in two pieces",
            lines(&TOTAL, &[("employee_name", "Søren Test A\u{30a}berg")]),
            right(),
        ),
        trap(
            "a name of nothing visible",
            lines(&TOTAL, &[("employee_name", "\u{200b}\u{ad}")]),
            Asked("missing"),
        ),
        trap(
            "an invisible mark in a number",
            lines(&TOTAL, &[("employee_cpr", "\u{202d}270880-5014\u{202c}")]),
            Right("employee_cpr", "270880-5014"),
        ),
    ]
}

fn encoded(text: &str, letters: &[(char, u8)]) -> Vec<u8> {
    let byte = |c: char| {
        letters
            .iter()
            .find(|(letter, _)| *letter == c)
            .map_or(c as u8, |(_, byte)| *byte)
    };
    text.chars().map(byte).collect()
}

fn all() -> Vec<Trap> {
    [numbers(), days(), formulas(), sheets(), texts()]
        .into_iter()
        .flatten()
        .collect()
}

/// Everything that is said about any trap.
pub fn told() -> Vec<Violation> {
    let of = |trap: &Trap| match outcome_of(trap) {
        Outcome::Taken(submission) => {
            let reports = submission.reports.into_iter().flat_map(|report| report.notices);
            submission.notices.into_iter().chain(reports).collect()
        }
        Outcome::Refused(told) => told,
    };
    all().iter().flat_map(of).collect()
}

fn outcome_of(trap: &Trap) -> Outcome {
    let ending = if trap.file.starts_with(b"PK") { "xlsx" } else { "csv" };
    outcome(&trap.file, ending, &FileChoices::default())
}

#[test]
fn each_trap_is_read_right_or_asked_about() {
    let traps = all();
    assert!(traps.len() >= 60, "{}", traps.len());
    let mut wrong = Vec::new();
    for trap in &traps {
        let Trap { name, seen, .. } = trap;
        let outcome = outcome_of(trap);
        let is_right = match (seen, &outcome) {
            (Right(field, expected), Outcome::Taken(submission)) => {
                answer(submission, field, Language::Da) == *expected
            }
            (Told(code), Outcome::Taken(submission)) => {
                let reports = submission.reports.iter().flat_map(|report| &report.notices);
                submission
                    .notices
                    .iter()
                    .chain(reports)
                    .any(|notice| notice.code == *code)
            }
            (Asked(code), Outcome::Refused(told)) => {
                told.iter().any(|one| one.code == *code) && told.iter().filter(|one| one.is_error()).count() <= 3
            }
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{name}: {}", outcome.in_short()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
