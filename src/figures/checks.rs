//! What readiness stands on, one row each.

use super::facts::{Known, Unknown, Vital};
use crate::store::{ClockDoubt, StoreError};

/// What a check came to. The worst of all is the service's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Found {
    Fine,
    /// It works, but a person has to look.
    Degraded,
    /// It can't take in or hand out.
    Unavailable,
}

/// Something that readiness stands on: its code, which stays the same, and the judgement.
pub type Check = (&'static str, fn(&Vital) -> Found);

/// All of it.
pub const CHECKS: &[Check] = &[
    // A stop goes on accepting for a while; balancers shall turn away at once.
    ("stopping", |vital| unless(vital.stopping)),
    ("database-read", |vital| answered(&vital.reads)),
    ("database-write", |vital| answered(&vital.writes)),
    ("schema", |vital| match &vital.schema {
        Err(Unknown::Failed(StoreError::Schema { .. })) => Found::Unavailable,
        other => told(other, |()| Found::Fine),
    }),
    ("disk-full", |vital| unless(vital.disk_is_low)),
    ("writer-stands", |vital| unless(!vital.writer_goes_on)),
    ("mail-given-up", mail_given_up),
    ("mail-late", |vital| {
        told(&vital.outbox, |counts| {
            needs_a_person(counts.waits_too_long(vital.at, vital.late).is_some())
        })
    }),
    ("rows-unreadable", |vital| {
        told(&vital.unreadable, |(count, _)| needs_a_person(*count > 0))
    }),
    // A clock that is behind gives no receipts; one that is ahead deletes nothing.
    ("clock-doubted", |vital| {
        told(&vital.clock, |doubt| match doubt {
            Some(ClockDoubt::Back(_)) => Found::Unavailable,
            Some(ClockDoubt::Ahead(_)) => Found::Degraded,
            None => Found::Fine,
        })
    }),
];

/// Mails that were given up for other than their receivers' reasons.
fn mail_given_up(vital: &Vital) -> Found {
    told(&vital.outbox, |outbox| {
        told(&vital.alarms, |alarms| {
            needs_a_person(outbox.concerning() + alarms.given_up - alarms.refused > 0)
        })
    })
}

fn answered(known: &Known<()>) -> Found {
    match known {
        Ok(()) => Found::Fine,
        Err(unknown) => {
            tracing::error!(cause = %unknown, "the database does not answer");
            Found::Unavailable
        }
    }
}

/// A database that refuses to tell is the affair of the checks of the database; one that hangs is told by all.
fn told<T>(known: &Known<T>, judge: impl FnOnce(&T) -> Found) -> Found {
    match known {
        Ok(fact) => judge(fact),
        Err(Unknown::TookTooLong) => Found::Unavailable,
        Err(Unknown::Failed(_) | Unknown::NotAsked | Unknown::HighWater(_)) => Found::Fine,
    }
}

fn unless(wrong: bool) -> Found {
    if wrong { Found::Unavailable } else { Found::Fine }
}

fn needs_a_person(wrong: bool) -> Found {
    if wrong { Found::Degraded } else { Found::Fine }
}
