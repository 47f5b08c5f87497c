//! Random lives against a simple truth: employers, municipalities and staff do things in any order, lose answers and ask again, nodes
//! crash, clients crash between fetching and acknowledging and run twice at once, and what is old is deleted. Afterwards every client's
//! copy is the truth.
//!
//! A life that goes wrong prints its steps. Cut down, they are kept in `kept.rs` and played for ever.

mod call;
mod client;
mod dice;
mod judge;
mod kept;
mod life;
mod script;
mod think;
mod truth;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use life::Life;
use script::Step;
use think::Thinker;

use crate::ground::{Kind, run};

/// Steps of one life.
const STEPS: usize = 40;
/// Lives played at once.
const AT_ONCE: usize = 2;

fn play(kind: Kind, seed: u64) {
    run(kind, true, async |ground| {
        let (mut life, mut thinker) = (Life::begin(&ground, seed).await, Thinker::new(seed));
        for _ in 0..STEPS {
            let step = thinker.step(&life.ledger);
            life.play(step).await;
        }
        life.judge().await;
    });
}

/// Plays the steps of a life as they are written.
fn replay(kind: Kind, steps: &[Step]) {
    run(kind, true, async |ground| {
        let mut life = Life::begin(&ground, 0).await;
        for step in steps {
            life.play(step.clone()).await;
        }
        life.judge().await;
    });
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// A few lives in the usual run, many where FLEKSPORT_SLOW_TESTS=1 asks for them, or as many as FLEKSPORT_MODEL_LIVES says, from the
/// seed FLEKSPORT_MODEL_SEED on.
fn play_many(kind: Kind, few: u64, many: u64) {
    let slow = std::env::var("FLEKSPORT_SLOW_TESTS").is_ok_and(|value| value == "1");
    let lives = number("FLEKSPORT_MODEL_LIVES").unwrap_or(if slow { many } else { few });
    let from = number("FLEKSPORT_MODEL_SEED").unwrap_or(1);
    let (next, began) = (AtomicU64::new(from), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= from + lives {
                        return;
                    }
                    play(kind, seed);
                }
            });
        }
    });
    println!("{lives} lives on {kind:?} in {} s, all true", began.elapsed().as_secs());
}

#[test]
fn every_copy_is_the_truth_on_sqlite() {
    play_many(Kind::Sqlite, 3, 1_000);
}

#[test]
fn every_copy_is_the_truth_on_postgresql() {
    play_many(Kind::Postgres, 3, 300);
}

#[test]
fn a_life_is_read_as_it_is_written() {
    let text = "a submit r1=0101:30001 r2=held:0147:30002 again b & b pull 0101 3 before-writing\n\
                lost 300: a replace r1 by r3=0851:30003 & b accept r2 in 0147 & a pull 0147 1\n\
                publish 1.1\npurge\na withdraw r3 by r4 & a transfer r1 from 0101 to 0147 & b assign r2 to 0851\n\
                b ask r1 in 0101 & a reject r2 in 0851 & a answer r5\ncrash\nb pull 0851 9 before-acknowledging";
    let steps = script::read(text);
    let written: Vec<_> = steps.iter().map(Step::to_string).collect();
    assert_eq!(written.join("\n"), text);
}
