//! The shapes of answers about submissions and reports (design 5.2). Field names are part of the outward contract.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{
    dialogue::{OutcomeAnswer, Outcomes},
    handovers::HandoverAnswer,
};
use crate::{
    fields,
    finding::Violation,
    record::{
        Change, Difference, FeedEntry, FormRef, HintAnswer, Report, ReportState, Route, StoredReport, StoredSubmission,
        to_hex,
    },
    reference,
    submit::{Checked, CheckedReport},
    value::{Language, Localized, Money, MunicipalityCode},
};

/// The municipality of a report and why it is that one.
#[derive(Debug, Serialize, ToSchema)]
pub struct MunicipalityAnswer {
    /// Four digits; absent while the report is held.
    pub code: Option<String>,
    /// Name with "Kommune"; absent while the report is held.
    pub name: Option<String>,
    /// Stable code of the reason, e.g. `named_by_employer`, or why the report is held, e.g. `abroad`.
    pub reason_code: String,
    /// The reason in the language of the answer.
    pub reason: String,
}

/// One finding in the language of the answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViolationAnswer {
    /// JSON pointer (RFC 6901) into the submission.
    pub pointer: String,
    pub code: String,
    /// `error`, `warning` or `hint`.
    pub level: String,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What the employer answered to a warning or hint about a report that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub answer: Option<ReplyAnswer>,
}

/// The employer's answer to a warning or hint; it stopped nothing and decides nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplyAnswer {
    /// `confirmed` or `explained`.
    pub answer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub text: Option<String>,
}

/// One report in a receipt.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportReceipt {
    pub report_id: String,
    /// `available`, `held`, `fetched`, `questioned`, `answered`, `accepted`, `rejected`, `replaced`, `withdrawn` or `transferred`.
    pub state: String,
    pub report_kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employment_reference: Option<String>,
    pub municipality: MunicipalityAnswer,
    /// Warnings and hints; they do not stop the report.
    pub violations: Vec<ViolationAnswer>,
    /// What the municipality has answered, oldest first. A question waits for `POST /reports/{id}/answers`.
    pub outcomes: Vec<OutcomeAnswer>,
}

/// Addresses of what belongs to a submission.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionLinks {
    #[serde(rename = "self")]
    pub itself: String,
    pub receipt_pdf: String,
    pub receipt_json: String,
    /// The receipt as a page, after login.
    pub page: String,
}

/// The answer to a submission that was taken in; a repeat gets the same one.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionAnswer {
    pub submission_id: String,
    pub receipt_number: String,
    /// RFC 3339, UTC.
    pub received_at: String,
    pub form: String,
    pub form_version: String,
    /// SHA-256 of the form definition's canonical JSON.
    pub form_hash: String,
    pub reports: Vec<ReportReceipt>,
    /// Warnings and hints about the submission as a whole.
    pub violations: Vec<ViolationAnswer>,
    pub links: SubmissionLinks,
}

/// The answer to a check: what would happen, nothing stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckAnswer {
    pub form: String,
    pub form_version: String,
    pub form_hash: String,
    pub reports: Vec<CheckedReportAnswer>,
    pub violations: Vec<ViolationAnswer>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CheckedReportAnswer {
    pub report_kind: String,
    pub municipality: MunicipalityAnswer,
    pub violations: Vec<ViolationAnswer>,
    /// The calculation with its trace.
    #[schema(value_type = Object)]
    pub assessment: Value,
}

/// What was reported. None of it ever changes, but whose the report is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reported {
    pub report_id: String,
    pub submission_id: String,
    pub report_kind: String,
    pub received_at: String,
    pub municipality: MunicipalityAnswer,
    /// The normalised answers by field id.
    #[schema(value_type = Object)]
    pub answers: Map<String, Value>,
    /// The answers as they came; null in the feed of a municipality that has handed the report on.
    #[schema(value_type = Option<Object>)]
    pub raw: Value,
    /// SHA-256 over canonical JSON of what was reported, how it was assessed and the salt; the feed's digests and the receipt rest on it.
    pub content_digest: String,
    /// How `content_digest` is computed: 1 covers the answers, 2 all that is handed over. The recipes are in docs/pulling.md.
    pub digest_recipe: u8,
    /// Goes with the report only, so that the digest alone tells nothing; null where the report is left out.
    pub salt: Option<String>,
    pub violations: Vec<ViolationAnswer>,
    /// The employer's answers to warnings and hints as `content_digest` commits to them; absent where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, value_type = Vec<Object>)]
    pub hint_answers: Vec<HintAnswer>,
}

