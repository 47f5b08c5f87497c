use fleksport::{
    entropy::Entropy,
    record::{
        Answer, Answers, CHAIN_START, CombinedDigest, Digest, EntryDetail, FeedEntry, FeedLink, Recipe, ReportState,
    },
    store::{MAX_PAGE, Store},
    value::{Money, ReportId},
    vault::{Place, Vault},
};
use serde_json::Value;

use crate::{
    fixture::*,
    ground::{on_both, start},
    reader::Copy,
    steps::*,
};

async fn take(store: &Store, key: &str, report: fleksport::record::IntakeReport) -> ReportId {
    store
        .take_in(intake(key, vec![report]))
        .await
        .unwrap()
        .submission
        .reports[0]
        .id
}

/// What a reader can prove with what it was given: no entry is missing, none was changed, each report is the one the entry told of.
pub fn check_chain(entries: &[FeedEntry]) {
    check_chain_after(0, CHAIN_START, entries);
}

/// The same of entries that follow one with that number and digest.
pub fn check_chain_after(last: i64, mut previous: Digest, entries: &[FeedEntry]) {
    for (entry, due) in entries.iter().zip(last + 1..) {
        let content = entry.report.committed(&entry.employer, &entry.form);
        assert_eq!(entry.report.content_digest, content.digest(entry.report.recipe));
        let link = FeedLink {
            municipality: &entry.municipality,
            sequence: due,
            event: entry.event,
            transfer_id: entry.transfer_id,
            report_id: entry.report.id,
            appended_at: entry.appended_at,
            content: &entry.content(),
        };
        previous = link.digest(&previous);
        assert_eq!(entry.digest, previous, "entry {due} of {}", entry.municipality);
    }
}

