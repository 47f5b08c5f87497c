//! What an operator does about mail on the command line, with the real program and a real relay: what was given up is shown, sent again or
//! dismissed; a mail is tried out; a relay's certificate that is not believed is told as that.

use std::{path::Path, process::Output, time::Duration};

use crate::{
    mail::{Smtp, files, free_port},
    process::{Place, fail, submission, succeed},
    pull_faults::{certificates, sign},
};

const ADDRESS: &str = "drift@authority.example";

/// Settings for a relay.
fn relay(host: &str, port: u16, security: &str) -> Vec<(&'static str, String)> {
    vec![
        ("FLEKSPORT__MAIL__TRANSPORT", "smtp".to_owned()),
        ("FLEKSPORT__MAIL__SMTP__HOST", host.to_owned()),
        ("FLEKSPORT__MAIL__SMTP__PORT", port.to_string()),
        ("FLEKSPORT__MAIL__SMTP__SECURITY", security.to_owned()),
        ("FLEKSPORT__MAIL__SMTP__TIMEOUT_SECONDS", "5".to_owned()),
        ("FLEKSPORT__OUTBOX__RETRY_SECONDS", "1".to_owned()),
        ("FLEKSPORT__OUTBOX__POLL_MILLISECONDS", "100".to_owned()),
    ]
}

fn serve(place: &Place, settings: &[(&str, String)]) -> crate::process::Process {
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    place.serve_with(&settings, std::process::Stdio::null())
}

fn send(place: &Place, municipality: &str) {
    let file = place.file("a.json", &submission(&[municipality]).to_string());
    succeed(place.command(&["submit", &file]));
}

fn list(place: &Place) -> Vec<String> {
    let said = succeed(place.command(&["mail", "list"]));
    assert!(
        !said.contains('@'),
        "whom a mail goes to is nobody's business here: {said}"
    );
    said.lines().map(str::to_owned).collect()
}

/// The list of what was given up, once it has so many lines.
fn given_up(place: &Place, count: usize) -> Vec<String> {
    let is_all = |lines: &Vec<String>| lines.len() == count && lines.iter().all(|line| line.contains("given up 2"));
    until(|| Some(list(place)).filter(is_all))
}

fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..200 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("it did not come to be within 20 seconds");
}

fn id(line: &str) -> &str {
    line.split_whitespace().next().unwrap()
}

/// `fleksport doctor --mail-to`: its line about the test mail, and the exit code.
fn try_out(place: &Place, settings: &[(&str, String)]) -> (String, Option<i32>) {
    let mut command = place.command(&["doctor", "--mail-to", ADDRESS]);
    command.envs(settings.iter().map(|(name, value)| (*name, value.as_str())));
    let Output { status, stdout, .. } = command.output().unwrap();
    let said = String::from_utf8(stdout).unwrap();
    let line = said.lines().find(|line| line.contains("test mail: "));
    (line.unwrap_or(&said).to_owned(), status.code())
}

#[test]
fn what_was_given_up_is_shown_dismissed_and_sent_again() {
    let place = Place::sqlite();
    let port = free_port();
    let folder = tempfile::tempdir().unwrap();
    let refusing = Smtp::start(port, folder.path(), "no-such-receiver");
    let node = serve(&place, &relay("127.0.0.1", port, "none"));
    assert_eq!(list(&place), ["No mail is given up."]);
    send(&place, "0101");
    send(&place, "0147");
    let mails = given_up(&place, 2);
    assert!(mails.iter().all(|line| line.contains("recipient 550")), "{mails:?}");
    drop(refusing);

    for action in ["again", "dismiss"] {
        let neither = place.command(&["mail", action]).output().unwrap();
        assert_eq!(neither.status.code(), Some(2), "which ones must be said");
        let both = place
            .command(&["mail", action, "--all", id(&mails[0])])
            .output()
            .unwrap();
        assert_eq!(both.status.code(), Some(2));
        let nonsense = place.command(&["mail", action, "nonsense"]).output().unwrap();
        assert_eq!(nonsense.status.code(), Some(2));
    }
    let said = succeed(place.command(&["mail", "dismiss", id(&mails[0])]));
    assert_eq!(said, "1 dismissed.\n");
    assert_eq!(list(&place), [mails[1].clone()], "the other stays");
    let said = fail(place.command(&["mail", "dismiss", id(&mails[1]), id(&mails[0])]));
    assert!(said.contains("Nothing was done"), "{said}");
    assert_eq!(list(&place), [mails[1].clone()]);

    let _accepting = Smtp::start(port, folder.path(), "accept");
    let said = succeed(place.command(&["mail", "again", id(&mails[1])]));
    assert!(said.starts_with("1 sent again"), "{said}");
    until(|| (files(folder.path(), ".eml").len() == 1).then_some(()));
    until(|| (list(&place) == ["No mail is given up."]).then_some(()));
    assert!(succeed(place.command(&["mail", "again", "--all"])).starts_with("0 sent again"));
    node.stop();
    assert_eq!(
        files(folder.path(), ".eml").len(),
        1,
        "what was dismissed is never sent"
    );
}

