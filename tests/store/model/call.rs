//! A deed as a call of the store, which can be made again just so.

use fleksport::{
    record::{FormRef, Handover, Intake, IntakeReport, Outcome, StoredOutcome},
    store::{StepError, Store, StoreError, TakeInError},
    value::{OutcomeId, ReportId, SubmissionId},
};
use uuid::Uuid;

use super::{
    script::{Deed, Sent, Verdict},
    truth::{Ledger, News, answers},
};
use crate::{fixture::*, steps::*};

#[derive(Clone)]
pub enum Call {
    Send(Box<Intake>),
    Transfer {
        from: &'static str,
        target: ReportId,
        to: &'static str,
        why: String,
    },
    Decide {
        by: &'static str,
        target: ReportId,
        outcome: Outcome,
    },
    Answer {
        target: ReportId,
        question: OutcomeId,
        said: String,
    },
    Assign {
        target: ReportId,
        to: &'static str,
        why: String,
    },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Done {
    Sent(SubmissionId, Vec<ReportId>, FormRef),
    Said(StoredOutcome),
    Handed(Handover),
    Refused,
    /// The node went down before it answered.
    Unheard,
}

impl Call {
    /// The call of a deed; `number` makes its key and its words its own.
    pub fn of(deed: &Deed, number: u32, form: &str, ledger: &Ledger) -> Self {
        let id = |name| ledger.0[name].id;
        match deed {
            Deed::Submit(reports) => {
                let new = |sent: &Sent| saying(report(sent.lives), *sent);
                Self::send(number, form, reports.iter().map(new).collect())
            }
            Deed::Replace { target, by } => {
                Self::send(number, form, vec![saying(replacement(id(target), by.lives), *by)])
            }
            Deed::Withdraw { target, .. } => Self::send(number, form, vec![withdrawal(id(target))]),
            Deed::Transfer { target, from, to } => Self::Transfer {
                from,
                target: id(target),
                to,
                why: format!("flyttet {number}"),
            },
            Deed::Assign { target, to } => Self::Assign {
                target: id(target),
                to,
                why: format!("fundet {number}"),
            },
            Deed::Decide { target, by, verdict } => Self::Decide {
                by,
                target: id(target),
                outcome: match verdict {
                    Verdict::Accept => Outcome::Accepted,
                    Verdict::Reject => rejected(&format!("afvist {number}")),
                    Verdict::Ask => question(&format!("spurgt {number}")),
                },
            },
            Deed::Answer { target } => {
                let question = ledger.0[target].question.as_ref().map(|(id, _)| *id);
                Self::Answer {
                    target: id(target),
                    question: question.unwrap_or(OutcomeId::from_uuid(Uuid::nil())),
                    said: format!("svaret {number}"),
                }
            }
        }
    }

    fn send(number: u32, form: &str, reports: Vec<IntakeReport>) -> Self {
        let mut intake = intake(&format!("key {number}"), reports);
        intake.orders.clear();
        intake.form.version = form.to_owned();
        Self::Send(Box::new(intake))
    }

    pub async fn make(self, store: Store) -> Done {
        match self {
            Self::Send(intake) => send(&store, *intake).await,
            Self::Transfer { from, target, to, why } => handed(transfer(&store, from, target, to, &why).await),
            Self::Assign { target, to, why } => handed(assign(&store, target, to, &why).await),
            Self::Decide { by, target, outcome } => said(decide(&store, by, target, &outcome).await),
            Self::Answer {
                target,
                question,
                said: words,
            } => said(answer(&store, target, question, &words).await),
        }
    }
}

/// The report with the answers and the route that the model wants.
fn saying(mut new: IntakeReport, sent: Sent) -> IntakeReport {
    for (field, answer) in answers(sent) {
        new.report.answers.insert(field, answer);
    }
    new.assessment = short_assessment();
    if sent.held {
        let held = held_report();
        (new.route, new.state) = (held.route, held.state);
    }
    new
}

impl Done {
    /// `None` where nothing was done.
    pub fn news(&self) -> Option<News<'_>> {
        Some(match self {
            Self::Sent(_, ids, form) => News::Sent {
                ids,
                form: &form.version,
            },
            Self::Said(stored) => match &stored.answer {
                Some(answer) => News::Answered {
                    words: answer.text.expose(),
                },
                None => News::Decided {
                    id: stored.id,
                    words: stored.outcome.text().map_or("", |text| text.expose()),
                },
            },
            Self::Handed(handover) => News::Handed {
                words: handover.reason.expose(),
            },
            Self::Refused => return None,
            Self::Unheard => panic!("the node that was asked is not down"),
        })
    }
}

async fn send(store: &Store, intake: Intake) -> Done {
    match store.take_in(intake).await {
        Ok(taken) => {
            let reports = taken.submission.reports.iter().map(|report| report.id);
            Done::Sent(taken.submission.id, reports.collect(), taken.submission.form)
        }
        Err(TakeInError::CorrectionTargetClosed { .. } | TakeInError::CorrectionTargetUnknown { .. }) => Done::Refused,
        Err(TakeInError::Store(StoreError::Closed)) => Done::Unheard,
        Err(other) => panic!("{other:?}"),
    }
}

fn said(answer: Result<StoredOutcome, StepError>) -> Done {
    answer.map_or_else(refused, Done::Said)
}

fn handed(answer: Result<Handover, StepError>) -> Done {
    answer.map_or_else(refused, Done::Handed)
}

fn refused(error: StepError) -> Done {
    match error {
        StepError::Store(StoreError::Closed) => Done::Unheard,
        StepError::Store(error) => panic!("{error:?}"),
        _ => Done::Refused,
    }
}
