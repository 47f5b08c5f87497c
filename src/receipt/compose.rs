//! Puts a receipt together from the stored record: first the data ([`Receipt`]), which is also its JSON, then the document for print.

use serde::Serialize;

use crate::{
    calculate::ReportAssessment,
    clock::in_denmark,
    form::{Form, Scope},
    record::{Arrival, Report, StoredReport, StoredSubmission, to_hex},
    reference,
    value::{Language, date_to_text},
};

/// Whom to ask; from the settings.
#[derive(Debug, Clone)]
pub struct Contact {
    pub authority: String,
    pub name: String,
    pub email: String,
    pub phone: String,
}

/// A label and what it says.
#[derive(Clone, Serialize)]
pub struct Line {
    pub label: String,
    pub value: String,
}

/// One report as the receipt shows it.
#[derive(Clone, Serialize)]
pub struct ReceiptReport {
    pub report_id: String,
    pub kind: String,
    pub state: String,
    /// Code and full name; absent while the report is held.
    pub municipality: Option<String>,
    /// Why it goes there, or why it is held.
    pub reason: String,
    /// Every answer with the label of the form.
    pub answers: Vec<Line>,
    /// How the full-time wage was computed, step by step, and what follows from the report.
    pub calculation: Vec<String>,
    /// Warnings and hints.
    pub notices: Vec<Notice>,
    /// SHA-256 of `record`.
    pub content_digest: String,
    /// The canonical record with its salt: what `content_digest` is made over, see docs/receipt.md.
    pub record: serde_json::Value,
}

/// A warning or hint, and what the employer answered to it.
#[derive(Clone, Serialize)]
pub struct Notice {
    pub code: String,
    pub message: String,
    /// In words; absent where it was not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// The number of the shape that [`Receipt`] has as JSON, and of what stands where on paper. It grows with each change of either.
const FORMAT: u8 = 2;

/// The receipt in one language: what was true when it was given. `reports` comes last, so that many can be written one by one.
#[derive(Clone, Serialize)]
pub struct Receipt {
    pub format: u8,
    pub receipt_number: String,
    pub submission_id: String,
    pub received_at: String,
    /// Danish time in words, with its zone.
    pub received_text: String,
    pub form: String,
    pub form_version: String,
    pub form_hash: String,
    /// With the receipt number it shows that the receipt is genuine and unaltered.
    pub fingerprint: String,
    pub employer_cvr: String,
    pub employer: Vec<Line>,
    pub notices: Vec<String>,
    pub reports: Vec<ReceiptReport>,
}

impl Receipt {
    /// Everything that was reported, from what is stored: all reports that are at hand.
    pub fn new(stored: &StoredSubmission, form: &Form, language: Language) -> Self {
        let at = in_denmark(stored.received_at);
        Self {
            format: FORMAT,
            receipt_number: stored.receipt_number.to_string(),
            submission_id: stored.id.to_string(),
            received_at: stored.received_at.to_string(),
            received_text: format!(
                "{} {}",
                date_to_text(at.date(), language),
                at.strftime("%H:%M:%S %Z (UTC%:z)")
            ),
            form: stored.form.id.clone(),
            form_version: stored.form.version.clone(),
            form_hash: stored.form.hash.clone(),
            fingerprint: to_hex(&stored.digest),
            employer_cvr: stored.employer.cvr.to_string(),
            employer: employer_lines(stored, form, language),
            notices: messages(&stored.notices, language),
            reports: stored
                .reports
                .iter()
                .map(|report| receipt_report(report, stored, form, language))
                .collect(),
        }
    }

    /// Its JSON up to the first report. Between two reports stands [`Receipt::BETWEEN`], after the last [`Receipt::END`].
    pub fn json_head(&self) -> String {
        let whole = serde_json::to_string(&Self {
            reports: Vec::new(),
            ..self.clone()
        });
        let whole = whole.expect("a receipt has a JSON form");
        format!("{}\n", whole.strip_suffix("]}").unwrap_or(&whole))
    }

    pub const BETWEEN: &'static str = ",\n";
    pub const END: &'static str = "\n]}\n";
}

impl ReceiptReport {
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("a report of a receipt has a JSON form")
    }
}

/// In the order of the form: who sends, and what else stands once in the submission.
fn employer_lines(stored: &StoredSubmission, form: &Form, language: Language) -> Vec<Line> {
    let answers = stored.employer.answers();
    let line = |(label, value)| Line { label, value };
    form.shown_once(&answers, language).map(line).collect()
}

fn receipt_report(stored: &StoredReport, sent: &StoredSubmission, form: &Form, language: Language) -> ReceiptReport {
    let report = &stored.report;
    let kind = form
        .kind(report.kind)
        .map_or(report.kind.as_str(), |kind| kind.label.get(language));
    let Arrival { route, state } = &stored.arrival;
    let municipality = state.municipality().or_else(|| route.municipality());
    ReceiptReport {
        report_id: stored.id.to_string(),
        kind: kind.to_owned(),
        state: state.code().to_owned(),
        municipality: municipality.map(|code| format!("{code} {}", reference::municipality(code).full_name)),
        reason: route.reason().get(language).to_owned(),
        answers: answer_lines(stored, form, language),
        calculation: calculation_lines(&stored.assessment, language),
        notices: answered_notices(report, language),
        content_digest: to_hex(&stored.content_digest),
        record: stored.committed(&sent.employer, &sent.form).said(stored.recipe),
    }
}

/// In the order of the form, so that paper and screen can be compared.
fn answer_lines(stored: &StoredReport, form: &Form, language: Language) -> Vec<Line> {
    let answers = &stored.report.answers;
    form.fields_of(Scope::Report)
        .filter_map(|field| {
            let answer = answers.get(&field.id)?;
            Some(Line {
                label: field.label.get(language).to_owned(),
                value: field.display(answer, language),
            })
        })
        .collect()
}

fn messages(notices: &[crate::finding::Violation], language: Language) -> Vec<String> {
    notices
        .iter()
        .map(|notice| notice.message.get(language).to_owned())
        .collect()
}

fn answered_notices(report: &Report, language: Language) -> Vec<Notice> {
    let notices = report.notices.iter().map(|notice| Notice {
        code: notice.code.clone(),
        message: notice.message.get(language).to_owned(),
        answer: report.answer_to(notice).map(|answer| answer.in_words(language)),
    });
    notices.collect()
}

/// What follows from the report by itself, in words; the municipality's own calculation comes later and rests on the month's income.
pub fn calculation_lines(assessment: &ReportAssessment, language: Language) -> Vec<String> {
    match assessment {
        ReportAssessment::FullTimeWage(ceiling) => {
            let steps = ceiling.build_up.iter().flat_map(|build_up| build_up.in_words(language));
            let mut lines: Vec<String> = steps.collect();
            lines.push(ceiling.message.get(language).to_owned());
            lines.extend(ceiling.first_month.iter().flat_map(|month| month.lines(language)));
            lines
        }
        ReportAssessment::OneOffPayment(payment) => payment.in_words(language),
        ReportAssessment::EmploymentEnd(end) => vec![end.message.get(language).to_owned()],
        ReportAssessment::UnchangedConfirmation { message, .. } | ReportAssessment::Withdrawal { message } => {
            vec![message.get(language).to_owned()]
        }
    }
}
