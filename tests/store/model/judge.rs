//! What must hold after a life.

use std::collections::{BTreeMap, BTreeSet};

use fleksport::{
    record::{CHAIN_START, CombinedDigest, FeedEntry, FeedEvent},
    store::{MAX_PAGE, Store},
    value::ReportId,
};
use serde_json::json;

use super::{
    client::Client,
    life::Life,
    script::{CODES, Ends, Name},
    truth::{Ledger, Line, Place, Said, Truth},
};
use crate::{
    feed::check_chain_after,
    fixture::municipality,
    reader::{Copy, Told},
    steps::acknowledge,
};

type Lines = BTreeMap<Name, Vec<Line>>;

impl Life<'_> {
    /// Every client catches up; then its copy is the truth, and its line is proven.
    pub async fn judge(&self) {
        let store = &self.nodes[0];
        self.states_are_true(store).await;
        for client in &self.clients {
            catch_up(client, store).await;
            if floor(client.code, store).await == 0 {
                client.compare_with_snapshot(store).await;
            }
            self.copy_is_true(client);
            self.feed_is_true(client, store).await;
        }
        self.states_are_true(store).await;
        assert_eq!(store.audit_verify().await.unwrap().fault, None);
    }

    fn copy_is_true(&self, client: &Client) {
        let kept = client.kept();
        let here = |truth: &Truth| truth.current(client.code).to_vec();
        let all = |truth: &Truth| truth.told.get(client.code).cloned().unwrap_or_default();
        assert_eq!(
            self.named(&kept.copy.0),
            self.ledger.lines(here),
            "what counts in {}",
            client.code
        );
        assert_eq!(
            self.named(&kept.history),
            self.ledger.lines(all),
            "what {} was told",
            client.code
        );
    }

    fn named(&self, told: &BTreeMap<ReportId, Vec<Told>>) -> Lines {
        let names = self.names();
        let named = |(id, told): (&ReportId, &Vec<Told>)| (names[id], told.iter().map(Line::from).collect());
        told.iter().map(named).collect()
    }

    fn names(&self) -> BTreeMap<ReportId, Name> {
        self.ledger.0.iter().map(|(name, truth)| (truth.id, *name)).collect()
    }

    /// The feed as a whole: its chain, its range, its differences, and that it can be begun in the middle.
    async fn feed_is_true(&self, client: &Client, store: &Store) {
        let code = municipality(client.code);
        let floor = floor(client.code, store).await;
        let digests = client.kept().digests.clone();
        let (gone, left) = digests.split_at(usize::try_from(floor).unwrap());
        let entries = store.feed(&code, floor, MAX_PAGE).await.unwrap().entries;
        check_chain_after(floor, gone.last().copied().unwrap_or(CHAIN_START), &entries);
        let mut combined = CombinedDigest::default();
        left.iter().for_each(|digest| combined.add(digest));
        let count = i64::try_from(entries.len()).unwrap();
        let latest = floor + count;
        let range = store.feed_range(&code, floor + 1, latest).await.unwrap();
        assert_eq!((range.count, range.combined_digest), (count, combined.finish()));
        let names = self.names();
        for entry in entries.iter().filter(|entry| entry.event == FeedEvent::Corrected) {
            self.difference_is_true(client.code, names[&entry.report.id], entry);
        }
        if floor == 0 {
            let anew = Copy::of_snapshot(store, &code, latest / 2).await;
            assert_eq!(anew, client.kept().copy, "begun anew at {}", latest / 2);
        } else {
            assert_eq!(
                store.feed(&code, floor - 1, 1).await.unwrap().entries.len(),
                0,
                "a page from below the floor"
            );
        }
    }

    /// A correction tells what changed where the municipality has both reports.
    fn difference_is_true(&self, code: &str, name: Name, entry: &FeedEntry) {
        let new = &self.ledger.0[&name];
        let old = &self.ledger.0[&new.corrects.expect("a correction corrects something")];
        let is_here = |truth: &Truth| matches!(truth.place, Place::At(at) | Place::Gone(Some(at)) if at == code);
        assert_eq!(
            entry.difference.is_some(),
            is_here(new) && is_here(old),
            "the difference of {name}"
        );
        let Some(difference) = &entry.difference else { return };
        let wage = difference
            .fields
            .iter()
            .find(|field| field.name == "full_time_total_monthly_wage");
        let wage = wage.map(|change| (change.before.clone(), change.after.clone()));
        let told = |truth: &Truth| Some(json!(format!("{}.00", truth.sent.wage)));
        assert_eq!(wage, Some((told(old), told(new))));
    }

    /// Every report is where the ledger says, and fetched exactly if the entry that gave it was acknowledged.
    async fn states_are_true(&self, store: &Store) {
        let mut connection = self.ground.raw().await;
        let rows: Vec<(String, String, Option<String>)> = sqlx::query_as("SELECT id, state, municipality FROM report")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        sqlx::Connection::close(connection).await.unwrap();
        let fetched = self.acknowledged(store).await;
        let withdrawn: BTreeSet<_> = self
            .ledger
            .0
            .values()
            .filter(|truth| truth.withdrawal)
            .map(|truth| truth.corrects)
            .collect();
        let left = self.ledger.0.iter().filter(|(_, truth)| !truth.purged);
        let wanted = left.map(|(name, truth)| {
            let (state, place) = state(truth, fetched.contains(&truth.id), withdrawn.contains(&Some(*name)));
            (
                truth.id.to_string(),
                (*name, state.to_owned(), place.map(str::to_owned)),
            )
        });
        let wanted: BTreeMap<_, _> = wanted.collect();
        assert_eq!(rows.len(), wanted.len(), "no report is there that nobody sent");
        for (id, state, place) in rows {
            let name = wanted[&id].0;
            assert_eq!((name, state, place), wanted[&id]);
        }
    }

    /// The reports whose municipality has acknowledged the entry that gave it the report, or that took another one back.
    async fn acknowledged(&self, store: &Store) -> BTreeSet<ReportId> {
        let mut given = BTreeMap::new();
        let taken_back_by = |id: &ReportId| {
            let taken = self
                .ledger
                .0
                .iter()
                .find(|(_, truth)| truth.id == *id)
                .map(|(name, _)| *name);
            let by = self
                .ledger
                .0
                .values()
                .find(|truth| truth.withdrawal && truth.corrects == taken);
            by.map(|truth| truth.id)
        };
        for code in CODES {
            let acknowledged = store.acknowledged(&municipality(code)).await.unwrap();
            let floor = floor(code, store).await;
            // What was given by an entry that is gone was acknowledged; a later entry may have given it again.
            if floor > 0 {
                let here = self.ledger.0.values().filter(|truth| self.ledger.has(code, truth.id));
                given.extend(here.map(|truth| (truth.id, true)));
            }
            for entry in store.feed(&municipality(code), floor, MAX_PAGE).await.unwrap().entries {
                use FeedEvent::{Answered, Available, Corrected, TransferredIn, TransferredOut, Withdrawn};
                let report = match entry.event {
                    Available | Corrected | TransferredIn => Some(entry.report.id),
                    Withdrawn => taken_back_by(&entry.report.id),
                    Answered | TransferredOut => None,
                };
                let here = report.filter(|id| self.ledger.has(code, *id));
                here.map(|id| given.insert(id, entry.sequence <= acknowledged));
            }
        }
        given
            .into_iter()
            .filter(|(_, fetched)| *fetched)
            .map(|(id, _)| id)
            .collect()
    }
}

