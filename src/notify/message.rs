//! What a mail says. It names receipt number, time, company and how to see more, and nothing about any employee: a mail may be read
//! on its way (conventions E-01).

use std::fmt;

use super::Pages;
use crate::{
    clock::in_denmark,
    record::{AnsweredFacts, MailFacts, OutcomeKind},
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

/// A moment as people read it in a mail: on the night when the clock is set back an hour comes twice, so the zone is named.
fn time_to_text(at: jiff::Timestamp, language: Language) -> String {
    let at = in_denmark(at);
    let hours = at.offset().seconds() / 3_600;
    let zone = match (language, hours) {
        (Language::Da, 2) => "dansk sommertid",
        (Language::Da, _) => "dansk normaltid",
        (Language::En, 2) => "Danish summer time",
        (Language::En, _) => "Danish standard time",
    };
    let date = date_to_text(at.date(), language);
    match language {
        Language::Da => format!("{date} kl. {} ({zone}, UTC+{hours})", at.strftime("%H.%M")),
        Language::En => format!("{date} at {} ({zone}, UTC+{hours})", at.strftime("%H:%M")),
    }
}

/// The mail that a submission was received, Danish first and English below. `None` when no address was given.
pub fn receipt_mail(told: &MailFacts, pages: Pages<'_>) -> Option<Mail> {
    let to = told.to.clone()?;
    let facts = Facts {
        id: told.submission,
        number: &told.receipt_number,
        cvr: &told.cvr,
        pages,
        reports: told.reports,
    };
    let time = |language| time_to_text(told.received_at, language);
    Some(Mail {
        to,
        subject: format!("Kvittering {} / Receipt {}", facts.number, facts.number),
        body: format!(
            "{}\n\n-- \n\n{}\n",
            danish(&facts, &time(Language::Da)),
            english(&facts, &time(Language::En))
        ),
        id: format!("receipt-{}", facts.id),
        date: told.received_at,
    })
}

/// The mail that a municipality has answered, Danish first and English below. Neither which municipality it is nor what it writes: both
/// tell of the employee. `None` when no address was given.
pub fn outcome_mail(told: &MailFacts, answered: &AnsweredFacts, pages: Pages<'_>) -> Option<Mail> {
    let to = told.to.clone()?;
    let (number, cvr) = (&told.receipt_number, &told.cvr);
    let (what_da, what_en) = match answered.kind {
        OutcomeKind::Accepted => (
            "Kommunen har godkendt en indberetning",
            "The municipality has accepted a report",
        ),
        OutcomeKind::Rejected => (
            "Kommunen har afvist en indberetning",
            "The municipality has rejected a report",
        ),
        OutcomeKind::Question => (
            "Kommunen har et spørgsmål til en indberetning",
            "The municipality has a question about a report",
        ),
    };
    let page = format!("/indberet/{}", told.submission);
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
        id: format!("outcome-{}", answered.outcome),
        date: answered.at,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hour_that_comes_twice_is_told_apart() {
        let first = "2026-10-25T00:30:00Z".parse().unwrap();
        let second = "2026-10-25T01:30:00Z".parse().unwrap();
        assert_eq!(
            time_to_text(first, Language::Da),
            "25. oktober 2026 kl. 02.30 (dansk sommertid, UTC+2)"
        );
        assert_eq!(
            time_to_text(second, Language::Da),
            "25. oktober 2026 kl. 02.30 (dansk normaltid, UTC+1)"
        );
        assert_eq!(
            time_to_text(second, Language::En),
            "25 October 2026 at 02:30 (Danish standard time, UTC+1)"
        );
    }
}
