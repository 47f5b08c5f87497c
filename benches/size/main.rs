//! Whether reading costs the same with many records stored as with few. `scripts/bench size`.
//!
//! Usage: `size FEW MANY ROUNDS`, with `FLEKSPORT_BIN` and a scratch folder `FLEKSPORT_DATA` in the environment, and for PostgreSQL
//! `FLEKSPORT_TEST_POSTGRES_URL`. Two services are filled, one with few reports and one with many, and asked in turns. What is asked for is real; between
//! it lie rows with the right ids, numbers, times and sizes of indexes, whose sealed columns nobody can open.

#[path = "../clients/mod.rs"]
mod clients;
mod fill;
mod service;

use std::time::{Duration, Instant};

use clients::{Failure, served::Ground};
use service::Service;

/// The municipality that is asked for: every tenth report is its.
const CODE: &str = "0101";
/// Real reports at the beginning, in the middle and at the end.
const REAL: usize = 200;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [few, many, rounds] = arguments.as_slice() else {
        return Err("usage: size FEW MANY ROUNDS".into());
    };
    let (few, many, rounds): (i64, i64, usize) = (few.parse()?, many.parse()?, rounds.parse()?);
    let mut services = Vec::new();
    for (name, reports) in [("few", few), ("many", many)] {
        let began = Instant::now();
        services.push(filled(name, reports).await?);
        eprintln!("{reports} reports stored in {} s", began.elapsed().as_secs());
    }
    let mut times = vec![[Vec::new(), Vec::new()]; service::QUESTIONS.len()];
    for _ in 0..rounds {
        for (question, times) in service::QUESTIONS.iter().zip(&mut times) {
            for (service, times) in services.iter().zip(times) {
                times.push(service.ask(question).await?);
            }
        }
    }
    report(few, many, rounds, times);
    Ok(())
}

/// A service with so many reports, real ones at three places.
async fn filled(name: &str, reports: i64) -> Result<Service, Failure> {
    let ground = Ground::new(name).await?;
    for half in [0, 1] {
        let mut service = Service::start(&ground)?;
        service.send(REAL).await?;
        service.stop()?;
        fill::fill(&ground, half, reports / 2).await?;
    }
    let mut service = Service::start(&ground)?;
    service.send(REAL).await?;
    service.look_around().await?;
    Ok(service)
}

fn report(few: i64, many: i64, rounds: usize, times: Vec<[Vec<Duration>; 2]>) {
    println!("{rounds} rounds in turns; the median in milliseconds");
    println!("{:<44}{few:>12}{many:>12}{:>8}", "", "ratio");
    for (question, times) in service::QUESTIONS.iter().zip(times) {
        let [few, many] = times.map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2].as_secs_f64() * 1_000.0
        });
        println!("{:<44}{few:>12.2}{many:>12.2}{:>8.2}", question.name, many / few);
    }
}
