//! The conversation with a relay, step by step: one limit around the whole of it, connections kept for the next mail, and every refusal
//! judged by the step at which it came.

use std::{
    error::Error as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
        response::Response,
    },
};
use tokio::time::{Instant, timeout};

use super::SendError;
use crate::config::{SmtpSecurity, SmtpSettings};

/// A connection on which nothing was sent for so long is closed: relays and firewalls forget one that is idle.
const KEPT: Duration = Duration::from_secs(30);
/// How long a goodbye may take; nobody waits for it.
const FAREWELL: Duration = Duration::from_secs(5);

/// Where a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Connect,
    Encrypt,
    Login,
    Sender,
    Recipient,
    Text,
}

/// What has happened in a conversation, for the person who tries one out. Never kept or logged: the relay may repeat the address.
#[derive(Default)]
pub(super) struct Trail(Mutex<Vec<String>>);

impl Trail {
    fn tell(&self, what: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(what.into());
    }

    pub fn told(self) -> Vec<String> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A relay, and the connections to it that are free.
#[derive(Clone)]
pub(super) struct Relay {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
    hello: ClientId,
    kept: Arc<Mutex<Vec<Kept>>>,
}

struct Kept {
    connection: AsyncSmtpConnection,
    used: Instant,
}

impl Relay {
    /// `authorities` are believed besides those of the web.
    pub fn new(settings: &SmtpSettings, authorities: Option<Certificate>) -> Result<Self, Error> {
        let tls = match settings.security {
            SmtpSecurity::None => None,
            SmtpSecurity::StartTls | SmtpSecurity::Tls => {
                let mut builder = TlsParameters::builder(settings.host.clone());
                if let Some(authorities) = authorities {
                    builder = builder.add_root_certificate(authorities);
                }
                Some(builder.build()?)
            }
        };
        Ok(Self {
            settings: settings.clone(),
            tls,
            hello: ClientId::default(),
            kept: Arc::default(),
        })
    }

    /// The longest that [`Relay::send`] takes.
    pub fn longest(&self) -> Duration {
        self.settings.timeout
    }

    /// Sends one mail and waits until the relay has taken it.
    pub async fn send(&self, from: &Address, to: &Address, text: &str, trail: &Trail) -> Result<(), SendError> {
        let talk = self.converse(from, to, text, trail);
        match timeout(self.settings.timeout, talk).await {
            Ok(done) => done,
            Err(_) => {
                trail.tell(format!("no answer within {} seconds", self.settings.timeout.as_secs()));
                Err(SendError::TimedOut)
            }
        }
    }

    async fn converse(&self, from: &Address, to: &Address, text: &str, trail: &Trail) -> Result<(), SendError> {
        let mut connection = self.begin(from, trail).await?;
        let done = deliver(&mut connection, to, text, trail).await;
        match done {
            Ok(()) => self.keep(connection),
            Err(_) if !connection.has_broken() => farewell(connection),
            Err(_) => {}
        }
        done
    }

    /// A connection on which the relay has taken the sender. A kept one that it no longer wants, or has forgotten, is nobody's fault.
    async fn begin(&self, from: &Address, trail: &Trail) -> Result<AsyncSmtpConnection, SendError> {
        if let Some(mut connection) = self.take_kept() {
            let begun = timeout(self.settings.timeout / 3, sender(&mut connection, from)).await;
            if matches!(begun, Ok(Ok(_))) {
                return Ok(connection);
            }
        }
        let mut connection = self.connect(trail).await?;
        let taken = sender(&mut connection, from).await;
        hear(Step::Sender, taken, trail, "the sender was taken")?;
        Ok(connection)
    }

    async fn connect(&self, trail: &Trail) -> Result<AsyncSmtpConnection, SendError> {
        let SmtpSettings { host, port, .. } = &self.settings;
        let from_first_byte = (self.settings.security == SmtpSecurity::Tls)
            .then(|| self.tls.clone())
            .flatten();
        let address = (host.as_str(), *port);
        let opened = AsyncSmtpConnection::connect_tokio1(
            address,
            Some(self.settings.timeout),
            &self.hello,
            from_first_byte,
            None,
        )
        .await;
        let connected = format!("connected to {host}, port {port}");
        let mut connection = hear(Step::Connect, opened, trail, &connected)?;
        if let (SmtpSecurity::StartTls, Some(tls)) = (self.settings.security, &self.tls) {
            if !connection.can_starttls() {
                trail.tell("the relay does not offer STARTTLS");
                farewell(connection);
                return Err(SendError::Encryption);
            }
            let encrypted = connection.starttls(tls.clone(), &self.hello).await;
            hear(
                Step::Encrypt,
                encrypted,
                trail,
                "encrypted, and the certificate is believed",
            )?;
        }
        if let Some((user, password)) = &self.settings.login {
            let credentials = Credentials::new(user.clone(), password.expose().clone());
            let logged_in = connection.auth(DEFAULT_MECHANISMS, &credentials).await;
            hear(Step::Login, logged_in, trail, "logged in")?;
        }
        Ok(connection)
    }

