//! Stage 6, outgoing: what a mail says ([`message`] and [`alarm`], pure) and how it leaves ([`transport`]).

pub mod alarm;
pub mod message;
mod pages;
pub mod transport;

pub use alarm::{AlarmFacts, alarm_mail, reminder_mail};
pub use message::Mail;
pub use pages::Pages;
pub use transport::{SendError, Transport, TransportError};
