//! What taking in costs: beside a bare insert, and as the history of the same people grows. `scripts/bench intake`, `scripts/bench file`.
//!
//! Usage: `intake one MONTHS SECONDS ROUNDS CONNECTIONS` or `intake file PEOPLE ROUNDS`, with `FLEKSPORT_BIN` and a scratch folder
//! `FLEKSPORT_DATA` in the environment, and for PostgreSQL `FLEKSPORT_TEST_POSTGRES_URL`. Everything that is stored was sent to the service
//! before, the history too. Traffic goes to loopback only and ends by itself.

#[path = "../clients/mod.rs"]
mod clients;

mod bare;
mod file;
mod history;
mod load;
mod one;

use std::time::Duration;

use clients::Failure;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["one", months, seconds, rounds, connections] => {
            let plan = one::Plan {
                months: months.parse()?,
                length: Duration::from_secs(seconds.parse()?),
                rounds: rounds.parse()?,
                connections: connections.parse()?,
            };
            one::run(&plan).await
        }
        ["file", people, rounds] => file::run(people.parse()?, rounds.parse()?).await,
        _ => Err("usage: intake one MONTHS SECONDS ROUNDS CONNECTIONS | intake file PEOPLE ROUNDS".into()),
    }
}

/// Median, least and most.
fn spread(mut figures: Vec<f64>) -> [f64; 3] {
    figures.sort_unstable_by(f64::total_cmp);
    let at = |place: usize| figures.get(place).copied().unwrap_or(f64::NAN);
    [at(figures.len() / 2), at(0), at(figures.len().saturating_sub(1))]
}
