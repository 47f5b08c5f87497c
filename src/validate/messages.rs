//! What the service itself says about a submission, beside the words of the form and of the values. Each code stands here once.

pub(crate) use super::file_messages::*;
use super::{Violation, pointer};
use crate::{
    form::{Field, Kind, Misreading},
    value::{Language, Localized},
};

/// Every code that receiving and validating can give beside those of the form's rules, of reading a field and of the value types.
pub const ENGINE_CODES: [&str; 44] = [
    "json-syntax",
    "not-utf8",
    "file-empty",
    "file-unreadable",
    "nested-too-deeply",
    "value-too-long",
    "list-too-long",
    "too-many-names",
    "too-many-values",
    "duplicate-key",
    "encoding-unclear",
    "headings-not-found",
    "sheet-unclear",
    "sheet-hidden",
    "sheet-unknown",
    "rows-hidden",
    "columns-hidden",
    "columns-left-out",
    "column-unknown",
    "column-repeated",
    "column-differs",
    "row-too-long",
    "wrong-type",
    "missing",
    "not-applicable",
    "unknown-field",
    "form-unknown",
    "form-version-unknown",
    "reports-missing",
    "reports-too-many",
    "corrected-kind-unclear",
    "same-report",
    "percent-below-one",
    "birth-date-unlikely",
    "text-garbled",
    "total-differs",
    "total-not-computable",
    "too-many-findings",
    "hint-answer-unknown",
    "hint-answer-not-needed",
    "hint-answered-twice",
    "hint-text-missing",
    "hint-text-too-long",
    "hint-text-has-cpr-number",
];

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

pub(crate) fn wrong_type(place: &str, expected: Localized) -> Violation {
    Violation::error(place, "wrong-type", expected)
}

pub(crate) fn missing(field: &Field, position: usize) -> Violation {
    Violation::error(field.pointer(position), "missing", field.missing.clone())
}

/// The field's own sentence, then the precise explanation.
pub(crate) fn misread(field: &Field, position: usize, fault: Misreading) -> Violation {
    let place = match fault.item {
        Some(item) => format!("{}/{item}", field.pointer(position)),
        None => field.pointer(position),
    };
    let message = match &fault.detail {
        Some(detail) if fault.is_no_answer => detail.clone(),
        Some(detail) => Localized::new(
            format!("{} {}", field.wrong.da, detail.da),
            format!("{} {}", field.wrong.en, detail.en),
        ),
        None => field.wrong.clone(),
    };
    Violation {
        hint: fault.hint,
        ..Violation::error(place, fault.code, message)
    }
}

pub(crate) fn employer_missing() -> Violation {
    let message = Localized::new(
        "Skriv oplysningerne om virksomheden: CVR-nummer, kontaktperson og e-mail eller telefon.",
        "Write the information about the company: CVR number, contact person and e-mail or phone.",
    );
    Violation::error("/employer", "missing", message)
}

/// Answered, though its condition does not hold.
pub(crate) fn condition_fails(field: &Field, position: usize) -> Violation {
    let text = |language: Language| {
        let label = field.label.get(language);
        let when = field.condition_text.as_ref().map_or("", |text| text.get(language));
        match language {
            Language::Da => {
                format!("»{label}« bruges kun, {when}. Slet svaret, eller ret det svar, det hænger sammen med.")
            }
            Language::En => {
                format!("“{label}” is only used {when}. Delete the answer, or correct the one it hangs on.")
            }
        }
    };
    Violation::error(
        field.pointer(position),
        "not-applicable",
        Localized::new(text(Language::Da), text(Language::En)),
    )
}

/// Answered, though it is no question of this kind of report.
pub(crate) fn kind_lacks(field: &Field, kind: &Kind, position: usize) -> Violation {
    let message = Localized::new(
        format!(
            "»{}« hører ikke til »{}«. Slet svaret, eller vælg en anden slags indberetning.",
            field.label.da, kind.label.da
        ),
        format!(
            "“{}” does not belong to “{}”. Delete the answer, or choose another kind of report.",
            field.label.en, kind.label.en
        ),
    );
    Violation::error(field.pointer(position), "not-applicable", message)
}

pub(crate) fn unknown_field(parent: &str, name: &str, meant: Option<&str>) -> Violation {
    let message = Localized::new(
        "Blanketten har ikke et felt med det navn her. Ret navnet, eller slet feltet.",
        "The form has no field of that name here. Correct the name, or delete the field.",
    );
    let violation = Violation::error(pointer::child(parent, name), "unknown-field", message);
    match meant {
        Some(meant) => violation.with_hint(did_you_mean(meant)),
        None => violation,
    }
}

