//! One report at a time: the employer's pages, drawn from the form definition.
//!
//! What was typed is kept sealed as a draft between the pages, for one person of one company; nothing of it stands in an address. The last
//! page sends it down the same pipeline as a file or a machine.

mod correcting;
mod dialogue;
mod entry;
mod flow;
mod kept;
mod notice;
mod overview;
mod questions;
mod receipt;
mod receipt_pages;
mod review;
mod scene;
mod state;
mod steps;

pub use correcting::correct;
pub use dialogue::answer;
pub use flow::{advance, show as show_step, start};
pub use overview::overview;
pub use questions::{danish_order, sentence};
pub use receipt::{as_json, as_pdf, show};
