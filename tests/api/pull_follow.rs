//! The pull client that stays: it takes what comes as it comes, and ends when it is asked to.

use std::{
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::StatusCode;

use crate::{
    process::{client, end, submission, succeed},
    pull::{CODE, ENTRIES, Event, Setting, way_with},
    pull_table::state,
};

/// A client at work, and what it prints.
struct Following {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Following {
    fn start(mut command: Command) -> Self {
        command.arg("--follow").stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Reads on until it says that it has acknowledged up to a number.
    fn until(&mut self, acknowledged: usize) {
        let wanted = format!("acknowledged up to {acknowledged}");
        for line in self.lines.by_ref() {
            if line.unwrap().ends_with(&wanted) {
                return;
            }
        }
        panic!("it ended before it had acknowledged up to {acknowledged}");
    }

    /// SIGTERM, on which it must end well, and soon.
    fn end(mut self) {
        let began = Instant::now();
        end(&mut self.child);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        assert_eq!(self.lines.map(Result::unwrap).last().as_deref(), Some("stopped"));
    }
}

fn table_of(setting: &Setting) -> std::path::PathBuf {
    setting.folder.path().join("records.db")
}

fn follow(setting: &Setting, url: &str, table: &Path) -> Following {
    let mut command = setting.client(url);
    command.arg("--sqlite").arg(table);
    Following::start(command)
}

async fn one_more(setting: &Setting, key: &str) {
    let call = client()
        .post(format!("{}/api/v1/submissions", setting.process.url))
        .bearer_auth(setting.place.employer_key())
        .header("idempotency-key", key)
        .json(&submission(&[CODE]));
    assert_eq!(call.send().await.unwrap().status(), StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_comes_is_there_within_a_second_and_the_end_is_clean_in_the_middle_of_a_wait() {
    let setting = Setting::new().await;
    let table = table_of(&setting);
    let mut following = follow(&setting, &setting.process.url, &table);
    following.until(ENTRIES);
    one_more(&setting, "more").await;
    let began = Instant::now();
    following.until(ENTRIES + 1);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    following.end();
    let all = i64::try_from(ENTRIES + 1).unwrap();
    assert_eq!(state(&table).await, (all, all));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_long_poll_that_is_cut_and_a_service_that_sends_away_are_asked_again_as_they_say() {
    let setting = Setting::new().await;
    let away = Event::SendAway(StatusCode::TOO_MANY_REQUESTS, "2");
    let first_pages = std::iter::repeat_n(Event::Pass, 8);
    let route = way_with(&setting.process.url, first_pages.chain([Event::CutAnswer, away])).await;
    let table = table_of(&setting);
    let mut following = follow(&setting, &route.url, &table);
    following.until(ENTRIES);
    let began = Instant::now();
    one_more(&setting, "more").await;
    following.until(ENTRIES + 1);
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
    following.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_key_in_the_key_file_is_taken_when_the_old_one_is_refused() {
    let setting = Setting::new().await;
    let file = setting.folder.path().join("key");
    std::fs::write(&file, &setting.key).unwrap();
    let table = table_of(&setting);
    let mut command = setting.client(&setting.process.url);
    command.env_remove("FLEKSPORT_KEY").arg("--key-file").arg(&file);
    command.arg("--sqlite").arg(&table);
    let mut following = Following::start(command);
    following.until(ENTRIES);
    std::fs::write(&file, setting.place.municipality_key(CODE)).unwrap();
    let in_key = setting.key.split('_').nth(2).unwrap();
    let listed = succeed(setting.place.command(&["credential", "list"]));
    let mut ids = listed.lines().filter_map(|line| line.split_whitespace().next());
    let id = ids.find(|id| id.replace('-', "") == in_key).unwrap();
    succeed(setting.place.command(&["credential", "revoke", id]));
    one_more(&setting, "more").await;
    following.until(ENTRIES + 1);
    following.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_that_is_refused_and_has_no_successor_ends_it_with_an_error() {
    let mut setting = Setting::new().await;
    setting.key = "fp_not-a-key".to_owned();
    let mut following = follow(&setting, &setting.process.url, &table_of(&setting));
    assert_eq!(following.child.wait().unwrap().code(), Some(1));
}
