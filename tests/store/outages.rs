//! What the database can do to the service: each time it is told as what passes, nothing is stored twice or lost, and the same store goes
//! on by itself.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use fleksport::{
    config::DatabaseSettings,
    entropy::Entropy,
    store::{Store, StoreError, TakeInError},
    value::Redacted,
    vault::Vault,
};

use crate::{
    fixture::*,
    ground::{Ground, Kind, let_go, on_both, run, start},
    proxy::Proxy,
};

/// Within this time after its cause has ended, everything works again.
const RECOVERY: Duration = Duration::from_secs(10);

async fn open(ground: &Ground, settings: &DatabaseSettings) -> Store {
    let vault = Vault::open_or_make(ground.folder.path(), &Entropy::System, start()).unwrap();
    Store::open(
        settings,
        ground.folder.path(),
        vault,
        ground.clock.clone(),
        Entropy::System,
    )
    .await
    .unwrap()
}

/// Whether it was stored. Any error but those that pass is a fault of ours.
async fn send(store: &Store, key: &str) -> bool {
    match store.take_in(intake(key, vec![report("0101")])).await {
        Ok(_) => true,
        Err(TakeInError::Busy) => false,
        Err(TakeInError::Store(error)) if error.passes() => false,
        Err(error) => panic!("{key}: {error:?}"),
    }
}

async fn reads(store: &Store) -> bool {
    match store.latest_sequence(&municipality("0101")).await {
        Ok(_) => true,
        Err(error) => {
            assert!(error.passes(), "{error:?}");
            false
        }
    }
}

