use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Answers, HintAnswer};
use crate::{
    fields::ReportKind,
    value::{Cpr, Redacted, ReportId},
};

/// The person the report is about.
#[derive(Clone, PartialEq, Eq)]
pub struct Employee {
    pub cpr: Cpr,
    pub name: Redacted<String>,
}

impl fmt::Debug for Employee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Employee([redacted])")
    }
}

/// What a correction does to the report it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionAction {
    /// The new answers stand instead of the old; `as_kind` is what the replaced report reports.
    Replace { as_kind: ReportKind },
    /// The old report falls away (*træk tilbage*).
    Withdraw,
}

/// Which earlier report is corrected, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    pub corrects: ReportId,
    pub action: CorrectionAction,
}

/// One valid report about one employee: typed where the pipeline needs it, by field id everywhere else.
///
/// `answers` holds every answered field, those repeated in typed form included, so that a field KL adds to the form reaches
/// receipt, feed and pages without a change in code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub kind: ReportKind,
    /// Present exactly when `kind` is [`ReportKind::Correction`].
    pub correction: Option<Correction>,
    pub employee: Employee,
    pub answers: Answers,
    /// The answers as they came, kept beside the normalised ones.
    pub raw: Redacted<serde_json::Value>,
    /// Warnings and hints about this report; pointers are into the submission.
    pub notices: Vec<crate::finding::Violation>,
    /// What the employer answered to some of them, in the order it was sent.
    pub hint_answers: Vec<HintAnswer>,
}

impl Report {
    /// Whether it does nothing but take an earlier report back.
    pub fn is_withdrawal(&self) -> bool {
        self.correction
            .is_some_and(|correction| correction.action == CorrectionAction::Withdraw)
    }

    /// What the employer answered to one of the notices.
    pub fn answer_to(&self, notice: &crate::finding::Violation) -> Option<&HintAnswer> {
        let place = crate::finding::pointer::in_report(&notice.pointer);
        self.hint_answers
            .iter()
            .find(|answer| answer.answers(&notice.code, place))
    }

    /// The kind whose fields are answered: for a replacing correction that of the replaced report.
    pub fn content_kind(&self) -> ReportKind {
        match self.correction {
            Some(Correction {
                action: CorrectionAction::Replace { as_kind },
                ..
            }) => as_kind,
            _ => self.kind,
        }
    }
}