pub(super) fn did_you_mean(meant: &str) -> Localized {
    Localized::new(format!("Mente du {meant}?"), format!("Did you mean {meant}?"))
}

pub(crate) fn form_unknown(id: &str) -> Violation {
    let message = Localized::new(
        format!("Skriv {id}, eller udelad feltet."),
        format!("Write {id}, or leave the field out."),
    );
    Violation::error("/form", "form-unknown", message)
}

pub(crate) fn form_version_unknown(version: &str) -> Violation {
    let message = Localized::new(
        format!("Skriv {version}, eller udelad feltet for at bruge den gældende udgave."),
        format!("Write {version}, or leave the field out to use the version in force."),
    );
    Violation::error("/form_version", "form-version-unknown", message)
}

pub(crate) fn reports_missing() -> Violation {
    let message = Localized::new("Send mindst én indberetning.", "Send at least one report.");
    Violation::error("/reports", "reports-missing", message)
}

pub(crate) fn reports_too_many(limit: usize) -> Violation {
    let message = Localized::new(
        format!("Der er mere end {limit} indberetninger. Del dem i flere indsendelser."),
        format!("There are more than {limit} reports. Split them into several submissions."),
    );
    Violation::error("/reports", "reports-too-many", message)
}

pub(crate) fn corrected_kind_unclear(field: &Field, position: usize) -> Violation {
    Violation::error(field.pointer(position), "corrected-kind-unclear", field.missing.clone())
}

pub(crate) fn total_not_computable(field: &Field, position: usize) -> Violation {
    let message = Localized::new(
        "Beløbet kan ikke regnes ud for den dag, lønnen gælder fra. Kontrollér datoen, eller vælg, at du kender det samlede beløb.",
        "The amount can't be worked out for the day the wage applies from. Check the date, or choose that you know the total.",
    );
    Violation::error(field.pointer(position), "total-not-computable", message)
}

pub(crate) fn total_differs(field: &Field, position: usize) -> Violation {
    let message = Localized::new(
        "Det samlede beløb passer ikke med løn, tillæg og pension. Slet beløbet, så regner blanketten det ud, eller vælg, at du kender \
         det samlede beløb, og slet de enkelte dele.",
        "The total does not fit pay, supplements and pension. Delete the total, and the form works it out; or choose that you know the \
         total, and delete the single parts.",
    );
    Violation::error(field.pointer(position), "total-differs", message)
}

pub(crate) fn too_many_findings(limit: usize) -> Violation {
    let message = Localized::new(
        format!("Her står kun de første {limit} fejl. Ret dem, og send igen; så kommer resten."),
        format!("Only the first {limit} faults are listed. Correct them and send again to see the rest."),
    );
    Violation::error("", "too-many-findings", message)
}

pub(crate) fn hint_answer_unknown(pointer: String) -> Violation {
    let message = Localized::new(
        "Indberetningen har ikke fået den bemærkning, som her er besvaret. Kontrollér code og pointer, eller slet svaret.",
        "The report was not given the hint that is answered here. Check code and pointer, or delete the answer.",
    );
    Violation::error(pointer, "hint-answer-unknown", message)
}

pub(crate) fn hint_answer_not_needed(pointer: String) -> Violation {
    let message = Localized::new(
        "Bemærkningen er ikke givet mere, for andre indberetninger er kommet til. Svaret er ikke taget med.",
        "The hint is no longer given, because other reports have come. The answer was left out.",
    );
    Violation::hint(pointer, "hint-answer-not-needed", message)
}

pub(crate) fn hint_answered_twice(pointer: String) -> Violation {
    let message = Localized::new(
        "Bemærkningen er allerede besvaret. Slet det ene svar.",
        "The hint is answered already. Delete one of the answers.",
    );
    Violation::error(pointer, "hint-answered-twice", message)
}

pub(crate) fn hint_text_missing(pointer: String) -> Violation {
    let message = Localized::new(
        "Skriv forklaringen, eller svar, at oplysningen er rigtig.",
        "Write the explanation, or answer that the information is right.",
    );
    Violation::error(pointer, "hint-text-missing", message)
}

pub(crate) fn hint_text_too_long(pointer: String, limit: usize) -> Violation {
    let message = Localized::new(
        format!("Skriv forklaringen med højst {limit} tegn."),
        format!("Write the explanation in at most {limit} characters."),
    );
    Violation::error(pointer, "hint-text-too-long", message)
}

pub(crate) fn hint_text_has_cpr_number(pointer: String) -> Violation {
    let message = Localized::new(
        "Forklaringen ser ud til at have et CPR-nummer. Slet det; indberetningen har det allerede.",
        "The explanation seems to have a CPR number. Delete it; the report has it already.",
    );
    Violation::error(pointer, "hint-text-has-cpr-number", message)
}