    /// The one that was used last.
    fn take_kept(&self) -> Option<AsyncSmtpConnection> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let last = kept.pop()?;
        (last.used.elapsed() < KEPT).then_some(last.connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let used = Instant::now();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(Kept { connection, used });
    }

    /// Closes connections that were not used for a while; all of them when the service stops.
    pub fn tidy(&self, all: bool) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (stay, go) = kept.drain(..).partition(|kept| !all && kept.used.elapsed() < KEPT);
        *kept = stay;
        for Kept { connection, .. } in go {
            farewell(connection);
        }
    }
}

async fn sender(connection: &mut AsyncSmtpConnection, from: &Address) -> Result<Response, Error> {
    connection.command(Mail::new(Some(from.clone()), Vec::new())).await
}

async fn deliver(
    connection: &mut AsyncSmtpConnection,
    to: &Address,
    text: &str,
    trail: &Trail,
) -> Result<(), SendError> {
    let taken = connection.command(Rcpt::new(to.clone(), Vec::new())).await;
    hear(Step::Recipient, taken, trail, "the receiver was taken")?;
    let asked = connection.command(Data).await;
    hear(Step::Text, asked, trail, "the relay asks for the text")?;
    let taken = connection.command(on_the_line(text)).await;
    let words = taken
        .as_ref()
        .ok()
        .and_then(Response::first_line)
        .unwrap_or_default()
        .to_owned();
    hear(
        Step::Text,
        taken,
        trail,
        &format!("the relay has taken the mail: {words}"),
    )
    .map(drop)
}

/// The text as it is sent after DATA, its end included: RFC 5321, section 4.5.2, doubles a full stop that begins a line. In one piece: lettre
/// writes text and end one after the other, and between two small writes the machines wait for each other for 40 milliseconds.
fn on_the_line(text: &str) -> String {
    let mut sent = text.replace("\r\n.", "\r\n..");
    if sent.starts_with('.') {
        sent.insert(0, '.');
    }
    if !sent.ends_with("\r\n") {
        sent.push_str("\r\n");
    }
    sent.push_str(".\r\n");
    sent
}

/// A goodbye that nobody waits for.
fn farewell(mut connection: AsyncSmtpConnection) {
    tokio::spawn(async move {
        // Whether the relay says goodbye too is nothing to anybody.
        let _ = timeout(FAREWELL, connection.quit()).await;
    });
}

fn hear<T>(step: Step, answer: Result<T, Error>, trail: &Trail, good: &str) -> Result<T, SendError> {
    match answer {
        Ok(answer) => {
            trail.tell(good);
            Ok(answer)
        }
        Err(error) => {
            trail.tell(format!("the relay or the line: {error}"));
            Err(judge(step, &error))
        }
    }
}

/// Whose fault it is. What is refused before the receiver was named is the service's or the relay's, and so is what has to do with
/// rights (530, 535, 554, and 5.7 of RFC 3463: such as "relaying denied").
fn judge(step: Step, error: &Error) -> SendError {
    let Some(code) = error.status() else {
        return judge_line(step, error);
    };
    let reply = u16::from(code);
    if error.is_transient() {
        return SendError::RefusedForNow(reply);
    }
    match (step, reply) {
        (Step::Login, _) | (_, 530 | 535) => SendError::Login(Some(reply)),
        (Step::Connect | Step::Encrypt | Step::Sender, _) => SendError::Relay(reply),
        (Step::Recipient, 554) => SendError::Relay(reply),
        (Step::Recipient, _) if is_about_rights(error) => SendError::Relay(reply),
        (Step::Recipient, _) => SendError::Recipient(reply),
        (Step::Text, _) => SendError::Refused(reply),
    }
}

fn is_about_rights(error: &Error) -> bool {
    error
        .source()
        .is_some_and(|words| words.to_string().starts_with("5.7."))
}

/// What went wrong on the line itself.
fn judge_line(step: Step, error: &Error) -> SendError {
    match tls_fault(error) {
        Some(rustls::Error::InvalidCertificate(_)) => return SendError::Certificate,
        Some(_) => return SendError::Encryption,
        None => {}
    }
    if step == Step::Login && error.is_client() {
        SendError::Login(None)
    } else if error.is_tls() || error.is_client() {
        SendError::Encryption
    } else {
        SendError::Unreachable
    }
}

/// The fault of the encryption, wrapped however often.
fn tls_fault(error: &Error) -> Option<&rustls::Error> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(fault) = error.downcast_ref() {
            return Some(fault);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(fault) = inner.and_then(|inner| inner.downcast_ref()) {
            return Some(fault);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_begins_with_a_full_stop_does_not_end_the_mail() {
        let cases = [
            ("a\r\n", "a\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            (".a\r\n.\r\nb\r\n", "..a\r\n..\r\nb\r\n.\r\n"),
        ];
        for (text, sent) in cases {
            assert_eq!(on_the_line(text), sent, "{text:?}");
        }
    }
}
