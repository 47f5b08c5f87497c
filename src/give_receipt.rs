//! Receipts handed out: read, written and drawn piece by piece, so that one with ten thousand reports takes no more memory than it must.

use std::{ops::Range, sync::Arc};

use futures_util::stream::{self, Stream};

use crate::{
    access::Scope,
    app::App,
    form::Form,
    heavy::CutShort,
    receipt::{self, Contact, Printing, Receipt},
    record::{StoredSubmission, SubmissionPart},
    store::StoreError,
    value::Language,
};

/// How many reports are in hand at a time.
const AT_ONCE: u32 = 100;

/// The places of the reports that a receipt begins with.
pub const FIRST: Range<u32> = 0..AT_ONCE;

/// A receipt could not be made from what is stored.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    #[error("the form version of the submission is not here")]
    FormGone,
    #[error("the receipt could not be drawn")]
    Draw(#[source] receipt::pdf::RenderError),
    #[error("the drawing was cut short")]
    CutShort(#[source] CutShort),
    #[error("the reports could not be read")]
    Store(#[source] StoreError),
    #[error("the submission was deleted while its receipt was made")]
    Deleted,
}

impl App {
    /// The receipt of a stored submission, with the reports that are at hand.
    ///
    /// # Errors
    /// When the form version it was sent on is not in this build.
    pub fn receipt(&self, stored: &StoredSubmission, language: Language) -> Result<Receipt, ReceiptError> {
        Ok(Receipt::new(stored, self.form_of(stored)?, language))
    }

    fn form_of(&self, stored: &StoredSubmission) -> Result<&Form, ReceiptError> {
        self.forms
            .find(&stored.form.id, &stored.form.version)
            .ok_or(ReceiptError::FormGone)
    }

    /// The receipt as PDF, from its first part ([`FIRST`]) on; the others are read with the same eyes. Composing and drawing take too
    /// long for a thread that serves requests, so they are done aside, as many at a time as there are cores; long receipts one by one.
    ///
    /// # Errors
    /// As [`App::receipt`], or when the document can't be read to its end or drawn.
    pub async fn receipt_pdf(
        &self,
        scope: &Scope,
        first: SubmissionPart,
        language: Language,
    ) -> Result<Vec<u8>, ReceiptError> {
        let _turn = if first.total > first.submission.reports.len() {
            Some(self.heavy.turn().await.map_err(ReceiptError::CutShort)?)
        } else {
            None
        };
        let (id, total) = (first.submission.id, first.total);
        let app = self.clone();
        let begun = self.heavy.run(move |_| {
            let form = app.form_of(&first.submission)?;
            Ok(Printing::begin(&first, form, language))
        });
        let mut printing: Printing = begun.await.map_err(ReceiptError::CutShort)??;
        while printing.reports() < total {
            let part = self.next_part(scope, id, printing.reports()).await?;
            let app = self.clone();
            let gone_on = self.heavy.run(move |_| {
                printing.go_on(&part, app.form_of(&part.submission)?);
                Ok(printing)
            });
            printing = gone_on.await.map_err(ReceiptError::CutShort)??;
        }
        let (contact, public_url) = (self.contact(), Arc::clone(&self.public_url));
        let drawn = self.heavy.run(move |_| {
            let document = printing.finish(&contact, &public_url);
            receipt::pdf::render(&document)
        });
        drawn.await.map_err(ReceiptError::CutShort)?.map_err(ReceiptError::Draw)
    }

    /// The receipt as JSON, the same bytes as in the PDF, part by part.
    ///
    /// # Errors
    /// As [`App::receipt`]; what breaks off later ends the stream with an error.
    pub fn receipt_json(
        &self,
        scope: Scope,
        first: SubmissionPart,
        language: Language,
    ) -> Result<impl Stream<Item = Result<String, ReceiptError>> + Send + use<>, ReceiptError> {
        let head = self.receipt(&first.submission, language)?.json_head();
        let writing = Writing {
            app: self.clone(),
            scope,
            language,
            id: first.submission.id,
            total: first.total,
            done: 0,
            next: Some((head, first)),
        };
        Ok(stream::try_unfold(writing, Writing::step))
    }

    async fn next_part(
        &self,
        scope: &Scope,
        id: crate::value::SubmissionId,
        done: usize,
    ) -> Result<SubmissionPart, ReceiptError> {
        let from = u32::try_from(done).unwrap_or(u32::MAX);
        let part = self
            .store
            .submission_part(scope, id, from..from.saturating_add(AT_ONCE));
        let part = part.await.map_err(ReceiptError::Store)?;
        part.filter(|part| !part.submission.reports.is_empty())
            .ok_or(ReceiptError::Deleted)
    }

    fn contact(&self) -> Contact {
        let site = &self.config.site;
        Contact {
            authority: site.authority.clone(),
            name: site.contact_name.clone(),
            email: site.contact_email.clone(),
            phone: site.contact_phone.clone(),
        }
    }
}

/// A JSON receipt on its way out.
struct Writing {
    app: App,
    scope: Scope,
    language: Language,
    id: crate::value::SubmissionId,
    total: usize,
    done: usize,
    /// What was read already, and what stands before it.
    next: Option<(String, SubmissionPart)>,
}

impl Writing {
    async fn step(mut self) -> Result<Option<(String, Self)>, ReceiptError> {
        let (mut text, part) = match self.next.take() {
            Some(next) => next,
            None if self.done >= self.total => return Ok(None),
            None => {
                let part = self.app.next_part(&self.scope, self.id, self.done).await?;
                (Receipt::BETWEEN.to_owned(), part)
            }
        };
        self.done += part.submission.reports.len();
        let is_last = self.done >= self.total;
        let (app, language) = (self.app.clone(), self.language);
        let written = self.app.heavy.run(move |_| {
            let receipt = app.receipt(&part.submission, language)?;
            let reports: Vec<String> = receipt.reports.iter().map(receipt::ReceiptReport::json).collect();
            text.push_str(&reports.join(Receipt::BETWEEN));
            if is_last {
                text.push_str(Receipt::END);
            }
            Ok(text)
        });
        let text = written.await.map_err(ReceiptError::CutShort)??;
        Ok(Some((text, self)))
    }
}
