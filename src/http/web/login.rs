//! The demo login, for trying the service on one's own machine: choose who to be. The settings refuse it on any other address.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::{StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Response},
};

use super::{
    Frame, Page,
    frame::query_of,
    posted::Posted,
    session,
    ui::{Choice, Fault, Input, Question, TextInput, Width},
};
use crate::{
    app::App,
    http::{Problem, ProblemType, web::redirect},
    reference,
    store::{Holder, Session},
    value::{Cvr, Refusal},
};

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    faults: Vec<Fault>,
    cvr: Question,
    municipality: Question,
    /// Where to go on afterwards; empty: to the first page of the role.
    next: String,
}

#[derive(Template)]
#[template(path = "logged-off.html")]
struct LoggedOffPage {
    frame: Frame,
}

/// `GET /log-ind`
pub async fn ask(State(app): State<App>, frame: Frame, uri: axum::http::Uri) -> Result<Response, Problem> {
    only_where_allowed(&app)?;
    let next = query_of(&uri)
        .find(|(name, _)| name == "videre")
        .map(|(_, path)| path)
        .unwrap_or_default();
    Ok(Page(LoginPage::new(frame, "13585628", next)).into_response())
}

/// `POST /log-ind`: a login of its own for each time, whatever the browser held before.
pub async fn begin(
    State(app): State<App>,
    frame: Frame,
    earlier: Option<Extension<Session>>,
    posted: Posted,
) -> Result<Response, Problem> {
    only_where_allowed(&app)?;
    let holder = match holder(&posted) {
        Ok(holder) => holder,
        Err((anchor, refusal)) => {
            let message = refusal.message().get(frame.language).to_owned();
            let page = LoginPage::new(frame, posted.get("cvr"), posted.get("videre").to_owned());
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page.with_fault(anchor, message))).into_response());
        }
    };
    if let Some(Extension(earlier)) = earlier {
        app.store.session_end(&earlier).await?;
    }
    let next = next_page(&holder, posted.get("videre"));
    let access = &app.config.access;
    let session = app
        .store
        .session_begin(holder, access.session_idle, access.session_longest)
        .await;
    let session = session?;
    let mut response = redirect(&next);
    response
        .headers_mut()
        .extend(session::cookie(&app, &session).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
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
    let mut response = redirect("/logget-af");
    response
        .headers_mut()
        .extend(session::no_cookie(&app).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// `GET /logget-af`
pub async fn ended(frame: Frame) -> Response {
    Page(LoggedOffPage { frame }).into_response()
}

fn only_where_allowed(app: &App) -> Result<(), Problem> {
    let allowed = app.config.access.demo_login && app.config.server.listen.ip().is_loopback();
    if allowed {
        Ok(())
    } else {
        Err(Problem::new(ProblemType::NotFound))
    }
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

/// The page that was asked for before the login, where the role has it; else the first page of the role.
fn next_page(holder: &Holder, asked: &str) -> String {
    let home = match holder {
        Holder::Employer(_) => "/indberet",
        Holder::Municipality(_) => "/kommune",
        Holder::Kl | Holder::Operator if asked == "/kl/holdte" => "/kl/holdte",
        Holder::Kl | Holder::Operator => "/blanket",
    };
    let below = asked
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
            frame,
            faults: Vec::new(),
            cvr,
            municipality,
            next,
        }
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
