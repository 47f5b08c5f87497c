//! Workbooks and text files for the tests of what people send, made part by part so that each trap is in them as programs write it.

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

/// The columns of a report whose total is known, each with an answer that is right.
pub const TOTAL: [(&str, &str); 14] = [
    ("employer_cvr", "13585628"),
    ("contact_name", "Løn og Personale"),
    ("contact_email", "loen@example.dk"),
    ("declaration_accepted", "ja"),
    ("report_kind", "full_time_wage"),
    ("employee_cpr", "270880-5014"),
    ("employee_name", "Søren Test Åberg"),
    ("municipality_code", "0101"),
    ("position_title", "Kontorassistent"),
    ("valid_from", "01-12-2026"),
    ("full_time_weekly_hours", "37"),
    ("entry_mode", "total_known"),
    ("full_time_total_monthly_wage", "32.067,00"),
    ("included_components", "employer_pension"),
];

/// As [`TOTAL`], built up with pension in per cent.
pub fn built_up() -> Vec<(&'static str, &'static str)> {
    let shared = TOTAL
        .into_iter()
        .filter(|(id, _)| *id != "full_time_total_monthly_wage");
    let own = [
        ("entry_mode", "build_up"),
        ("wage_unit", "month"),
        ("base_wage", "28.500,00"),
        ("fixed_supplements_total", "1.200,00"),
        ("has_variable_supplements", "nej"),
        ("pension_mode", "percent"),
        ("employer_pension", "12"),
        ("employee_pension", "5"),
        ("pension_on_supplements", "fixed"),
        ("holiday_scheme", "paid_holiday"),
        ("holiday_supplement_percent", "1"),
    ];
    shared.filter(|(id, _)| *id != "entry_mode").chain(own).collect()
}

/// A cell of text.
pub fn text(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>")
}

pub fn row(cells: impl IntoIterator<Item = String>) -> String {
    format!("<row>{}</row>", cells.into_iter().collect::<String>())
}

/// The row of headings and one of answers, some of them replaced by cells as given; names that are not there are added.
pub fn rows(answers: &[(&str, &str)], cells: &[(&str, &str)]) -> String {
    let added = cells
        .iter()
        .filter(|(id, _)| !answers.iter().any(|(other, _)| other == id));
    let ids: Vec<&str> = answers
        .iter()
        .map(|(id, _)| *id)
        .chain(added.map(|(id, _)| *id))
        .collect();
    let cell_of = |id: &str| {
        let given = cells
            .iter()
            .find(|(other, _)| *other == id)
            .map(|(_, cell)| (*cell).to_owned());
        given.unwrap_or_else(|| text(answers.iter().find(|(other, _)| *other == id).unwrap().1))
    };
    row(ids.iter().map(|id| text(id))) + &row(ids.iter().map(|id| cell_of(id)))
}

/// A workbook of sheets: name, state, rows; with the codes of the styles 1, 2 … and what stands beside the rows of the last sheet.
pub fn workbook(sheets: &[(&str, &str, String)], codes: &[&str], beside: &str) -> Vec<u8> {
    workbook_with(sheets, codes, beside, "<workbookPr/>", "")
}

pub fn workbook_with(
    sheets: &[(&str, &str, String)],
    codes: &[&str],
    beside: &str,
    properties: &str,
    strings: &str,
) -> Vec<u8> {
    let mut parts = Vec::new();
    let (mut entries, mut relations) = (String::new(), String::new());
    for (index, (name, state, rows)) in sheets.iter().enumerate() {
        let number = index + 1;
        entries += &format!("<sheet name=\"{name}\" sheetId=\"{number}\" state=\"{state}\" r:id=\"r{number}\"/>");
        relations +=
            &format!("<Relationship Id=\"r{number}\" Type=\"x/worksheet\" Target=\"worksheets/s{number}.xml\"/>");
        let beside = if number == sheets.len() { beside } else { "" };
        parts.push((
            format!("xl/worksheets/s{number}.xml"),
            format!("<worksheet><sheetData>{rows}</sheetData>{beside}</worksheet>"),
        ));
    }
    let formats = codes.iter().enumerate().map(|(index, code)| {
        let code = code.replace('"', "&quot;");
        format!("<numFmt numFmtId=\"{}\" formatCode=\"{code}\"/>", 170 + index)
    });
    let styles = (0..codes.len()).map(|index| format!("<xf numFmtId=\"{}\"/>", 170 + index));
    parts.push((
        "xl/styles.xml".to_owned(),
        format!(
            "<styleSheet><numFmts>{}</numFmts><cellXfs><xf numFmtId=\"0\"/>{}</cellXfs></styleSheet>",
            formats.collect::<String>(),
            styles.collect::<String>()
        ),
    ));
    parts.push(("xl/sharedStrings.xml".to_owned(), format!("<sst>{strings}</sst>")));
    parts.push((
        "xl/workbook.xml".to_owned(),
        format!("<workbook xmlns:r=\"r\">{properties}<sheets>{entries}</sheets></workbook>"),
    ));
    parts.push((
        "xl/_rels/workbook.xml.rels".to_owned(),
        format!("<Relationships>{relations}</Relationships>"),
    ));
    parts.push((
        "_rels/.rels".to_owned(),
        "<Relationships><Relationship Id=\"r1\" Type=\"x/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            .to_owned(),
    ));
    package(&parts)
}

pub fn package(parts: &[(String, String)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A workbook of one sheet.
pub fn one_sheet(answers: &[(&str, &str)], cells: &[(&str, &str)], codes: &[&str]) -> Vec<u8> {
    workbook(&[("Ark1", "visible", rows(answers, cells))], codes, "")
}

/// A text file with semicolons, some answers replaced or added.
pub fn lines(answers: &[(&str, &str)], changed: &[(&str, &str)]) -> String {
    let added = changed
        .iter()
        .filter(|(id, _)| !answers.iter().any(|(other, _)| other == id));
    let all: Vec<(&str, &str)> = answers.iter().chain(added).copied().collect();
    let value = |id: &str, text: &str| {
        changed
            .iter()
            .find(|(other, _)| *other == id)
            .map_or(text.to_owned(), |(_, new)| (*new).to_owned())
    };
    let ids: Vec<&str> = all.iter().map(|(id, _)| *id).collect();
    let values: Vec<String> = all.iter().map(|(id, text)| value(id, text)).collect();
    format!("{}\r\n{}\r\n", ids.join(";"), values.join(";"))
}
