//! What is said about what came in before any field is read: the JSON, and of files their encoding, sheets, rows and columns.

use crate::{
    finding::{Violation, did_you_mean},
    form::Field,
    value::Localized,
};

/// The bytes are something else than what they were sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OtherFile {
    Workbook,
    /// Encrypted with a password, or from before 2007.
    Ole,
    BinaryWorkbook,
    OpenDocument,
    Web,
    Pdf,
    /// No workbook, perhaps a text.
    NoWorkbook,
    /// A workbook that unpacks to more than any submission.
    TooLarge,
}

pub(crate) fn file_is(what: OtherFile) -> Violation {
    let (da, en) = match what {
        OtherFile::Workbook => (
            "Filen er et regneark (.xlsx), selv om den hedder noget andet. Giv den endelsen .xlsx, og send den igen.",
            "The file is a spreadsheet (.xlsx) under another name. Give it the ending .xlsx and send it again.",
        ),
        OtherFile::Ole => (
            "Filen er beskyttet med adgangskode, eller den er et gammelt regneark (.xls). Fjern adgangskoden, gem den som .xlsx, og send den igen.",
            "The file is protected by a password, or it is an old spreadsheet (.xls). Remove the password, save it as .xlsx and send it again.",
        ),
        OtherFile::BinaryWorkbook => (
            "Filen er et binært regneark (.xlsb). Gem den som .xlsx, og send den igen.",
            "The file is a binary spreadsheet (.xlsb). Save it as .xlsx and send it again.",
        ),
        OtherFile::OpenDocument => (
            "Filen er et OpenDocument-regneark (.ods). Gem den som .xlsx eller som CSV, og send den igen.",
            "The file is an OpenDocument spreadsheet (.ods). Save it as .xlsx or as CSV and send it again.",
        ),
        OtherFile::Web => (
            "Filen er en webside eller XML og ikke et regneark, selv om et regneark kan åbne den. Gem den som .xlsx eller som CSV, og send den igen.",
            "The file is a web page or XML and no spreadsheet, though a spreadsheet program may open it. Save it as .xlsx or as CSV and send it again.",
        ),
        OtherFile::Pdf => (
            "Filen er en PDF. Send regnearket selv, gemt som .xlsx eller som CSV.",
            "The file is a PDF. Send the spreadsheet itself, saved as .xlsx or as CSV.",
        ),
        OtherFile::NoWorkbook => (
            "Filen kan ikke læses som regneark. Gem den som .xlsx eller som CSV, og send den igen.",
            "The file can't be read as a spreadsheet. Save it as .xlsx or as CSV and send it again.",
        ),
        OtherFile::TooLarge => (
            "Regnearket er pakket ud større, end nogen indsendelse kan være. Slet ark og rækker, der ikke skal med, og send det igen.",
            "Unpacked, the spreadsheet is larger than any submission can be. Delete sheets and rows that do not belong to it and send it again.",
        ),
    };
    Violation::error("", "file-unreadable", Localized::new(da, en))
}

/// The text is in no one encoding, or in one that makes no sense.
pub(crate) fn encoding_unclear(line: usize) -> Violation {
    let message = Localized::new(
        format!(
            "Linje {line} har tegn, der ikke kan være rigtige, så æ, ø og å ville blive til andre tegn. Gem filen som CSV UTF-8, se efter, at \
             navnene er rigtige, og send den igen."
        ),
        format!(
            "Line {line} has characters that can't be right, so letters such as æ, ø and å would become others. Save the file as CSV UTF-8, see \
             that the names are right, and send it again."
        ),
    );
    Violation::error("", "encoding-unclear", message)
}

pub(crate) fn headings_not_found() -> Violation {
    let message = Localized::new(
        "Ingen række har overskrifter, som blanketten kender. Skriv felternes navne, fx employee_cpr, i én række over indberetningerne.",
        "No row has headings that the form knows. Write the names of the fields, such as employee_cpr, in one row above the reports.",
    );
    Violation::error("", "headings-not-found", message)
}

