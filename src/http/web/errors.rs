//! Pages for what did not work out: each says what happened and what to do.

use askama::Template;
use axum::{
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};

use super::{Frame, Page, frame::visitor};
use crate::{
    app::App,
    http::{Problem, ProblemType, RequestContext},
    store::Session,
    value::Language,
};

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    heading: String,
    text: String,
    /// Where this visitor's own pages begin, and what a log-off needs; on a page of another role.
    elsewhere: Option<Elsewhere>,
    /// For support to find the call in the log; only where the fault is ours.
    transaction_id: Option<String>,
}

/// What the page offers to somebody who is logged in as the wrong one.
struct Elsewhere {
    home: &'static str,
    csrf: String,
}

/// A problem as a person reads it; with the session where it is known.
pub fn problem_page(
    problem: &Problem,
    context: &RequestContext,
    app: &App,
    uri: &Uri,
    session: Option<&Session>,
) -> Response {
    let mut frame = Frame::unknown(app, uri, context);
    if session.is_some() {
        frame.visitor = visitor(session, context.language);
    }
    let (heading, text) = wording(problem, &frame);
    let ours = problem.kind.status().is_server_error();
    let elsewhere = frame.home().map(|home| Elsewhere {
        home,
        csrf: frame.csrf().to_owned(),
    });
    let page = ProblemPage {
        frame,
        elsewhere,
        heading,
        text,
        transaction_id: ours.then(|| context.transaction_id.to_string()),
    };
    let mut response = (problem.kind.status(), Page(page)).into_response();
    if let Some(seconds) = problem.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The problem texts speak to a programmer; the commonest ones have words for people here.
fn wording(problem: &Problem, frame: &Frame) -> (String, String) {
    let (heading, text) = match problem.kind {
        ProblemType::Busy | ProblemType::Unavailable | ProblemType::ClockDoubted => return later(problem, frame),
        ProblemType::NotFound => (
            frame.t("Vi kan ikke finde siden", "We can't find the page"),
            frame.t(
                "Adressen kan være skrevet forkert, siden kan være flyttet, eller den hører ikke til det login, du bruger. \
                 Find vej fra forsiden.",
                "The address may be mistyped, the page may have moved, or it does not belong to the login you use. \
                 Find your way from the front page.",
            ),
        ),
        ProblemType::Forbidden | ProblemType::ForeignEmployer => (
            frame.t("Dit login giver ikke adgang til siden", "Your login gives no access to this page"),
            frame.t(
                "Siden hører til en anden rolle. Gå til dine egne sider, eller log ind som den, siden er for.",
                "The page belongs to another role. Go to your own pages, or log in as the one it is for.",
            ),
        ),
        ProblemType::Unauthenticated if !frame.has_login => (
            frame.t("Siden kræver et login", "The page needs a login"),
            frame.t(
                "Login er ikke koblet til her endnu. Se under Om login, hvad der virker i stedet.",
                "Login is not connected here yet. See under About login what works instead.",
            ),
        ),
        ProblemType::Unauthenticated => (
            frame.t("Log ind for at fortsætte", "Log in to go on"),
            frame.t(
                "Du er ikke logget ind, eller dit login er udløbet. Log ind, og gå tilbage til siden.",
                "You are not logged in, or your login has expired. Log in and go back to the page.",
            ),
        ),
        ProblemType::InvalidSubmission | ProblemType::InvalidRequest => (
            frame.t("Vi kunne ikke læse det, der blev sendt", "We could not read what was sent"),
            frame.t(
                "Gå tilbage i browseren, og prøv igen. Der er ikke gemt noget.",
                "Go back in the browser and try again. Nothing has been stored.",
            ),
        ),
        ProblemType::Internal => (
            frame.t("Siden kan ikke vises lige nu", "The page can't be shown just now"),
            frame.t(
                "Fejlen er hos os, og den er skrevet ned. Prøv igen om lidt. Har du fået en kvittering, er alt gemt.",
                "The fault is ours, and it has been noted. Try again in a while. If you got a receipt, everything is stored.",
            ),
        ),
        other => return (other.title().get(frame.language).to_owned(), other.detail().get(frame.language).to_owned()),
    };
    (heading.to_owned(), text.to_owned())
}

/// Nothing is wrong with what the person did, and it will work again. When is the first thing they ask.
fn later(problem: &Problem, frame: &Frame) -> (String, String) {
    let seconds = problem.retry_after.unwrap_or_default();
    let heading = match problem.kind {
        ProblemType::Busy => frame.t("Der er meget travlt lige nu", "It is very busy just now"),
        _ => frame.t("Siden kan ikke vises lige nu", "The page can't be shown just now"),
    };
    let text = match frame.language {
        Language::Da => format!(
            "Prøv igen om {seconds} sekunder: gå tilbage i browseren, så står det, du har skrevet, der endnu. Har du fået en kvittering, \
             er alt gemt; sender du det samme fra samme side igen, bliver det ikke gemt to gange."
        ),
        Language::En => format!(
            "Try again in {seconds} seconds: go back in the browser, and what you typed is still there. If you got a receipt, everything \
             is stored; if you send the same from the same page again, it is not stored twice."
        ),
    };
    (heading.to_owned(), text)
}

/// A page that could not be drawn; the outermost layer draws the problem instead.
pub fn undrawn(error: &askama::Error) -> Response {
    Problem::internal(error).into_response()
}
