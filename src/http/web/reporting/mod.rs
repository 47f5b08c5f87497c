//! One report at a time: the employer's pages, drawn from the form definition.
//!
//! What was typed travels in the form itself from page to page, so nothing is kept before it is sent and nothing stands in an address.
//! The last page sends it down the same pipeline as a file or a machine.

mod dialogue;
mod entry;
mod flow;
mod overview;
mod questions;
mod receipt;
mod review;
mod state;
mod steps;

pub use dialogue::answer;
pub use flow::{advance, start};
pub use overview::overview;
pub use questions::{danish_order, sentence};
pub use receipt::{as_json, as_pdf, show};