/// One report in full, for those entitled to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportAnswer {
    #[serde(flatten)]
    pub reported: Reported,
    pub state: String,
    /// The state with what belongs to it: since when, why.
    #[schema(value_type = Object)]
    pub state_details: Value,
    pub version: i64,
    /// What municipalities have answered, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub outcomes: Vec<OutcomeAnswer>,
    /// How the report came from one municipality to the next, oldest first; for municipalities.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub handovers: Vec<HandoverAnswer>,
}

/// The report as a municipality receives it. How it stands now is not part of an entry: ask `GET /reports/{id}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedReport {
    #[serde(flatten)]
    pub reported: Reported,
    #[schema(value_type = Object)]
    pub employer: Value,
    pub form: String,
    pub form_version: String,
    pub form_hash: String,
}

/// What a correction changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceAnswer {
    pub corrects_report_id: String,
    /// Answers that differ.
    pub fields: Vec<FieldChange>,
    /// Amounts of the assessment that differ, in kroner, under the names of the calculation.
    pub amounts: Vec<AmountChange>,
}

/// One answer before and after; null where it was not given.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldChange {
    pub field: String,
    #[schema(value_type = Option<Value>)]
    pub before: Value,
    #[schema(value_type = Option<Value>)]
    pub after: Value,
}

/// One amount before and after; null where there was none.
#[derive(Debug, Serialize, ToSchema)]
pub struct AmountChange {
    pub name: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl DifferenceAnswer {
    pub fn new(difference: &Difference) -> Self {
        let field = |Change { name, before, after }: &Change<Value>| FieldChange {
            field: name.clone(),
            before: before.clone().unwrap_or_default(),
            after: after.clone().unwrap_or_default(),
        };
        let amount = |Change { name, before, after }: &Change<Money>| AmountChange {
            name: name.clone(),
            before: before.map(Money::to_machine),
            after: after.map(Money::to_machine),
        };
        Self {
            corrects_report_id: difference.corrects.to_string(),
            fields: difference.fields.iter().map(field).collect(),
            amounts: difference.amounts.iter().map(amount).collect(),
        }
    }
}

pub fn violations(list: &[Violation], language: Language) -> Vec<ViolationAnswer> {
    list.iter()
        .map(|violation| ViolationAnswer {
            pointer: violation.pointer.clone(),
            code: violation.code.clone(),
            level: violation.level.as_str().to_owned(),
            message: violation.message.get(language).to_owned(),
            hint: violation.hint.as_ref().map(|hint| hint.get(language).to_owned()),
            answer: None,
        })
        .collect()
}

/// The warnings and hints of a report, each with what the employer answered.
fn hints_of(report: &Report, language: Language) -> Vec<ViolationAnswer> {
    let mut list = violations(&report.notices, language);
    for (shown, notice) in list.iter_mut().zip(&report.notices) {
        shown.answer = report.answer_to(notice).map(|answer| ReplyAnswer {
            answer: answer.answer.as_str().to_owned(),
            text: answer.text.as_ref().map(|text| text.expose().to_owned()),
        });
    }
    list
}

/// The municipality that has the report now; the state knows it better than the first route once somebody has decided.
pub fn municipality(route: &Route, now_at: Option<&MunicipalityCode>, language: Language) -> MunicipalityAnswer {
    let code = now_at.or_else(|| route.municipality());
    MunicipalityAnswer {
        code: code.map(|code| code.as_str().to_owned()),
        name: code.map(|code| reference::municipality(code).full_name.to_owned()),
        reason_code: route.code().to_owned(),
        reason: route.reason().get(language).to_owned(),
    }
}

impl SubmissionAnswer {
    pub fn new(submission: &StoredSubmission, base: &str, language: Language) -> Self {
        let itself = format!("{base}/api/v1/submissions/{}", submission.id);
        Self {
            submission_id: submission.id.to_string(),
            receipt_number: submission.receipt_number.to_string(),
            received_at: submission.received_at.to_string(),
            form: submission.form.id.clone(),
            form_version: submission.form.version.clone(),
            form_hash: submission.form.hash.clone(),
            reports: submission
                .reports
                .iter()
                .map(|report| report_receipt(report, language))
                .collect(),
            violations: violations(&submission.notices, language),
            links: SubmissionLinks {
                receipt_pdf: format!("{itself}/receipt.pdf"),
                receipt_json: format!("{itself}/receipt.json"),
                page: format!("{base}/indberet/{}", submission.id),
                itself,
            },
        }
    }
}

impl SubmissionAnswer {
    /// With what municipalities have answered.
    #[must_use]
    pub fn with_outcomes(mut self, submission: &StoredSubmission, outcomes: &Outcomes) -> Self {
        for (answer, stored) in self.reports.iter_mut().zip(&submission.reports) {
            let of_report = outcomes.get(&stored.id).into_iter().flatten();
            answer.outcomes = of_report.map(OutcomeAnswer::new).collect();
        }
        self
    }
}

fn report_receipt(stored: &StoredReport, language: Language) -> ReportReceipt {
    ReportReceipt {
        report_id: stored.id.to_string(),
        state: stored.state.code().to_owned(),
        report_kind: stored.report.kind.as_str().to_owned(),
        employment_reference: stored
            .report
            .answers
            .read(fields::EMPLOYMENT_REFERENCE)
            .map(ToOwned::to_owned),
        municipality: municipality(&stored.route, stored.state.municipality(), language),
        violations: hints_of(&stored.report, language),
        outcomes: Vec::new(),
    }
}

impl CheckAnswer {
    pub fn new(checked: &Checked, language: Language) -> Self {
        let FormRef { id, version, hash } = checked.submission.form.clone();
        let reports = checked.submission.reports.iter().zip(&checked.reports);
        Self {
            form: id,
            form_version: version,
            form_hash: hash,
            reports: reports
                .map(|(report, CheckedReport { route, assessment })| CheckedReportAnswer {
                    report_kind: report.kind.as_str().to_owned(),
                    municipality: municipality(route, None, language),
                    violations: hints_of(report, language),
                    assessment: plain(assessment),
                })
                .collect(),
            violations: violations(&checked.submission.notices, language),
        }
    }
}

impl Reported {
    fn new(stored: &StoredReport, municipality: MunicipalityAnswer, language: Language) -> Self {
        Self {
            report_id: stored.id.to_string(),
            submission_id: stored.submission_id.to_string(),
            report_kind: stored.report.kind.as_str().to_owned(),
            received_at: stored.received_at.to_string(),
            municipality,
            answers: stored.report.answers.to_plain_json(),
            raw: stored.report.raw.expose().clone(),
            content_digest: to_hex(&stored.content_digest),
            digest_recipe: stored.recipe.number(),
            salt: Some(to_hex(stored.salt.expose())),
            violations: hints_of(&stored.report, language),
            hint_answers: stored.report.hint_answers.clone(),
        }
    }

