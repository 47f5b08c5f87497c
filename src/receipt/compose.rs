//! Puts a receipt together from the stored record: first the data ([`Receipt`]), which is also its JSON, then the document for print.

use serde::Serialize;

use super::{
    document::{Attachment, Block, Document, Fact},
    words::{Words, words},
};
use crate::{
    calculate::ReportAssessment,
    clock::in_denmark,
    form::{Form, Scope},
    record::{Arrival, Channel, Report, StoredReport, StoredSubmission, to_hex},
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

/// The whole receipt in one language.
#[derive(Clone, Serialize)]
pub struct Receipt {
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
    pub employer: Vec<Line>,
    pub reports: Vec<ReceiptReport>,
    pub notices: Vec<String>,
}

impl Receipt {
    /// Everything that was reported, from what is stored.
    pub fn new(stored: &StoredSubmission, form: &Form, language: Language) -> Self {
        let at = in_denmark(stored.received_at);
        Self {
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
            employer: employer_lines(stored, form, language),
            reports: stored
                .reports
                .iter()
                .map(|report| receipt_report(report, form, language))
                .collect(),
            notices: messages(&stored.notices, language),
        }
    }

    /// The receipt as a document for print, with the same content attached as JSON.
    pub fn document(
        &self,
        stored: &StoredSubmission,
        contact: &Contact,
        public_url: &str,
        language: Language,
    ) -> Document {
        let words = words(language);
        let json = serde_json::to_vec_pretty(self).unwrap_or_default();
        Document {
            title: format!("{} {}", words.title, self.receipt_number),
            language,
            subject: words.subject.to_owned(),
            author: format!("Fleksport, {}", contact.authority),
            identity: self.receipt_number.clone(),
            created: stored.received_at,
            header: format!("Fleksport · {}", contact.authority),
            blocks: self.blocks(words, stored, contact, public_url),
            attachment: Some(Attachment {
                name: format!("{}.json", self.receipt_number),
                mime: "application/json".to_owned(),
                description: words.attachment.to_owned(),
                content: super::packing::Packed::of(&json),
            }),
        }
    }

    fn blocks(&self, words: &Words, stored: &StoredSubmission, contact: &Contact, public_url: &str) -> Vec<Block> {
        let mut blocks = vec![
            heading(1, format!("{} {}", words.title, self.receipt_number)),
            Block::Paragraph(words.received.to_owned()),
            Block::Facts(self.facts(words, stored)),
            heading(2, words.employer.to_owned()),
            Block::Facts(facts(&self.employer)),
        ];
        blocks.extend(self.notices.iter().cloned().map(Block::Note));
        for (index, report) in self.reports.iter().enumerate() {
            report_blocks(&mut blocks, words, index + 1, report);
        }
        blocks.push(heading(2, words.next.to_owned()));
        blocks.extend(words.next_steps.iter().map(|step| Block::Paragraph((*step).to_owned())));
        blocks.push(Block::Paragraph(format!("{} {public_url}/kvittering", words.check)));
        blocks.push(heading(2, words.contact.to_owned()));
        blocks.push(Block::Paragraph(format!(
            "{}, {}, {}",
            contact.name, contact.email, contact.phone
        )));
        blocks
    }

    fn facts(&self, words: &Words, stored: &StoredSubmission) -> Vec<Fact> {
        let channel = match stored.channel {
            Channel::Web => words.web,
            Channel::Api => words.api,
            Channel::File => words.file,
        };
        [
            (words.number, self.receipt_number.clone()),
            (words.time, self.received_text.clone()),
            (words.sender, format!("CVR {}", stored.sender.cvr)),
            (words.channel, channel.to_owned()),
            (words.count, self.reports.len().to_string()),
            (words.form, format!("{} {}", self.form, self.form_version)),
            (words.form_hash, self.form_hash.clone()),
            (words.fingerprint, self.fingerprint.clone()),
        ]
        .into_iter()
        .map(|(label, value)| Fact {
            label: label.to_owned(),
            value,
        })
        .collect()
    }
}

fn employer_lines(stored: &StoredSubmission, form: &Form, language: Language) -> Vec<Line> {
    let employer = &stored.employer;
    let values = [
        ("employer_cvr", Some(employer.cvr.to_string())),
        (
            "employer_se_number",
            employer.se_number.as_ref().map(|number| number.as_str().to_owned()),
        ),
        ("contact_name", Some(employer.contact_name.expose().clone())),
        (
            "contact_email",
            employer.contact_email.as_ref().map(|email| email.expose().to_owned()),
        ),
        (
            "contact_phone",
            employer.contact_phone.as_ref().map(|phone| phone.expose().to_owned()),
        ),
    ];
    let label = |id: &str| {
        form.field(id)
            .map_or_else(|| id.to_owned(), |field| field.label.get(language).to_owned())
    };
    values
        .into_iter()
        .filter_map(|(id, value)| {
            Some(Line {
                label: label(id),
                value: value?,
            })
        })
        .collect()
}

fn receipt_report(stored: &StoredReport, form: &Form, language: Language) -> ReceiptReport {
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

fn messages(notices: &[crate::validate::Violation], language: Language) -> Vec<String> {
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

fn report_blocks(blocks: &mut Vec<Block>, words: &Words, number: usize, report: &ReceiptReport) {
    blocks.push(heading(2, format!("{} {number}: {}", words.report, report.kind)));
    let to = report.municipality.clone().unwrap_or_else(|| words.held.to_owned());
    let mut lines = vec![
        Fact {
            label: words.municipality.to_owned(),
            value: to,
        },
        Fact {
            label: words.reason.to_owned(),
            value: report.reason.clone(),
        },
        Fact {
            label: words.report_id.to_owned(),
            value: report.report_id.clone(),
        },
    ];
    lines.extend(facts(&report.answers));
    blocks.push(Block::Facts(lines));
    if !report.calculation.is_empty() {
        blocks.push(heading(3, words.calculation.to_owned()));
        blocks.extend(report.calculation.iter().cloned().map(Block::Paragraph));
    }
    blocks.extend(report.notices.iter().map(|notice| note(words, notice)));
}

/// A hint with its answer below it.
fn note(words: &Words, notice: &Notice) -> Block {
    Block::Note(match &notice.answer {
        Some(answer) => format!("{}\n{}: {answer}", notice.message, words.hint_answer),
        None => notice.message.clone(),
    })
}

fn heading(level: u8, text: String) -> Block {
    Block::Heading { level, text }
}

fn facts(lines: &[Line]) -> Vec<Fact> {
    lines
        .iter()
        .map(|line| Fact {
            label: line.label.clone(),
            value: line.value.clone(),
        })
        .collect()
}

/// What follows from the report by itself, in words; the municipality's own calculation comes later and rests on the month's income.
pub fn calculation_lines(assessment: &ReportAssessment, language: Language) -> Vec<String> {
    match assessment {
        ReportAssessment::FullTimeWage(ceiling) => {
            let steps = ceiling.build_up.iter().flat_map(|build_up| build_up.in_words(language));
            let mut lines: Vec<String> = steps.collect();
            lines.push(ceiling.message.get(language).to_owned());
            lines.extend(
                ceiling
                    .first_month
                    .iter()
                    .flat_map(|month| month.explanation().get(language).short.clone()),
            );
            lines
        }
        ReportAssessment::OneOffPayment(payment) => payment.in_words(language),
        ReportAssessment::EmploymentEnd(end) => vec![end.message.get(language).to_owned()],
        ReportAssessment::UnchangedConfirmation { message, .. } | ReportAssessment::Withdrawal { message } => {
            vec![message.get(language).to_owned()]
        }
    }
}
