//! What earlier reports of an employer say about the people of a new submission, so that each new report can be compared with it. Pure.

use std::{collections::BTreeMap, fmt};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Answer, Answers, Report, ReportKind};
use crate::{
    fields,
    value::{Money, MunicipalityCode, ReceiptNumber, ReportId},
};

/// Titles longer than this are not compared letter by letter, in characters.
const LONGEST_TITLE: usize = 80;

/// A full-time wage that stands: what is kept of it for comparing. Holds an amount, so it prints none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierWage {
    /// As it was written.
    position_title: String,
    valid_from: Date,
    /// Kroner a month.
    total: Money,
}

impl EarlierWage {
    /// Nothing for answers that say nothing about the full-time wage.
    pub fn of(kind: ReportKind, answers: &Answers) -> Option<Self> {
        let tells = kind == ReportKind::FullTimeWage;
        Some(Self {
            position_title: answers.read(fields::POSITION_TITLE).filter(|_| tells)?.to_owned(),
            valid_from: answers.read(fields::VALID_FROM)?,
            total: answers.read(fields::FULL_TIME_TOTAL_MONTHLY_WAGE)?,
        })
    }
}

impl fmt::Debug for EarlierWage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EarlierWage([redacted])")
    }
}

/// Which answers say the same of a person twice: job, date and amount, by kind. A correction says something of a report, not of a person.
fn telling(kind: ReportKind) -> &'static [&'static str] {
    match kind {
        ReportKind::FullTimeWage => {
            const {
                &[
                    fields::POSITION_TITLE.id(),
                    fields::VALID_FROM.id(),
                    fields::FULL_TIME_TOTAL_MONTHLY_WAGE.id(),
                ]
            }
        }
        ReportKind::OneOffPayment => {
            const {
                &[
                    fields::POSITION_TITLE.id(),
                    fields::PAYMENT_TYPE.id(),
                    fields::PAYMENT_DATE.id(),
                    fields::PAYMENT_AMOUNT.id(),
                ]
            }
        }
        ReportKind::EmploymentEnd => const { &[fields::POSITION_TITLE.id(), fields::EMPLOYMENT_END_DATE.id()] },
        ReportKind::UnchangedConfirmation => const { &[fields::POSITION_TITLE.id(), fields::UNCHANGED_AS_OF.id()] },
        ReportKind::Correction => &[],
    }
}

/// What a report says, in a text in which equal reports about one person are equal: letter case and blanks of the job don't matter.
/// `None` for one that only takes another back. Personal: for a keyed hash only.
pub fn said_in(kind: ReportKind, answers: &Answers) -> Option<zeroize::Zeroizing<String>> {
    let fields = telling(kind);
    if fields.is_empty() {
        return None;
    }
    let mut text = zeroize::Zeroizing::new(kind.as_str().to_owned());
    for field in fields {
        text.push('\n');
        match answers.get(field) {
            Some(Answer::Text(words)) => text.push_str(&plain(words)),
            Some(answer) => text.push_str(&answer.to_plain_json().to_string()),
            None => {}
        }
    }
    Some(text)
}

