//! What changes when others can get here: cookies, headers, the login and where pages and mails lead.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use fleksport::store::Holder;
use reqwest::{Method, StatusCode, header};

use crate::{
    hardening::mail_of,
    pages_browser::Browser,
    process::{Place, fail},
    support::{CVR, EXPOSED, TestApp},
};

/// Pages that anybody can open.
const OPEN: [&str; 9] = [
    "/",
    "/was",
    "/privatliv",
    "/api",
    "/beregner",
    "/blanket",
    "/kvittering",
    "/log-ind",
    "/logget-af",
];

#[tokio::test]
async fn without_a_login_the_page_says_what_works_and_whom_to_ask() {
    for app in [TestApp::start_exposed().await, TestApp::start_without_login("").await] {
        for (query, words) in [
            ("", ["MitID Erhverv", "nøgle", "/beregner"]),
            ("?lang=en", ["MitID Erhverv", "with a key", "/beregner"]),
        ] {
            let seen = Browser::new(&app).get(&format!("/log-ind{query}")).await;
            assert_eq!(seen.status, StatusCode::OK);
            let contact = &app.running.app.config.site.contact_email;
            for word in words.into_iter().chain([contact.as_str()]) {
                assert!(seen.text.contains(word), "{word} is missing");
            }
            assert!(!seen.text.contains("action=\"/log-ind\""), "no form to log in with");
        }
        let mut browser = Browser::new(&app);
        let seen = browser.post("/log-ind", &[("role", "kl")]).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        assert_eq!(browser.cookie("session"), None);
        assert_eq!(
            browser.get("/kommune").await.header("location"),
            "/log-ind?videre=%2Fkommune"
        );
    }
}

/// The addresses on this site that a page links to.
fn links(text: &str) -> BTreeSet<String> {
    let parts = text.split(" href=\"/").skip(1).chain(text.split(" action=\"/").skip(1));
    parts
        .filter_map(|part| part.split(['"', '#']).next())
        .map(|path| format!("/{}", path.replace("&#38;", "&")))
        .collect()
}

#[tokio::test]
async fn without_a_login_no_page_sends_anybody_behind_it_or_to_nothing() {
    let app = TestApp::start_exposed().await;
    for page in OPEN.into_iter().chain(["/findes-ikke"]) {
        let mut browser = Browser::new(&app);
        for link in links(&browser.get(page).await.text) {
            let seen = browser.get(&link).await;
            // A page that is not there leads to itself in the other language.
            let is_itself = link.starts_with("/findes-ikke");
            // The accessibility statement stands with the agency.
            let leaves = link.starts_with("/was") && seen.status == StatusCode::TEMPORARY_REDIRECT;
            assert!(
                seen.status == StatusCode::OK || is_itself || leaves,
                "{link} on {page}: {}",
                seen.status
            );
        }
    }
}

#[tokio::test]
async fn a_mail_leads_behind_the_login_only_where_there_is_one() {
    for (app, leads, never) in [
        (TestApp::start().await, "/indberet/", "/log-ind"),
        (TestApp::start_without_login("").await, "/log-ind", "/indberet/"),
    ] {
        app.taken_in().await;
        let mail = mail_of(&app.running.app.mail_dir(), ".eml").await;
        assert!(mail.contains(leads) && !mail.contains(never), "{mail}");
    }
}

#[tokio::test]
async fn with_a_login_everything_leads_to_it() {
    let app = TestApp::start().await;
    let front = Browser::new(&app).get("/").await;
    for link in ["href=\"/indberet\"", "href=\"/kommune\"", "href=\"/log-ind\""] {
        assert!(front.text.contains(link), "{link}");
    }
}

#[tokio::test]
async fn a_request_from_elsewhere_gets_no_login_though_it_was_asked_for() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let token = browser.get("/log-ind").await.login_token();
    let cookie = format!("login={}", browser.cookie("login").unwrap());
    let form = format!("role=kl&login_token={token}");
    for (name, value, offered) in [
        ("x-requestid", "1", true),
        ("host", "localhost:1", true),
        ("host", "fleksport.example", false),
        ("host", "127.0.0.1.fleksport.example", false),
        ("x-forwarded-for", "203.0.113.9", false),
        ("x-forwarded-for", "127.0.0.1", false),
        ("x-forwarded-proto", "https", false),
        ("forwarded", "for=127.0.0.1", false),
        ("via", "1.1 proxy", false),
        ("x-real-ip", "203.0.113.9", false),
    ] {
        let ask = app.request(Method::GET, "/log-ind", "").header(name, value);
        let page = ask.send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "{name}: {value}");
        let text = page.text().await.unwrap();
        assert_eq!(text.contains("action=\"/log-ind\""), offered, "{name}: {value}");
        let send = app.request(Method::POST, "/log-ind", "").header(name, value);
        let send = send
            .header(header::COOKIE, &cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let status = send.body(form.clone()).send().await.unwrap().status();
        let wanted = if offered {
            StatusCode::SEE_OTHER
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(status, wanted, "{name}: {value}");
    }
}

