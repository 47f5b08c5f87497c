//! The conformance kit (*afprøvningssæt*): a supplier points its own pull client at a gateway on which everything happens that can
//! happen, and reads what the client got wrong.
//!
//! Behind the gateway is this very service on a folder of its own, so what the client sees is the real interface with real entries.
//! The gateway lets calls pass, loses them, cuts answers, sends the client away or changes a page, and writes down what the client
//! does. Judged is only what shows in its calls and its exit code: how it stores is its own affair.

mod gateway;
mod judge;
mod party;
mod scenario;

use std::{
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use tokio::process::Command;

pub use judge::Fault;
pub use scenario::{SCENARIOS, Scenario};

use gateway::Gateway;
use judge::Judge;
use party::Party;
use scenario::Act;

/// Whose feed the gateway plays.
pub const MUNICIPALITY: &str = "0101";

/// How the client under test is started.
#[derive(Debug, Clone)]
pub struct ClientCommand {
    /// For `sh -c`. It finds `FLEKSPORT_URL`, `FLEKSPORT_KEY`, `FLEKSPORT_MUNICIPALITY` and `FLEKSPORT_OUT` (a folder of its own that
    /// is the same in every round of a scenario).
    pub shell: String,
    /// How long one run may take.
    pub patience: Duration,
}

/// What came out of a scenario.
#[derive(Debug)]
pub struct Verdict {
    pub scenario: &'static Scenario,
    /// Empty: passed.
    pub faults: Vec<Fault>,
}

/// The kit itself failed; the client has not been judged.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    #[error("the service behind the gateway could not be opened")]
    Start(#[from] crate::app::StartError),
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
    let party = Arc::new(Party::open().await?);
    let gateway = Gateway::open(&party).await?;
    let mut key = party.municipality_key().await?;
    let mut judge = Judge::default();
    for round in scenario.rounds {
        for act in round.before {
            match act {
                Act::NewKey => {
                    party.take_back(&key).await?;
                    key = party.municipality_key().await?;
                }
                other => party.perform(other).await?,
            }
        }
        gateway.begin(round.happens);
        let given = if round.old_key {
            party.spent_key().await?
        } else {
            key.clone()
        };
        let ended = run(client, &gateway, given.text.expose(), &party).await?;
        let latest = party.latest_sequence().await?;
        judge.round(round, &gateway.seen(), ended, latest);
    }
    Ok(Verdict {
        scenario,
        faults: judge.faults,
    })
}

/// How a run of the client ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Well,
    /// With an exit code that tells that something is wrong.
    Badly,
    /// It was still at work when its time was up, and was ended.
    TooLate,
}

async fn run(client: &ClientCommand, gateway: &Gateway, key: &str, party: &Party) -> Result<Ended, KitError> {
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(&client.shell)
        .env("FLEKSPORT_URL", gateway.url())
        .env("FLEKSPORT_KEY", key)
        .env("FLEKSPORT_MUNICIPALITY", MUNICIPALITY)
        .env("FLEKSPORT_OUT", party.client_folder())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    match tokio::time::timeout(client.patience, child.wait()).await {
        Ok(status) => Ok(Ended::from(status?)),
        Err(_) => {
            child.kill().await?;
            Ok(Ended::TooLate)
        }
    }
}

impl From<ExitStatus> for Ended {
    fn from(status: ExitStatus) -> Self {
        if status.success() { Self::Well } else { Self::Badly }
    }
}