/// However it is cased and spaced.
fn plain(title: &str) -> String {
    let words: Vec<_> = title.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// Known of one person.
#[derive(Default)]
struct Person {
    /// The newest report last. The id is that of a stored one.
    wages: Vec<(Option<ReportId>, EarlierWage)>,
    /// Where the last report was handed on to.
    moved_to: Option<MunicipalityCode>,
}

/// What an employer has reported so far about the people of a submission. Prints none of it.
#[derive(Default)]
pub struct Earlier {
    /// By CPR number.
    people: BTreeMap<String, Person>,
    /// By position in the submission: the receipt of an earlier report that says the same.
    said: BTreeMap<usize, ReceiptNumber>,
}

impl Earlier {
    /// Adds a stored full-time wage of the person that a report is about; the newest last.
    pub fn add_wage(&mut self, report: &Report, id: ReportId, wage: EarlierWage) {
        let wages = &mut self.person(report).wages;
        if wages.iter().all(|(known, _)| *known != Some(id)) {
            wages.push((Some(id), wage));
        }
    }

    /// Adds what a report says that is not stored yet.
    pub fn add(&mut self, report: &Report) {
        if let Some(wage) = EarlierWage::of(report.content_kind(), &report.answers) {
            self.person(report).wages.push((None, wage));
        }
    }

    /// Adds where the last report on a person was handed on to.
    pub fn add_moved(&mut self, report: &Report, to: MunicipalityCode) {
        self.person(report).moved_to = Some(to);
    }

    /// Adds that the report at this position says what another said before.
    pub fn add_said(&mut self, position: usize, receipt: ReceiptNumber) {
        self.said.insert(position, receipt);
    }

    /// The amount that held for the same job when this one begins, kroner a month: that of the latest day not after its own, and of
    /// several for one day the newest report. What the report corrects is not among them, because it falls away.
    pub fn before(&self, report: &Report) -> Option<Money> {
        let title = plain(report.answers.read(fields::POSITION_TITLE)?);
        self.held(report, |wage| plain(&wage.position_title) == title)
    }

    /// The same of the person's other jobs, where this one is not known.
    pub fn in_other_job(&self, report: &Report) -> Option<Money> {
        match self.before(report) {
            Some(_) => None,
            None => self.held(report, |_| true),
        }
    }

    fn held(&self, report: &Report, counts: impl Fn(&EarlierWage) -> bool) -> Option<Money> {
        let valid_from = report.answers.read(fields::VALID_FROM)?;
        let held = self
            .wages(report)
            .filter(|wage| wage.valid_from <= valid_from && counts(wage));
        held.max_by_key(|wage| wage.valid_from).map(|wage| wage.total)
    }

    fn wages(&self, report: &Report) -> impl Iterator<Item = &EarlierWage> {
        let corrected = report.correction.map(|correction| correction.corrects);
        let known = self.people.get(report.employee.cpr.expose()).into_iter();
        let wages = known.flat_map(|person| &person.wages);
        wages
            .filter(move |(id, _)| id.is_none() || *id != corrected)
            .map(|(_, wage)| wage)
    }

    /// Whether no wage of the person is known.
    pub fn is_first(&self, report: &Report) -> bool {
        self.wages(report).next().is_none()
    }

    /// The person's known job that a slip or two lead to from the one that is named, as it was written.
    pub fn nearly_known_title(&self, report: &Report) -> Option<&str> {
        let title = plain(report.answers.read(fields::POSITION_TITLE)?);
        let letters = title.chars().count();
        let known: Vec<(&str, String)> = self
            .wages(report)
            .map(|wage| (wage.position_title.as_str(), plain(&wage.position_title)))
            .collect();
        if letters > LONGEST_TITLE || known.iter().any(|(_, known)| *known == title) {
            return None;
        }
        let allowed = 1 + letters / 8;
        let short = known
            .into_iter()
            .filter(|(_, known)| known.chars().count() <= LONGEST_TITLE);
        let far = short.map(|(written, known)| (strsim::damerau_levenshtein(&title, &known), written));
        let nearest = far.filter(|(distance, _)| *distance <= allowed);
        nearest
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, written)| written)
    }

    /// Where the employer's last report on the person was handed on to.
    pub fn moved_to(&self, report: &Report) -> Option<MunicipalityCode> {
        self.people.get(report.employee.cpr.expose())?.moved_to
    }

    /// The receipt of an earlier report that says what the one at this position says.
    pub fn said_before(&self, position: usize) -> Option<&ReceiptNumber> {
        self.said.get(&position)
    }

    fn person(&mut self, report: &Report) -> &mut Person {
        self.people.entry(report.employee.cpr.expose().to_owned()).or_default()
    }
}

impl fmt::Debug for Earlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Earlier([redacted])")
    }
}
