//! What could be done next: most of it possible, some of it not.

use super::{
    dice::Dice,
    script::{Act, Deed, Ends, Name, Node, Sent, Step, Verdict},
    truth::{Ledger, Place, Said, Truth},
};

/// Throws the dice for a life, knowing what is true so far.
pub struct Thinker {
    dice: Dice,
    /// Names and wages given out.
    named: u32,
    versions: u32,
}

impl Thinker {
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice(seed),
            named: 0,
            versions: 0,
        }
    }

    pub fn step(&mut self, ledger: &Ledger) -> Step {
        match self.dice.roll(100) {
            0..3 => return Step::Crash,
            3..6 => {
                self.versions += 1;
                return Step::Publish(format!("1.{}", self.versions));
            }
            6..9 => return Step::Purge,
            _ => {}
        }
        let mut acts = Vec::new();
        for _ in 0..=self.dice.roll(4) {
            let deed = self.deed(ledger);
            let again = self.dice.chance(25).then(|| self.node());
            let targets = |act: &(Node, Act)| matches!(&act.1, Act::Do(other, _) if other.target() == deed.target());
            if deed.target().is_none() || !acts.iter().any(targets) {
                acts.push((self.node(), Act::Do(deed, again)));
            }
        }
        if self.dice.chance(85) {
            let code = self.dice.code();
            for _ in 0..=usize::from(self.dice.chance(30)) {
                acts.push((self.node(), self.pull(code)));
            }
        }
        if self.dice.chance(15) {
            let after_us = 100 * u64::try_from(self.dice.roll(40)).unwrap();
            return Step::Lost(after_us, acts);
        }
        Step::AtOnce(acts)
    }

    fn node(&mut self) -> Node {
        Node(self.dice.roll(2))
    }

    fn pull(&mut self, code: &'static str) -> Act {
        let ends = match self.dice.roll(10) {
            0..2 => Ends::BeforeWriting,
            2..4 => Ends::BeforeAcknowledging,
            _ => Ends::Well,
        };
        let limit = u32::try_from(1 + self.dice.roll(12)).unwrap();
        Act::Pull { code, limit, ends }
    }

    fn name(&mut self) -> Name {
        self.named += 1;
        Name(self.named)
    }

    fn sent(&mut self) -> Sent {
        let name = self.name();
        Sent {
            name,
            held: self.dice.chance(20),
            lives: self.dice.code(),
            wage: 30_000 + i64::from(name.0),
        }
    }

    fn deed(&mut self, ledger: &Ledger) -> Deed {
        let known: Vec<_> = ledger.0.keys().copied().collect();
        if known.len() < 3 || self.dice.chance(20) {
            let count = 1 + self.dice.roll(3);
            return Deed::Submit((0..count).map(|_| self.sent()).collect());
        }
        // The newest are the likeliest to be alive.
        let target = known[known.len() - 1 - self.dice.roll(known.len().min(12))];
        let truth = &ledger.0[&target];
        let (to, here) = (self.dice.code(), self.at_or_elsewhere(truth));
        match self.dice.roll(6) {
            0 => Deed::Replace {
                target,
                by: self.sent(),
            },
            1 => Deed::Withdraw {
                target,
                by: self.name(),
            },
            2 => Deed::Transfer { target, from: here, to },
            3 => match truth.said {
                Said::Asked => Deed::Answer { target },
                _ if self.dice.chance(20) => Deed::Answer { target },
                _ => Deed::Assign { target, to },
            },
            _ => Deed::Decide {
                target,
                by: here,
                verdict: [Verdict::Accept, Verdict::Reject, Verdict::Ask][self.dice.roll(3)],
            },
        }
    }

    /// Now and then somebody tries who has not got it.
    fn at_or_elsewhere(&mut self, truth: &Truth) -> &'static str {
        match truth.place {
            Place::At(code) | Place::Gone(Some(code)) if self.dice.chance(90) => code,
            _ => self.dice.code(),
        }
    }
}
