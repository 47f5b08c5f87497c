//! What a report's content digest commits to. Pure; docs/pulling.md tells readers in words how to compute the same.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Digest, Employer, FormRef, Report, StoredReport, digest_of, to_hex};
use crate::{
    calculate::ReportAssessment,
    finding::Violation,
    value::{ReportId, SubmissionId},
};

/// How a content digest is made. Stored with the report: whoever was given a digest can prove it for ever by the recipe of its time.
/// A recipe never changes; one that covers more is a new number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Recipe {
    /// 1: who and what was answered. Reports stored without a number have this one.
    #[default]
    Answers,
    /// 2: all that is handed over of a report, the calculation and the answers as they came included.
    Whole,
}

impl Recipe {
    /// The one that new reports get.
    pub const NEWEST: Self = Self::Whole;

    pub fn number(self) -> u8 {
        match self {
            Self::Answers => 1,
            Self::Whole => 2,
        }
    }
}

/// A number that this version has no recipe for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no recipe {0} for a content digest")]
pub struct UnknownRecipe(u8);

impl TryFrom<u8> for Recipe {
    type Error = UnknownRecipe;

    fn try_from(number: u8) -> Result<Self, UnknownRecipe> {
        [Self::Answers, Self::Whole]
            .into_iter()
            .find(|recipe| recipe.number() == number)
            .ok_or(UnknownRecipe(number))
    }
}

impl From<Recipe> for u8 {
    fn from(recipe: Recipe) -> Self {
        recipe.number()
    }
}

/// What a report says, with the salt. The salt is handed out with the report only, so that the digest, which stands readable in the
/// database and outlives the report, can't be used to guess a CPR number or a wage.
#[derive(Debug, Clone, Copy)]
pub struct Committed<'a> {
    pub report_id: ReportId,
    pub submission_id: SubmissionId,
    pub received_at: Timestamp,
    pub employer: &'a Employer,
    pub form: &'a FormRef,
    pub report: &'a Report,
    pub assessment: &'a ReportAssessment,
    pub salt: &'a [u8; 16],
}

impl StoredReport {
    /// With what stands in its submission.
    pub fn committed<'a>(&'a self, employer: &'a Employer, form: &'a FormRef) -> Committed<'a> {
        Committed {
            report_id: self.id,
            submission_id: self.submission_id,
            received_at: self.received_at,
            employer,
            form,
            report: &self.report,
            assessment: &self.assessment,
            salt: self.salt.expose(),
        }
    }
}

impl Committed<'_> {
    /// The content digest.
    pub fn digest(&self, recipe: Recipe) -> Digest {
        digest_of(&self.said(recipe))
    }

    /// The record that the digest is made over, its salt included: for those alone who may read the report.
    pub fn said(&self, recipe: Recipe) -> Value {
        match recipe {
            Recipe::Answers => self.answers(),
            Recipe::Whole => self.whole(),
        }
    }

    fn answers(&self) -> Value {
        json!({
            "answers": self.report.answers.to_plain_json(),
            "corrects": self.corrects(),
            "employee_cpr": self.report.employee.cpr.expose(),
            "employee_name": self.report.employee.name.expose(),
            "employer_cvr": self.employer.cvr.as_str(),
            "kind": self.report.kind.as_str(),
            "report_id": self.report_id.to_string(),
            "salt": to_hex(self.salt),
        })
    }

    fn whole(&self) -> Value {
        let mut whole = json!({
            "answers": self.report.answers.to_plain_json(),
            "assessment": plain(self.assessment),
            "corrects": self.corrects(),
            "employer": self.employer.to_plain_json(),
            "form": self.form.id,
            "form_hash": self.form.hash,
            "form_version": self.form.version,
            "kind": self.report.kind.as_str(),
            "notices": self.report.notices.iter().map(notice).collect::<Vec<_>>(),
            "raw": self.report.raw.expose(),
            "received_at": self.received_at.to_string(),
            "recipe": Recipe::Whole.number().to_string(),
            "report_id": self.report_id.to_string(),
            "salt": to_hex(self.salt),
            "submission_id": self.submission_id.to_string(),
        });
        if !self.report.hint_answers.is_empty() {
            whole["hint_answers"] = json!(self.report.hint_answers);
        }
        whole
    }

    fn corrects(&self) -> Option<String> {
        self.report.correction.map(|correction| correction.corrects.to_string())
    }
}

/// Without its words, which are in the reader's language.
fn notice(notice: &Violation) -> Value {
    json!({ "code": notice.code, "level": notice.level.as_str(), "pointer": notice.pointer })
}

