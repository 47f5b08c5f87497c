//! Answers as people read them, on pages and receipts.

use super::{Field, FieldType, Form, MoneyUnit, Scope};
use crate::{
    record::{Answer, Answers, MunicipalityAnswer},
    reference,
    value::{Language, Localized, Money, date_to_text},
};

impl Form {
    /// The answers to the fields of the employer and of sending, as people read them: label and value, in the order of the form.
    pub fn shown_once<'a>(
        &'a self,
        answers: &'a Answers,
        language: Language,
    ) -> impl Iterator<Item = (String, String)> + 'a {
        let once = self.fields_of(Scope::Employer).chain(self.fields_of(Scope::Submission));
        once.filter_map(move |field| {
            let answer = answers.get(&field.id)?;
            Some((field.label.get(language).to_owned(), field.display(answer, language)))
        })
    }
}

impl Field {
    /// The answer in words: `32.067,00 kr. pr. måned`, `22. november 2026`, the label of a choice, `0101 København`.
    ///
    /// Personal data comes out readable; the caller answers for where it goes.
    pub fn display(&self, answer: &Answer, language: Language) -> String {
        match answer {
            Answer::Text(text) => text.clone(),
            Answer::Choice(code) => self.option_label(code, language),
            Answer::Choices(codes) => codes
                .iter()
                .map(|code| self.option_label(code, language))
                .collect::<Vec<_>>()
                .join(", "),
            Answer::YesNo(true) => Localized::new("Ja", "Yes").get(language).to_owned(),
            Answer::YesNo(false) => Localized::new("Nej", "No").get(language).to_owned(),
            Answer::Date(date) => date_to_text(*date, language),
            Answer::Money(amount) => format!("{} {}", amount_text(*amount, language), self.unit_label(language)),
            Answer::Percent(percent) => format!("{} %", decimal(&percent.to_danish(), language)),
            Answer::Hours(hours) => {
                let unit = Localized::new("timer om ugen", "hours a week");
                format!("{} {}", decimal(&hours.to_danish(), language), unit.get(language))
            }
            Answer::Cpr(cpr) => cpr.0.expose_formatted(),
            Answer::Cvr(number) => number.as_str().to_owned(),
            Answer::SeNumber(number) => number.as_str().to_owned(),
            Answer::PNumber(number) => number.as_str().to_owned(),
            Answer::Municipality(MunicipalityAnswer::One(code)) => {
                format!("{} {}", code.as_str(), reference::municipality(code).full_name)
            }
            Answer::Municipality(MunicipalityAnswer::Christianso) => "0411 Christiansø".to_owned(),
            Answer::Postcode(code) => code.as_str().to_owned(),
            Answer::Email(email) => email.expose().to_owned(),
            Answer::Phone(phone) => phone.expose().to_owned(),
            Answer::Report(id) => id.to_string(),
        }
    }

    /// The label of a code; the code itself where an old answer's code is not in this version.
    fn option_label(&self, code: &str, language: Language) -> String {
        self.option(code)
            .map_or(code, |option| option.label.get(language))
            .to_owned()
    }

    fn unit_label(&self, language: Language) -> String {
        let unit = match self.kind {
            FieldType::Money { unit } | FieldType::PercentOrMoney { unit, .. } => unit,
            _ => MoneyUnit::Kr,
        };
        unit.label().get(language).to_owned()
    }
}

/// Full stops group and a comma divides in Danish; the other way round in English.
fn amount_text(amount: Money, language: Language) -> String {
    decimal(&amount.to_danish(), language)
}

fn decimal(danish: &str, language: Language) -> String {
    match language {
        Language::Da => danish.to_owned(),
        Language::En => danish.chars().map(swap_separator).collect(),
    }
}

/// The separator of the other language.
pub(super) fn swap_separator(character: char) -> char {
    match character {
        '.' => ',',
        ',' => '.',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::form::FormLibrary;

    #[test]
    fn an_answer_reads_as_people_write_it_in_both_languages() {
        let library = FormLibrary::embedded().unwrap();
        let form = library.find("fleksjob-wage", "1.0").unwrap();
        let read = |field: &str, answer: Answer| {
            let field = form.field(field).unwrap();
            (
                field.display(&answer, Language::Da),
                field.display(&answer, Language::En),
            )
        };
        let wage = Answer::Money(Money::from_ore(3_206_700));
        let (da, en) = read("full_time_total_monthly_wage", wage);
        assert_eq!(
            (da.as_str(), en.as_str()),
            ("32.067,00 kr. pr. måned", "32,067.00 kr. per month")
        );
        let (da, en) = read("valid_from", Answer::Date(date(2026, 12, 1)));
        assert_eq!((da.as_str(), en.as_str()), ("1. december 2026", "1 December 2026"));
        let chosen = Answer::Choices(vec!["fixed_bonus".to_owned(), "employer_pension".to_owned()]);
        assert_eq!(
            read("included_components", chosen).0,
            "Fast bonus, Arbejdsgivers pension"
        );
        let copenhagen = Answer::Municipality(MunicipalityAnswer::One("0101".parse().unwrap()));
        assert_eq!(read("municipality_code", copenhagen).0, "0101 Københavns Kommune");
        let percent = Answer::Percent("14.13".parse().unwrap());
        assert_eq!(
            read("employer_pension", percent),
            ("14,13 %".to_owned(), "14.13 %".to_owned())
        );
    }
}