async fn recovers(store: &Store, key: &str) {
    let since = Instant::now();
    while !(send(store, key).await && reads(store).await) {
        assert!(since.elapsed() < RECOVERY, "{key}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(store.writer_goes_on());
    assert_eq!(store.audit_verify().await.unwrap().fault, None);
}

/// The settings by way of a proxy, and the server behind it.
fn through(ground: &Ground, proxy: &str) -> DatabaseSettings {
    let mut settings = ground.settings.clone();
    settings.statement_timeout = Duration::from_secs(1);
    let url = settings.url.as_ref().unwrap().expose().replace(&server(ground), proxy);
    settings.url = Some(Redacted::new(url));
    settings
}

fn server(ground: &Ground) -> String {
    let url = ground.settings.url.as_ref().unwrap().expose();
    let (_, rest) = url.split_once('@').unwrap();
    rest.split('/').next().unwrap().to_owned()
}

on_both! {
    async fn a_lock_that_another_process_holds_for_long_is_waited_for_or_told_as_busy(ground) {
        let mut settings = ground.settings.clone();
        settings.statement_timeout = Duration::from_secs(2);
        let store = open(&ground, &settings).await;
        let holder = ground.hold_writes().await;
        let waiting = {
            let store = store.clone();
            tokio::spawn(async move { send(&store, "held").await })
        };
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert!(reads(&store).await, "reading does not wait for writers");
        assert!(store.writer_goes_on());
        let_go(holder).await;
        waiting.await.unwrap();
        recovers(&store, "held").await;
        assert_eq!(ground.count("SELECT COUNT(*) FROM submission").await, 1);
    }

    async fn callers_that_go_away_in_the_middle_of_a_statement_leave_no_dirty_connection(ground) {
        let store = ground.store().await;
        for key in 0..20 {
            assert!(send(&store, &format!("{key}")).await);
        }
        let calls = (0..400_u64).map(|call| {
            let store = store.clone();
            tokio::spawn(async move {
                let most = Duration::from_micros(call * 10);
                let _ = tokio::time::timeout(most, store.audit_verify()).await;
            })
        });
        futures_util::future::join_all(calls).await;
        for _ in 0..20 {
            assert_eq!(store.latest_sequence(&municipality("0101")).await.unwrap(), 20);
            assert_eq!(store.audit_verify().await.unwrap().entries, 20);
        }
    }
}

#[test]
fn a_server_that_ends_all_connections_costs_no_more_than_a_repeat() {
    run(Kind::Postgres, true, |ground| async move {
        let name = "fleksport_ended";
        let mut settings = ground.settings.clone();
        let url = settings.url.as_ref().unwrap().expose().clone();
        settings.url = Some(Redacted::new(format!("{url}&application_name={name}")));
        let store = open(&ground, &settings).await;
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'");
        let (mut stored, mut keys) = (0_i64, 0);
        for _ in 0..10 {
            let calls = (0..40).map(|call| {
                let (store, key) = (store.clone(), format!("{keys} {call}"));
                tokio::spawn(async move {
                    reads(&store).await;
                    // Until it is stored: after an uncertain answer the key tells.
                    let since = Instant::now();
                    while !send(&store, &key).await {
                        assert!(since.elapsed() < RECOVERY, "{key}");
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                })
            });
            let calls = futures_util::future::join_all(calls);
            let (answers, ()) = tokio::join!(calls, ground.execute(&end));
            answers.into_iter().for_each(Result::unwrap);
            keys += 1;
            stored += 40;
        }
        recovers(&store, "last").await;
        assert_eq!(ground.count("SELECT COUNT(*) FROM submission").await, stored + 1);
    });
}

#[test]
fn a_connection_that_falls_silent_is_left_and_another_one_made() {
    run(Kind::Postgres, true, |ground| async move {
        let proxy = Proxy::start(server(&ground)).await;
        let store = open(&ground, &through(&ground, &proxy.address.to_string())).await;
        assert!(send(&store, "before").await && reads(&store).await);
        proxy.fall_silent();
        let silent = Instant::now();
        for key in 0..3 {
            assert!(!send(&store, &format!("silent {key}")).await);
            assert!(!reads(&store).await);
            assert!(store.writer_goes_on(), "a silent database is no reason for a restart");
        }
        assert!(silent.elapsed() < Duration::from_secs(60));
        proxy.end();
        recovers(&store, "after").await;
    });
}

#[test]
fn a_commit_whose_answer_is_lost_is_uncertain_and_never_run_again() {
    run(Kind::Postgres, true, |ground| async move {
        let proxy = Proxy::start(server(&ground)).await;
        let store = open(&ground, &through(&ground, &proxy.address.to_string())).await;
        // So that the next connection is a new one, and its COMMIT can be seen on the way.
        proxy.fall_silent();
        assert!(!send(&store, "silent").await);
        proxy.cut_next_commit();
        let mut answer = store.take_in(intake("cut", vec![report("0101")])).await;
        let since = Instant::now();
        while matches!(
            &answer,
            Err(TakeInError::Store(StoreError::Connect(_) | StoreError::TimedOut))
        ) {
            assert!(since.elapsed() < RECOVERY);
            tokio::time::sleep(Duration::from_millis(50)).await;
            answer = store.take_in(intake("cut", vec![report("0101")])).await;
        }
        assert!(
            matches!(answer, Err(TakeInError::Store(StoreError::Uncertain(_)))),
            "{answer:?}"
        );
        proxy.end();
        recovers(&store, "after").await;
        assert!(
            store
                .take_in(intake("cut", vec![report("0101")]))
                .await
                .unwrap()
                .repeated
        );
        assert_eq!(ground.count("SELECT COUNT(*) FROM submission").await, 2);
    });
}

/// A file system of its own, in memory; only root may make one.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(folder: &'a Path, size: &str) -> Option<Self> {
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder);
        let done = mount.output().is_ok_and(|output| output.status.success());
        done.then_some(Self(folder))
    }

    fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        let mut mount = Command::new("mount");
        assert!(mount.args(["-o", &options]).arg(self.0).status().unwrap().success());
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// Fills a disk of 4 MB, with this reserve, and makes it larger.
async fn fill(ground: &Ground, reserve: u64) {
    let Some(disk) = SmallDisk::mount(ground.folder.path(), "4m") else {
        eprintln!("left out: a small file system can't be mounted here");
        return;
    };
    let mut settings = ground.settings.clone();
    settings.disk_reserve_bytes = reserve;
    Store::migrate(&settings, ground.folder.path()).await.unwrap();
    let store = open(ground, &settings).await;
    let mut stored = 0;
    let fault = loop {
        let reports = (0..10).map(|_| report("0101")).collect();
        match store.take_in(intake(&format!("{stored}"), reports)).await {
            Ok(_) => stored += 1,
            Err(TakeInError::Store(fault)) => break fault,
            Err(fault) => panic!("{fault:?}"),
        }
        assert!(stored < 1_000, "the disk does not fill");
        if reserve > 0 {
            // The guard asks once a second.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    assert!(matches!(fault, StoreError::Full), "{fault:?}");
    assert_eq!(store.latest_sequence(&municipality("0101")).await.unwrap(), stored * 10);
    assert!(store.writer_goes_on());
    disk.grow("60m");
    recovers(&store, "after").await;
    assert_eq!(ground.count("SELECT COUNT(*) FROM submission").await, stored + 1);
    store.close().await;
}

#[test]
fn a_full_disk_is_told_as_full_and_room_is_used_again_without_a_restart() {
    run(Kind::Sqlite, false, |ground| async move { fill(&ground, 0).await });
}

#[test]
fn writing_stops_before_the_disk_is_full() {
    run(
        Kind::Sqlite,
        false,
        |ground| async move { fill(&ground, 1 << 40).await },
    );
}
