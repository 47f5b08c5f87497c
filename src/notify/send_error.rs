//! Why a mail did not leave, told apart by whose fault it is and whether trying again can help.

/// A mail did not leave. The relay's words are not kept: they may repeat the address. Its three digits are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    #[error("the relay could not be reached, or broke off")]
    Unreachable,
    #[error("the relay did not answer in time")]
    TimedOut,
    #[error(
        "the relay's certificate is not believed: name the authority that issued it in mail.smtp.ca_file, or the right mail.smtp.host"
    )]
    Certificate,
    #[error("the relay does not offer the encryption that the settings ask for")]
    Encryption,
    #[error("the relay does not accept the login of the settings, or asks for one")]
    Login(Option<u16>),
    #[error("the relay takes no mail from this service")]
    Relay(u16),
    #[error("the relay refuses for now")]
    RefusedForNow(u16),
    #[error("the relay refuses the receiver for good: there is no such address, or it takes no mail")]
    Recipient(u16),
    #[error("the relay refuses this mail for good")]
    Refused(u16),
    #[error("nothing can be sent to an address of this form")]
    Address,
    #[error("the mail file could not be written")]
    File,
    #[error("the mail could not be put together")]
    Message,
}

impl SendError {
    /// Stable code for the row and for metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timeout",
            Self::Certificate => "certificate",
            Self::Encryption => "encryption",
            Self::Login(_) => "login",
            Self::Relay(_) => "relay",
            Self::RefusedForNow(_) => "refused-for-now",
            Self::Recipient(_) => "recipient",
            Self::Refused(_) => "refused",
            Self::Address => "address",
            Self::File => "file",
            Self::Message => "message",
        }
    }

    /// The three digits that the relay answered, where it did.
    pub fn reply(self) -> Option<u16> {
        match self {
            Self::Login(reply) => reply,
            Self::Relay(reply) | Self::RefusedForNow(reply) | Self::Recipient(reply) | Self::Refused(reply) => {
                Some(reply)
            }
            Self::Unreachable
            | Self::TimedOut
            | Self::Certificate
            | Self::Encryption
            | Self::Address
            | Self::File
            | Self::Message => None,
        }
    }

    /// Whether the same mail would meet the same answer, so that it is given up at once.
    pub fn is_final(self) -> bool {
        match self {
            Self::Recipient(_) | Self::Refused(_) | Self::Address => true,
            Self::Unreachable
            | Self::TimedOut
            | Self::Certificate
            | Self::Encryption
            | Self::Login(_)
            | Self::Relay(_)
            | Self::RefusedForNow(_)
            | Self::File
            | Self::Message => false,
        }
    }
}
