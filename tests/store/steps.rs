//! What people do to a report, each step with the grant it takes.

use fleksport::{
    access::{Action, Caller, Grant, Proof, Scope},
    audit::Deed,
    record::{Handover, Outcome, RejectionReason, StoredOutcome},
    store::{AcknowledgeError, Acknowledgement, StepError, Store},
    value::{FreeText, MunicipalityCode, OutcomeId, ReportId},
};
use uuid::Uuid;

use crate::fixture::*;

const PROOF: Proof = Proof::Session(Uuid::nil());

pub fn officer(code: MunicipalityCode, action: Action) -> Grant {
    Grant {
        caller: Caller::Municipality { code, proof: PROOF },
        action,
        scope: Scope::Municipality(code),
    }
}

pub fn text(text: &str) -> FreeText {
    text.parse().unwrap()
}

pub fn question(asked: &str) -> Outcome {
    Outcome::Question { text: text(asked) }
}

pub fn rejected(why: &str) -> Outcome {
    Outcome::Rejected {
        reason: RejectionReason::WrongAmount,
        text: Some(text(why)),
    }
}

pub async fn decide(
    store: &Store,
    code: &str,
    report: ReportId,
    outcome: &Outcome,
) -> Result<StoredOutcome, StepError> {
    let code = municipality(code);
    let audit = store.step_entry(&officer(code, Action::Decide), Uuid::nil(), report);
    store.decide(&code, report, outcome.clone(), audit).await
}

pub async fn answer(
    store: &Store,
    report: ReportId,
    question: OutcomeId,
    said: &str,
) -> Result<StoredOutcome, StepError> {
    let grant = Grant {
        caller: Caller::Employer {
            cvr: cvr(CVR),
            proof: PROOF,
        },
        action: Action::Answer,
        scope: Scope::Employer(cvr(CVR)),
    };
    let audit = store.step_entry(&grant, Uuid::nil(), report);
    store.answer(&cvr(CVR), (report, question), text(said), audit).await
}

pub async fn transfer(store: &Store, from: &str, report: ReportId, to: &str, why: &str) -> Result<Handover, StepError> {
    let from = municipality(from);
    let audit = store.step_entry(&officer(from, Action::Transfer), Uuid::nil(), report);
    store.transfer(&from, report, &municipality(to), text(why), audit).await
}

pub async fn assign(store: &Store, report: ReportId, to: &str, why: &str) -> Result<Handover, StepError> {
    let grant = Grant {
        caller: Caller::Kl { proof: PROOF },
        action: Action::AssignHeld,
        scope: Scope::Public,
    };
    let audit = store.step_entry(&grant, Uuid::nil(), report);
    store.assign_held(report, &municipality(to), text(why), audit).await
}

pub async fn acknowledge(store: &Store, code: &str, up_to: i64) -> Result<Acknowledgement, AcknowledgeError> {
    let code = municipality(code);
    let entry = store.acknowledgement_entry(&officer(code, Action::Acknowledge), Uuid::nil());
    store.acknowledge(&code, up_to, entry).await
}

pub async fn transfer_all(
    store: &Store,
    from: &str,
    report: ReportId,
    to: &str,
    why: &str,
) -> Result<Vec<Handover>, StepError> {
    let from = municipality(from);
    let audit = store.step_entry(&officer(from, Action::Transfer), Uuid::nil(), report);
    store
        .transfer_all(&from, report, &municipality(to), text(why), audit)
        .await
}

/// A municipality says whom to tell.
pub async fn give_contact(store: &Store, code: &str, address: &str) {
    let code = municipality(code);
    let grant = officer(code, Action::ChangeSettings);
    let audit = store.settings_entry(&grant, Uuid::nil(), Deed::ContactChanged);
    let email = address.parse().unwrap();
    store.set_contact(&code, Some(&email), audit).await.unwrap();
}
