//! What happens to the client. Each scenario is data: rounds in which the client is started once, what was done before, and what
//! happens to its calls, in their order.

/// One thing to get right.
#[derive(Debug)]
pub struct Scenario {
    /// For the command line.
    pub name: &'static str,
    /// What happens.
    pub title: &'static str,
    /// What a good client does.
    pub wanted: &'static str,
    /// Whom it concerns.
    pub asked_of: AskedOf,
    pub rounds: &'static [Round],
}

/// Which clients a scenario is played with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedOf {
    Everybody,
    /// Those that say that they check what each digest commits to. The interface asks for the chain only.
    Verifiers,
    /// Those that say that they begin a new copy with a snapshot.
    Beginners,
}

/// One start of the client.
#[derive(Debug)]
pub struct Round {
    pub before: &'static [Act],
    /// To the calls of the client in their order; what comes after the last one passes.
    pub happens: &'static [Happening],
    /// The client is given the key before the newest one.
    pub old_key: bool,
    pub ending: Ending,
}

/// Something done before the client is started.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// So many reports come in.
    Submit(usize),
    /// The newest report is corrected.
    Correct,
    /// The newest report is taken back.
    Withdraw,
    /// The newest report is handed on to another municipality.
    HandOn,
    /// A report comes in to another municipality and is handed on to this one.
    HandIn,
    /// The municipality gets another key; the one before opens nothing any more.
    NewKey,
    /// The municipality gets another key; the one before stays good beside it.
    KeyBeside,
    /// Another service is at the address, which has so many entries: as after a restore of an old backup.
    SetBack(usize),
    /// The service from before is back.
    Mend,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy)]
pub enum Happening {
    Pass,
    /// Passes; then so many reports come in.
    PassAndMoreComes(usize),
    /// Reaches the service; the answer ends in the middle.
    CutAnswer,
    /// Reaches the service; nothing of what the answer says arrives.
    LoseAnswer,
    /// Does not reach the service: 429 with `Retry-After` in seconds.
    SendAway(i64),
    /// Does not reach the service: 503 without a word on when to come again.
    Overloaded,
    /// Does not reach the service: 500, as while a database changes over.
    Fails,
    /// The page with the [`DAMAGED`] entry lacks it. Pages without it pass, as with the next two.
    Hole,
    /// On the page with the [`DAMAGED`] entry it does not follow the one before it.
    BrokenChain,
    /// On the page with the [`DAMAGED`] entry one amount is another than its digest commits to.
    ChangedContent,
    /// Entries that the client lacks have been deleted: its fetches get 410, until it reads a snapshot.
    TooOld,
    /// Waits for the next acknowledgement, which reaches the service; then the client is killed. Other calls pass.
    KillAtAcknowledgement,
    /// Waits for the next call with `wait=`; while it waits, so many reports come in, then the connection ends. Other calls pass.
    CutWait(usize),
}

/// How the client should end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With everything fetched and acknowledged, and exit code 0.
    Complete,
    /// With an exit code that tells that something is wrong, and nothing acknowledged that it can't have.
    Complaint,
    /// By the kit, at its first acknowledgement. A client that acknowledges nothing ends like [`Ending::Complete`].
    Killed,
    /// With a complaint, or with everything after it has begun anew with a snapshot.
    ComplaintOrAnew,
    /// As [`Ending::Complete`], with a snapshot read to its end.
    Anew,
}

/// The number of the entry that is damaged in transit: in the middle of the kit's short feeds, with one before and one after it, so that
/// the damage shows however few entries a page has.
pub const DAMAGED: i64 = 5;

impl Happening {
    /// Whether it happens to the page that holds the [`DAMAGED`] entry.
    pub fn damages(self) -> bool {
        matches!(self, Self::Hole | Self::BrokenChain | Self::ChangedContent)
    }
}