impl Ledger {
    /// What there is to tell of each report, without those of which there is nothing.
    fn lines(&self, lines: impl Fn(&Truth) -> Vec<Line>) -> Lines {
        let lines = self.0.iter().map(|(name, truth)| (*name, lines(truth)));
        lines.filter(|(_, lines)| !lines.is_empty()).collect()
    }

    fn has(&self, code: &str, id: ReportId) -> bool {
        let mut all = self.0.values();
        all.any(|truth| truth.id == id && matches!(truth.place, Place::At(at) | Place::Gone(Some(at)) if at == code))
    }
}

/// Up to this number the feed has been deleted.
async fn floor(code: &str, store: &Store) -> i64 {
    store.feed_ends(&municipality(code)).await.unwrap().floor
}

async fn catch_up(client: &Client, store: &Store) {
    let latest = store.latest_sequence(&municipality(client.code)).await.unwrap();
    while client.kept().up_to() < latest {
        client.run(store, 50, Ends::Well).await.expect("the node is not down");
    }
    if latest > 0 {
        acknowledge(store, client.code, latest).await.unwrap();
    }
}

/// State and municipality of a report's row.
fn state(truth: &Truth, fetched: bool, withdrawn: bool) -> (&'static str, Option<&'static str>) {
    let open = |code| match truth.told.get(code).and_then(|told| told.last()) {
        _ if fetched => "fetched",
        Some(line) if line.event == FeedEvent::TransferredIn => "transferred",
        _ => "available",
    };
    match truth.place {
        Place::Held => ("held", None),
        Place::Gone(Some(code)) if truth.withdrawal => (open(code), Some(code)),
        Place::Gone(at) if withdrawn || truth.withdrawal => ("withdrawn", at),
        Place::Gone(at) => ("replaced", at),
        Place::At(code) => match truth.said {
            Said::Nothing => (open(code), Some(code)),
            Said::Asked => ("questioned", Some(code)),
            Said::Answered => ("answered", Some(code)),
            Said::Accepted => ("accepted", Some(code)),
            Said::Rejected => ("rejected", Some(code)),
        },
    }
}
