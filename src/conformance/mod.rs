//! The conformance kit (*afprøvningssæt*): a supplier points its own pull client at a gateway on which everything happens that can
//! happen, and reads what the client got wrong.
//!
//! Behind the gateway is this very service on a folder of its own, so what the client sees is the real interface with real entries.
//! The gateway lets calls pass, loses them, cuts answers, sends the client away or changes a page, and writes down what the client
//! does. Judged is what shows in its calls and its exit code, and, where a command is named that prints them, which reports it holds
//! for current: how it stores is its own affair.

mod gateway;
mod judge;
mod party;
mod run;
mod scenario;

use std::{sync::Arc, time::Duration};

use tokio::process::Command;

pub use judge::Fault;
pub use scenario::{AskedOf, SCENARIOS, Scenario};

use gateway::Gateway;
use judge::Judge;
use party::{Key, Party};
use run::{Ran, Secret};
use scenario::{Act, Ending, Round};

/// Whose feed the gateway plays.
pub const MUNICIPALITY: &str = "0101";

/// How the client under test is started.
#[derive(Debug, Clone)]
pub struct ClientCommand {
    /// For `sh -c`. It finds `FLEKSPORT_URL`, `FLEKSPORT_KEY`, `FLEKSPORT_MUNICIPALITY` and `FLEKSPORT_OUT` (a folder of its own that
    /// is the same in every round of a scenario).
    pub shell: String,
    /// Prints the ids of the reports that count now, with the same variables; run after each round that should end well.
    pub current: Option<String>,
    /// How long one run may take.
    pub patience: Duration,
}

/// What came out of a scenario.
#[derive(Debug)]
pub struct Verdict {
    pub scenario: &'static Scenario,
    /// Empty: passed.
    pub faults: Vec<Fault>,
    /// What could not be tried.
    pub notes: Vec<&'static str>,
}

/// The kit itself failed; the client has not been judged.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    #[error("the service behind the gateway could not be opened")]
    Start(#[from] crate::app::OpenError),
    #[error("the service behind the gateway refused what the kit asked of it: {0}")]
    Refused(String),
    #[error("the service behind the gateway failed")]
    Store(#[from] crate::store::StoreError),
    #[error("the machine failed")]
    Machine(#[from] std::io::Error),
}

/// Runs the client through a scenario, round by round, and judges what it did.
///
/// # Errors
/// When the kit can't do its part.
pub async fn try_client(scenario: &'static Scenario, client: &ClientCommand) -> Result<Verdict, KitError> {
    let mut stage = Stage::open().await?;
    let mut judge = Judge::default();
    for round in scenario.rounds {
        for act in round.before {
            stage.perform(act).await?;
        }
        stage.gateway.begin(round.happens).await;
        let key = stage.key(round)?.text.expose().to_owned();
        let ran = stage.run(&client.shell, &key, client, true).await?;
        let latest = stage.behind().latest_sequence().await?;
        judge.round(
            round,
            &stage.gateway.seen(),
            (ran.ended, stage.gateway.untouched()),
            latest,
        );
        judge.printed(ran.faults);
        if let (Some(shell), Ending::Complete | Ending::Anew) = (&client.current, round.ending) {
            let printed = stage.run(shell, &key, client, false).await?;
            let truth = stage.behind().current(judge.received_up_to()).await?;
            judge.current(printed.words().as_ref(), &truth);
            judge.printed(printed.faults);
        }
    }
    Ok(Verdict {
        scenario,
        faults: judge.faults,
        notes: judge.notes,
    })
}

/// Where a scenario is played: the gateway, the service behind it, and the municipality's keys.
struct Stage {
    gateway: Gateway,
    party: Arc<Party>,
    /// The service that stands in for it after it was set back.
    set_back: Option<(Arc<Party>, Key)>,
    key: Key,
    previous_key: Option<Key>,
}

impl Stage {
    async fn open() -> Result<Self, KitError> {
        let party = Arc::new(Party::open().await?);
        Ok(Self {
            gateway: Gateway::open(&party).await?,
            key: party.municipality_key().await?,
            party,
            set_back: None,
            previous_key: None,
        })
    }

    /// The service that the client comes to.
    fn behind(&self) -> &Party {
        self.set_back.as_ref().map_or(&self.party, |(party, _)| party)
    }

    fn key(&self, round: &Round) -> Result<&Key, KitError> {
        match (&self.set_back, round.old_key) {
            (Some((_, key)), _) => Ok(key),
            (None, false) => Ok(&self.key),
            (None, true) => {
                let no_key = || KitError::Refused("there is no key before the newest one".to_owned());
                self.previous_key.as_ref().ok_or_else(no_key)
            }
        }
    }

    async fn perform(&mut self, act: &Act) -> Result<(), KitError> {
        match act {
            Act::NewKey | Act::KeyBeside => {
                let new = self.party.municipality_key().await?;
                let old = std::mem::replace(&mut self.key, new);
                if matches!(act, Act::NewKey) {
                    self.party.take_back(&old).await?;
                }
                self.previous_key = Some(old);
            }
            Act::SetBack(entries) => {
                let party = Arc::new(Party::open().await?);
                party.submit(*entries).await?;
                self.gateway.lead_to(&party);
                let key = party.municipality_key().await?;
                self.set_back = Some((party, key));
            }
            Act::Mend => {
                self.set_back = None;
                self.gateway.lead_to(&self.party);
            }
            other => self.behind().perform(other).await?,
        }
        Ok(())
    }

    /// Runs a command of the client; `shown` where what it prints is for whoever runs the kit.
    async fn run(&self, shell: &str, key: &str, client: &ClientCommand, shown: bool) -> Result<Ran, KitError> {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(shell)
            .env("FLEKSPORT_URL", self.gateway.url())
            .env("FLEKSPORT_KEY", key)
            .env("FLEKSPORT_MUNICIPALITY", MUNICIPALITY)
            .env("FLEKSPORT_OUT", self.party.client_folder());
        let cpr = party::PERSON.0;
        let secrets = [
            (Secret::CprNumber, cpr.to_owned()),
            (Secret::CprNumber, cpr.replace('-', "")),
            (Secret::Key, key.to_owned()),
        ];
        run::run(command, &secrets, client.patience, self.gateway.kill(), shown).await
    }
}
