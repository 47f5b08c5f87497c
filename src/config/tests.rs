use super::*;

fn load(text: &str) -> Result<Config, ConfigProblems> {
    Config::load(Some(("test.toml", text)), &Overrides::default())
}

fn keys(result: Result<Config, ConfigProblems>) -> Vec<String> {
    result
        .err()
        .map(|problems| problems.0.into_iter().map(|problem| problem.key).collect())
        .unwrap_or_default()
}

#[test]
fn the_defaults_are_a_working_configuration_on_loopback() {
    let config = Config::load(None, &Overrides::default()).unwrap();
    assert!(config.server.listen.ip().is_loopback());
    assert_eq!(config.outbox.retry.len(), 17);
}

#[test]
fn the_production_example_loads() {
    let config = load(include_str!("../../config/production.example.toml")).unwrap();
    assert!(!config.access.demo_login);
    assert!(config.database.url.is_some());
}

#[test]
fn every_problem_is_told_at_once_with_its_key() {
    let text = "[server]\nlisten = \"nowhere\"\nlisen = 1\n[feed]\nmax_limit = 0\n[mail]\ntransport = \"pigeon\"\n[outbox]\nretry_seconds = []\nlease_seconds = \"x\"";
    assert_eq!(
        keys(load(text)),
        [
            "outbox.lease_seconds",
            "server.lisen",
            "server.listen",
            "mail.transport",
            "outbox.retry_seconds",
            "feed.max_limit"
        ]
        .map(str::to_owned)
    );
}

#[test]
fn variables_win_over_the_file_and_are_checked_alike() {
    let overrides = Overrides {
        variables: vec![
            ("FLEKSPORT__SERVER__LISTEN".into(), "127.0.0.1:0".into()),
            ("FLEKSPORT__OUTBOX__RETRY_SECONDS".into(), "1, 2".into()),
            (
                "FLEKSPORT__SERVER__TRUSTED_PROXIES".into(),
                "10.1.0.7, 2001:db8::/32".into(),
            ),
        ],
        ..Overrides::default()
    };
    let config = Config::load(Some(("a.toml", "[server]\nlisten = \"127.0.0.1:1\"")), &overrides).unwrap();
    assert_eq!(config.server.listen.port(), 0);
    assert_eq!(config.outbox.retry.len(), 2);
    let proxies: Vec<_> = config.server.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.1.0.7/32", "2001:db8::/32"]);

    for (name, text, key) in [
        ("FLEKSPORT__SERVER__LISTNE", "x", "server.listne"),
        (
            "FLEKSPORT__SERVER__TRUSTED_PROXIES",
            "10.1.0.7, proxy",
            "server.trusted_proxies",
        ),
        ("FLEKSPORT__OUTBOX__RETRY_SECONDS", "1, soon", "outbox.retry_seconds"),
        ("FLEKSPORT__OUTBOX__RETRY_SECONDS", "", "outbox.retry_seconds"),
    ] {
        let wrong = Overrides {
            variables: vec![(name.into(), text.into())],
            ..Overrides::default()
        };
        assert_eq!(keys(Config::load(None, &wrong)), [key]);
    }
}

#[test]
fn what_is_only_safe_on_loopback_refuses_another_address() {
    let overrides = Overrides {
        listen: "0.0.0.0:80".parse().ok(),
        ..Overrides::default()
    };
    assert_eq!(
        keys(Config::load(None, &overrides)),
        [
            "server.public_url",
            "site",
            "site.accessibility_statement_url",
            "mail.transport"
        ]
    );
}

/// Settings that are safe everywhere.
const SAFE: &str = "[mail]\ntransport = \"off\"\n[site]\ncontact_email = \"drift@fleksport.example\"\ncontact_phone = \"+45 12 34 56 78\"\n\
    accessibility_statement_url = \"https://was.digst.dk/fleksport-example\"\n";

