//! Stage 6, outgoing: what a mail says ([`message`], pure) and how it leaves ([`transport`]).

pub mod message;
pub mod transport;

pub use message::Mail;
pub use transport::{SendError, Transport, TransportError};
