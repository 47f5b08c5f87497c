//! What the service itself says about a submission, beside the words of the form and of the values. Each code stands here once.

use crate::{
    finding::Violation,
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

/// A percentage between nothing and one.
pub(crate) fn percent_below_one(pointer: String) -> Violation {
    let message = Localized::new(
        "Procenten er under 1. Skriv 12 for 12 %; et tal som 0,12 læses som 0,12 %.",
        "The percentage is below 1. Write 12 for 12 %; a number such as 0.12 is read as 0.12 %.",
    );
    Violation::warning(pointer, "percent-below-one", message)
}

pub(crate) fn birth_date_unlikely(pointer: String) -> Violation {
    let message = Localized::new(
        "CPR-numret siger, at medarbejderen er født i 1900 eller i dag. Se efter, om det er medarbejderens eget nummer.",
        "The CPR number says that the employee was born in 1900 or today. See whether it is the employee's own number.",
    );
    Violation::hint(pointer, "birth-date-unlikely", message)
}

pub(crate) fn text_garbled(pointer: String) -> Violation {
    let message = Localized::new(
        "Teksten har tegn som »Ã¸« i stedet for æ, ø eller å. Ret den, eller gem filen som UTF-8, og send den igen.",
        "The text has characters such as “Ã¸” in place of letters. Correct it, or save the file as UTF-8 and send it again.",
    );
    Violation::warning(pointer, "text-garbled", message)
}

/// Amounts in the words of an error as machines write them: `32.067,50` becomes `32067.50`.
pub(crate) fn in_machine_form(violation: &mut Violation) {
    for text in [
        &mut violation.message,
        violation.hint.get_or_insert_with(|| Localized::new("", "")),
    ] {
        *text = Localized::new(machine_numbers(&text.da), machine_numbers(&text.en));
    }
    violation.hint.take_if(|hint| hint.da.is_empty());
}

fn machine_numbers(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let end = rest[start..]
            .find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','))
            .map_or(rest.len(), |end| start + end);
        let number = rest[start..end].trim_end_matches(['.', ',']);
        written.push_str(&rest[..start]);
        written.push_str(&machine_number(number).unwrap_or_else(|| number.to_owned()));
        rest = &rest[start + number.len()..];
    }
    written + rest
}

/// Only what can be nothing but Danish: a comma before one or two decimals at the end.
fn machine_number(number: &str) -> Option<String> {
    let (whole, decimals) = number.split_once(',')?;
    let is_amount = (1..=2).contains(&decimals.len()) && !decimals.contains(['.', ',']);
    is_amount.then(|| format!("{}.{decimals}", whole.replace('.', "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_as_machines_write_them() {
        assert_eq!(machine_numbers("fx 32.067,50 eller 12,5."), "fx 32067.50 eller 12.5.");
        assert_eq!(
            machine_numbers("den 22.11.2026, linje 3, 9,999,999.99"),
            "den 22.11.2026, linje 3, 9,999,999.99"
        );
        assert_eq!(machine_numbers("uden tal"), "uden tal");
    }
}
