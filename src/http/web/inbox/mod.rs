//! The municipality's pages: what has come in, and one report with its calculation.

mod export;
mod filter;
mod handed_on;
mod history;
mod list;
mod record;
mod steps;
mod what_if;

pub use export::export;
pub use handed_on::handed_on;
pub use list::{kind_label, list, search};
pub use record::show;
pub use steps::{decide, transfer};
pub use what_if::what_if;

use jiff::Timestamp;

use crate::{
    access::{Caller, Grant},
    clock::in_denmark,
    http::{Problem, ProblemType, web::Frame},
    store::{MOST_COUNTED, Waiting},
    value::{MunicipalityCode, date_to_text},
};

/// The municipality that the caller acts for.
pub fn own_code(grant: &Grant) -> Result<&MunicipalityCode, Problem> {
    match &grant.caller {
        Caller::Municipality { code, .. } => Ok(code),
        _ => Err(Problem::new(ProblemType::Forbidden)),
    }
}

/// How many wait, in words where they are not counted to the end.
pub fn counted(waiting: &Waiting, frame: &Frame) -> String {
    const { assert!(MOST_COUNTED == 1_000, "the words say it") };
    if waiting.is_cut() {
        return frame.t("1.000 eller flere", "1,000 or more").to_owned();
    }
    waiting.count.to_string()
}

/// A moment in Danish wall-clock time.
fn moment(at: Timestamp, frame: &Frame) -> String {
    let at = in_denmark(at);
    format!("{} {}", date_to_text(at.date(), frame.language), at.strftime("%H:%M"))
}
