//! What a client got wrong, as far as its calls and its exit code show it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    run::{Ended, Secret},
    scenario::{Act, Ending, Happening, Round},
};

/// Calls that a client may make in one run besides two for each entry of the feed, which is what one with pages of one entry needs.
const CALLS: usize = 60;
/// Calls that a client may make with a key that was refused, before it stops.
const MOST_REFUSED: usize = 3;

/// One call as the gateway saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub at: Timestamp,
    pub what: What,
}

/// What was called, and what the client can know of the answer.
#[derive(Debug, Clone)]
pub enum What {
    /// A page arrived whole: these entries, up to the first that can't be trusted, and the last number that there was by then.
    Fetched { sound: Vec<i64>, latest: i64 },
    /// A page of a snapshot arrived whole.
    Snapshot { as_of: i64, is_last: bool },
    /// The client asked for entries that have been deleted.
    TooOld,
    /// The client knew already that there is nothing new.
    Unchanged,
    /// A page that did not arrive whole.
    NotFetched,
    /// A call that waited for something new was cut.
    WaitCut,
    /// Everything up to a number is said to be stored.
    Acknowledged { up_to: i64 },
    /// The call was to be made again only this many seconds later.
    SentAway { seconds: i64 },
    /// The key was refused.
    KeyRefused,
    /// The service refused the call.
    Refused { status: u16 },
    /// An address that the interface does not have.
    Elsewhere,
}

/// One thing that the client got wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("it acknowledged up to entry {up_to}, but had received only up to {received} without a gap")]
    AcknowledgedUnseen { up_to: i64, received: i64 },
    #[error("it ended with entries up to {received} of {latest} received")]
    NotAllFetched { received: i64, latest: i64 },
    #[error("it ended with entries up to {acknowledged} of {latest} acknowledged")]
    NotAllAcknowledged { acknowledged: i64, latest: i64 },
    #[error("it fetched entry {0} again, which it had acknowledged in an earlier run")]
    FetchedAgain(i64),
    #[error("it called again {after_ms} ms after it was asked to wait {seconds} seconds")]
    DidNotWait { after_ms: i128, seconds: i64 },
    #[error("it made {made} calls in one run; {allowed} are allowed: {CALLS}, and two for each entry of the feed")]
    TooManyCalls { made: usize, allowed: usize },
    #[error("it made {0} calls with a key that was refused")]
    RefusedKeyUsedOn(usize),
    #[error("it made a call that the service refused with status {0}")]
    Refused(u16),
    #[error("it made {0} calls after the service had refused to go on from there")]
    DeadCursorUsedOn(usize),
    #[error("it called an address that the interface does not have")]
    WrongAddress,
    #[error("of the reports that it says count now, {0} no longer do: they were taken back, corrected or handed on")]
    KeptAsCurrent(usize),
    #[error("it lacks {0} of the reports that count now")]
    NotCurrent(usize),
    #[error("the command that prints the current reports failed")]
    CurrentFailed,
    #[error("it ended with an error although everything could be had")]
    ComplainedWithoutReason,
    #[error("it ended as if all were well, though it could not be")]
    KeptQuiet,
    #[error("it read no snapshot to its end")]
    NoSnapshot,
    #[error("it printed the CPR number of the person; what a program prints is kept in logs and mails")]
    PrintedCpr,
    #[error("it printed its key; what a program prints is kept in logs and mails")]
    PrintedKey,
    #[error("it did not end in time and was stopped")]
    DidNotEnd,
}

/// What is known of a client over the rounds of a scenario.
#[derive(Debug, Default)]
pub struct Judge {
    pub faults: Vec<Fault>,
    /// What the client was not tried in, though it passed.
    pub notes: Vec<&'static str>,
    received: BTreeSet<i64>,
    /// The number of the snapshot that it has read to its end; 0 for none.
    begun_at: i64,
    /// The highest number acknowledged that the client had a right to.
    acknowledged: i64,
}

impl Judge {
    /// Takes what was seen in a round; `latest` is the last number of the feed after it. Asked of the client is what it was told of:
    /// what came in after its last look is for the next round.
    /// `untouched`: the client never came to what was to be damaged.
    pub fn round(&mut self, round: &Round, seen: &[Seen], (ended, untouched): (Ended, bool), latest: i64) {
        let before = self.acknowledged;
        // Where the service was set back, it has to refuse.
        let set_back = round.before.iter().any(|act| matches!(act, Act::SetBack(_)));
        for one in seen {
            match one.what {
                What::Refused { .. } if set_back => {}
                _ => self.call(&one.what, before),
            }
        }
        let cuts_waiting = round.happens.iter().any(|one| matches!(one, Happening::CutWait(_)));
        if cuts_waiting && !seen.iter().any(|one| matches!(one.what, What::WaitCut)) {
            self.notes.push("no call with wait= was made, so none could be cut");
        }
        self.waits(seen);
        self.numbers(seen, latest);
        let snapshot = seen
            .iter()
            .any(|one| matches!(one.what, What::Snapshot { is_last: true, .. }));
        let ending = match round.ending {
            Ending::Complaint if untouched => {
                self.notes
                    .push("it did not fetch the entry that was to be damaged, so it was not tried in this");
                Ending::Complete
            }
            ending => ending,
        };
        let wants_all = self.ending(ended, ending, snapshot);
        if wants_all {
            let told = seen.iter().filter_map(|one| match one.what {
                What::Fetched { latest, .. } => Some(latest),
                _ => None,
            });
            let unchanged = seen.iter().any(|one| matches!(one.what, What::Unchanged));
            let asked = told.max().or(unchanged.then_some(self.acknowledged)).unwrap_or(latest);
            self.completeness(asked);
        }
    }

