//! Stage 3: a valid report in, the municipality that pays the subsidy (or why nobody can tell yet) and the reason out. Pure.
//!
//! In this order: the municipality that the employer names, if it is one of the 98; a postcode where it decides alone; otherwise the
//! report is held for a person. The right to the subsidy follows the person on a move (LAB § 123(4)), so a wrong guess is worse than a wait.

use crate::{
    fields,
    record::{HeldReason, MunicipalityAnswer, Report, Route},
    reference::{self, PostcodeUse},
    value::Postcode,
};

/// Finds the municipality for one report.
pub fn route(report: &Report) -> Route {
    let answers = &report.answers;
    match answers.read(fields::MUNICIPALITY_CODE) {
        Some(MunicipalityAnswer::One(code)) => {
            return Route::NamedByEmployer { municipality: *code };
        }
        Some(MunicipalityAnswer::Christianso) => {
            return Route::Held {
                reason: HeldReason::Christianso,
            };
        }
        None => {}
    }
    if answers.read(fields::EMPLOYEE_LIVES_ABROAD) == Some(true) {
        return Route::Held {
            reason: HeldReason::Abroad,
        };
    }
    if answers.read(fields::EMPLOYEE_ADDRESS_PROTECTED) == Some(true) {
        return Route::Held {
            reason: HeldReason::Protected,
        };
    }
    match answers.read(fields::EMPLOYEE_POSTCODE) {
        Some(postcode) => by_postcode(postcode),
        // The validator lets this through for a replacement number only, which no register can look up.
        None => Route::Held {
            reason: HeldReason::ReplacementNumber,
        },
    }
}

fn by_postcode(postcode: &Postcode) -> Route {
    let held = |reason| Route::Held { reason };
    match reference::postcode_use(postcode) {
        PostcodeUse::Municipalities(codes) => match codes {
            [only] => Route::PostcodeDecides {
                municipality: *only,
                postcode: postcode.clone(),
            },
            several => held(HeldReason::PostcodeInSeveral {
                candidates: several.to_vec(),
            }),
        },
        PostcodeUse::Christianso => held(HeldReason::Christianso),
        PostcodeUse::NonResidential => held(HeldReason::PostcodeNonResidential),
        PostcodeUse::Unknown => held(HeldReason::PostcodeUnknown),
    }
}
