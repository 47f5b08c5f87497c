//! The mails about what has waited too long. They tell how many, since when and where to look, and nothing about any person or company.

use std::time::Duration;

use jiff::Timestamp;

use super::{Mail, Pages};
use crate::{
    clock::in_denmark,
    record::{AlarmKind, AlarmReceiver, AnsweredFacts, MailFacts},
    reference,
    value::{Email, Language, MunicipalityCode, date_to_text},
};

/// What the mail of an episode tells.
#[derive(Debug, Clone, Copy)]
pub struct AlarmFacts<'a> {
    /// Number of the mail.
    pub id: i64,
    pub municipality: &'a MunicipalityCode,
    pub kind: AlarmKind,
    pub receiver: AlarmReceiver,
    pub begun_at: Timestamp,
    /// How many wait too long now, and since when the oldest does.
    pub count: i64,
    pub since: Timestamp,
    /// What is too long.
    pub limit: Duration,
}

/// The mail that something has begun to wait too long, Danish first and English below.
pub fn alarm_mail(to: Email, facts: &AlarmFacts<'_>, pages: Pages<'_>) -> Mail {
    let name = reference::municipality(facts.municipality).full_name;
    let lead = |language| lead(facts.receiver, pages, language);
    Mail {
        to,
        subject: format!("{name}: noget venter for længe / something waits too long"),
        body: format!(
            "{}\n\n{}\n\n{}\n\n\
             Der kommer ikke flere mails om det, før alt det gamle er væk og noget nyt venter for længe.\n\
             Mailen er sendt automatisk og kan ikke besvares.\n\n-- \n\n\
             {}\n\n{}\n\n{}\n\n\
             No more mails come about it until all that is old is gone and something new waits too long.\n\
             This mail was sent automatically and can't be answered.\n",
            waits(facts, name, Language::Da),
            what_to_do(facts, pages.has_login, Language::Da),
            lead(Language::Da),
            waits(facts, name, Language::En),
            what_to_do(facts, pages.has_login, Language::En),
            lead(Language::En),
        ),
        id: format!("alarm-{}", facts.id),
        date: facts.begun_at,
    }
}

fn waits(facts: &AlarmFacts<'_>, name: &str, language: Language) -> String {
    let since = date_to_text(in_denmark(facts.since).date(), language);
    let (count, hours) = (facts.count, facts.limit.as_secs() / 3_600);
    match (facts.kind, language) {
        (AlarmKind::Unfetched, Language::Da) => format!(
            "Indberetninger, der har ventet på {name} i mere end {hours} timer: {count}. Den ældste har ventet siden {since}."
        ),
        (AlarmKind::Unfetched, Language::En) => format!(
            "Reports that have waited for {name} for more than {hours} hours: {count}. The oldest has waited since {since}."
        ),
        (AlarmKind::Unanswered, Language::Da) => format!(
            "Spørgsmål fra {name}, som arbejdsgivere ikke har besvaret i mere end {hours} timer: {count}. \
             Det ældste har ventet siden {since}."
        ),
        (AlarmKind::Unanswered, Language::En) => format!(
            "Questions of {name} that employers have not answered for more than {hours} hours: {count}. \
             The oldest has waited since {since}."
        ),
    }
}

fn lead(receiver: AlarmReceiver, pages: Pages<'_>, language: Language) -> String {
    let (page, without_da, without_en) = match receiver {
        AlarmReceiver::Municipality => (
            "/kommune/oversigt",
            "Siderne har intet login endnu; se hvad der virker:",
            "The pages have no login yet; see what works:",
        ),
        AlarmReceiver::Operator => (
            "/kl/holdte",
            "fleksport doctor viser det hele. Siderne har intet login endnu; se hvad der virker:",
            "fleksport doctor shows all of it. The pages have no login yet; see what works:",
        ),
    };
    match language {
        Language::Da => pages.lead("Log ind for at se det:", page, without_da),
        Language::En => pages.lead("Log in to see it:", page, without_en),
    }
}

fn what_to_do(facts: &AlarmFacts<'_>, has_login: bool, language: Language) -> &'static str {
    let (da, en) = match (facts.kind, facts.receiver) {
        (AlarmKind::Unfetched, AlarmReceiver::Municipality) if !has_login => (
            "Se efter, om jeres system henter og kvitterer.",
            "See whether your system fetches and acknowledges.",
        ),
        (AlarmKind::Unfetched, AlarmReceiver::Municipality) => (
            "Se efter, om jeres system henter og kvitterer, eller åbn indberetningerne i indbakken.",
            "See whether your system fetches and acknowledges, or open the reports in the inbox.",
        ),
        (AlarmKind::Unanswered, AlarmReceiver::Municipality) => (
            "Arbejdsgiverne er mindet om det én gang. Ring til dem, eller afgør sagen uden svaret.",
            "The employers have been reminded once. Call them, or decide without the answer.",
        ),
        (_, AlarmReceiver::Operator) => (
            "Kommunen har fået samme besked, hvis den har oplyst en adresse. Giver det ikke noget, så ring.",
            "The municipality has been told the same where it has given an address. If nothing comes of it, call.",
        ),
    };
    match language {
        Language::Da => da,
        Language::En => en,
    }
}

/// The mail that a question still waits for the employer's answer. It tells no more than the mail about the question did. `None` when no
/// address was given.
pub fn reminder_mail(told: &MailFacts, question: &AnsweredFacts, pages: Pages<'_>) -> Option<Mail> {
    let to = told.to.clone()?;
    let (number, cvr) = (&told.receipt_number, &told.cvr);
    let page = format!("/indberet/{}", told.submission);
    let lead_da = pages.lead(
        "Log ind for at svare:",
        &page,
        "Det system, der har sendt indberetningen, kan hente spørgsmålet og sende svaret. Siderne har intet login endnu; se hvad der virker:",
    );
    let lead_en = pages.lead(
        "Log in to answer:",
        &page,
        "The system that sent the report can fetch the question and send the answer. The pages have no login yet; see what works:",
    );
    let asked = in_denmark(question.at).date();
    let (asked_da, asked_en) = (date_to_text(asked, Language::Da), date_to_text(asked, Language::En));
    Some(Mail {
        to,
        subject: format!("Et spørgsmål til {number} venter / A question about {number} waits"),
        body: format!(
            "Kommunen stillede den {asked_da} et spørgsmål til en indberetning fra virksomheden med CVR-nummer {cvr}. Det er ikke besvaret.\n\n\
             Kvitteringsnummer: {number}\n\n{lead_da}\n\n\
             Vi minder kun om det denne ene gang. Mailen er sendt automatisk og kan ikke besvares.\n\n-- \n\n\
             On {asked_en} the municipality asked a question about a report from the company with CVR number {cvr}. It has not been \
             answered.\n\nReceipt number: {number}\n\n{lead_en}\n\n\
             We remind you this once only. This mail was sent automatically and can't be answered.\n"
        ),
        id: format!("reminder-{}", question.outcome),
        date: question.at,
    })
}
