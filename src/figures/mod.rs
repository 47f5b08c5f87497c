//! How the service stands: looked up once ([`Facts`]), judged once ([`CHECKS`], [`findings()`]), and told by `/health/ready`, by
//! `fleksport doctor`, on the operator's page and as figures for Prometheus. Nothing personal is in any of it.

mod checks;
mod exposition;
mod facts;
mod findings;
mod words;

pub use checks::{CHECKS, Check, Found};
pub use exposition::{CONTENT_TYPE, exposition};
pub use facts::{Facts, Known, LONGEST, Unknown, Vital};
pub use findings::{Finding, findings};
