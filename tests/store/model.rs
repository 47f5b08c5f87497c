//! Random lives against a simple truth: employers, municipalities and staff do things in any order, lose answers and ask again, nodes
//! crash, clients crash between fetching and acknowledging. Afterwards every client's copy is the truth.
//!
//! A failure names its seed; put it on the list of those that have failed once and it is played for ever.

use std::collections::BTreeMap;

use fleksport::{
    record::{CombinedDigest, Digest, Handover, IntakeReport, OutboxOrder, Outcome, StoredOutcome},
    store::{StepError, Store, StoreError, TakeInError},
    value::{OutcomeId, ReportId, SubmissionId},
};

use crate::{
    feed::check_chain,
    fixture::*,
    ground::{Ground, Kind, run},
    reader::Copy,
    steps::*,
};

const CODES: [&str; 3] = ["0101", "0147", "0851"];
/// Rounds of one life.
const ROUNDS: u64 = 40;
/// Lives that went wrong once.
const FAILED_ONCE: [u64; 0] = [];

/// Numbers that look random and come again with the same seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    fn code(&mut self) -> &'static str {
        CODES[self.roll(CODES.len())]
    }
}

/// Where a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Held,
    At(&'static str),
    /// Replaced or withdrawn; where it was.
    Gone(Option<&'static str>),
}

/// What the municipality that has it has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Asked(OutcomeId),
    Answered,
    Accepted,
    Rejected,
}

/// What is true of a report.
#[derive(Debug, Clone)]
struct Truth {
    place: Place,
    said: Said,
    /// What the employer answered, and whether people decided otherwise since. A fixture answers where it is held too.
    answered: &'static str,
    decided: bool,
    /// Entries that told its municipality of it.
    entries: usize,
    /// It only takes another one back.
    withdrawal: bool,
}

/// Something that somebody does.
#[derive(Clone)]
enum Deed {
    Submit {
        key: String,
        reports: Vec<(IntakeReport, Truth)>,
    },
    Replace {
        key: String,
        target: ReportId,
        report: Box<IntakeReport>,
        place: Place,
        answered: &'static str,
    },
    Withdraw {
        key: String,
        target: ReportId,
    },
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
enum Done {
    Sent(SubmissionId, Vec<ReportId>),
    Said(StoredOutcome),
    Handed(Handover),
    Refused,
    /// The node went down before it answered.
    Unheard,
}

impl Deed {
    fn target(&self) -> Option<ReportId> {
        match self {
            Self::Submit { .. } => None,
            Self::Replace { target, .. }
            | Self::Withdraw { target, .. }
            | Self::Transfer { target, .. }
            | Self::Decide { target, .. }
            | Self::Answer { target, .. }
            | Self::Assign { target, .. } => Some(*target),
        }
    }