/// Several sheets could be meant.
pub(crate) fn sheet_unclear(names: &[String]) -> Violation {
    let names = names
        .iter()
        .take(10)
        .map(|name| format!("»{name}«"))
        .collect::<Vec<_>>()
        .join(", ");
    let message = Localized::new(
        format!("Flere ark har overskrifter, som blanketten kender: {names}. Vælg, hvilket ark der skal sendes."),
        format!("Several sheets have headings that the form knows: {names}. Choose the sheet to send."),
    );
    Violation::error("", "sheet-unclear", message)
}

/// The sheet with the headings is not shown.
pub(crate) fn sheet_hidden(name: &str) -> Violation {
    let message = Localized::new(
        format!(
            "Kun det skjulte ark »{name}« har overskrifter, som blanketten kender. Vis arket, eller vælg det ved navn."
        ),
        format!(
            "Only the hidden sheet “{name}” has headings that the form knows. Show the sheet, or choose it by name."
        ),
    );
    Violation::error("", "sheet-hidden", message)
}

pub(crate) fn sheet_unknown() -> Violation {
    let message = Localized::new(
        "Filen har ikke et ark med det navn. Skriv navnet, som det står på arkets fane.",
        "The file has no sheet of that name. Write the name as it stands on the tab of the sheet.",
    );
    Violation::error("", "sheet-unknown", message)
}

pub(crate) fn rows_hidden(rows: &[usize]) -> Violation {
    let (da, en) = rows_in_words(rows);
    let message = Localized::new(
        format!(
            "Der er skjulte rækker i filen ({da}), og de ville blive sendt. Vis dem, slet dem, eller vælg, om de skal sendes."
        ),
        format!(
            "There are hidden rows in the file ({en}), and they would be sent. Show them, delete them, or choose whether to send them."
        ),
    );
    Violation::error("", "rows-hidden", message)
}

pub(crate) fn rows_hidden_sent(rows: &[usize]) -> Violation {
    let (da, en) = rows_in_words(rows);
    let message = Localized::new(
        format!("Skjulte rækker i filen ({da}) er taget med."),
        format!("Hidden rows of the file ({en}) are included."),
    );
    Violation::warning("", "rows-hidden", message)
}

pub(crate) fn rows_hidden_left_out(rows: &[usize]) -> Violation {
    let (da, en) = rows_in_words(rows);
    let message = Localized::new(
        format!("Skjulte rækker i filen ({da}) er ikke taget med."),
        format!("Hidden rows of the file ({en}) are left out."),
    );
    Violation::warning("", "rows-hidden", message)
}

