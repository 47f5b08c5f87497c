//! Forms that were sent but not carried out: what was typed is kept sealed on our side and the browser led to the page that shows it
//! again, for the same person of the same company or municipality. So a login that ended during typing loses nothing, and a page with
//! faults is one that can be fetched again. Decision 0041.

use axum::{
    extract::{FromRequest, Request},
    http::{Method, Uri},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Frame, Visitor,
    frame::query_of,
    posted::{CSRF, Posted},
    redirect,
};
use crate::{
    access::Denial,
    app::App,
    http::{Problem, ProblemType},
    store::{FormOwner, KeptForm, NotCarriedOut, Session},
};

/// The word of the address that names a kept form; also the field by which a form says that it began with one.
pub const KEPT: &str = "gemt";
/// The field that shows whose page the form stands on.
const TICKET: &str = "ticket";

/// What a form of ours brought, drawn for the login that sends it. Where it was drawn for another, what was typed is kept for that one
/// and the handler is not run.
pub struct OurForm(pub Posted);

impl FromRequest<App> for OurForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let session = request.extensions().get::<Session>().cloned();
        let action = request.uri().path().to_owned();
        let posted = Posted::from_request(request, app).await;
        let posted = posted.map_err(IntoResponse::into_response)?;
        if session.as_ref().is_some_and(|session| posted.carries(&session.csrf)) {
            return Ok(Self(posted));
        }
        match keep_for_later(app, session.as_ref(), action, &posted).await {
            Ok(Some(response)) => Err(response),
            Ok(None) => Err(Problem::new(ProblemType::Forbidden).into_response()),
            Err(problem) => Err(problem.into_response()),
        }
    }
}

/// Keeps what was sent without a login that may send it, where its page shows whose it is; `None` where it shows nothing.
pub async fn denied(app: &App, denial: Denial, request: Request) -> Result<Option<Response>, Problem> {
    let may_be_ours = matches!(denial, Denial::Unauthenticated | Denial::Forbidden);
    if request.method() != Method::POST || !may_be_ours {
        return Ok(None);
    }
    let session = request.extensions().get::<Session>().cloned();
    let action = request.uri().path().to_owned();
    match Posted::from_request(request, app).await {
        Ok(posted) => keep_for_later(app, session.as_ref(), action, &posted).await,
        // What can't be read shows nothing of whose it is either.
        Err(_) => Ok(None),
    }
}

