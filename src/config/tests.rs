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
        ],
        ..Overrides::default()
    };
    let config = Config::load(Some(("a.toml", "[server]\nlisten = \"127.0.0.1:1\"")), &overrides).unwrap();
    assert_eq!(config.server.listen.port(), 0);
    assert_eq!(config.outbox.retry.len(), 2);

    let wrong = Overrides {
        variables: vec![("FLEKSPORT__SERVER__LISTNE".into(), "x".into())],
        ..Overrides::default()
    };
    assert_eq!(keys(Config::load(None, &wrong)), ["server.listne"]);
}

#[test]
fn what_is_only_safe_on_loopback_refuses_another_address() {
    let overrides = Overrides {
        listen: "0.0.0.0:80".parse().ok(),
        ..Overrides::default()
    };
    assert_eq!(keys(Config::load(None, &overrides)), ["site", "mail.transport"]);
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
fn a_password_in_a_broken_file_is_not_repeated() {
    let problems = load("[mail.smtp]\npassword = \"hemmelig").unwrap_err().to_string();
    assert!(problems.contains("line 2"), "{problems}");
    assert!(!problems.contains("hemmelig"), "{problems}");
}

#[test]
fn secrets_do_not_print() {
    let config = load("[database]\nurl = \"postgres://u:hemmelig@h/d\"\n[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"h\"\nusername = \"u\"\npassword = \"hemmelig\"").unwrap();
    assert!(!format!("{config:?}").contains("hemmelig"));
}
