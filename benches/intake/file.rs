//! Large submissions about the same people for the first, the fifth and the ninety-sixth time: one service each, in turns.

use crate::{
    clients::{
        Caller, Failure,
        served::{Ground, Served},
    },
    history, spread,
};

/// Months of history.
const HISTORIES: [u64; 3] = [0, 4, 95];

struct Side {
    months: u64,
    served: Served,
    employer: Caller,
    /// Milliseconds of processor time.
    costs: Vec<f64>,
}

pub async fn run(people: u64, rounds: u64) -> Result<(), Failure> {
    let mut sides = Vec::new();
    for months in HISTORIES {
        let served = Served::start(&Ground::new(&format!("after_{months}")).await?)?;
        history::send(&served, people, months, rounds).await?;
        served.rest().await?;
        eprintln!("{months} months about {people} people stored");
        sides.push(Side {
            months,
            employer: history::employer(&served)?,
            served,
            costs: Vec::new(),
        });
    }
    for round in 0..rounds {
        // One after the other, each first in its turn.
        let first = usize::try_from(round)? % sides.len();
        sides.rotate_left(first);
        for side in &mut sides {
            let cost = side.send(people, round, rounds - 1 - round).await?;
            side.costs.push(cost);
        }
        sides.rotate_right(first);
    }
    print(people, &sides);
    sides.into_iter().try_for_each(|side| side.served.stop())
}

impl Side {
    /// The processor time of one submission with a report about everybody, until nothing is left to do for it.
    async fn send(&self, people: u64, round: u64, before: u64) -> Result<f64, Failure> {
        // Where nobody has a history, others in each round; where everybody has, one month more.
        let first = if self.months == 0 { people * round } else { 0 };
        let body = history::reports(first..first + people, before);
        let before = self.served.rest().await?;
        let key = format!("round-{round}");
        self.employer.post("/api/v1/submissions", Some(&key), &body).await?;
        Ok((self.served.rest().await? - before).as_secs_f64() * 1_000.0)
    }
}

fn print(people: u64, sides: &[Side]) {
    println!("one submission about {people} people, processor time of the service in milliseconds");
    println!("{:<28}{:>10}{:>10}{:>10}{:>10}", "", "median", "least", "most", "ratio");
    let of = |side: &Side| spread(side.costs.clone());
    let first = sides.first().map_or(f64::NAN, |side| of(side)[0]);
    for side in sides {
        let [median, least, most] = of(side);
        let name = format!("after {} months", side.months);
        println!(
            "{name:<28}{median:>10.0}{least:>10.0}{most:>10.0}{:>10.2}",
            median / first
        );
    }
}