#[test]
fn behind_a_proxy_the_demo_login_is_refused_at_the_start() {
    let place = Place::sqlite();
    let file = place.file("proxy.toml", EXPOSED);
    for (arguments, variable) in [
        (&["serve", "--demo", "--config", &file][..], None),
        (
            &["serve", "--config", &file],
            Some(("FLEKSPORT__ACCESS__DEMO_LOGIN", "true")),
        ),
    ] {
        let mut command = place.command(arguments);
        let said = fail({
            command.envs(variable);
            command
        });
        assert!(said.contains("access.demo_login"), "{said}");
    }
    let plain = EXPOSED.replace("https://", "http://");
    let file = place.file("plain.toml", &plain);
    let said = fail(place.command(&["serve", "--config", &file]));
    assert!(said.contains("server.public_url"), "{said}");
    assert!(!place.data().exists());
}

#[tokio::test]
async fn the_cookie_of_a_login_is_bound_to_the_host_and_to_encryption() {
    let app = TestApp::start_exposed().await;
    let day = Duration::from_secs(86_400);
    let holder = Holder::Employer(CVR.parse().unwrap());
    let begun = app.running.app.store.session_begin(holder, day, day).await.unwrap();
    let ask = |name: &str| {
        let cookie = format!("{name}={}", begun.token.expose());
        app.request(Method::GET, "/indberet", "")
            .header(header::COOKIE, cookie)
            .send()
    };
    assert_eq!(ask("__Host-session").await.unwrap().status(), StatusCode::OK);
    assert_eq!(ask("session").await.unwrap().status(), StatusCode::SEE_OTHER);

    let mut browser = Browser::new(&app);
    browser.set_cookie("__Host-session", begun.token.expose());
    let token = browser.get("/indberet").await.csrf();
    let seen = browser.post("/log-af", &[("csrf", &token)]).await;
    assert_eq!(
        seen.header("set-cookie"),
        "__Host-session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure"
    );
    let seen = browser.get("/?lang=en").await;
    assert!(seen.header("set-cookie").starts_with("lang=en;") && seen.header("set-cookie").ends_with("; Secure"));
    let at_home = TestApp::start().await;
    let seen = Browser::new(&at_home).get("/?lang=en").await;
    assert!(seen.header("set-cookie").starts_with("lang=en;") && !seen.header("set-cookie").contains("Secure"));
}

#[tokio::test]
async fn every_answer_asks_for_encryption_where_there_is_some() {
    let app = TestApp::start_exposed().await;
    for path in ["/", "/api/v1/forms", "/health/live", "/no-such-page", "/api/v1/nothing"] {
        let answer = app.request(Method::GET, path, "").send().await.unwrap();
        let asked = answer.headers()[header::STRICT_TRANSPORT_SECURITY].to_str().unwrap();
        assert!(asked.starts_with("max-age=31536000"), "{path}: {asked}");
    }
}

#[tokio::test]
async fn security_txt_tells_whom_to_tell() {
    let app = TestApp::start_exposed().await;
    let answer = app
        .request(Method::GET, "/.well-known/security.txt", "")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    assert_eq!(
        answer.text().await.unwrap(),
        "Contact: mailto:drift@fleksport.example\nExpires: 2027-05-22T00:00:00Z\nPreferred-Languages: da, en\n\
         Canonical: https://fleksport.example/.well-known/security.txt\n"
    );
}

/// Sends a request line as it stands, which no client library would.
fn raw(app: &TestApp, line: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(app.running.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = format!(
        "{line} HTTP/1.1\r\nHost: {}\r\n{headers}Connection: close\r\n\r\n",
        app.running.address
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The places where an answer leads, as they stand in it.
fn leads(answer: &str) -> Vec<String> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let headers = head.lines().filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        ["location", "link", "content-location", "refresh"]
            .contains(&name.to_lowercase().as_str())
            .then(|| value.to_owned())
    });
    let attributes = ["href=\"", "action=\"", "formaction=\"", "src=\"", "content=\""];
    let in_body = attributes
        .into_iter()
        .flat_map(|name| body.split(name).skip(1))
        .map(|rest| rest.split('"').next().unwrap().to_owned());
    headers.chain(in_body).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_makes_a_page_lead_to_another_site() {
    let app = TestApp::start().await;
    let session = Browser::employer(&app, CVR).await.cookie("session").unwrap().to_owned();
    let who = ["".to_owned(), format!("Cookie: session={session}\r\n")];
    let pages: Vec<_> = fleksport::http::endpoints()
        .into_iter()
        .map(|endpoint| endpoint.path.replace("{*path}", "x.css").replace(['{', '}'], ""))
        .collect();
    let before = [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%5Cevil.example",
        "///evil.example",
    ];
    let absolute = format!("http://{}", app.running.address);
    let mut asked = 0;
    for (path, method) in pages.iter().flat_map(|path| [(path, "GET"), (path, "POST")]) {
        for start in before
            .iter()
            .map(|start| (*start).to_owned())
            .chain([format!("{absolute}//evil.example")])
        {
            let videre = format!("{start}{path}?videre={start}{path}&lang=en");
            let own = format!("{path}?videre={start}&efter={start}&nummer={start}");
            for line in [format!("{start}{path}"), videre, own] {
                let headers = &who[asked % 2];
                let answer = raw(&app, &format!("{method} {line}"), headers);
                asked += 1;
                for lead in leads(&answer) {
                    let is_elsewhere = lead.starts_with("//") || lead.starts_with("/\\") || lead.starts_with('\\');
                    assert!(!is_elsewhere, "{method} {line} leads to {lead}");
                    assert!(!lead.starts_with("http://evil"), "{method} {line} leads to {lead}");
                }
            }
        }
    }
    assert!(asked > 500, "{asked}");
}
