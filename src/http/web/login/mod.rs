//! The demo login, for trying the service on one's own machine: choose who to be. The settings refuse it where others can get here,
//! [`offer`] does for each request that came from elsewhere, and a page says what works without it.

mod offer;
mod token;

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Response},
};

use super::{
    Frame, Page,
    frame::query_of,
    kept_form::KEPT,
    menu,
    posted::Posted,
    session,
    ui::{Choice, Fault, Input, Keyboard, Need, Question, TextInput, Width},
};
pub use offer::is_offered;
use token::LoginToken;

use crate::{
    access::Role,
    app::App,
    http::{Problem, ProblemType, web::redirect},
    reference,
    store::{Holder, Session},
    value::{Cvr, Refusal},
};

/// The name of the field by which a log-off leads to the next login.
const AGAIN: &str = "igen";

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    faults: Vec<Fault>,
    cvr: Question,
    /// Who of the company, municipality or KL; nobody in particular where it is empty.
    people: [Question; 3],
    municipality: Question,
    /// Shows that the form is ours.
    token: String,
    /// Where to go on afterwards; empty: to the first page of the role.
    next: String,
    /// Said where something that was typed waits for its owner.
    is_kept: bool,
}

#[derive(Template)]
#[template(path = "logged-off.html")]
struct LoggedOffPage {
    frame: Frame,
}

/// What stands at the login's address where there is none: what works without, and whom to ask.
#[derive(Template)]
#[template(path = "login-closed.html")]
struct ClosedPage {
    frame: Frame,
    /// Whether it is for who runs the service on this machine.
    is_loopback: bool,
}

/// `GET /log-ind`
pub async fn ask(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    uri: axum::http::Uri,
) -> Result<Response, Problem> {
    if !frame.has_login {
        return Ok(closed(&app, frame).into_response());
    }
    let next = query_of(&uri)
        .find(|(name, _)| name == "videre")
        .map(|(_, path)| path)
        .unwrap_or_default();
    LoginPage::new(frame, "13585628", next).answer(&app, &headers)
}

