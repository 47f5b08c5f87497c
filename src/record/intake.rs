use jiff::Timestamp;

use super::{Channel, Employer, FormRef, Report, ReportState, Sender};
use crate::{
    calculate::ReportAssessment,
    finding::Violation,
    record::Route,
    value::{OutcomeId, ReceiptNumber, Redacted, ReportId, SubmissionId},
};

/// The sender's promise that a repeat is the same act, bound to the content it was first used with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// 1 to 255 visible ASCII characters, chosen by the sender; unique per sending company.
    pub key: String,
    /// SHA-256 of the content, so that the same key with other content is found out.
    pub content_digest: [u8; 32],
}

/// A report on its way into the store: routed, assessed, with its id and first state.
#[derive(Debug, Clone)]
pub struct IntakeReport {
    pub id: ReportId,
    pub report: Report,
    pub route: Route,
    /// Available in a feed, or held.
    pub state: ReportState,
    pub assessment: ReportAssessment,
}

/// Work that must follow once the submission is stored; written in the same transaction, done later by the worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxOrder {
    /// Tell the contact person by mail that the submission was received.
    ReceiptMail,
    /// Tell the contact person by mail that the municipality has answered.
    OutcomeMail(OutcomeId),
    /// Remind the contact person by mail that a question of the municipality waits for an answer.
    ReminderMail(OutcomeId),
}

/// All that one transaction writes for one submission. Nothing in it depends on other submissions; what does (is the key used,
/// is the corrected report still the last of its chain) is decided by the store inside the transaction.
#[derive(Debug, Clone)]
pub struct Intake {
    pub id: SubmissionId,
    pub receipt_number: ReceiptNumber,
    pub received_at: Timestamp,
    pub channel: Channel,
    pub sender: Sender,
    pub idempotency: IdempotencyKey,
    /// Follows one call through answer, audit and log.
    pub transaction_id: uuid::Uuid,
    pub form: FormRef,
    pub employer: Employer,
    /// Warnings and hints about the submission itself.
    pub notices: Vec<Violation>,
    pub reports: Vec<IntakeReport>,
    /// The bytes as they came.
    pub original: Redacted<Vec<u8>>,
    pub orders: Vec<OutboxOrder>,
    /// The version of the corrected report that the sender has seen; another one is stale.
    pub seen_version: Option<i64>,
}
