//! The slow and outgoing work, each kind in a task of its own: a receiver that hangs keeps no mail waiting.

pub mod alarm;
pub mod highwater;
pub mod mail;
mod mail_job;
pub mod opening;
pub mod ping;
pub mod retention;
