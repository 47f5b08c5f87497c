//! The things and their life: what a submission and a report are once the bytes have been understood.
//!
//! Plain data, shared by all stages. Nothing here does I/O; what is personal does not print itself.

mod alarm;
mod answers;
mod arrival;
mod commitment;
mod difference;
mod digest;
mod earlier;
mod hint_answer;
mod intake;
mod mail_facts;
mod outcome;
mod report;
mod route;
mod sender;
mod state;
mod stored;
mod submission;

pub use crate::fields::ReportKind;
pub use alarm::{AlarmKind, AlarmReceiver};
pub use answers::{Answer, Answers, MunicipalityAnswer, Readable, Share, StoredCpr};
pub use arrival::Arrival;
pub use commitment::{Committed, Recipe, UnknownRecipe};
pub use difference::{Change, Difference};
pub use digest::{CHAIN_START, CombinedDigest, Digest, FeedLink, digest_of, from_hex, submission_digest, to_hex};
pub use earlier::{Earlier, EarlierWage, said_in};
pub use hint_answer::{HINT_ANSWERS, HintAnswer, HintReply, MAX_EXPLANATION};
pub use intake::{IdempotencyKey, Intake, IntakeReport, OutboxOrder};
pub use mail_facts::{AnsweredFacts, MailFacts, OutcomeKind};
pub use outcome::{EntryDetail, Handover, Outcome, QuestionAnswer, StoredOutcome};
pub use report::{Correction, CorrectionAction, Employee, Report};
pub use route::Route;
pub use sender::{Channel, Sender};
pub use state::{HeldReason, RejectionReason, ReportState, StateError};
pub use stored::{FeedEntry, FeedEvent, StoredReport, StoredSubmission, SubmissionPart};
pub use submission::{Employer, FormRef, MAX_REPORTS, Submission};
