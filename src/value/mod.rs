//! The values of the domain: each type can only hold a right value, and refuses a wrong one with a
//! sentence that a person can act on, in Danish and English.
//!
//! Nothing here does input or output, asks for the time, or calculates with floats. What is personal
//! (CPR numbers, e-mail addresses, phone numbers) never prints itself; see [`Redacted`] and [`Cpr`].

#[macro_use]
mod refusal;
#[macro_use]
mod text_form;

mod clean;
mod language;
mod redacted;

mod cpr;
mod cvr;
mod digits;
mod municipality_code;
mod p_number;
mod postcode;
mod se_number;

mod date;
mod hours;
mod money;
mod month;
mod number;
mod percent;

mod email;
mod free_text;
mod id;
mod phone;
mod receipt_number;

#[cfg(test)]
mod round_trips;

pub use clean::clean;
pub use cpr::{Cpr, CprClass, InvalidCpr};
pub use cvr::{Cvr, InvalidCvr};
pub use date::{InvalidDate, date_to_danish, date_to_text, parse_date};
pub use email::{Email, InvalidEmail};
pub use free_text::{FreeText, InvalidFreeText};
pub use hours::{Hours, InvalidHours};
pub use id::{CredentialId, HandoverId, InvalidId, OutcomeId, ReportId, SubmissionId, TransferId};
pub use language::{Language, Localized};
pub use money::{InvalidMoney, Money};
pub use month::{InvalidMonth, Month};
pub use municipality_code::{InvalidMunicipalityCode, MunicipalityCode};
pub use number::NumberFormat;
pub use p_number::{InvalidPNumber, PNumber};
pub use percent::{InvalidPercent, Percent};
pub use phone::{InvalidPhone, Phone};
pub use postcode::{InvalidPostcode, Postcode};
pub use receipt_number::{InvalidReceiptNumber, ReceiptNumber};
pub use redacted::Redacted;
pub use refusal::Refusal;
pub use se_number::{InvalidSeNumber, SeNumber};
