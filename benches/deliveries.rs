//! 98 municipalities wait for news while submissions pour in: how long from receipt to availability. `scripts/bench feed`.
//!
//! Usage: `deliveries SECONDS RATE SENDERS`, with `FLEKSPORT_URL`, `FLEKSPORT_DATA` and `FLEKSPORT_BIN` in the environment. RATE is
//! submissions a second over all senders, 0 for as many as they can. Traffic goes to loopback only and ends by itself.

mod clients;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use clients::{Caller, Failure, Key, figures, people::submission_about};
use fleksport::reference;
use serde_json::json;

/// How long the last reports may take to arrive before the run has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// When each report was answered, and when its municipality had it.
#[derive(Default)]
struct Times {
    sent: BTreeMap<String, (Instant, Instant)>,
    arrived: BTreeMap<String, Instant>,
}

type Shared = Arc<Mutex<Times>>;

fn lock(times: &Shared) -> std::sync::MutexGuard<'_, Times> {
    times.lock().unwrap_or_else(PoisonError::into_inner)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [seconds, rate, senders] = arguments.as_slice() else {
        return Err("usage: deliveries SECONDS RATE SENDERS".into());
    };
    let (seconds, rate, senders): (u64, u64, u64) = (seconds.parse()?, rate.parse()?, senders.parse()?);
    let times = Shared::default();
    let over = Arc::new(AtomicBool::new(false));
    let mut readers = Vec::new();
    for municipality in reference::municipalities() {
        let code = municipality.code.as_str();
        let caller = Caller::new(&Key::municipality(code)?)?;
        readers.push(tokio::spawn(read(caller, code, times.clone(), over.clone())));
    }
    let began = Instant::now();
    send_all(&times, Duration::from_secs(seconds), rate, senders).await?;
    let took = began.elapsed();
    wait_for_the_last(&times).await?;
    over.store(true, Ordering::Relaxed);
    let mut entries = 0;
    for reader in readers {
        entries += reader.await??;
    }
    report(&lock(&times), took, entries);
    Ok(())
}

/// One municipality's client: waits, takes, acknowledges. How many entries it got, each exactly one number after the other.
async fn read(caller: Caller, code: &'static str, times: Shared, over: Arc<AtomicBool>) -> Result<u64, Failure> {
    let mut last = 0;
    while !over.load(Ordering::Relaxed) {
        let page = caller
            .get(&format!(
                "/api/v1/municipalities/{code}/records?after={last}&limit=200&wait=2"
            ))
            .await?;
        let now = Instant::now();
        for record in page["records"].as_array().into_iter().flatten() {
            if record["sequence"].as_u64() != Some(last + 1) {
                return Err(format!("{code}: a hole or a double after {last}").into());
            }
            last += 1;
            let id = record["report"]["report_id"].as_str().unwrap_or_default();
            lock(&times).arrived.insert(id.to_owned(), now);
        }
        if page["records"].as_array().is_some_and(|records| !records.is_empty()) {
            let up_to = json!({"up_to_sequence": last});
            caller
                .post(&format!("/api/v1/municipalities/{code}/acknowledgements"), None, &up_to)
                .await?;
        }
    }
    Ok(last)
}

async fn send_all(times: &Shared, length: Duration, rate: u64, senders: u64) -> Result<(), Failure> {
    let key = Key::employer()?;
    let until = Instant::now() + length;
    let counter = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for sender in 0..senders {
        let pause = (rate > 0).then(|| Duration::from_secs_f64(senders as f64 / rate as f64));
        tasks.push(tokio::spawn(send(
            Caller::new(&key)?,
            times.clone(),
            until,
            pause.map(|pause| (pause, pause.mul_f64(sender as f64 / senders as f64))),
            counter.clone(),
        )));
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

/// Sends one report a submission, at its pace where it has one: then its beginning is shifted, so that not all send at once.
async fn send(
    caller: Caller,
    times: Shared,
    until: Instant,
    pace: Option<(Duration, Duration)>,
    counter: Arc<AtomicU64>,
) -> Result<(), Failure> {
    let mut due = Instant::now() + pace.map_or(Duration::ZERO, |(_, shift)| shift);
    let municipalities = reference::municipalities();
    while Instant::now() < until {
        tokio::time::sleep_until(due.into()).await;
        let number = counter.fetch_add(1, Ordering::Relaxed);
        // Every municipality in turn, in steps without a common divisor with their number.
        let place = usize::try_from(number * 37)? % municipalities.len();
        let body = submission_about(number, municipalities[place].code.as_str());
        let (sent, answer) = (
            Instant::now(),
            caller
                .post("/api/v1/submissions", Some(&format!("deliveries-{number}")), &body)
                .await?,
        );
        let id = answer["reports"][0]["report_id"]
            .as_str()
            .ok_or("an answer without a report")?;
        lock(&times).sent.insert(id.to_owned(), (sent, Instant::now()));
        due = pace.map_or_else(Instant::now, |(pause, _)| due + pause);
    }
    Ok(())
}

async fn wait_for_the_last(times: &Shared) -> Result<(), Failure> {
    let until = Instant::now() + PATIENCE;
    loop {
        let missing = {
            let times = lock(times);
            times.sent.keys().filter(|id| !times.arrived.contains_key(*id)).count()
        };
        if missing == 0 {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(format!("{missing} reports have not arrived after {} s", PATIENCE.as_secs()).into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn report(times: &Times, took: Duration, entries: u64) {
    let (mut answered, mut available) = (Vec::new(), Vec::new());
    for (id, (sent, receipt)) in &times.sent {
        let arrived = times.arrived[id];
        answered.push(*receipt - *sent);
        // A reader can have it before the sender has read its answer.
        available.push(arrived.saturating_duration_since(*receipt));
    }
    let count = times.sent.len();
    println!(
        "{}",
        json!({
            "submissions": count,
            "submissions_a_second": (count as f64 / took.as_secs_f64()).round(),
            "entries": entries,
            "from_sending_to_receipt_ms": figures(answered),
            "from_receipt_to_availability_ms": figures(available),
        })
    );
}
