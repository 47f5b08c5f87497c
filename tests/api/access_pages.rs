//! Every page with every role, on what is its own and another's. Compared with the router's table both ways, like the machine
//! interface in `access_matrix`.

use std::{collections::BTreeSet, time::Duration};

use fleksport::{
    http::{self, Surface},
    store::Holder,
};
use reqwest::{Response, StatusCode, header};

use crate::support::{CVR, OTHER_CVR, TestApp};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Everybody,
    Employers,
    Municipalities,
    /// KL and the operator.
    Staff,
}

use Who::{Employers, Everybody, Municipalities, Staff};

/// Method, path, who, and how many entries one good look leaves in the audit.
const LISTED: &[(&str, &str, Who, i64)] = &[
    ("GET", "/", Everybody, 0),
    ("GET", "/was", Everybody, 0),
    ("GET", "/privatliv", Everybody, 0),
    ("GET", "/api", Everybody, 0),
    ("GET", "/vejledning/{name}", Everybody, 0),
    ("GET", "/beregner", Everybody, 0),
    ("GET", "/blanket", Everybody, 0),
    ("GET", "/blanket/{version}", Everybody, 0),
    ("GET", "/kvittering", Everybody, 0),
    ("GET", "/log-ind", Everybody, 0),
    ("POST", "/log-ind", Everybody, 0),
    ("POST", "/log-af", Everybody, 0),
    ("GET", "/logget-af", Everybody, 0),
    ("GET", "/indberet", Employers, 1),
    ("GET", "/indberet/ny", Employers, 0),
    ("POST", "/indberet/ny", Employers, 0),
    ("GET", "/indberet/ny/{draft}/{step}", Employers, 0),
    ("POST", "/indberet/ny/{draft}/{step}", Employers, 0),
    ("GET", "/indberet/{id}", Employers, 1),
    ("GET", "/indberet/{id}/kvittering.pdf", Employers, 1),
    ("GET", "/indberet/{id}/kvittering.json", Employers, 1),
    ("POST", "/indberet/{id}/svar", Employers, 0),
    ("GET", "/kommune", Municipalities, 1),
    ("POST", "/kommune", Municipalities, 0),
    ("POST", "/kommune/udtraek", Municipalities, 0),
    ("GET", "/kommune/oversigt", Municipalities, 0),
    ("POST", "/kommune/oversigt/kontakt", Municipalities, 0),
    ("POST", "/kommune/oversigt/ping", Municipalities, 0),
    ("POST", "/kommune/oversigt/ping/fjern", Municipalities, 0),
    ("POST", "/kommune/oversigt/ping/proev", Municipalities, 0),
    ("POST", "/kommune/oversigt/ping/{id}/igen", Municipalities, 0),
    ("GET", "/kommune/oversendt", Municipalities, 1),
    ("GET", "/kommune/{id}", Municipalities, 1),
    ("GET", "/kl/holdte", Staff, 1),
    ("POST", "/kl/holdte", Staff, 0),
    ("GET", "/kl/drift", Staff, 0),
    ("GET", "/kl/post", Staff, 0),
    ("POST", "/kl/post", Staff, 0),
    ("POST", "/kommune/{id}/svar", Municipalities, 0),
    ("POST", "/kommune/{id}/beregn", Municipalities, 0),
    ("POST", "/kommune/{id}/oversend", Municipalities, 0),
    ("GET", "/.well-known/security.txt", Everybody, 0),
    ("GET", "/assets/{folder}/{*path}", Everybody, 0),
];

