//! Stage 2: form and answers in, a [`Submission`](crate::record::Submission) or everything that is wrong out. Pure.

mod violation;

pub use violation::{Level, Violation, ViolationView};
