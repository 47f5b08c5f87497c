//! What is found wrong, unlikely or worth a look in what somebody sent: each finding by place, with what to do, and the one bounded list that
//! gathers them. Every stage finds something, so this room knows none of them.

mod findings;
mod places;
pub(crate) mod pointer;
mod suggest;
mod violation;

pub use findings::{Findings, MAX_FINDINGS};
pub use places::Places;
pub(crate) use suggest::did_you_mean;
pub use suggest::{unknown_field, unknown_names};
pub use violation::{Level, Violation, ViolationView};