    async fn perform(self, store: Store) -> Done {
        match self {
            Self::Submit { key, reports } => {
                send(&store, &key, reports.into_iter().map(|(report, _)| report).collect()).await
            }
            Self::Replace { key, report, .. } => send(&store, &key, vec![*report]).await,
            Self::Withdraw { key, target } => send(&store, &key, vec![withdrawal(target)]).await,
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

async fn send(store: &Store, key: &str, reports: Vec<IntakeReport>) -> Done {
    let mut sent = intake(key, reports);
    sent.orders = Vec::<OutboxOrder>::new();
    match store.take_in(sent).await {
        Ok(taken) => {
            let reports = taken.submission.reports.iter().map(|report| report.id);
            Done::Sent(taken.submission.id, reports.collect())
        }
        Err(TakeInError::CorrectionTargetClosed { .. }) => Done::Refused,
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

/// A municipality's client: what it has durably, and how far.
struct Client {
    code: &'static str,
    copy: Copy,
    digests: Vec<Digest>,
}

impl Client {
    fn up_to(&self) -> i64 {
        i64::try_from(self.digests.len()).unwrap()
    }

    /// One run of the client, which can end anywhere.
    async fn go(&mut self, store: &Store, dice: &mut Dice, unharmed: bool) {
        let code = municipality(self.code);
        let limit = u32::try_from(1 + dice.roll(7)).unwrap();
        let page = store.feed(&code, self.up_to(), limit).await.unwrap();
        if !unharmed && dice.chance(20) {
            return; // the answer was lost, or the client crashed before it wrote
        }
        if !unharmed && dice.chance(20) {
            // A second one at the same time gets the same.
            let again = store.feed(&code, self.up_to(), limit).await.unwrap();
            for (one, other) in page.entries.iter().zip(&again.entries) {
                assert_eq!((one.sequence, one.digest), (other.sequence, other.digest));
            }
        }
        for entry in &page.entries {
            assert_eq!(entry.sequence, self.up_to() + 1, "a hole or a double");
            assert_eq!(Some(&entry.previous_digest), self.digests.last().or(Some(&[0; 32])));
            self.copy.take(entry);
            self.digests.push(entry.digest);
        }
        if self.digests.is_empty() || (!unharmed && dice.chance(20)) {
            return; // crashed between writing and acknowledging
        }
        let receipt = acknowledge(store, self.code, self.up_to()).await.unwrap();
        if dice.chance(20) {
            assert_eq!(acknowledge(store, self.code, self.up_to()).await.unwrap(), receipt);
        }
        if dice.chance(20) {
            let anew = Copy::of_snapshot_alone(store, &code, self.up_to()).await;
            assert_eq!(
                anew, self.copy,
                "a snapshot at the client's number is the client's copy"
            );
        }
    }
}

/// One life.
struct Life<'g> {
    ground: &'g Ground,
    dice: Dice,
    nodes: Vec<Store>,
    reports: Vec<ReportId>,
    truth: BTreeMap<ReportId, Truth>,
    clients: Vec<Client>,
    counter: u64,
}

impl<'g> Life<'g> {
    async fn begin(ground: &'g Ground, seed: u64) -> Self {
        let client = |code| Client {
            code,
            copy: Copy::default(),
            digests: Vec::new(),
        };
        Self {
            ground,
            dice: Dice(seed),
            nodes: vec![ground.store().await, ground.store().await],
            reports: Vec::new(),
            truth: BTreeMap::new(),
            clients: CODES.map(client).into(),
            counter: 0,
        }
    }

    fn number(&mut self) -> String {
        self.counter += 1;
        format!("{}", self.counter)
    }

    fn new_report(&mut self, target: Option<ReportId>) -> (IntakeReport, Place, &'static str) {
        let code = self.dice.code();
        let mut new = match target {
            Some(target) => replacement(target, code),
            None => report(code),
        };
        if self.dice.chance(20) {
            (new.route, new.state) = (held_report().route, held_report().state);
            return (new, Place::Held, code);
        }
        (new, Place::At(code), code)
    }

    /// Something to do; most of it possible, some of it not.
    fn think(&mut self) -> Deed {
        let key = self.number();
        let known = self.reports.len();
        if known < 3 || self.dice.chance(20) {
            let count = 1 + self.dice.roll(3);
            let reports = (0..count).map(|_| {
                let (report, place, answered) = self.new_report(None);
                let truth = Truth {
                    place,
                    said: Said::Nothing,
                    answered,
                    decided: false,
                    entries: 1,
                    withdrawal: false,
                };
                (report, truth)
            });
            let reports = reports.collect();
            return Deed::Submit { key, reports };
        }
        // The newest are the likeliest to be alive.
        let target = self.reports[known - 1 - self.dice.roll(known.min(12))];
        let truth = self.truth[&target].clone();
        let (to, here) = (self.dice.code(), self.at_or_elsewhere(&truth));
        match self.dice.roll(6) {
            0 => {
                let (report, place, answered) = self.new_report(Some(target));
                Deed::Replace {
                    key,
                    target,
                    report: Box::new(report),
                    place,
                    answered,
                }
            }
            1 => Deed::Withdraw { key, target },
            2 => Deed::Transfer {
                from: here,
                target,
                to,
                why: format!("flyttet {key}"),
            },
            3 => match truth.said {
                Said::Asked(question) => Deed::Answer {
                    target,
                    question,
                    said: format!("svar {key}"),
                },
                _ => Deed::Assign {
                    target,
                    to,
                    why: format!("fundet {key}"),
                },
            },
            _ => {
                let outcome = match self.dice.roll(3) {
                    0 => Outcome::Accepted,
                    1 => rejected(&key),
                    _ => question(&key),
                };
                Deed::Decide {
                    by: here,
                    target,
                    outcome,
                }
            }
        }
    }

    /// Now and then somebody tries who has not got it.
    fn at_or_elsewhere(&mut self, truth: &Truth) -> &'static str {
        match truth.place {
            Place::At(code) | Place::Gone(Some(code)) if self.dice.chance(90) => code,
            _ => self.dice.code(),
        }
    }

    /// Whether it must succeed.
    fn possible(&self, deed: &Deed) -> bool {
        let Some(truth) = deed.target().map(|target| &self.truth[&target]) else {
            return true;
        };
        let open = !truth.withdrawal;
        match deed {
            Deed::Submit { .. } => true,
            Deed::Replace { .. } | Deed::Withdraw { .. } => open && !matches!(truth.place, Place::Gone(_)),
            Deed::Transfer { from, to, .. } => open && truth.place == Place::At(from) && from != to,
            Deed::Assign { .. } => open && truth.place == Place::Held,
            Deed::Answer { question, .. } => {
                matches!(truth.place, Place::At(_)) && truth.said == Said::Asked(*question)
            }
            Deed::Decide { by, outcome, .. } => {
                let had = matches!(truth.place, Place::At(at) | Place::Gone(Some(at)) if at == *by);
                let accepted_again = truth.said == Said::Accepted && *outcome == Outcome::Accepted;
                let goes_on = match truth.said {
                    Said::Nothing | Said::Answered => true,
                    Said::Asked(_) => !matches!(outcome, Outcome::Question { .. }),
                    Said::Accepted | Said::Rejected => false,
                };
                open && had && (accepted_again || (goes_on && matches!(truth.place, Place::At(_))))
            }
        }
    }

    fn learn(&mut self, deed: Deed, done: &Done) {
        match (deed, done) {
            (Deed::Submit { reports, .. }, Done::Sent(_, ids)) => {
                for ((_, truth), id) in reports.into_iter().zip(ids) {
                    self.add(*id, truth);
                }
            }
            (
                Deed::Replace {
                    target,
                    place,
                    answered,
                    ..
                },
                Done::Sent(_, ids),
            ) => {
                self.replaced(target, place, answered, ids[0]);
            }
            (Deed::Withdraw { target, .. }, Done::Sent(_, ids)) => {
                let at = self.close(target);
                let truth = Truth {
                    place: Place::Gone(at),
                    said: Said::Nothing,
                    answered: CODES[0],
                    decided: false,
                    entries: 0,
                    withdrawal: true,
                };
                self.add(ids[0], truth);
            }
            (Deed::Transfer { target, to, .. } | Deed::Assign { target, to, .. }, Done::Handed(_)) => {
                let truth = self.truth.get_mut(&target).unwrap();
                truth.place = Place::At(to);
                (truth.said, truth.decided, truth.entries) = (Said::Nothing, true, 1);
            }
            (Deed::Decide { target, outcome, .. }, Done::Said(stored)) => {
                self.truth.get_mut(&target).unwrap().said = match outcome {
                    Outcome::Accepted => Said::Accepted,
                    Outcome::Rejected { .. } => Said::Rejected,
                    Outcome::Question { .. } => Said::Asked(stored.id),
                };
            }
            (Deed::Answer { target, .. }, Done::Said(_)) => {
                let truth = self.truth.get_mut(&target).unwrap();
                truth.said = Said::Answered;
                truth.entries += 1;
            }
            (_, done) => panic!("an answer of another kind: {done:?}"),
        }
    }

    fn add(&mut self, id: ReportId, truth: Truth) {
        self.reports.push(id);
        self.truth.insert(id, truth);
    }

    /// The report gives way; where it was.
    fn close(&mut self, target: ReportId) -> Option<&'static str> {
        let truth = self.truth.get_mut(&target).unwrap();
        let at = match truth.place {
            Place::At(code) => Some(code),
            Place::Held => None,
            Place::Gone(_) => panic!("what is gone gives way to nothing"),
        };
        truth.place = Place::Gone(at);
        at
    }

    /// A correction follows what people decided, unless the employer answers something new.
    fn replaced(&mut self, target: ReportId, place: Place, answered: &'static str, id: ReportId) {
        let before = self.truth[&target].clone();
        let at = self.close(target);
        let follows = before.decided && before.answered == answered;
        let truth = Truth {
            place: at.filter(|_| follows).map_or(place, Place::At),
            said: Said::Nothing,
            answered,
            decided: follows,
            entries: 1,
            withdrawal: false,
        };
        self.add(id, truth);
    }

    /// Some deeds at once, on either node, each on a report of its own.
    async fn act(&mut self) {
        let mut deeds: Vec<Deed> = Vec::new();
        for _ in 0..=self.dice.roll(4) {
            let deed = self.think();
            let taken = deed.target().is_some() && deeds.iter().any(|other| other.target() == deed.target());
            if !taken {
                deeds.push(deed);
            }
        }
        let lost = self.dice.chance(15);
        let calls: Vec<_> = deeds
            .iter()
            .map(|deed| tokio::spawn(deed.clone().perform(self.nodes[self.dice.roll(2)].clone())))
            .collect();
        let mut first = Vec::new();
        if lost {
            // Nobody hears the answers, and the nodes go down with whatever they are doing.
            calls.iter().for_each(tokio::task::JoinHandle::abort);
            self.crash().await;
        } else {
            for call in calls {
                first.push(call.await.unwrap());
            }
        }
        for (at, deed) in deeds.into_iter().enumerate() {
            let mut done = first.get(at).cloned();
            if done.is_none() || (done != Some(Done::Refused) && self.dice.chance(25)) {
                let again = deed.clone().perform(self.nodes[self.dice.roll(2)].clone()).await;
                assert_eq!(done.get_or_insert(again.clone()), &again, "the same again is the same");
            }
            let done = done.unwrap();
            assert_eq!(
                done != Done::Refused,
                self.possible(&deed),
                "{:?}",
                deed.target().map(|id| &self.truth[&id])
            );
            if done != Done::Refused {
                self.learn(deed, &done);
            }
        }
    }

    /// What a node has promised it still writes; a node that is killed is another test's.
    async fn crash(&mut self) {
        for node in self.nodes.drain(..) {
            node.close().await;
        }
        self.nodes = vec![self.ground.store().await, self.ground.store().await];
    }

    async fn live(&mut self) {
        for _ in 0..ROUNDS {
            self.act().await;
            let (client, node) = (self.dice.roll(CODES.len()), self.dice.roll(2));
            self.clients[client].go(&self.nodes[node], &mut self.dice, false).await;
            if self.dice.chance(3) {
                self.crash().await;
            }
        }
    }

    /// Every client catches up; then its copy is the truth, and its line is proven.
    async fn judge(mut self) {
        let store = self.nodes[0].clone();
        for client in &mut self.clients {
            let code = municipality(client.code);
            let latest = store.latest_sequence(&code).await.unwrap();
            while client.up_to() < latest {
                client.go(&store, &mut self.dice, true).await;
            }
            if latest > 0 {
                acknowledge(&store, client.code, latest).await.unwrap();
            }
            let copy: BTreeMap<_, _> = client.copy.0.iter().map(|(id, told)| (*id, told.len())).collect();
            let here = self
                .truth
                .iter()
                .filter(|(_, truth)| truth.place == Place::At(client.code));
            let truth: BTreeMap<_, _> = here.map(|(id, truth)| (*id, truth.entries)).collect();
            assert_eq!(copy, truth, "{}", client.code);
            let entries = store.feed(&code, 0, 1_000).await.unwrap().entries;
            check_chain(&entries);
            let mut combined = CombinedDigest::default();
            client.digests.iter().for_each(|digest| combined.add(digest));
            let range = store.feed_range(&code, 1, latest).await.unwrap();
            assert_eq!((range.count, range.combined_digest), (latest, combined.finish()));
        }
        let waiting = "SELECT COUNT(*) FROM report WHERE state IN ('available', 'transferred')";
        assert_eq!(self.ground.count(waiting).await, 0, "everything told was acknowledged");
        assert_eq!(store.audit_verify().await.unwrap().fault, None);
    }
}

fn play(kind: Kind, seed: u64) {
    println!("seed {seed}");
    run(kind, true, async |ground| {
        let mut life = Life::begin(&ground, seed).await;
        life.live().await;
        life.judge().await;
    });
}

/// A few lives in the usual run, thousands where the variable asks for it. Each begins where no other has.
fn play_many(kind: Kind, few: u64, many: u64) {
    let slow = std::env::var("FLEKSPORT_SLOW_TESTS").is_ok_and(|value| value == "1");
    let from = std::env::var("FLEKSPORT_MODEL_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1);
    FAILED_ONCE.iter().for_each(|seed| play(kind, *seed));
    for seed in from..from + if slow { many } else { few } {
        play(kind, seed);
    }
}

#[test]
fn every_copy_is_the_truth_on_sqlite() {
    play_many(Kind::Sqlite, 3, 3_000);
}

#[test]
fn every_copy_is_the_truth_on_postgresql() {
    play_many(Kind::Postgres, 3, 1_000);
}
