//! The receipt on paper. Reports come in one run after another; what is kept of each is what will stand on the pages.

use super::{
    compose::{Contact, Line, Notice, Receipt, ReceiptReport},
    document::{Attachment, Block, Document, Fact},
    list::List,
    packing::Packing,
    tables::{assessment_blocks, figure},
    words::{Words, words},
};
use crate::{
    form::Form,
    record::{Channel, StoredReport, StoredSubmission, SubmissionPart},
    value::Language,
};

/// Up to so many reports stand on the pages with all their answers. More are listed, and stand in full in the attachment.
pub const MOST_IN_FULL: usize = 100;

/// A receipt while its reports come in.
pub struct Printing {
    language: Language,
    words: &'static Words,
    head: Receipt,
    facts: Vec<Fact>,
    created: jiff::Timestamp,
    shown: Shown,
    attachment: Packing,
    reports: usize,
}

/// What the pages tell of the reports.
enum Shown {
    InFull(Vec<Block>),
    Listed(List),
}

impl Printing {
    /// With the reports of the first part.
    pub fn begin(part: &SubmissionPart, form: &Form, language: Language) -> Self {
        let stored = &part.submission;
        let receipt = Receipt::new(stored, form, language);
        let words = words(language);
        let mut attachment = Packing::new();
        attachment.add(receipt.json_head().as_bytes());
        let mut printing = Self {
            language,
            words,
            facts: facts_of(&receipt, words, stored, part.total),
            created: stored.received_at,
            shown: if part.total > MOST_IN_FULL {
                Shown::Listed(List::default())
            } else {
                Shown::InFull(Vec::new())
            },
            attachment,
            reports: 0,
            head: Receipt {
                reports: Vec::new(),
                ..receipt.clone()
            },
        };
        printing.add(receipt.reports, &stored.reports);
        printing
    }

    /// Goes on with a further part.
    pub fn go_on(&mut self, part: &SubmissionPart, form: &Form) {
        let receipt = Receipt::new(&part.submission, form, self.language);
        self.add(receipt.reports, &part.submission.reports);
    }

    /// How many reports have come in.
    pub fn reports(&self) -> usize {
        self.reports
    }

    fn add(&mut self, reports: Vec<ReceiptReport>, stored: &[StoredReport]) {
        for (report, stored) in reports.iter().zip(stored) {
            if self.reports > 0 {
                self.attachment.add(Receipt::BETWEEN.as_bytes());
            }
            self.reports += 1;
            self.attachment.add(report.json().as_bytes());
            match &mut self.shown {
                Shown::Listed(list) => list.add(self.reports, report, stored, self.language),
                Shown::InFull(blocks) => {
                    let paper = Paper {
                        words: self.words,
                        language: self.language,
                    };
                    paper.report(blocks, self.reports, report, stored);
                }
            }
        }
    }

    /// The document for print, with the same content attached as JSON.
    pub fn finish(mut self, contact: &Contact, public_url: &str) -> Document {
        self.attachment.add(Receipt::END.as_bytes());
        let words = self.words;
        let number = self.head.receipt_number.clone();
        let mut blocks = vec![
            heading(1, format!("{} {number}", words.title)),
            Block::Paragraph(words.received.to_owned()),
            Block::Facts(self.facts),
            heading(2, words.employer.to_owned()),
            Block::Facts(facts(&self.head.employer)),
        ];
        blocks.extend(self.head.notices.iter().cloned().map(Block::Note));
        match self.shown {
            Shown::InFull(reports) => blocks.extend(reports),
            Shown::Listed(list) => blocks.extend(list.blocks(words, self.language)),
        }
        blocks.extend(end(words, &self.head, contact, public_url));
        Document {
            title: format!("{} {number}", words.title),
            language: self.language,
            subject: words.subject.to_owned(),
            author: format!("Fleksport, {}", contact.authority),
            identity: number.clone(),
            created: self.created,
            header: format!("Fleksport · {}", contact.authority),
            blocks,
            attachment: Some(Attachment {
                name: format!("{number}.json"),
                mime: "application/json".to_owned(),
                description: words.attachment.to_owned(),
                content: self.attachment.finish(),
            }),
        }
    }
}

/// What happens next, whom to ask, and what proves the receipt.
fn end(words: &Words, receipt: &Receipt, contact: &Contact, public_url: &str) -> Vec<Block> {
    let (number, fingerprint) = (&receipt.receipt_number, &receipt.fingerprint);
    let mut blocks = vec![heading(2, words.next.to_owned())];
    blocks.extend(words.next_steps.iter().map(|step| Block::Paragraph((*step).to_owned())));
    blocks.push(heading(2, words.contact.to_owned()));
    blocks.push(Block::Paragraph(format!(
        "{}, {}, {}",
        contact.name, contact.email, contact.phone
    )));
    blocks.push(heading(2, words.proof.to_owned()));
    blocks.push(Block::Paragraph(format!("{} {public_url}/kvittering", words.check)));
    blocks.push(Block::Link {
        text: words.check_now.to_owned(),
        address: format!("{public_url}/kvittering?nummer={number}&fingeraftryk={fingerprint}"),
    });
    blocks.push(Block::Facts(vec![
        Fact::new(words.fingerprint, fingerprint),
        Fact::new(words.form_hash, &receipt.form_hash),
    ]));
    blocks
}

fn facts_of(receipt: &Receipt, words: &Words, stored: &StoredSubmission, total: usize) -> Vec<Fact> {
    let channel = match stored.channel {
        Channel::Web => words.web,
        Channel::Api => words.api,
        Channel::File => words.file,
    };
    vec![
        Fact::new(words.number, &receipt.receipt_number),
        Fact::new(words.time, &receipt.received_text),
        Fact::new(words.sender, format!("CVR {}", stored.sender.cvr)),
        Fact::new(words.channel, channel),
        Fact::new(words.count, total.to_string()),
        Fact::new(words.form, format!("{} {}", receipt.form, receipt.form_version)),
    ]
}

/// Puts one report on the pages.
struct Paper {
    words: &'static Words,
    language: Language,
}

impl Paper {
    fn report(&self, blocks: &mut Vec<Block>, number: usize, report: &ReceiptReport, stored: &StoredReport) {
        let words = self.words;
        blocks.push(heading(2, format!("{} {number}: {}", words.report, report.kind)));
        blocks.extend(figure(&stored.assessment, words, self.language).map(Block::Figure));
        let to = report.municipality.as_deref().unwrap_or(words.held);
        let mut lines = vec![
            Fact::new(words.municipality, to),
            Fact::new(words.reason, &report.reason),
        ];
        lines.extend(facts(&report.answers));
        lines.push(Fact::new(words.report_id, &report.report_id));
        blocks.push(Block::Facts(lines));
        let calculated = assessment_blocks(&stored.assessment, words, self.language);
        if !calculated.is_empty() {
            blocks.push(heading(3, words.calculation.to_owned()));
            blocks.extend(calculated);
        }
        blocks.extend(report.notices.iter().map(|notice| note(words, notice)));
    }
}

/// A hint with its answer below it.
fn note(words: &Words, notice: &Notice) -> Block {
    Block::Note(match &notice.answer {
        Some(answer) => format!("{}\n{}: {answer}", notice.message, words.hint_answer),
        None => notice.message.clone(),
    })
}

pub(super) fn heading(level: u8, text: String) -> Block {
    Block::Heading { level, text }
}

fn facts(lines: &[Line]) -> Vec<Fact> {
    lines.iter().map(|line| Fact::new(&line.label, &line.value)).collect()
}
