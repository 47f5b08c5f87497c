//! The ping that wakes a municipality's own system: "there is something new up to number n" and nothing else, signed as Standard
//! Webhooks says, sent to an address that can't be inside anybody's house. The feed is complete with every ping lost.

mod address;
mod message;
mod reach;
mod secret;
mod send;

pub use address::{InvalidPingAddress, PingAddress};
pub use message::{PingKind, PingMessage};
pub use reach::Reach;
pub use secret::PingSecret;
pub use send::{PingError, PingFailure, PingSender};