on_both! {
    async fn a_feed_has_its_own_reports_in_order_and_only_those(ground) {
        let store = ground.store().await;
        let first = intake("a", vec![report("0101"), report("0147"), held_report(), report("0101")]);
        let second = intake("b", vec![report("0101")]);
        store.take_in(first.clone()).await.unwrap();
        store.take_in(second.clone()).await.unwrap();

        let page = store.feed(&municipality("0101"), 0, 100).await.unwrap();
        assert_eq!(page.latest_sequence, 3);
        let told: Vec<_> = page.entries.iter().map(|entry| (entry.sequence, entry.report.id)).collect();
        assert_eq!(told, [(1, first.reports[0].id), (2, first.reports[3].id), (3, second.reports[0].id)]);
        for entry in &page.entries {
            assert_eq!(entry.event.as_str(), "report.available");
            assert_eq!((&entry.employer, &entry.form), (&first.employer, &first.form));
            assert_eq!(entry.appended_at, start());
            assert!(matches!(entry.report.state, ReportState::Available { .. }));
        }
        check_chain(&page.entries);
        let empty = store.feed(&municipality("0851"), 0, 100).await.unwrap();
        assert_eq!((empty.entries.len(), empty.latest_sequence), (0, 0));
    }

    async fn a_report_that_was_stored_before_there_were_recipes_proves_its_answers_as_before(ground) {
        let store = ground.store().await;
        let id = take(&store, "a", report("0101")).await.to_string();
        let new = store.feed(&municipality("0101"), 0, 1).await.unwrap().entries.remove(0);
        assert_eq!(new.report.recipe, Recipe::NEWEST);
        let first = new.report.committed(&new.employer, &new.form).digest(Recipe::Answers);
        assert_ne!(new.report.content_digest, first);

        // The row as the first version of the program wrote it.
        let vault = Vault::open_or_make(ground.folder.path(), &Entropy::System, start()).unwrap();
        let place = || Place { table: "report", column: "sealed", row: &id };
        let mut connection = ground.raw().await;
        let sealed: Vec<u8> = sqlx::query_scalar("SELECT sealed FROM report").fetch_one(&mut connection).await.unwrap();
        let mut content: Value = serde_json::from_slice(&vault.unseal(place(), &sealed).unwrap()).unwrap();
        content.as_object_mut().unwrap().remove("recipe").expect("new rows say by which recipe");
        let sealed = vault.seal(place(), content.to_string().as_bytes(), &Entropy::System).unwrap();
        let writing = sqlx::query("UPDATE report SET sealed = $1, content_digest = $2").bind(sealed).bind(first.to_vec());
        writing.execute(&mut connection).await.unwrap();
        store.close().await;
        crate::proofs::as_before_proofs(&ground).await;
        let store = ground.store().await;

        let old = store.feed(&municipality("0101"), 0, 1).await.unwrap().entries.remove(0);
        assert_eq!(old.report.recipe, Recipe::Answers);
        let proven = old.report.committed(&old.employer, &old.form).digest(old.report.recipe);
        assert_eq!((old.report.content_digest, old.content()), (proven, proven));
    }

    async fn what_kl_adds_once_for_a_submission_is_handed_over_and_covered_by_the_digest(ground) {
        let store = ground.store().await;
        let mut sent = intake("a", vec![report("0101")]);
        sent.employer.more.insert("cost_centre", Answer::Text("4711".to_owned()));
        store.take_in(sent.clone()).await.unwrap();
        let entry = store.feed(&municipality("0101"), 0, 1).await.unwrap().entries.remove(0);
        assert_eq!(entry.employer.to_plain_json()["more"]["cost_centre"], "4711");
        assert_eq!(entry.report.committed(&entry.employer, &entry.form).digest(entry.report.recipe), entry.report.content_digest);
        let mut without = entry.employer.clone();
        without.more = Answers::default();
        assert_ne!(entry.report.committed(&without, &entry.form).digest(entry.report.recipe), entry.report.content_digest);
        check_chain(&[entry]);
    }

    async fn pages_are_bounded_and_fit_together(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", (0..25).map(|_| report("0101")).collect())).await.unwrap();
        let mut all = Vec::new();
        loop {
            let after = all.last().map_or(0, |entry: &FeedEntry| entry.sequence);
            let page = store.feed(&municipality("0101"), after, 10).await.unwrap();
            assert!(page.entries.len() <= 10);
            assert_eq!(page.latest_sequence, 25);
            if page.entries.is_empty() {
                break;
            }
            all.extend(page.entries);
        }
        assert_eq!(all.len(), 25);
        check_chain(&all);
        assert_eq!(store.feed(&municipality("0101"), 0, 0).await.unwrap().entries.len(), 1);
        assert_eq!(store.feed(&municipality("0101"), 0, u32::MAX).await.unwrap().entries.len(), 25);
        assert_eq!(store.feed(&municipality("0101"), 25, MAX_PAGE).await.unwrap().entries.len(), 0);
        assert_eq!(store.feed(&municipality("0101"), i64::MAX, MAX_PAGE).await.unwrap().entries.len(), 0);
        assert_eq!(store.feed(&municipality("0101"), i64::MIN, MAX_PAGE).await.unwrap().entries.len(), 25);
    }

    async fn entries_can_be_neither_changed_nor_deleted(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", vec![report("0101")])).await.unwrap();
        for sql in ["UPDATE feed_entry SET sequence = 2", "DELETE FROM feed_entry", "DELETE FROM audit_entry",
            "UPDATE audit_entry SET purpose = 'x'"] {
            let mut connection = ground.raw().await;
            assert!(sqlx::raw_sql(sql).execute(&mut connection).await.is_err(), "{sql}");
        }
    }

    async fn a_snapshot_and_the_feed_after_it_give_what_the_feed_alone_gives(ground) {
        let store = ground.store().await;
        let (here, there) = (municipality("0101"), municipality("0147"));
        let kept = take(&store, "a", report("0101")).await;
        let twice = take(&store, "b", report("0101")).await;
        let once = take(&store, "c", replacement(twice, "0101")).await;
        let last = take(&store, "d", replacement(once, "0101")).await;
        let gone = take(&store, "e", report("0101")).await;
        take(&store, "f", withdrawal(gone)).await;
        let moved = take(&store, "g", report("0101")).await;
        let away = take(&store, "h", replacement(moved, "0147")).await;
        let back = take(&store, "i", replacement(away, "0101")).await;
        for code in [&here, &there] {
            let whole = Copy::of_feed(&store, code).await;
            for as_of in 0..=store.latest_sequence(code).await.unwrap() {
                assert_eq!(Copy::of_snapshot(&store, code, as_of).await, whole, "{code} as of {as_of}");
            }
        }
        let mut left = vec![kept, last, back];
        left.sort();
        assert_eq!(Copy::of_feed(&store, &here).await.0.into_keys().collect::<Vec<_>>(), left);
        assert!(Copy::of_feed(&store, &there).await.0.is_empty());
        let latest = store.latest_sequence(&here).await.unwrap();
        let snapshot = store.snapshot(&here, latest, 0, 100).await.unwrap();
        assert_eq!(snapshot.entries.len(), 3, "what was overtaken is left out");
        let feed = store.feed(&here, 0, 100).await.unwrap();
        assert_eq!(Some(snapshot.digest), feed.entries.last().map(|entry| entry.digest));
    }

    async fn many_corrections_answers_and_transfers_of_a_page_each_tell_their_own(ground) {
        let store = ground.store().await;
        let reports = store.take_in(intake("a", (0..45).map(|_| report("0101")).collect())).await.unwrap().submission.reports;
        for (at, old) in reports.iter().enumerate() {
            let why = format!("Nummer {at}");
            match at % 3 {
                0 => {
                    let mut new = replacement(old.id, "0101");
                    let wage = Money::from_ore(4_000_000 + i64::try_from(at).unwrap());
                    new.report.answers.insert("full_time_total_monthly_wage", Answer::Money(wage));
                    take(&store, &why, new).await;
                }
                1 => {
                    let asked = decide(&store, "0101", old.id, &question("Hvorfor?")).await.unwrap();
                    answer(&store, old.id, asked.id, &why).await.unwrap();
                }
                _ => drop(transfer(&store, "0101", old.id, "0147", &why).await.unwrap()),
            }
        }
        let entries = store.feed(&municipality("0101"), 45, 100).await.unwrap().entries;
        assert_eq!(entries.len(), 45);
        for (at, (entry, old)) in entries.iter().zip(&reports).enumerate() {
            let why = format!("Nummer {at}");
            match (&entry.difference, &entry.detail) {
                (Some(difference), None) if at % 3 == 0 => {
                    assert_eq!(difference.corrects, old.id);
                    assert_eq!(difference.fields[0].after, Some(serde_json::json!(format!("40000.{at:02}"))));
                }
                (None, Some(EntryDetail::Answer { answer, .. })) if at % 3 == 1 => assert_eq!(answer.text.expose(), why.as_str()),
                (None, Some(EntryDetail::Handover(handover))) if at % 3 == 2 => assert_eq!(handover.reason.expose(), why.as_str()),
                other => panic!("{at}: {other:?}"),
            }
        }
    }

    async fn a_range_proves_its_entries_by_digests_alone(ground) {
        let store = ground.store().await;
        store.take_in(intake("a", (0..9).map(|_| report("0101")).collect())).await.unwrap();
        let code = municipality("0101");
        let entries = store.feed(&code, 0, 100).await.unwrap().entries;
        for (from, to) in [(1, 9), (4, 6), (9, 9)] {
            let range = store.feed_range(&code, from, to).await.unwrap();
            let own: Vec<_> = entries.iter().filter(|entry| (from..=to).contains(&entry.sequence)).collect();
            let mut combined = CombinedDigest::default();
            own.iter().for_each(|entry| combined.add(&entry.digest));
            assert_eq!(range.count, to - from + 1);
            assert_eq!(range.combined_digest, combined.finish());
            assert_eq!((range.previous_digest, range.last_digest), (own[0].previous_digest, own.last().unwrap().digest));
        }
        let whole = store.feed_range(&code, 1, 9).await.unwrap();
        let other = store.feed_range(&code, 1, 8).await.unwrap();
        assert_ne!(whole.combined_digest, other.combined_digest);
        assert_eq!(store.feed_range(&municipality("0147"), 1, 0).await.unwrap().count, 0);
    }

    async fn a_correction_tells_what_it_changed_and_only_to_who_had_the_old_report(ground) {
        let store = ground.store().await;
        let old = take(&store, "a", report("0101")).await;
        let mut new = replacement(old, "0101");
        new.report.answers.insert("full_time_total_monthly_wage", Answer::Money(Money::from_ore(3_300_000)));
        let new = take(&store, "b", new).await;
        let entries = store.feed(&municipality("0101"), 0, 10).await.unwrap().entries;
        assert!(entries[0].difference.is_none());
        let difference = entries[1].difference.clone().unwrap();
        assert_eq!(difference.corrects, old);
        let fields: Vec<_> = difference.fields.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(fields, ["full_time_total_monthly_wage"]);
        assert_eq!(difference.fields[0].before, Some(serde_json::json!(WAGE)));
        assert_eq!(difference.fields[0].after, Some(serde_json::json!("33000.00")));
        assert!(difference.amounts.is_empty(), "the fixture's assessment is the same");

        take(&store, "c", replacement(new, "0147")).await;
        let elsewhere = store.feed(&municipality("0147"), 0, 10).await.unwrap().entries;
        assert!(elsewhere[0].difference.is_none(), "the old report was another municipality's");
    }
}