#[test]
fn a_mail_is_tried_out_and_every_step_is_told() {
    let place = Place::sqlite();
    succeed(place.command(&["init"]));
    let port = free_port();
    let folder = tempfile::tempdir().unwrap();
    let settings = relay("127.0.0.1", port, "none");

    let (line, code) = try_out(&place, &settings);
    assert!(line.starts_with("look at") && line.contains("(unreachable)"), "{line}");
    assert_eq!(code, Some(1));

    let accepting = Smtp::start(port, folder.path(), "accept");
    let (line, _) = try_out(&place, &settings);
    assert!(
        line.starts_with("ok") && line.contains("connected to 127.0.0.1"),
        "{line}"
    );
    assert!(line.contains("the relay has taken the mail"), "{line}");
    let mails = files(folder.path(), ".eml");
    assert!(
        mails.len() == 1 && mails[0].contains(&format!("To: {ADDRESS}")),
        "{mails:?}"
    );
    drop(accepting);

    let refusing = Smtp::start(port, folder.path(), "no-such-receiver");
    let (line, code) = try_out(&place, &settings);
    assert!(
        line.contains("(recipient)") && line.contains("5.1.1 No such receiver"),
        "{line}"
    );
    assert_eq!(code, Some(1));
    drop(refusing);
    assert_eq!(list(&place), ["No mail is given up."], "a try is nobody's mail");

    let off = [("FLEKSPORT__MAIL__TRANSPORT", "off".to_owned())];
    let (line, code) = try_out(&place, &off);
    assert!(line.contains("mail.transport is \"off\""), "{line}");
    assert_eq!(code, Some(1));
    let (line, _) = try_out(&place, &[]);
    assert!(line.starts_with("ok") && line.contains("\"files\""), "{line}");
    let wrong = place
        .command(&["doctor", "--mail-to", "a..b@authority.example"])
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

/// A folder with an authority of one's own, a certificate of it for this machine, and one that has run out.
fn authority() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    sign(folder.path(), "expired.pem", 0);
    folder
}

fn starttls(port: u16, mails: &Path, authority: &Path, certificate: &str) -> Smtp {
    let (certificate, key) = (authority.join(certificate), authority.join("server.key"));
    Smtp::start_with(port, mails, "accept", &[&certificate, &key])
}

#[test]
fn a_relay_of_an_own_authority_is_believed_when_that_is_said_and_else_told_as_that() {
    let place = Place::sqlite();
    succeed(place.command(&["init"]));
    let (authority, mails, port) = (authority(), tempfile::tempdir().unwrap(), free_port());
    let named = |host, file: &str| {
        let mut settings = relay(host, port, "starttls");
        let path = authority.path().join(file).to_str().unwrap().to_owned();
        settings.push(("FLEKSPORT__MAIL__SMTP__CA_FILE", path));
        settings
    };
    let good = starttls(port, mails.path(), authority.path(), "server.pem");
    let unknown = try_out(&place, &relay("localhost", port, "starttls"));
    let other_name = try_out(&place, &named("127.0.0.1", "ca.pem"));
    let believed = try_out(&place, &named("localhost", "ca.pem"));
    let unfit = try_out(&place, &named("localhost", "server.key"));
    let missing = try_out(&place, &named("localhost", "not-there.pem"));
    drop(good);
    let _expired = starttls(port, mails.path(), authority.path(), "expired.pem");
    // It runs out in the second in which it was made.
    std::thread::sleep(Duration::from_secs(2));
    let expired = try_out(&place, &named("localhost", "ca.pem"));

    for (what, (line, code)) in [("unknown", unknown), ("other name", other_name), ("expired", expired)] {
        assert!(
            line.contains("(certificate)") && line.contains("mail.smtp.ca_file"),
            "{what}: {line}"
        );
        assert_eq!(code, Some(1), "{what}");
    }
    assert!(
        believed.0.contains("encrypted, and the certificate is believed"),
        "{}",
        believed.0
    );
    assert!(unfit.0.contains("holds no certificates in PEM"), "{}", unfit.0);
    assert!(missing.0.contains("can't be read"), "{}", missing.0);
    assert_eq!(files(mails.path(), ".eml").len(), 1, "only over the believed one");
}

#[test]
fn a_running_service_keeps_mail_from_a_relay_that_it_does_not_believe_and_says_why() {
    let place = Place::sqlite();
    let (authority, mails, port) = (authority(), tempfile::tempdir().unwrap(), free_port());
    let _relay = starttls(port, mails.path(), authority.path(), "server.pem");
    let node = serve(&place, &relay("localhost", port, "starttls"));
    send(&place, "0101");
    let lines = given_up(&place, 1);
    assert!(lines[0].contains("certificate"), "{lines:?}");
    let said = place.command(&["doctor"]).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(
        said.contains("look at  outgoing mail") && said.contains("the last with certificate"),
        "{said}"
    );
    node.stop();
    assert!(files(mails.path(), ".eml").is_empty());

    let mut settings = relay("localhost", port, "starttls");
    let path = authority.path().join("ca.pem").to_str().unwrap().to_owned();
    settings.push(("FLEKSPORT__MAIL__SMTP__CA_FILE", path));
    let node = serve(&place, &settings);
    succeed(place.command(&["mail", "again", "--all"]));
    until(|| (files(mails.path(), ".eml").len() == 1).then_some(()));
    node.stop();
}
