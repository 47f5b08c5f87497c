//! Pages for people: rendered here, without needing scripts in the browser, in Danish and English.
//!
//! Templates lie in `assets/templates`; what the design system asks for in markup is in its `ui.html` alone.

mod alarm;
pub mod assets;
mod behind;
mod calculation;
mod calculator;
mod cookie;
mod errors;
mod form_page;
mod frame;
mod guides;
mod held;
mod inbox;
mod kept_form;
mod language;
mod local;
mod login;
mod menu;
mod municipality;
mod operation;
mod paging;
mod post;
mod posted;
mod public;
mod reporting;
mod security_txt;
pub mod session;
mod standing;
pub mod ui;
mod verification;

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header::LOCATION, uri::PathAndQuery},
    response::{Html, IntoResponse, Response},
};

pub use errors::problem_page;
pub use frame::{Frame, Visitor};
pub use language::remember as remember_language;
use local::local;
pub use login::is_offered as offers_login;

use super::Endpoint;
use crate::limits::Class;
use crate::{
    access::{
        Action::{
            Answer, AssignHeld, Calculate, ChangeSettings, Decide, DecideGivenUpMail, Draft, ExportInbox,
            ReadGivenUpMail, ReadHeld, ReadInbox, ReadOperation, ReadOwnSubmissions, ReadPublic, ReadReceipt,
            ReadSettings, Submit, Transfer, UseSession, VerifyReceipt,
        },
        Denial,
    },
    app::App,
    http::Problem,
    store::Session,
};

/// Everything from this origin, nothing inline, nothing framed, forms only to ourselves.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Every page and the files that pages load.
pub fn endpoints() -> Vec<Endpoint> {
    let pages = [
        Endpoint::page(Method::GET, "/", ReadPublic, public::front),
        Endpoint::page(Method::GET, "/was", ReadPublic, public::accessibility),
        Endpoint::page(Method::GET, "/privatliv", ReadPublic, public::privacy),
        Endpoint::page(Method::GET, "/api", ReadPublic, public::developers),
        Endpoint::page(Method::GET, "/vejledning/{name}", ReadPublic, guides::show),
        Endpoint::page(Method::GET, "/beregner", Calculate, calculator::show),
        Endpoint::page(Method::GET, "/blanket", ReadPublic, form_page::current),
        Endpoint::page(Method::GET, "/blanket/{version}", ReadPublic, form_page::version),
        Endpoint::page(Method::GET, "/kvittering", VerifyReceipt, verification::verify).counted_as(Class::Guess),
        Endpoint::page(Method::GET, "/log-ind", UseSession, login::ask),
        Endpoint::page(Method::POST, "/log-ind", UseSession, login::begin).counted_as(Class::Guess),
        Endpoint::page(Method::POST, "/log-af", UseSession, login::end),
        Endpoint::page(Method::GET, "/logget-af", UseSession, login::ended),
        Endpoint::page(Method::GET, "/indberet", ReadOwnSubmissions, reporting::overview),
        Endpoint::page(Method::GET, "/indberet/ny", Submit, reporting::start),
        Endpoint::page(Method::POST, "/indberet/ny", ReadOwnSubmissions, reporting::correct),
        Endpoint::page(Method::GET, "/indberet/ny/{draft}/{step}", Submit, reporting::show_step),
        Endpoint::page(Method::POST, "/indberet/ny/{draft}/{step}", Draft, reporting::advance),
        Endpoint::page(Method::GET, "/indberet/{id}", ReadOwnSubmissions, reporting::show),
        Endpoint::page(
            Method::GET,
            "/indberet/{id}/kvittering.pdf",
            ReadReceipt,
            reporting::as_pdf,
        ),
        Endpoint::page(
            Method::GET,
            "/indberet/{id}/kvittering.json",
            ReadReceipt,
            reporting::as_json,
        ),
        Endpoint::page(Method::POST, "/indberet/{id}/svar", Answer, reporting::answer),
        Endpoint::page(Method::GET, "/kommune", ReadInbox, inbox::list),
        Endpoint::page(Method::POST, "/kommune", ReadInbox, inbox::search),
        Endpoint::page(Method::POST, "/kommune/udtraek", ExportInbox, inbox::export),
        Endpoint::page(Method::GET, "/kommune/oversigt", ReadSettings, municipality::show),
        Endpoint::page(
            Method::POST,
            "/kommune/oversigt/kontakt",
            ChangeSettings,
            municipality::set_contact,
        ),
        Endpoint::page(
            Method::POST,
            "/kommune/oversigt/ping",
            ChangeSettings,
            municipality::register_ping,
        ),
        Endpoint::page(
            Method::POST,
            "/kommune/oversigt/ping/fjern",
            ChangeSettings,
            municipality::remove_ping,
        ),
        Endpoint::page(
            Method::POST,
            "/kommune/oversigt/ping/proev",
            ChangeSettings,
            municipality::test_ping,
        ),
        Endpoint::page(
            Method::POST,
            "/kommune/oversigt/ping/{id}/igen",
            ChangeSettings,
            municipality::ping_again,
        ),
        Endpoint::page(Method::GET, "/kommune/oversendt", ReadInbox, inbox::handed_on),
        Endpoint::page(Method::GET, "/kommune/{id}", ReadInbox, inbox::show),
        Endpoint::page(Method::GET, "/kl/holdte", ReadHeld, held::list),
        Endpoint::page(Method::POST, "/kl/holdte", AssignHeld, held::decide),
        Endpoint::page(Method::GET, "/kl/drift", ReadOperation, operation::show),
        Endpoint::page(Method::GET, "/kl/post", ReadGivenUpMail, post::list),
        Endpoint::page(Method::POST, "/kl/post", DecideGivenUpMail, post::decide),
        Endpoint::page(Method::POST, "/kommune/{id}/svar", Decide, inbox::decide),
        Endpoint::page(Method::POST, "/kommune/{id}/beregn", ReadInbox, inbox::what_if),
        Endpoint::page(Method::POST, "/kommune/{id}/oversend", Transfer, inbox::transfer),
        Endpoint::page(Method::GET, "/.well-known/security.txt", ReadPublic, security_txt::show),
        Endpoint::page(Method::GET, "/assets/{folder}/{*path}", ReadPublic, assets::serve).counted_as(Class::Free),
    ];
    pages.into()
}

/// What somebody sees who may not see the page: the login where that could help, else why not.
/// What a form brought is kept where its page shows whose it is.
pub async fn denied(app: &App, denial: Denial, request: Request) -> Response {
    if denial == Denial::Unauthenticated && request.method() == Method::GET {
        let asked = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("videre", &local(asked));
        return redirect(&format!("/log-ind?{}", query.finish()));
    }
    let session = request.extensions().get::<Session>().cloned();
    let mut response = match kept_form::denied(app, denial, request).await {
        Ok(Some(response)) => return response,
        Ok(None) => Problem::from(denial).into_response(),
        Err(problem) => problem.into_response(),
    };
    // The page says who is logged in and where to go instead.
    if let Some(session) = session {
        response.extensions_mut().insert(session);
    }
    response
}

/// Sends the browser on to a page of ours, and only there, to be fetched with GET.
fn redirect(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    response
        .headers_mut()
        .extend(HeaderValue::try_from(local(path)).ok().map(|path| (LOCATION, path)));
    response
}

/// A template as an answer.
struct Page<T>(T);

impl<T: askama::Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(text) => Html(text).into_response(),
            Err(error) => errors::undrawn(&error),
        }
    }
}
