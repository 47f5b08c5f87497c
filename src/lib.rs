//! Fleksport: one entrance for employers' fleksjob wage and wage-ceiling (*lønloft*) reports.
//!
//! A submission passes through the rooms in this order:
//!
//! ```text
//!  receive  ->  validate  ->  route  ->  calculate  ->  store  ->  receipt / notify  ->  deliver
//!  bytes        form+answers  residence  dated rules    one tx     from what is stored   feed per municipality
//! ```
//!
//! [`submit`] is that line as one function. `value`, `reference`, `finding`, `record`, `form`, `validate`, `route`, `calculate` and the texts of
//! `receipt` and `notify` are pure: values in, values out, no I/O, no clock, no floats (`tests/layers.rs` keeps them so).
//! Only `store` speaks SQL; only `http` knows status codes.

pub mod value;

pub mod reference;

pub mod fields;
pub mod finding;

pub mod record;

pub mod clock;

pub mod entropy;

pub mod retry_after;
pub mod stop;

pub mod form;

pub mod receive;

pub mod validate;

pub mod route;

pub mod calculate;

pub mod access;

pub mod audit;

pub mod vault;

pub mod give_receipt;
pub mod ground;

pub mod ping;

pub mod store;

pub mod residence;

pub mod find_residence;

pub mod known_before;

pub mod receipt;

pub mod notify;

pub mod deliver;

pub mod submit;

pub mod heavy;

pub mod buckets;
pub mod calls;
pub mod limits;
pub mod mail_limit;

pub mod worker;

pub mod figures;

pub mod http;

pub mod config;
pub mod conformance;

pub mod app;
pub mod start;

pub mod telemetry;

pub mod cli;
