//! Stage 6, outgoing: what a mail says ([`message`] and [`alarm`], pure) and how it leaves ([`transport`], and `smtp` for a relay).

pub mod alarm;
pub mod message;
mod pages;
mod send_error;
mod smtp;
pub mod transport;

pub use alarm::{AlarmFacts, alarm_mail, reminder_mail};
pub use message::Mail;
pub use pages::Pages;
pub use send_error::SendError;
pub use transport::{Transport, TransportError, TriedOut};