    /// Without what it says, for a municipality that has handed it on.
    fn left_out(self) -> Self {
        Self {
            answers: Map::new(),
            raw: Value::Null,
            salt: None,
            violations: Vec::new(),
            hint_answers: Vec::new(),
            ..self
        }
    }
}

impl ReportAnswer {
    pub fn new(stored: &StoredReport, language: Language) -> Self {
        let municipality = municipality(&stored.route, stored.state.municipality(), language);
        Self {
            reported: Reported::new(stored, municipality, language),
            state: stored.state.code().to_owned(),
            state_details: plain::<ReportState>(&stored.state),
            version: stored.version,
            outcomes: Vec::new(),
            handovers: Vec::new(),
        }
    }
}

impl FeedReport {
    /// Says nothing of where the report has gone since: the entry would change without a new one that tells it.
    pub fn new(entry: &FeedEntry, language: Language) -> Self {
        let FormRef { id, version, hash } = entry.form.clone();
        let (reported, employer) = if entry.is_handed_on() {
            let reported = Reported::new(&entry.report, handed_on(&entry.municipality, language), language);
            (reported.left_out(), json!({ "cvr": entry.employer.cvr.as_str() }))
        } else {
            let municipality = municipality(&entry.report.route, Some(&entry.municipality), language);
            (
                Reported::new(&entry.report, municipality, language),
                entry.employer.to_plain_json(),
            )
        };
        Self {
            reported,
            employer,
            form: id,
            form_version: version,
            form_hash: hash,
        }
    }
}

/// The municipality that no longer has the report.
fn handed_on(municipality: &MunicipalityCode, language: Language) -> MunicipalityAnswer {
    let reason = Localized::new(
        "I har oversendt indberetningen til en anden kommune.",
        "You have handed the report on to another municipality.",
    );
    MunicipalityAnswer {
        code: Some(municipality.as_str().to_owned()),
        name: Some(reference::municipality(municipality).full_name.to_owned()),
        reason_code: "handed_on".to_owned(),
        reason: reason.get(language).to_owned(),
    }
}

/// Our own data types always have a JSON form; a failure would show as `null` in the contract tests.
pub fn plain<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("our own data types have a JSON form")
}
