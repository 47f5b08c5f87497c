//! How a mail leaves: as a file, over SMTP, or not at all.

use std::path::Path;

use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};

use super::Mail;
use crate::config::{MailSettings, MailTransport, SmtpSecurity, SmtpSettings};

/// A way out for mail.
#[derive(Clone)]
pub struct Transport {
    way: Way,
    from: Mailbox,
}

#[derive(Clone)]
enum Way {
    Files(AsyncFileTransport<Tokio1Executor>),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
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
}

/// A mail did not leave. The relay's words are not kept: they may repeat the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    #[error("the relay could not be reached or did not answer in time")]
    Unreachable,
    #[error("the relay does not offer the encryption that the settings ask for")]
    Encryption,
    #[error("the relay refuses for now")]
    RefusedForNow,
    #[error("the relay refuses this mail")]
    Refused,
    #[error("the mail file could not be written")]
    File,
    #[error("the mail could not be put together")]
    Message,
}

impl SendError {
    /// Stable code for the outbox row and for metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Encryption => "encryption",
            Self::RefusedForNow => "refused-for-now",
            Self::Refused => "refused",
            Self::File => "file",
            Self::Message => "message",
        }
    }
}

impl Transport {
    /// The way out that the settings ask for. `mail_dir` is used for mail as files and made when missing.
    pub fn new(settings: &MailSettings, mail_dir: &Path) -> Result<Self, TransportError> {
        let way = match &settings.transport {
            MailTransport::Files => {
                std::fs::create_dir_all(mail_dir).map_err(TransportError::Folder)?;
                Way::Files(AsyncFileTransport::new(mail_dir))
            }
            MailTransport::Smtp(smtp) => Way::Smtp(relay(smtp).map_err(TransportError::Relay)?),
            MailTransport::Off => Way::Off,
        };
        Ok(Self {
            way,
            from: settings.from.parse().map_err(TransportError::From)?,
        })
    }

    /// Sends one mail and waits until it has left.
    pub async fn send(&self, mail: &Mail) -> Result<(), SendError> {
        let message = self.message(mail).ok_or(SendError::Message)?;
        match &self.way {
            Way::Files(files) => files.send(message).await.map(drop).map_err(|_| SendError::File),
            Way::Smtp(relay) => relay.send(message).await.map(drop).map_err(|error| classify(&error)),
            Way::Off => Ok(()),
        }
    }

    fn message(&self, mail: &Mail) -> Option<Message> {
        let domain = self.from.email.domain();
        let to = mail.to.expose().parse().ok()?;
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
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

fn relay(settings: &SmtpSettings) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
    let tls = match settings.security {
        SmtpSecurity::StartTls => Tls::Required(TlsParameters::new(settings.host.clone())?),
        SmtpSecurity::Tls => Tls::Wrapper(TlsParameters::new(settings.host.clone())?),
        SmtpSecurity::None => Tls::None,
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
        .port(settings.port)
        .tls(tls)
        .timeout(Some(settings.timeout));
    if let Some((user, password)) = &settings.login {
        builder = builder.credentials(Credentials::new(user.clone(), password.expose().clone()));
    }
    Ok(builder.build())
}

fn classify(error: &lettre::transport::smtp::Error) -> SendError {
    if error.is_permanent() {
        SendError::Refused
    } else if error.is_transient() {
        SendError::RefusedForNow
    } else if error.is_tls() || error.is_client() {
        SendError::Encryption
    } else {
        SendError::Unreachable
    }
}
