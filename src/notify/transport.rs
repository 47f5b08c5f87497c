//! How a mail leaves: as a file, over SMTP, or not at all.

use std::{path::Path, time::Duration};

use lettre::{
    Address, AsyncFileTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::client::Certificate,
};

use super::{
    Mail, SendError,
    smtp::{Relay, Trail},
};
use crate::{
    config::{MailSettings, MailTransport, SmtpSettings},
    value::Email,
};

/// A way out for mail.
#[derive(Clone)]
pub struct Transport {
    way: Way,
    from: Mailbox,
}

#[derive(Clone)]
enum Way {
    Files(AsyncFileTransport<Tokio1Executor>),
    Smtp(Box<Relay>),
    Off,
}

/// The settings do not make a way out.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    #[error("the sender's address can't be used")]
    From(#[source] lettre::address::AddressError),
    #[error("the mail folder can't be made")]
    Folder(#[source] std::io::Error),
    #[error("the relay's name can't be used for encryption")]
    Relay(#[source] lettre::transport::smtp::Error),
    #[error("the file mail.smtp.ca_file can't be read")]
    AuthorityFile(#[source] std::io::Error),
    #[error("the file mail.smtp.ca_file holds no certificates in PEM")]
    Authority,
}

/// What came of trying one mail out.
#[derive(Debug)]
pub struct TriedOut {
    /// Step by step, in the relay's own words where it said something. May repeat the address: for the person who tries, for no log.
    pub steps: Vec<String>,
    pub result: Result<(), SendError>,
}

impl Transport {
    /// The way out that the settings ask for. `mail_dir` is used for mail as files and made when missing.
    pub fn new(settings: &MailSettings, mail_dir: &Path) -> Result<Self, TransportError> {
        let way = match &settings.transport {
            MailTransport::Files => {
                std::fs::create_dir_all(mail_dir).map_err(TransportError::Folder)?;
                Way::Files(AsyncFileTransport::new(mail_dir))
            }
            MailTransport::Smtp(smtp) => {
                let relay = Relay::new(smtp, authorities(smtp)?).map_err(TransportError::Relay)?;
                Way::Smtp(Box::new(relay))
            }
            MailTransport::Off => Way::Off,
        };
        let from: Mailbox = settings.from.parse().map_err(TransportError::From)?;
        let wire = from.email.to_string().parse::<Email>().ok();
        let wire = wire.and_then(|email| email.on_the_wire()?.parse::<Address>().ok());
        let from = Mailbox::new(from.name, wire.unwrap_or(from.email));
        Ok(Self { way, from })
    }

    /// Sends one mail and waits until it has left.
    ///
    /// # Errors
    /// When it did not leave, or nobody can know whether it did: then it is sent again under the same `Message-ID`.
    pub async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        self.send_telling(mail, &Trail::default()).await
    }

    /// Sends one mail and tells all that happened.
    pub async fn try_out(&self, mail: &Mail) -> TriedOut {
        let trail = Trail::default();
        let result = self.send_telling(mail, &trail).await;
        TriedOut {
            steps: trail.told(),
            result,
        }
    }

    /// The longest that sending one mail takes.
    pub fn longest(&self) -> Duration {
        match &self.way {
            Way::Smtp(relay) => relay.longest(),
            Way::Files(_) | Way::Off => Duration::ZERO,
        }
    }

    /// Closes what was kept open for the next mail and was not used for a while.
    pub fn tidy(&self) {
        if let Way::Smtp(relay) = &self.way {
            relay.tidy(false);
        }
    }

    /// Closes all that was kept open.
    pub fn close(&self) {
        if let Way::Smtp(relay) = &self.way {
            relay.tidy(true);
        }
    }

    async fn send_telling(&self, mail: &Mail, trail: &Trail) -> Result<(), SendError> {
        let to = mail
            .to
            .on_the_wire()
            .and_then(|address| address.parse::<Address>().ok());
        let to = to.ok_or(SendError::Address)?;
        let message = self.message(mail, &to).ok_or(SendError::Message)?;
        match &self.way {
            Way::Files(files) => files.send(message).await.map(drop).map_err(|_| SendError::File),
            Way::Smtp(relay) => {
                // Head and body are encoded to ASCII, so that any relay takes them.
                let text = String::from_utf8(message.formatted()).map_err(|_| SendError::Message)?;
                relay.send(&self.from.email, &to, &text, trail).await
            }
            Way::Off => Ok(()),
        }
    }

    fn message(&self, mail: &Mail, to: &Address) -> Option<Message> {
        let domain = self.from.email.domain();
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(&mail.subject)
            .date(mail.date.try_into().ok()?)
            .message_id(Some(format!("<{}@{domain}>", mail.id)))
            .singlepart(
                SinglePart::builder()
                    .header(ContentType::TEXT_PLAIN)
                    .body(mail.body.clone()),
            )
            .ok()?;
        message.headers_mut().insert_raw(automatic);
        Some(message)
    }
}

/// The authorities that the settings name besides those of the web.
fn authorities(smtp: &SmtpSettings) -> Result<Option<Certificate>, TransportError> {
    let Some(file) = &smtp.ca_file else { return Ok(None) };
    let pem = std::fs::read(file).map_err(TransportError::AuthorityFile)?;
    if !pem.windows(27).any(|text| text == b"-----BEGIN CERTIFICATE-----") {
        return Err(TransportError::Authority);
    }
    Certificate::from_pem(&pem)
        .map(Some)
        .map_err(|_| TransportError::Authority)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn what_is_taken_in_can_be_written_to(raw in r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~æø-]{0,9}@[a-zA-Z0-9æøåß.-]{0,12}\.[a-z0-9å-]{1,5}") {
            if let Ok(email) = raw.parse::<Email>() {
                let wire = email.on_the_wire().expect("it was taken in");
                prop_assert!(wire.is_ascii());
                prop_assert!(wire.parse::<Address>().is_ok(), "{}", wire);
            }
        }
    }
}