/// The page itself where its owner is logged in; else the login, and then the page.
async fn keep_for_later(
    app: &App,
    session: Option<&Session>,
    action: String,
    posted: &Posted,
) -> Result<Option<Response>, Problem> {
    let Some((owner, page)) = app.store.form_ticket_of(posted.get(TICKET), since(app)) else {
        return Ok(None);
    };
    let form = KeptForm {
        page,
        action,
        why: NotCarriedOut::LoginEnded,
        fields: typed(posted),
    };
    let kept = keep(app, &owner, &form).await?;
    if session.map(FormOwner::from).is_some_and(|visitor| visitor == owner) {
        return Ok(Some(redirect(&kept)));
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("videre", &kept);
    Ok(Some(redirect(&format!("/log-ind?{}", query.finish()))))
}

/// Leads to the page that shows the form again with what is wrong. `page` is that of the form where it does not say so itself.
///
/// # Errors
/// When it can't be kept; it is in the browser still.
pub async fn faulty(app: &App, frame: &Frame, page: &str, posted: &Posted) -> Result<Response, Problem> {
    let owner = frame.owner().ok_or_else(|| Problem::new(ProblemType::Forbidden))?;
    let page = match app.store.form_ticket_of(posted.get(TICKET), since(app)) {
        Some((of, page)) if of == *owner => page,
        _ => page.to_owned(),
    };
    let form = KeptForm {
        page,
        action: frame.path().to_owned(),
        why: NotCarriedOut::Faulty,
        fields: typed(posted),
    };
    Ok(redirect(&keep(app, owner, &form).await?))
}

/// What belongs to the login is left out.
fn typed(posted: &Posted) -> Vec<(String, String)> {
    posted.without(&[CSRF, TICKET, KEPT])
}

/// The address of the page that shows the form again.
async fn keep(app: &App, owner: &FormOwner, form: &KeptForm) -> Result<String, Problem> {
    let most = app.config.retention.drafts_per_person;
    let id = app.store.keep_form(owner, form, most).await?;
    let sign = if form.page.contains('?') { '&' } else { '?' };
    Ok(format!("{}{sign}{KEPT}={id}", form.page))
}

/// Forgets what the form began with, once it was carried out. Where that can't be written, its term ends it.
pub async fn carried_out(app: &App, frame: &Frame, posted: &Posted) {
    let (Some(owner), Ok(id)) = (frame.owner(), posted.get(KEPT).parse::<Uuid>()) else {
        return;
    };
    if let Err(error) = app.store.forget_form(owner, id).await {
        tracing::warn!(cause = %error, "a kept form can't be forgotten yet");
    }
}

/// What was kept before this is over.
fn since(app: &App) -> Timestamp {
    app.clock.now() - app.config.retention.drafts
}

/// What a page shows of a kept form, and what its forms carry.
#[derive(Default)]
pub struct Again {
    posted: Option<Posted>,
    action: String,
    is_tried: bool,
    /// Said above the page; empty for nothing.
    pub notice: &'static str,
    /// Shows whose page it is, also when the login has ended.
    pub ticket: String,
    /// Which kept form the page began with; empty for none.
    pub id: String,
}

impl Again {
    /// For the page that stands at this address.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(app: &App, frame: &Frame, uri: &Uri) -> Result<Self, Problem> {
        let Some(owner) = frame.owner() else {
            return Ok(Self::default());
        };
        let page = page_of(uri);
        let mut again = Self::beginning(app, frame, &page)?;
        let Some((_, named)) = query_of(uri).find(|(name, _)| name == KEPT) else {
            return Ok(again);
        };
        let found = match named.parse() {
            Ok(id) => app.store.kept_form(owner, id, since(app)).await?,
            Err(_) => None,
        };
        let Some(form) = found.filter(|form| form.page == page) else {
            again.notice = gone(frame);
            return Ok(again);
        };
        again.is_tried = form.why == NotCarriedOut::Faulty;
        if !again.is_tried {
            again.notice = logged_in_anew(frame);
        }
        again.posted = Some(Posted::from(form.fields));
        again.action = form.action;
        again.id = named;
        Ok(again)
    }

    /// For a page on which nothing is typed yet, with its address.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn beginning(app: &App, frame: &Frame, page: &str) -> Result<Self, Problem> {
        let Some(owner) = frame.owner() else {
            return Ok(Self::default());
        };
        Ok(Self {
            ticket: app.store.form_ticket(owner, page)?,
            ..Self::default()
        })
    }

    /// What was typed.
    pub fn posted(&self) -> Option<&Posted> {
        self.posted.as_ref()
    }

    /// Whether it is the form that is sent to an address of this ending.
    pub fn is_of(&self, ending: &str) -> bool {
        self.action.ends_with(ending)
    }

    /// What was typed, where somebody tried to send it and what is wrong is to be told.
    pub fn tried(&self) -> Option<&Posted> {
        self.posted.as_ref().filter(|_| self.is_tried)
    }

    /// The question that it answered is not there any more.
    pub fn comes_too_late(&mut self, frame: &Frame) {
        self.notice = frame.t(
            "Det, du var ved at svare på, er afgjort i mellemtiden. Det, du skrev, blev ikke sendt.",
            "What you were answering has been settled meanwhile. What you typed was not sent.",
        );
    }
}

/// Path and query of the page itself, whatever it shows again.
fn page_of(uri: &Uri) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(query_of(uri).filter(|(name, _)| name != KEPT));
    match query.finish() {
        query if query.is_empty() => uri.path().to_owned(),
        query => format!("{}?{query}", uri.path()),
    }
}

fn logged_in_anew(frame: &Frame) -> &'static str {
    frame.t(
        "Dit login blev fornyet undervejs. Intet er sendt. Det, du har skrevet, er her endnu: se det efter, og send det igen.",
        "Your login was renewed in between. Nothing was sent. What you typed is still here: look it over and send it again.",
    )
}

fn gone(frame: &Frame) -> &'static str {
    frame.t(
        "Det, der var skrevet på siden, er her ikke: det er sendt, det er for længe siden, eller det blev skrevet med et andet login.",
        "What was typed on the page is not here: it was sent, it is too long ago, or it was typed with another login.",
    )
}

impl Frame {
    /// Who types on this page.
    fn owner(&self) -> Option<&FormOwner> {
        match &self.visitor {
            Visitor::LoggedIn { owner, .. } => Some(owner),
            Visitor::Anonymous | Visitor::Unknown => None,
        }
    }
}