/// How many, and the first of them: `2: række 3 og 7`.
fn rows_in_words(rows: &[usize]) -> (String, String) {
    const NAMED: usize = 10;
    let names = rows
        .iter()
        .take(NAMED)
        .map(usize::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let more = if rows.len() > NAMED { " …" } else { "" };
    let count = rows.len();
    (
        format!("{count}: række {names}{more}"),
        format!("{count}: row {names}{more}"),
    )
}

/// Answers of columns that nobody sees go along.
pub(crate) fn columns_hidden(columns: &[String]) -> Violation {
    let names = columns.join(", ");
    let message = Localized::new(
        format!("Skjulte kolonner i filen ({names}) er taget med. Se efter, at de er rigtige."),
        format!("Hidden columns of the file ({names}) are included. See that they are right."),
    );
    Violation::warning("", "columns-hidden", message)
}

pub(crate) fn columns_left_out(columns: &[String]) -> Violation {
    let names = columns.join(", ");
    let message = Localized::new(
        format!("Kolonner, som blanketten ikke kender ({names}), er ikke taget med."),
        format!("Columns that the form does not know ({names}) are left out."),
    );
    Violation::warning("", "columns-left-out", message)
}

pub(crate) fn column_unknown(column: &str, meant: Option<&str>) -> Violation {
    let message = Localized::new(
        format!(
            "Kolonne {column} har en overskrift, som blanketten ikke kender. Skriv feltets navn, slet kolonnen, eller vælg at udelade den."
        ),
        format!(
            "Column {column} has a heading that the form does not know. Write the name of the field, delete the column, or choose to leave it \
             out."
        ),
    );
    let violation = Violation::error("", "column-unknown", message);
    match meant {
        Some(meant) => violation.with_hint(did_you_mean(meant)),
        None => violation,
    }
}

pub(crate) fn column_repeated(first: &str, second: &str) -> Violation {
    let message = Localized::new(
        format!("Kolonne {first} og {second} har samme overskrift. Slet den ene."),
        format!("Columns {first} and {second} have the same heading. Delete one."),
    );
    Violation::error("", "column-repeated", message)
}

/// A field of the whole submission that differs from row to row.
pub(crate) fn column_differs(field: &Field, row: usize) -> Violation {
    let message = Localized::new(
        format!(
            "»{}« skal være ens i alle rækker, men række {row} er anderledes. Del filen, eller ret rækken.",
            field.label.da
        ),
        format!(
            "“{}” must be the same in all rows, but row {row} differs. Split the file, or correct the row.",
            field.label.en
        ),
    );
    Violation::error(field.pointer(0), "column-differs", message)
}

pub(crate) fn row_too_long(position: usize, row: usize) -> Violation {
    let message = Localized::new(
        format!("Række {row} har flere celler end overskrifter. Se efter, om et skilletegn står inde i en celle."),
        format!("Row {row} has more cells than headings. See if a separator stands inside a cell."),
    );
    Violation::error(format!("/reports/{position}"), "row-too-long", message)
}

pub(crate) fn json_syntax(line: usize, column: usize) -> Violation {
    let message = Localized::new(
        "Det sendte er ikke gyldig JSON. Ret det på det sted, der er nævnt, og send igen.",
        "What was sent is not valid JSON. Correct it at the place named and send it again.",
    );
    let place = Localized::new(
        format!("Linje {line}, tegn {column}."),
        format!("Line {line}, column {column}."),
    );
    Violation::error("", "json-syntax", message).with_hint(place)
}

pub(crate) fn not_utf8() -> Violation {
    let message = Localized::new(
        "Teksten er ikke i UTF-8. Gem eller send den som UTF-8, så æ, ø og å kommer rigtigt frem.",
        "The text is not UTF-8. Save or send it as UTF-8, so that all letters arrive as they are.",
    );
    Violation::error("", "not-utf8", message)
}

pub(crate) fn empty() -> Violation {
    let message = Localized::new(
        "Der er intet indhold. Send mindst én indberetning.",
        "There is no content. Send at least one report.",
    );
    Violation::error("", "file-empty", message)
}

pub(crate) fn nested_too_deeply(limit: usize) -> Violation {
    let message = Localized::new(
        format!("Indholdet har mere end {limit} niveauer. Send en indsendelse, som skemaet viser den."),
        format!("The content has more than {limit} levels. Send a submission as the schema shows it."),
    );
    Violation::error("", "nested-too-deeply", message)
}

pub(crate) fn value_too_long(place: String, limit: usize) -> Violation {
    let message = Localized::new(
        format!("Her står mere end {limit} tegn. Forkort det, og send igen."),
        format!("There are more than {limit} characters here. Shorten it and send it again."),
    );
    Violation::error(place, "value-too-long", message)
}

pub(crate) fn list_too_long(place: String, limit: usize) -> Violation {
    let message = Localized::new(
        format!("Listen har mere end {limit} dele. Del den, og send igen."),
        format!("The list has more than {limit} items. Split it and send again."),
    );
    Violation::error(place, "list-too-long", message)
}

/// Of an object, or of the heading row of a file.
pub(crate) fn too_many_names(place: String, limit: usize) -> Violation {
    let message = Localized::new(
        format!("Her står mere end {limit} navne. Skriv kun dem, som blanketten har."),
        format!("There are more than {limit} names here. Write only those that the form has."),
    );
    Violation::error(place, "too-many-names", message)
}

pub(crate) fn too_many_values(limit: usize) -> Violation {
    let message = Localized::new(
        format!("Der er mere end {limit} svar i alt. Del indberetningerne i flere indsendelser."),
        format!("There are more than {limit} answers in all. Split the reports into several submissions."),
    );
    Violation::error("", "too-many-values", message)
}

pub(crate) fn duplicate_key(place: String) -> Violation {
    let message = Localized::new(
        "Samme navn står to gange i samme objekt. Slet det ene, så det er klart, hvilket svar der gælder.",
        "The same name stands twice in one object. Delete one, so that it is clear which answer counts.",
    );
    Violation::error(place, "duplicate-key", message)
}
