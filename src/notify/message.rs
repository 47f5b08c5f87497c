//! What a mail says. It names receipt number, time, company and how to see more, and nothing about any employee: a mail may be read
//! on its way (conventions E-01).

use std::fmt;

use super::Pages;
use crate::{
    clock::in_denmark,
    record::{Outcome, StoredOutcome, StoredSubmission},
    value::{Cvr, Email, Language, ReceiptNumber, SubmissionId, date_to_text},
};

/// One mail, ready to leave.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    pub to: Email,
    pub subject: String,
    pub body: String,
    /// The part of the `Message-ID` before the @: the same on every attempt, so that a double is seen as one.
    pub id: String,
    pub date: jiff::Timestamp,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The facts that a receipt mail may tell.
#[derive(Debug, Clone)]
struct Facts<'a> {
    id: SubmissionId,
    number: &'a ReceiptNumber,
    cvr: &'a Cvr,
    pages: Pages<'a>,
    reports: usize,
}

/// The mail that a submission was received, Danish first and English below. `None` when no address was given.
pub fn receipt_mail(submission: &StoredSubmission, pages: Pages<'_>) -> Option<Mail> {
    let to = submission.employer.contact_email.clone()?;
    let facts = Facts {
        id: submission.id,
        number: &submission.receipt_number,
        cvr: &submission.employer.cvr,
        pages,
        reports: submission.reports.len(),
    };
    let at = in_denmark(submission.received_at);
    let time = |language| format!("{} {}", date_to_text(at.date(), language), at.strftime("%H:%M"));
    Some(Mail {
        to,
        subject: format!("Kvittering {} / Receipt {}", facts.number, facts.number),
        body: format!(
            "{}\n\n-- \n\n{}\n",
            danish(&facts, &time(Language::Da)),
            english(&facts, &time(Language::En))
        ),
        id: format!("receipt-{}", facts.id),
        date: submission.received_at,
    })
}

/// The mail that a municipality has answered, Danish first and English below. Neither which municipality it is nor what it writes: both
/// tell of the employee. `None` when no address was given.
pub fn outcome_mail(submission: &StoredSubmission, outcome: &StoredOutcome, pages: Pages<'_>) -> Option<Mail> {
    let to = submission.employer.contact_email.clone()?;
    let (number, cvr) = (&submission.receipt_number, &submission.employer.cvr);
    let (what_da, what_en) = match outcome.outcome {
        Outcome::Accepted => (
            "Kommunen har godkendt en indberetning",
            "The municipality has accepted a report",
        ),
        Outcome::Rejected { .. } => (
            "Kommunen har afvist en indberetning",
            "The municipality has rejected a report",
        ),
        Outcome::Question { .. } => (
            "Kommunen har et spørgsmål til en indberetning",
            "The municipality has a question about a report",
        ),
    };
    let page = format!("/indberet/{}", submission.id);
    let lead_da = pages.lead(
        "Log ind for at læse svaret:",
        &page,
        "Det system, der har sendt indberetningen, kan hente svaret. Siderne har intet login endnu; se hvad der virker:",
    );
    let lead_en = pages.lead(
        "Log in to read the answer:",
        &page,
        "The system that sent the report can fetch the answer. The pages have no login yet; see what works:",
    );
    Some(Mail {
        to,
        subject: format!("Svar på {number} / Answer to {number}"),
        body: format!(
            "{what_da} fra virksomheden med CVR-nummer {cvr}.\n\nKvitteringsnummer: {number}\n\n\
             {lead_da}\n\nMailen er sendt automatisk og kan ikke besvares.\n\n-- \n\n\
             {what_en} from the company with CVR number {cvr}.\n\nReceipt number: {number}\n\n\
             {lead_en}\n\nThis mail was sent automatically and can't be answered.\n"
        ),
        id: format!("outcome-{}", outcome.id),
        date: outcome.at,
    })
}

fn danish(facts: &Facts<'_>, time: &str) -> String {
    let Facts {
        id,
        number,
        cvr,
        pages,
        reports,
    } = facts;
    let what = if *reports == 1 {
        "1 indberetning".to_owned()
    } else {
        format!("{reports} indberetninger")
    };
    let lead = pages.lead(
        "Log ind for at se kvitteringen og følge, om kommunen har hentet indberetningen:",
        &format!("/indberet/{id}"),
        "Det system, der har sendt indberetningen, kan hente kvitteringen og se, om kommunen har hentet. Siderne har intet login \
         endnu; se hvad der virker:",
    );
    format!(
        "Vi har modtaget {what} fra virksomheden med CVR-nummer {cvr}.\n\n\
         Kvitteringsnummer: {number}\n\
         Modtaget: {time}\n\n\
         {lead}\n\n\
         Mailen er sendt automatisk og kan ikke besvares."
    )
}

fn english(facts: &Facts<'_>, time: &str) -> String {
    let Facts {
        id,
        number,
        cvr,
        pages,
        reports,
    } = facts;
    let what = if *reports == 1 {
        "1 report".to_owned()
    } else {
        format!("{reports} reports")
    };
    let lead = pages.lead(
        "Log in to see the receipt and whether the municipality has fetched the report:",
        &format!("/indberet/{id}"),
        "The system that sent the report can fetch the receipt and see whether the municipality has fetched it. The pages have no \
         login yet; see what works:",
    );
    format!(
        "We have received {what} from the company with CVR number {cvr}.\n\n\
         Receipt number: {number}\n\
         Received: {time}\n\n\
         {lead}\n\n\
         This mail was sent automatically and can't be answered."
    )
}