use {
    Act::{Correct, HandIn, HandOn, KeyBeside, Mend, NewKey, SetBack, Submit, Withdraw},
    AskedOf::{Beginners, Everybody, Verifiers},
    Happening::{
        BrokenChain, ChangedContent, CutAnswer, CutWait, Fails, Hole, KillAtAcknowledgement, LoseAnswer, Overloaded,
        Pass, PassAndMoreComes, SendAway, TooOld,
    },
};

const fn complete(before: &'static [Act], happens: &'static [Happening]) -> Round {
    Round {
        before,
        happens,
        old_key: false,
        ending: Ending::Complete,
    }
}

const fn complaint(before: &'static [Act], happens: &'static [Happening]) -> Round {
    ending(Ending::Complaint, complete(before, happens))
}

const fn ending(ending: Ending, round: Round) -> Round {
    Round { ending, ..round }
}

const fn with_old_key(round: Round) -> Round {
    Round { old_key: true, ..round }
}

/// All of them, the plainest first.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "several-pages",
        title: "The feed is longer than a page.",
        wanted: "Fetch page after page until has_more is false; acknowledge what is stored.",
        asked_of: Everybody,
        rounds: &[complete(&[Submit(250)], &[])],
    },
    Scenario {
        name: "nothing-new",
        title: "The client is started again, once with nothing new and once with three new entries.",
        wanted: "Go on after the last stored entry; do not fetch the whole feed anew.",
        asked_of: Everybody,
        rounds: &[
            complete(&[Submit(4)], &[]),
            complete(&[], &[]),
            complete(&[Submit(3)], &[]),
        ],
    },
    Scenario {
        name: "growing",
        title: "Entries come in while the pages are read.",
        wanted: "Go on from the cursor of the page; nothing is skipped and nothing missed.",
        asked_of: Everybody,
        rounds: &[
            complete(
                &[Submit(120)],
                &[PassAndMoreComes(30), PassAndMoreComes(30), PassAndMoreComes(5)],
            ),
            complete(&[], &[]),
        ],
    },
    Scenario {
        name: "tombstones",
        title: "Reports are corrected, corrected again and withdrawn; the second time after they were fetched.",
        wanted: "Take every entry, whatever it tells, and acknowledge it.",
        asked_of: Everybody,
        rounds: &[
            complete(&[Submit(3), Correct, Correct, Submit(2), Withdraw], &[]),
            complete(&[Submit(1), Correct, Withdraw], &[]),
        ],
    },
    Scenario {
        name: "lost-answers",
        title: "An answer ends in the middle, another is lost whole, and so is the one to an acknowledgement.",
        wanted: "Make the call again, in this run or the next; both calls can be repeated without harm.",
        asked_of: Everybody,
        rounds: &[
            complete(&[Submit(6)], &[CutAnswer, LoseAnswer, Pass, LoseAnswer]),
            complete(&[Submit(1)], &[Pass, LoseAnswer]),
        ],
    },
    Scenario {
        name: "sent-away",
        title: "The service is busy: 429 with Retry-After: 2, then 503.",
        wanted: "Wait as long as asked, then make the call again.",
        asked_of: Everybody,
        rounds: &[complete(&[Submit(5)], &[SendAway(2), Overloaded, Pass, SendAway(1)])],
    },
    Scenario {
        name: "failing",
        title: "The service fails for a moment: 500, twice.",
        wanted: "Make the call again with growing waits, as with 502 and 503.",
        asked_of: Everybody,
        rounds: &[complete(&[Submit(5)], &[Fails, Pass, Fails])],
    },
    Scenario {
        name: "killed",
        title: "The client is killed at its first acknowledgement, as by a power cut; then it is started again.",
        wanted: "Store a page durably and count it before it is acknowledged; go on after it.",
        asked_of: Everybody,
        rounds: &[
            ending(Ending::Killed, complete(&[Submit(250)], &[KillAtAcknowledgement])),
            complete(&[], &[]),
        ],
    },
    Scenario {
        name: "hole",
        title: "A page lacks an entry; later the service is mended.",
        wanted: "Stop before the hole, acknowledge nothing beyond it, tell it; fetch it all when the service is mended.",
        asked_of: Everybody,
        rounds: &[complaint(&[Submit(9)], &[Hole]), complete(&[], &[])],
    },
    Scenario {
        name: "broken-chain",
        title: "An entry does not name the digest of the one before it; later the service is mended.",
        wanted: "Stop before it, acknowledge nothing beyond it, tell it.",
        asked_of: Everybody,
        rounds: &[complaint(&[Submit(9)], &[BrokenChain]), complete(&[], &[])],
    },
    Scenario {
        name: "new-key",
        title: "The key was taken back; then the client is given the new one.",
        wanted: "Stop at once and tell it; go on with the new key where it stopped.",
        asked_of: Everybody,
        rounds: &[
            complete(&[Submit(4)], &[]),
            with_old_key(complaint(&[Submit(2), NewKey], &[])),
            complete(&[], &[]),
        ],
    },
    Scenario {
        name: "overlapping-keys",
        title: "There is a new key beside the old one; the client is started with the old one, then with the new one.",
        wanted: "Go on with either key where it stopped; the copy belongs to the municipality, not to the key.",
        asked_of: Everybody,
        rounds: &[
            complete(&[Submit(4)], &[]),
            with_old_key(complete(&[Submit(2), KeyBeside], &[])),
            complete(&[Submit(1)], &[]),
        ],
    },
    Scenario {
        name: "transfers",
        title: "A report is handed on to another municipality after it was fetched, one before it was, and one comes from another.",
        wanted: "Take every entry: what is handed on no longer counts here, what is handed in does from then on.",
        asked_of: Everybody,
        rounds: &[
            complete(&[Submit(3)], &[]),
            complete(&[HandOn, Submit(2), HandOn, HandIn, Submit(1)], &[]),
        ],
    },
    Scenario {
        name: "cut-wait",
        title: "A call that waits for something new is cut off while entries come in. Tried only with a client that calls with wait=.",
        wanted: "Make the call again; nothing that came meanwhile is lost, and no answer is no news.",
        asked_of: Everybody,
        rounds: &[
            complete(&[Submit(2)], &[]),
            complete(&[], &[CutWait(3)]),
            complete(&[Submit(1)], &[]),
        ],
    },
    Scenario {
        name: "set-back",
        title: "The service was set back and has fewer entries than the client; later it is mended.",
        wanted: "Stop and tell it, acknowledge nothing, and do not begin anew; go on when the service is mended.",
        asked_of: Everybody,
        rounds: &[
            complete(&[Submit(6)], &[]),
            complaint(&[SetBack(2)], &[]),
            complete(&[Mend, Submit(2)], &[]),
        ],
    },
    Scenario {
        name: "too-old",
        title: "Entries that the client lacks have been deleted at the service (410); later it is the right service again.",
        wanted: "Stop and tell it, or begin a new copy with a snapshot; never go on as if nothing were missing.",
        asked_of: Everybody,
        rounds: &[
            complete(&[Submit(3)], &[]),
            ending(Ending::ComplaintOrAnew, complete(&[Submit(3)], &[TooOld])),
            complete(&[], &[]),
        ],
    },
    Scenario {
        name: "snapshot",
        title: "A copy is begun with a snapshot of several pages, while entries come in; then the feed goes on.",
        wanted: "Read the snapshot to its end, acknowledge its as_of, and go on with feed_cursor.",
        asked_of: Beginners,
        rounds: &[
            ending(
                Ending::Anew,
                complete(
                    &[Submit(120), Correct, Submit(5), Withdraw, Submit(3)],
                    &[PassAndMoreComes(2)],
                ),
            ),
            complete(&[Submit(2)], &[]),
        ],
    },
    Scenario {
        name: "changed-content",
        title: "An amount was changed on its way; later the service is mended.",
        wanted: "Compute what the digest commits to; stop before the entry, acknowledge nothing beyond it, tell it.",
        asked_of: Verifiers,
        rounds: &[complaint(&[Submit(9)], &[ChangedContent]), complete(&[], &[])],
    },
];