    /// Judges how the client ended; whether it should have everything now.
    fn ending(&mut self, ended: Ended, wanted: Ending, snapshot: bool) -> bool {
        match (ended, wanted) {
            (Ended::TooLate, _) => self.fault(Fault::DidNotEnd),
            (Ended::Badly, Ending::Complete | Ending::Killed | Ending::Anew) => {
                self.fault(Fault::ComplainedWithoutReason);
            }
            (Ended::Well, Ending::Complaint) => self.fault(Fault::KeptQuiet),
            (Ended::Well, Ending::ComplaintOrAnew) if !snapshot => self.fault(Fault::KeptQuiet),
            (Ended::Well, Ending::Anew) if !snapshot => self.fault(Fault::NoSnapshot),
            (Ended::Well | Ended::Badly | Ended::Killed, _) => {}
        }
        match wanted {
            Ending::Complete | Ending::Anew => true,
            Ending::Killed => ended != Ended::Killed,
            Ending::ComplaintOrAnew => ended == Ended::Well && snapshot,
            Ending::Complaint => false,
        }
    }

    /// Takes what the client printed and should not have.
    pub fn printed(&mut self, secrets: BTreeSet<Secret>) {
        secrets.into_iter().for_each(|secret| self.fault(secret.into()));
    }

    /// Tells a fault once.
    fn fault(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    fn call(&mut self, what: &What, acknowledged_before: i64) {
        match what {
            What::Fetched { sound, .. } => {
                if let Some(again) = sound.iter().find(|sequence| **sequence <= acknowledged_before) {
                    self.fault(Fault::FetchedAgain(*again));
                }
                self.received.extend(sound);
            }
            What::Acknowledged { up_to } => {
                let received = self.received_up_to();
                if *up_to > received {
                    self.fault(Fault::AcknowledgedUnseen {
                        up_to: *up_to,
                        received,
                    });
                } else {
                    self.acknowledged = self.acknowledged.max(*up_to);
                }
            }
            What::Snapshot { as_of, is_last: true } => self.begun_at = self.begun_at.max(*as_of),
            What::Refused { status } => self.fault(Fault::Refused(*status)),
            What::Elsewhere => self.fault(Fault::WrongAddress),
            What::Unchanged
            | What::Snapshot { is_last: false, .. }
            | What::TooOld
            | What::NotFetched
            | What::WaitCut
            | What::SentAway { .. }
            | What::KeyRefused => {}
        }
    }

    /// The last of the entries 1, 2, 3 … that arrived without a gap, or after the number of a snapshot.
    pub fn received_up_to(&self) -> i64 {
        let mut last = self.begun_at;
        for sequence in self.received.range(last + 1..) {
            if *sequence != last + 1 {
                break;
            }
            last = *sequence;
        }
        last
    }

    fn waits(&mut self, seen: &[Seen]) {
        for pair in seen.windows(2) {
            let [first, next] = pair else { continue };
            if let What::SentAway { seconds } = first.what {
                let after_ms = next.at.duration_since(first.at).as_millis();
                // A tenth of a second is what clocks may differ by.
                if after_ms + 100 < i128::from(seconds) * 1000 {
                    self.fault(Fault::DidNotWait { after_ms, seconds });
                }
            }
        }
    }

    fn numbers(&mut self, seen: &[Seen], latest: i64) {
        let (made, entries) = (seen.len(), usize::try_from(latest).unwrap_or_default());
        let allowed = CALLS + 2 * entries;
        if made > allowed {
            self.fault(Fault::TooManyCalls { made, allowed });
        }
        let refused = seen.iter().filter(|one| matches!(one.what, What::KeyRefused)).count();
        if refused > MOST_REFUSED {
            self.fault(Fault::RefusedKeyUsedOn(refused));
        }
        let dead = seen
            .iter()
            .filter(|one| matches!(one.what, What::Refused { .. } | What::TooOld))
            .count();
        if dead > MOST_REFUSED {
            self.fault(Fault::DeadCursorUsedOn(dead));
        }
    }

    /// Compares what the client says counts now with what does.
    pub fn current(&mut self, said: Option<&BTreeSet<String>>, truth: &BTreeSet<String>) {
        let Some(said) = said else {
            return self.fault(Fault::CurrentFailed);
        };
        let (kept, lacking) = (said.difference(truth).count(), truth.difference(said).count());
        if kept > 0 {
            self.fault(Fault::KeptAsCurrent(kept));
        }
        if lacking > 0 {
            self.fault(Fault::NotCurrent(lacking));
        }
    }

    fn completeness(&mut self, latest: i64) {
        let received = self.received_up_to();
        if received < latest {
            self.fault(Fault::NotAllFetched { received, latest });
        } else if self.acknowledged < latest {
            let acknowledged = self.acknowledged;
            self.fault(Fault::NotAllAcknowledged { acknowledged, latest });
        }
    }
}