/// Who looks, and as whom they are logged in.
fn visitors() -> [(&'static str, Option<Holder>); 7] {
    let employer = |cvr: &str| Some(Holder::Employer(cvr.parse().unwrap()));
    let municipality = |code: &str| Some(Holder::Municipality(code.parse().unwrap()));
    [
        ("visitor", None),
        ("employer", employer(CVR)),
        ("other employer", employer(OTHER_CVR)),
        ("municipality", municipality("0101")),
        ("other municipality", municipality("0147")),
        ("kl", Some(Holder::Kl)),
        ("operator", Some(Holder::Operator)),
    ]
}

async fn look(app: &TestApp, method: &str, path: &str, holder: Option<Holder>) -> Response {
    let request = app.request(method.parse().unwrap(), path, "");
    let Some(holder) = holder else {
        return request.send().await.unwrap();
    };
    let day = Duration::from_secs(86_400);
    let store = &app.running.app.store;
    let begun = store.session_begin(holder, day, day).await.unwrap();
    let request = request.header(header::COOKIE, format!("session={}", begun.token.expose()));
    if method == "GET" {
        return request.send().await.unwrap();
    }
    // A form of ours with nothing filled in: so what is asked of the page is whose it is, before what is missing.
    let session = store
        .session_find(begun.token.expose(), app.running.app.clock.now())
        .await
        .unwrap()
        .unwrap();
    let form = [("csrf", session.csrf.expose().as_str())];
    request.form(&form).send().await.unwrap()
}

async fn audit_entries(app: &TestApp) -> i64 {
    app.running.app.store.audit_verify().await.unwrap().entries
}

/// The address on something that the employer has sent and Copenhagen has.
async fn address(app: &TestApp, path: &str) -> String {
    let answer = app.taken_in().await;
    let report = answer["reports"][0]["report_id"].as_str().unwrap();
    let submission = answer["submission_id"].as_str().unwrap();
    let id = if path.starts_with("/kommune") {
        report
    } else {
        submission
    };
    path.replace("{id}", id)
        .replace("{draft}", "00112233445566778899aabbccddeeff")
        .replace("{step}", "kind")
        .replace("{version}", "1.0")
        .replace("{name}", "pulling")
        .replace("{folder}", "css")
        .replace("{*path}", "none.css")
}

/// What is wrong with an answer, if anything.
fn fault(method: &str, path: &str, who: Who, name: &str, response: &Response) -> Option<String> {
    let status = response.status();
    let allowed = match who {
        Everybody => true,
        Employers => name.ends_with("employer"),
        Municipalities => name.ends_with("municipality"),
        Staff => ["kl", "operator"].contains(&name),
    };
    let foreign = name.starts_with("other") && path.contains("{id}");
    let fits = match (who, name) {
        // A login that did not come from our form is refused to everybody alike: `pages_login` has the rest.
        (Everybody, _) if (method, path) == ("POST", "/log-ind") => status == StatusCode::FORBIDDEN,
        // A form that was filled in with nothing, or an asset that is not there, is not a question of access.
        (Everybody, _) => {
            ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status) && !status.is_server_error()
        }
        (_, "visitor") if method == "GET" => {
            let to = response
                .headers()
                .get(header::LOCATION)
                .map_or("", |to| to.to_str().unwrap());
            status == StatusCode::SEE_OTHER && to.starts_with("/log-ind?")
        }
        (_, "visitor") => status == StatusCode::UNAUTHORIZED,
        _ if !allowed => status == StatusCode::FORBIDDEN,
        _ if foreign => status == StatusCode::NOT_FOUND,
        // A new report leads to its first page.
        _ if (method, path) == ("GET", "/indberet/ny") => status == StatusCode::SEE_OTHER,
        _ if method == "GET" => status.is_success(),
        _ => !status.is_server_error(),
    };
    (!fits).then(|| format!("{method} {path} as {name}: {status}"))
}

#[test]
fn every_page_is_listed_here_and_every_one_listed_is_there() {
    let pages = http::endpoints()
        .into_iter()
        .filter(|endpoint| endpoint.surface == Surface::Page);
    let there: BTreeSet<_> = pages
        .map(|endpoint| (endpoint.method.to_string(), endpoint.path.to_owned()))
        .collect();
    let listed: BTreeSet<_> = LISTED
        .iter()
        .map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(there, listed);
    assert_eq!(listed.len(), LISTED.len(), "a page is listed twice");
}

#[tokio::test]
async fn every_page_opens_to_whom_the_list_says_and_writes_down_who_saw_what() {
    let app = TestApp::start().await;
    let mut wrong = Vec::new();
    for (method, path, who, uses) in LISTED {
        for (name, holder) in visitors() {
            let address = address(&app, path).await;
            let logged_in = i64::from(holder.is_some());
            let before = audit_entries(&app).await;
            let response = look(&app, method, &address, holder).await;
            wrong.extend(fault(method, path, *who, name, &response));
            // The login of this look is an entry of its own.
            let left = audit_entries(&app).await - before - logged_in;
            if *method == "GET" && response.status().is_success() && left != *uses {
                wrong.push(format!("{method} {path} as {name}: {left} audit entries, not {uses}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_key_of_the_machine_interface_opens_no_page() {
    let app = TestApp::start().await;
    let response = app
        .request(reqwest::Method::GET, "/indberet", &app.employer)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
}