#[test]
fn a_public_url_elsewhere_counts_like_an_address_elsewhere() {
    let behind_a_proxy = |url: &str| format!("[server]\npublic_url = \"{url}\"\n");
    let unsafe_settings = format!(
        "{}[access]\ndemo_login = true\n[ping]\nallow_loopback = true\n[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"relay\"\nsecurity = \"none\"",
        behind_a_proxy("http://fleksport.example")
    );
    let problems = load(&unsafe_settings).unwrap_err();
    assert_eq!(
        keys(Err(problems.clone())),
        [
            "server.public_url",
            "access.demo_login",
            "ping.allow_loopback",
            "site",
            "site.accessibility_statement_url",
            "mail.smtp.security"
        ]
    );
    assert!(
        problems
            .to_string()
            .contains("because server.public_url names fleksport.example"),
        "{problems}"
    );

    let safe = |url: &str| load(&format!("{}{SAFE}", behind_a_proxy(url)));
    let config = safe("https://fleksport.example/").unwrap();
    assert!(!config.exposure().is_loopback() && !config.has_login());
    assert_eq!(keys(safe("http://fleksport.example")), ["server.public_url"]);
    assert_eq!(keys(safe("https://user@fleksport.example")), ["server.public_url"]);
    assert!(
        load(&behind_a_proxy("http://localhost:8080"))
            .unwrap()
            .exposure()
            .is_loopback()
    );
}

#[test]
fn an_address_elsewhere_needs_a_public_url() {
    let listening = |url: &str| {
        load(&format!(
            "[server]\nlisten = \"0.0.0.0:80\"\npublic_url = \"{url}\"\n{SAFE}"
        ))
    };
    assert_eq!(keys(listening("")), ["server.public_url"]);
    assert_eq!(keys(listening("http://fleksport.example")), ["server.public_url"]);
    assert_eq!(keys(listening("http://localhost")), ["server.public_url"]);
    assert!(listening("https://fleksport.example").is_ok());
}

#[test]
fn the_demo_login_is_there_only_when_asked_for() {
    assert!(!load("").unwrap().has_login());
    assert!(load("[access]\ndemo_login = true").unwrap().has_login());
    let asked = Overrides {
        demo: true,
        ..Overrides::default()
    };
    assert!(Config::load(None, &asked).unwrap().has_login());
}

#[test]
fn a_filter_of_the_log_that_cannot_be_read_is_refused() {
    for filter in ["infoo", "fleksport=loud", ""] {
        assert_eq!(keys(load(&format!("[log]\nfilter = \"{filter}\""))), ["log.filter"]);
    }
}

#[test]
fn pings_to_this_machine_are_refused_off_loopback() {
    let settings = "[ping]\nallow_loopback = true";
    assert!(load(settings).unwrap().ping.allow_loopback);
    let elsewhere = format!("[server]\nlisten = \"0.0.0.0:80\"\n{settings}");
    assert!(keys(load(&elsewhere)).contains(&"ping.allow_loopback".to_owned()));
    assert!(!load("").unwrap().ping.allow_loopback);
}

#[test]
fn a_database_elsewhere_is_refused_without_its_certificate() {
    let database = |url: &str| keys(load(&format!("[database]\nurl = \"{url}\"")));
    assert_eq!(database("postgres://u:hemmelig@database.internal/d"), ["database.url"]);
    assert!(database("postgres://u:hemmelig@database.internal/d?sslmode=verify-full").is_empty());
    assert!(database("postgres://u:hemmelig@127.0.0.1/d").is_empty());
}

#[test]
fn a_password_in_a_broken_file_is_not_repeated() {
    let problems = load("[mail.smtp]\npassword = \"hemmelig").unwrap_err().to_string();
    assert!(problems.contains("line 2"), "{problems}");
    assert!(!problems.contains("hemmelig"), "{problems}");
}

#[test]
fn secrets_do_not_print() {
    let config = load("[database]\nurl = \"postgres://u:hemmelig@h/d?sslmode=verify-full\"\n[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"h\"\nusername = \"u\"\npassword = \"hemmelig\"").unwrap();
    assert!(!format!("{config:?}").contains("hemmelig"));
}
