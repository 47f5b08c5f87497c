use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Arrival, Channel, Difference, Digest, Employer, EntryDetail, FormRef, Recipe, Report, ReportState, Sender,
};
use crate::{
    calculate::ReportAssessment,
    record::Route,
    value::{MunicipalityCode, ReceiptNumber, Redacted, ReportId, SubmissionId, TransferId},
};

/// A report as the store holds it.
#[derive(Debug, Clone)]
pub struct StoredReport {
    pub id: ReportId,
    pub submission_id: SubmissionId,
    /// Place in its submission, from 0.
    pub position: usize,
    pub report: Report,
    pub route: Route,
    pub state: ReportState,
    /// Where it was sent when it was received, and why. `route` and `state` are those of now.
    pub arrival: Arrival,
    /// Counts the changes of state from 1; the `ETag` of the report.
    pub version: i64,
    pub assessment: ReportAssessment,
    pub received_at: Timestamp,
    /// Goes with the report wherever the report goes: whoever has both can recompute `content_digest`.
    pub salt: Redacted<[u8; 16]>,
    /// How `content_digest` was made.
    pub recipe: Recipe,
    /// See [`Committed`](super::Committed).
    pub content_digest: Digest,
}

/// A submission as the store holds it: what the receipt is made from.
#[derive(Debug, Clone)]
pub struct StoredSubmission {
    pub id: SubmissionId,
    pub receipt_number: ReceiptNumber,
    pub received_at: Timestamp,
    pub channel: Channel,
    pub sender: Sender,
    pub form: FormRef,
    pub employer: Employer,
    pub notices: Vec<crate::finding::Violation>,
    pub reports: Vec<StoredReport>,
    /// Commits to all of it, see [`submission_digest`](super::submission_digest).
    pub digest: Digest,
}

/// A submission with some of its reports: what many of are read and shown piece by piece.
#[derive(Debug, Clone)]
pub struct SubmissionPart {
    /// Its `reports` are those of the part alone, in their order.
    pub submission: StoredSubmission,
    /// How many reports the whole submission has.
    pub total: usize,
}

/// What a feed entry tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeedEvent {
    #[serde(rename = "report.available")]
    Available,
    #[serde(rename = "report.corrected")]
    Corrected,
    #[serde(rename = "report.withdrawn")]
    Withdrawn,
    #[serde(rename = "report.transferred-in")]
    TransferredIn,
    #[serde(rename = "report.transferred-out")]
    TransferredOut,
    /// The employer answered a question of the municipality.
    #[serde(rename = "report.answered")]
    Answered,
}

impl FeedEvent {
    pub const ALL: [Self; 6] = [
        Self::Available,
        Self::Corrected,
        Self::Withdrawn,
        Self::TransferredIn,
        Self::TransferredOut,
        Self::Answered,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "report.available",
            Self::Corrected => "report.corrected",
            Self::Withdrawn => "report.withdrawn",
            Self::TransferredIn => "report.transferred-in",
            Self::TransferredOut => "report.transferred-out",
            Self::Answered => "report.answered",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == code)
    }
}

/// One entry of a municipality's feed: dense number, one event, one report.
#[derive(Debug, Clone)]
pub struct FeedEntry {
    pub municipality: MunicipalityCode,
    /// 1, 2, 3 … per municipality, never a hole.
    pub sequence: i64,
    pub event: FeedEvent,
    pub transfer_id: TransferId,
    pub appended_at: Timestamp,
    /// The digest of this entry, which has the previous entry's in it; see [`FeedLink`](super::FeedLink).
    pub digest: Digest,
    /// That of the entry before; [`CHAIN_START`](super::CHAIN_START) for the first.
    pub previous_digest: Digest,
    pub report: StoredReport,
    pub employer: Employer,
    pub form: FormRef,
    /// With [`FeedEvent::Withdrawn`]: the report that takes this one back, or replaces it elsewhere.
    pub cause: Option<ReportId>,
    /// What a correction changed, where this municipality has the corrected report too.
    pub difference: Option<Difference>,
    /// What an answer or a handing on adds.
    pub detail: Option<EntryDetail>,
}

impl FeedEntry {
    /// The digest that `content` of the entry's [`FeedLink`](super::FeedLink) is.
    pub fn content(&self) -> Digest {
        match &self.detail {
            Some(detail) => detail.content(&self.report),
            None => self.report.content_digest,
        }
    }

    /// Whether the report is another municipality's by now: then this one is told that it was here, and no longer what it says.
    pub fn is_handed_on(&self) -> bool {
        self.report
            .state
            .municipality()
            .is_some_and(|now| *now != self.municipality)
    }
}
