//! Stage 6: the receipt, always made from the stored record, and telling what was true when it was given.

mod compose;
pub mod document;
mod list;
pub mod packing;
pub mod pdf;
mod print;
mod tables;
mod words;

pub use compose::{Contact, Line, Receipt, ReceiptReport, calculation_lines};
pub use print::{MOST_IN_FULL, Printing};