/// `POST /log-ind`: a login of its own for each time, whatever the browser held before.
pub async fn begin(
    State(app): State<App>,
    frame: Frame,
    headers: HeaderMap,
    earlier: Option<Extension<Session>>,
    posted: Result<Posted, Problem>,
) -> Result<Response, Problem> {
    if !frame.has_login {
        return Ok((StatusCode::FORBIDDEN, closed(&app, frame)).into_response());
    }
    // What can't be read, or came from another site, carries no token of ours either.
    let posted = posted.unwrap_or_default();
    if !token::holds(&app, &headers, posted.get("login_token")) {
        let page = LoginPage::new(frame, posted.get("cvr"), posted.get("videre").to_owned());
        return Ok((
            StatusCode::FORBIDDEN,
            page.sent_from_elsewhere().answer(&app, &headers)?,
        )
            .into_response());
    }
    let holder = match holder(&posted) {
        Ok(holder) => holder,
        Err((anchor, refusal)) => {
            let message = refusal.message().get(frame.language).to_owned();
            let page = LoginPage::new(frame, posted.get("cvr"), posted.get("videre").to_owned());
            let page = page.with_fault(anchor, message).answer(&app, &headers)?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    if let Some(Extension(earlier)) = earlier {
        app.store.session_end(&earlier).await?;
    }
    log_in(&app, holder, &posted).await
}

async fn log_in(app: &App, holder: Holder, posted: &Posted) -> Result<Response, Problem> {
    let next = next_page(&holder, posted.get("videre"));
    let access = &app.config.access;
    let person = Some(posted.get("person").trim()).filter(|name| !name.is_empty());
    let session = app
        .store
        .session_begin_as(holder, person, access.session_idle, access.session_longest)
        .await;
    let session = session?;
    let mut response = redirect(&next);
    response
        .headers_mut()
        .extend(session::cookie(app, &session).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

fn closed(app: &App, frame: Frame) -> Page<ClosedPage> {
    Page(ClosedPage {
        frame,
        is_loopback: app.config.exposure().is_loopback(),
    })
}

/// `POST /log-af`
pub async fn end(
    State(app): State<App>,
    frame: Frame,
    session: Option<Extension<Session>>,
    posted: Posted,
) -> Result<Response, Problem> {
    if let Some(Extension(session)) = session {
        if !posted.is_ours(&frame) {
            return Err(Problem::new(ProblemType::Forbidden));
        }
        app.store.session_end(&session).await?;
    }
    let again = !posted.get(AGAIN).is_empty();
    let mut response = redirect(if again { "/log-ind" } else { "/logget-af" });
    response
        .headers_mut()
        .extend(session::no_cookie(&app).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// `GET /logget-af`
pub async fn ended(frame: Frame) -> Response {
    Page(LoggedOffPage { frame }).into_response()
}

/// Who the form asks to be; else the field and what is wrong with it.
fn holder(posted: &Posted) -> Result<Holder, (&'static str, Box<dyn Refusal>)> {
    match posted.get("role") {
        "employer" => match Cvr::try_from(posted.get("cvr")) {
            Ok(cvr) => Ok(Holder::Employer(cvr)),
            Err(refusal) => Err(("cvr", Box::new(refusal))),
        },
        "kl" => Ok(Holder::Kl),
        _ => match posted.get("municipality").parse() {
            Ok(code) => Ok(Holder::Municipality(code)),
            Err(refusal) => Err(("municipality", Box::new(refusal))),
        },
    }
}

/// The question who logs in; one for each form.
fn person(frame: &Frame, id: &str) -> Question {
    Question {
        id: id.to_owned(),
        name: "person".to_owned(),
        label: frame.t("Hvem er du?", "Who are you?").to_owned(),
        hint: frame
            .t(
                "Et navn eller initialer. Kun den samme kan gå videre med det, der ikke er sendt endnu.",
                "A name or initials. Only the same person can go on with what is not sent yet.",
            )
            .to_owned(),
        need: Need::Optional,
        input: Input::Text(TextInput {
            width: Width::Medium,
            autocomplete: "off",
            ..TextInput::default()
        }),
        ..Question::default()
    }
}

/// Whether an address is that of a page that shows again what somebody typed.
fn shows_what_was_kept(address: &str) -> bool {
    let (_, query) = address.split_once('?').unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == KEPT || (name == "besked" && value == "login"))
}

/// What KL and the operator have of their own.
const STAFF_PAGES: [&str; 3] = ["/kl/drift", "/kl/holdte", "/kl/post"];

/// The page that was asked for before the login, where the role has it; else the first page of the role.
fn next_page(holder: &Holder, asked: &str) -> String {
    let (page, _) = asked.split_once('?').unwrap_or((asked, ""));
    let home = match holder {
        Holder::Employer(_) => "/indberet",
        Holder::Municipality(_) => "/kommune",
        Holder::Kl | Holder::Operator if STAFF_PAGES.contains(&page) => page,
        Holder::Kl | Holder::Operator => menu::home(Role::Kl),
    };
    let below = page
        .strip_prefix(home)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if below { asked.to_owned() } else { home.to_owned() }
}

impl LoginPage {
    fn new(frame: Frame, cvr: &str, next: String) -> Self {
        let cvr = Question {
            id: "cvr".to_owned(),
            name: "cvr".to_owned(),
            label: frame.t("CVR-nummer", "CVR number").to_owned(),
            hint: frame
                .t(
                    "8 cifre. Et gyldigt nummer er nok.",
                    "8 digits. Any valid number will do.",
                )
                .to_owned(),
            input: Input::Text(TextInput {
                value: cvr.to_owned(),
                width: Width::Short,
                keyboard: Keyboard::Digits,
                autocomplete: "off",
                ..TextInput::default()
            }),
            ..Question::default()
        };
        let options = reference::municipalities().iter().map(|municipality| Choice {
            code: municipality.code.to_string(),
            label: municipality.full_name.to_owned(),
            hint: String::new(),
            chosen: municipality.code.as_str() == "0101",
        });
        let municipality = Question {
            id: "municipality".to_owned(),
            name: "municipality".to_owned(),
            label: frame.t("Kommune", "Municipality").to_owned(),
            input: Input::Select(options.collect()),
            ..Question::default()
        };
        Self {
            people: ["person", "person-municipality", "person-kl"].map(|id| person(&frame, id)),
            frame,
            faults: Vec::new(),
            cvr,
            municipality,
            token: String::new(),
            is_kept: shows_what_was_kept(&next),
            next,
        }
    }

    /// The page with what its forms need to come back.
    fn answer(mut self, app: &App, headers: &HeaderMap) -> Result<Response, Problem> {
        let token = LoginToken::of(app, headers).map_err(|error| Problem::internal(&error))?;
        self.token = token.in_form();
        let mut response = Page(self).into_response();
        response
            .headers_mut()
            .extend(token.cookie(app).map(|cookie| (SET_COOKIE, cookie)));
        Ok(response)
    }

    fn sent_from_elsewhere(mut self) -> Self {
        let message = self.frame.t(
            "Formularen var for gammel eller kom et andet sted fra. Prøv igen her.",
            "The form was too old or came from somewhere else. Try again here.",
        );
        self.faults.push(Fault {
            anchor: "as-employer".to_owned(),
            message: message.to_owned(),
        });
        self
    }

    fn with_fault(mut self, anchor: &str, message: String) -> Self {
        for question in [&mut self.cvr, &mut self.municipality] {
            if question.id == anchor {
                question.errors.push(message.clone());
            }
        }
        self.faults.push(Fault {
            anchor: anchor.to_owned(),
            message,
        });
        self
    }
}