fn plain<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("our own data types have a JSON form")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::{Answer, Answers, Correction, CorrectionAction, Employee, ReportKind, StoredCpr},
        value::{Cpr, Localized, Money, Redacted},
    };

    /// Everything that goes into a digest, by which a test changes one thing.
    struct Made {
        employer: Employer,
        form: FormRef,
        report: Report,
        assessment: ReportAssessment,
        received_at: Timestamp,
        salt: [u8; 16],
    }

    fn made() -> Made {
        let cpr = Cpr::parse("251248-9996", jiff::civil::date(2026, 12, 1)).unwrap();
        let mut answers = Answers::default();
        answers.insert("employee_cpr", Answer::Cpr(StoredCpr(cpr.clone())));
        answers.insert(
            "full_time_total_monthly_wage",
            Answer::Money(Money::from_ore(3_206_700)),
        );
        Made {
            employer: Employer {
                cvr: "13585628".parse().unwrap(),
                se_number: None,
                contact_name: Redacted::new("Løn & Personale".into()),
                contact_email: "loen@example.dk".parse().ok(),
                contact_phone: None,
                more: Answers::default(),
            },
            form: FormRef {
                id: "fleksjob-wage".into(),
                version: "1.0".into(),
                hash: "00ff".into(),
            },
            report: Report {
                kind: ReportKind::FullTimeWage,
                correction: None,
                employee: Employee {
                    cpr,
                    name: Redacted::new("Nancy Ann Test Berggren".into()),
                },
                answers,
                raw: Redacted::new(json!({"full_time_total_monthly_wage": "32.067,00", "hours": 37.0})),
                hint_answers: Vec::new(),
                notices: vec![Violation::hint("/reports/0", "late", Localized::new("Sent.", "Late."))],
            },
            assessment: ReportAssessment::Withdrawal {
                message: Localized::new("Falder bort.", "Falls away."),
            },
            received_at: "2026-11-23T12:00:00Z".parse().unwrap(),
            salt: [7; 16],
        }
    }

    fn digest(made: &Made, recipe: Recipe) -> String {
        let committed = Committed {
            report_id: ReportId::from_uuid(uuid::Uuid::nil()),
            submission_id: SubmissionId::from_uuid(uuid::Uuid::nil()),
            received_at: made.received_at,
            employer: &made.employer,
            form: &made.form,
            report: &made.report,
            assessment: &made.assessment,
            salt: &made.salt,
        };
        to_hex(&committed.digest(recipe))
    }

    /// Both were written down once. A program that gives others can't prove what was handed over before it.
    #[test]
    fn a_recipe_gives_the_same_digest_for_ever() {
        assert_eq!(
            digest(&made(), Recipe::Answers),
            "63b82938e46a3d35be6c7f71912c6d0ef022d5e5213c10858aaa01225d755fbb"
        );
        assert_eq!(
            digest(&made(), Recipe::Whole),
            "533592aec390323be6be1335121746f212639b4267c6798d35da38013ccd073b"
        );
    }

    #[test]
    fn the_newest_recipe_covers_all_that_is_handed_over() {
        type Change = (&'static str, fn(&mut Made));
        let changes: [Change; 12] = [
            ("an answer", |made| {
                let wage = Answer::Money(Money::from_ore(3_206_701));
                made.report.answers.insert("full_time_total_monthly_wage", wage);
            }),
            ("the assessment", |made| {
                let message = Localized::new("Falder ikke bort.", "Falls away.");
                made.assessment = ReportAssessment::Withdrawal { message };
            }),
            ("the raw answers", |made| {
                made.report.raw = Redacted::new(json!({"full_time_total_monthly_wage": "32.067,00", "hours": 37.5}));
            }),
            ("the contact", |made| made.employer.contact_email = None),
            ("the company", |made| made.employer.cvr = "24256790".parse().unwrap()),
            ("the form", |made| made.form.hash = "00fe".into()),
            ("the version", |made| made.form.version = "1.1".into()),
            ("the kind", |made| made.report.kind = ReportKind::OneOffPayment),
            ("a notice", |made| made.report.notices.clear()),
            ("the time", |made| made.received_at = Timestamp::UNIX_EPOCH),
            ("what is corrected", |made| {
                let corrects = ReportId::from_uuid(uuid::Uuid::nil());
                let action = CorrectionAction::Withdraw;
                made.report.correction = Some(Correction { corrects, action });
            }),
            ("the salt", |made| made.salt = [8; 16]),
        ];
        let before = digest(&made(), Recipe::NEWEST);
        for (what, change) in changes {
            let mut changed = made();
            change(&mut changed);
            assert_ne!(digest(&changed, Recipe::NEWEST), before, "{what}");
        }
    }

    #[test]
    fn a_report_that_was_stored_without_a_recipe_has_the_first_one() {
        #[derive(Deserialize)]
        struct Stored {
            #[serde(default)]
            recipe: Recipe,
        }
        let recipe = |text: &str| serde_json::from_str::<Stored>(text).map(|stored| stored.recipe);
        assert_eq!(recipe("{}").unwrap(), Recipe::Answers);
        assert_eq!(recipe(r#"{"recipe": 2}"#).unwrap(), Recipe::Whole);
        assert!(recipe(r#"{"recipe": 3}"#).is_err());
    }
}
