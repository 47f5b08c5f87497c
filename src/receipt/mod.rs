//! Stage 6: the receipt, always made from the stored record.

mod compose;
pub mod document;
pub mod packing;
pub mod pdf;
mod words;

pub use compose::{Contact, Line, Receipt, ReceiptReport, calculation_lines};
