//! Stage 6: the receipt, always made from the stored record.

pub mod document;
pub mod pdf;
