//! The mails that were given up: the list, and sending one again or dismissing it.

use askama::Template;
use axum::{
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};

use super::{Frame, Page, frame::query_of, posted::Posted, redirect};
use crate::{
    access::Grant,
    app::App,
    audit::Actor,
    clock::in_denmark,
    http::{Problem, ProblemType, RequestContext},
    reference,
    store::{About, GivenUpMail, MailId, MailVerdict},
    value::date_to_text,
};

const PATH: &str = "/kl/post";
/// What the address says after a decision.
const DONE: &str = "gjort";
/// Most mails of each kind on the page.
const ROWS: u32 = 200;

#[derive(Template)]
#[template(path = "post.html")]
struct PostPage {
    frame: Frame,
    /// Whether a decision was just stored.
    done: bool,
    rows: Vec<Row>,
    waiting: i64,
    /// Since when the oldest waits; empty when none does.
    oldest: String,
}

/// One mail, without the address.
struct Row {
    id: String,
    kind: String,
    about: String,
    why: String,
    ordered: String,
    attempts: i64,
}

/// `GET /kl/post`
pub async fn list(State(app): State<App>, frame: Frame, uri: Uri) -> Result<Response, Problem> {
    let mails = app.store.given_up_mails(ROWS).await;
    let mails = mails?;
    let counts = app.store.outbox_counts().await;
    let counts = counts?;
    let oldest = counts
        .oldest
        .map(|at| date_to_text(in_denmark(at).date(), frame.language));
    let page = PostPage {
        done: query_of(&uri).any(|(name, _)| name == DONE),
        rows: mails.iter().map(|mail| Row::new(mail, &frame)).collect(),
        waiting: counts.waiting,
        oldest: oldest.unwrap_or_default(),
        frame,
    };
    Ok(Page(page).into_response())
}

/// `POST /kl/post`: sends a mail again or dismisses it, and shows what is left.
pub async fn decide(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Problem> {
    if !posted.is_ours(&frame) {
        return Err(Problem::new(ProblemType::Forbidden));
    }
    let refused = || Problem::new(ProblemType::InvalidParameter);
    let id: MailId = posted.get("mail").parse().map_err(|_| refused())?;
    let verdict = match posted.get("hvad") {
        "igen" => MailVerdict::Again,
        "afvis" => MailVerdict::Dismiss,
        _ => return Err(refused()),
    };
    let mails = app.store.given_up_mails(ROWS).await;
    let mails = mails?;
    // One that is not there any more was decided by somebody else.
    let chosen: Vec<_> = mails.iter().filter(|mail| mail.id == id).collect();
    let decided = app
        .store
        .decide_mails(&chosen, verdict, Actor::from(&grant.caller), context.transaction_id)
        .await;
    decided?;
    app.outbox_wakeup.notify_one();
    Ok(redirect(&format!("{PATH}?{DONE}=1")))
}

impl Row {
    fn new(mail: &GivenUpMail, frame: &Frame) -> Self {
        let reply = mail.last_reply.map(|reply| format!(" ({reply})")).unwrap_or_default();
        Self {
            id: mail.id.to_string(),
            kind: kind(&mail.kind, frame).to_owned(),
            about: match &mail.about {
                About::Submission(_, receipt) => receipt.to_string(),
                About::Municipality(code) => reference::municipality(code).full_name.to_owned(),
            },
            why: format!("{}{reply}", why(&mail.last_error, frame)),
            ordered: date_to_text(in_denmark(mail.created_at).date(), frame.language),
            attempts: mail.attempts,
        }
    }
}

/// What a kind of mail is called.
pub(super) fn kind(code: &str, frame: &Frame) -> &'static str {
    match code {
        "receipt_mail" => frame.t("Kvittering", "Receipt"),
        "outcome_mail" => frame.t("Kommunens svar", "The municipality's answer"),
        "reminder_mail" => frame.t("Påmindelse om et spørgsmål", "Reminder of a question"),
        _ => frame.t("Noget venter for længe", "Something waits too long"),
    }
}

fn why(code: &str, frame: &Frame) -> &'static str {
    match code {
        "recipient" => frame.t(
            "Adressen findes ikke eller tager ikke imod",
            "There is no such address, or it takes no mail",
        ),
        "refused" => frame.t("Mailserveren afviser mailen", "The mail relay refuses the mail"),
        "address" => frame.t("Der kan ikke sendes til adressen", "Nothing can be sent to the address"),
        "gone" => frame.t("Indberetningen er slettet", "The report is deleted"),
        "certificate" => frame.t(
            "Mailserverens certifikat er ikke gyldigt her",
            "The mail relay's certificate is not believed here",
        ),
        "login" => frame.t(
            "Mailserveren afviser vores login",
            "The mail relay does not accept our login",
        ),
        "relay" => frame.t(
            "Mailserveren tager ikke imod fra os",
            "The mail relay takes no mail from us",
        ),
        _ => frame.t("Mailserveren kunne ikke nås", "The mail relay could not be reached"),
    }
}
