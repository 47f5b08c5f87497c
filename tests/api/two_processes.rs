//! Two services on one database, as on PostgreSQL in production, and on SQLite while one takes the other's place: both take in, correct,
//! take back and hand on, and people wait at the feeds of both.

use std::{process::Stdio, sync::Arc};

use crate::{
    process::{Place, succeed},
    traffic::Traffic,
};

const STORIES: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_at_once_leave_no_hole_and_no_double_on_sqlite() {
    both_at_once(&Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_at_once_leave_no_hole_and_no_double_on_postgresql() {
    both_at_once(&Place::postgres("two_processes").await).await;
}

async fn both_at_once(place: &Place) {
    let nodes = [place.serve(), place.serve()];
    let traffic = Traffic::new(place, nodes.iter().map(|node| node.url.clone()).collect(), STORIES);
    let begun = traffic.begin();
    // Commands beside the running services write too.
    for _ in 0..3 {
        place.employer_key();
    }
    traffic.end(begun).await;
    succeed(place.command(&["audit", "verify"]));
    nodes.into_iter().for_each(|node| node.stop());
}

/// `kill -9`, twice, amid corrections and transfers: whoever asks again hears the same, and what a reader was told stays told.
async fn survive(place: &Place) {
    let mut node = place.serve();
    let traffic = Traffic::new(place, vec![node.url.clone()], STORIES);
    let begun = Arc::clone(&traffic).begin();
    for through in [STORIES / 4, STORIES / 2] {
        while traffic.through() < through {
            assert!(!begun.has_ended(), "a sender gave up");
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        node.kill();
        assert!(traffic.through() < STORIES, "the kill came amid the traffic");
        node = place.serve_with(&[], Stdio::null());
        traffic.moved(0, &node.url);
    }
    traffic.end(begun).await;
    succeed(place.command(&["audit", "verify"]));
    node.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_amid_corrections_and_transfers_loses_nothing_on_sqlite() {
    survive(&Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_amid_corrections_and_transfers_loses_nothing_on_postgresql() {
    survive(&Place::postgres("crash_follow_ups").await).await;
}
