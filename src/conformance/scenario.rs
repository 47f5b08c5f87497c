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
    pub rounds: &'static [Round],
}

/// One start of the client.
#[derive(Debug)]
pub struct Round {
    pub before: &'static [Act],
    /// To the calls of the client in their order; what comes after the last one passes.
    pub happens: &'static [Happening],
    /// The client is given a key that was taken back.
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
    /// The municipality gets another key; the one before opens nothing any more.
    NewKey,
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
    /// The answer is a page that lacks an entry in its middle.
    Hole,
    /// The answer is a page in which an entry does not follow the one before it.
    BrokenChain,
}

/// How the client should end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With everything fetched and acknowledged, and exit code 0.
    Complete,
    /// With an exit code that tells that something is wrong, and nothing acknowledged that it can't have.
    Complaint,
}

use {
    Act::{Correct, NewKey, Submit, Withdraw},
    Happening::{BrokenChain, CutAnswer, Hole, LoseAnswer, Overloaded, Pass, PassAndMoreComes, SendAway},
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
    Round {
        ending: Ending::Complaint,
        ..complete(before, happens)
    }
}

/// All of them, the plainest first.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "several-pages",
        title: "The feed is longer than a page.",
        wanted: "Fetch page after page until has_more is false; acknowledge what is stored.",
        rounds: &[complete(&[Submit(250)], &[])],
    },
    Scenario {
        name: "nothing-new",
        title: "The client is started again, once with nothing new and once with three new entries.",
        wanted: "Go on after the last stored entry; do not fetch the whole feed anew.",
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
        rounds: &[
            complete(&[Submit(3), Correct, Correct, Submit(2), Withdraw], &[]),
            complete(&[Submit(1), Correct, Withdraw], &[]),
        ],
    },
    Scenario {
        name: "lost-answers",
        title: "An answer ends in the middle, another is lost whole, and so is the one to an acknowledgement.",
        wanted: "Make the call again, in this run or the next; both calls can be repeated without harm.",
        rounds: &[
            Round {
                before: &[Submit(6)],
                happens: &[CutAnswer, LoseAnswer, Pass, LoseAnswer],
                old_key: false,
                ending: Ending::Complete,
            },
            complete(&[Submit(1)], &[Pass, LoseAnswer]),
        ],
    },
    Scenario {
        name: "sent-away",
        title: "The service is busy: 429 with Retry-After: 2, then 503.",
        wanted: "Wait as long as asked, then make the call again.",
        rounds: &[complete(&[Submit(5)], &[SendAway(2), Overloaded, Pass, SendAway(1)])],
    },
    Scenario {
        name: "hole",
        title: "A page lacks an entry; later the service is mended.",
        wanted: "Stop before the hole, acknowledge nothing beyond it, tell it; fetch it all when the service is mended.",
        rounds: &[complaint(&[Submit(9)], &[Hole]), complete(&[], &[])],
    },
    Scenario {
        name: "broken-chain",
        title: "An entry does not name the digest of the one before it; later the service is mended.",
        wanted: "Stop before it, acknowledge nothing beyond it, tell it.",
        rounds: &[complaint(&[Submit(9)], &[BrokenChain]), complete(&[], &[])],
    },
    Scenario {
        name: "new-key",
        title: "The key was taken back; then the client is given the new one.",
        wanted: "Stop at once and tell it; go on with the new key where it stopped.",
        rounds: &[
            complete(&[Submit(4)], &[]),
            Round {
                before: &[Submit(2), NewKey],
                happens: &[],
                old_key: true,
                ending: Ending::Complaint,
            },
            complete(&[], &[]),
        ],
    },
];
