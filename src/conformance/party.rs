//! The other parties: the service behind the gateway, the employer who sends to it, and whoever hands out keys.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Mutex,
};

use jiff::ToSpan;
use serde_json::{Value, json};

use super::{KitError, MUNICIPALITY, gateway, scenario::Act};
use crate::{
    app::App,
    audit::Actor,
    clock::Clock,
    config::{Config, Overrides},
    entropy::Entropy,
    store::{Holder, MAX_PAGE},
    value::{CredentialId, Cvr, MunicipalityCode, Redacted},
};

/// A company and a person that exist only in tests.
const EMPLOYER: &str = "13585628";
/// Whom reports are handed on to, and whom they come from.
const NEIGHBOUR: &str = "0147";
pub const PERSON: (&str, &str) = ("251248-9996", "Nancy Ann Test Berggren");

/// A key and its id, by which it is taken back.
#[derive(Debug, Clone)]
pub struct Key {
    pub id: CredentialId,
    pub text: Redacted<String>,
}

/// A service on a folder of its own, removed at the end.
pub struct Party {
    pub app: App,
    folder: tempfile::TempDir,
    employer: Key,
    /// Of case workers who hand reports on, here and next door.
    hands: [Key; 2],
    municipality: MunicipalityCode,
    /// Id of the newest report, and how many were sent.
    newest: Mutex<(String, usize)>,
}

impl Party {
    /// # Errors
    /// When the folder or the service can't be opened.
    pub async fn open() -> Result<Self, KitError> {
        let folder = tempfile::tempdir()?;
        let overrides = Overrides {
            data_dir: Some(folder.path().join("service")),
            ..Overrides::default()
        };
        let config = Config::load(None, &overrides).map_err(|problems| KitError::Refused(problems.to_string()))?;
        std::fs::create_dir(folder.path().join("client"))?;
        let app = App::open(config, Clock::System, Entropy::System).await?;
        let refused = |what: &str| KitError::Refused(what.to_owned());
        let cvr = Cvr::try_from(EMPLOYER).map_err(|_| refused("the employer"))?;
        let municipality = MunicipalityCode::try_from(MUNICIPALITY).map_err(|_| refused("the municipality"))?;
        let neighbour = MunicipalityCode::try_from(NEIGHBOUR).map_err(|_| refused("the neighbour"))?;
        let employer = new_key(&app, Holder::Employer(cvr)).await?;
        let hands = [
            new_key(&app, Holder::Municipality(municipality)).await?,
            new_key(&app, Holder::Municipality(neighbour)).await?,
        ];
        Ok(Self {
            app,
            folder,
            employer,
            hands,
            municipality,
            newest: Mutex::default(),
        })
    }

    /// The folder that the client may use.
    pub fn client_folder(&self) -> PathBuf {
        Path::join(self.folder.path(), "client")
    }

    pub async fn municipality_key(&self) -> Result<Key, KitError> {
        new_key(&self.app, Holder::Municipality(self.municipality)).await
    }

    /// The key opens nothing from now on.
    pub async fn take_back(&self, key: &Key) -> Result<(), KitError> {
        self.app.store.credential_revoke(key.id, Actor::operator()).await?;
        Ok(())
    }

    /// Ids of the reports that count as of an entry: what a copy that goes so far must hold.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn current(&self, as_of: i64) -> Result<BTreeSet<String>, KitError> {
        let (mut current, mut after) = (BTreeSet::new(), 0);
        loop {
            let page = self
                .app
                .store
                .snapshot(&self.municipality, as_of, after, MAX_PAGE)
                .await?;
            after = page.entries.last().map_or(after, |entry| entry.sequence);
            current.extend(page.entries.iter().map(|entry| entry.report.id.to_string()));
            if !page.has_more {
                return Ok(current);
            }
        }
    }

    pub async fn latest_sequence(&self) -> Result<i64, KitError> {
        Ok(self.app.store.latest_sequence(&self.municipality).await?)
    }

    /// # Errors
    /// When the service refuses what the employer sends: then the kit is out of step with the form.
    pub async fn perform(&self, act: &Act) -> Result<(), KitError> {
        match act {
            Act::Submit(reports) => self.submit(*reports).await,
            Act::Correct => {
                self.follow_up("corrections", Some(self.report(1, 1, MUNICIPALITY)))
                    .await
            }
            Act::Withdraw => self.follow_up("withdrawal", None).await,
            Act::HandOn => self.hand(&self.hands[0], MUNICIPALITY, NEIGHBOUR).await,
            Act::HandIn => {
                self.submit_to(1, NEIGHBOUR).await?;
                self.hand(&self.hands[1], NEIGHBOUR, MUNICIPALITY).await
            }
            // What concerns keys and addresses, not reports.
            Act::NewKey | Act::KeyBeside | Act::SetBack(_) | Act::Mend => Ok(()),
        }
    }

    /// Hands the newest report on.
    async fn hand(&self, key: &Key, from: &str, to: &str) -> Result<(), KitError> {
        let newest = self.newest.lock().map_err(|_| poisoned())?.0.clone();
        let address = format!("/api/v1/municipalities/{from}/records/{newest}/transfer");
        let body = json!({"to": to, "reason": "Flyttet"});
        gateway::ask(&self.app, &address, key.text.expose(), &newest, Some(body), None).await?;
        Ok(())
    }

    pub async fn submit(&self, reports: usize) -> Result<(), KitError> {
        self.submit_to(reports, MUNICIPALITY).await
    }

    async fn submit_to(&self, reports: usize, municipality: &str) -> Result<(), KitError> {
        let first = self.newest.lock().map_err(|_| poisoned())?.1 + 1;
        let body = json!({
            "form": "fleksjob-wage", "form_version": "1.0", "declaration_accepted": true,
            "employer": { "cvr": EMPLOYER, "contact_name": "Løn & Personale", "contact_email": "loen@example.dk" },
            "reports": (first..first + reports).map(|number| self.report(number, 0, municipality)).collect::<Vec<_>>(),
        });
        let answer = self.call("/api/v1/submissions", Some(body), None).await?;
        let newest = answer.body["reports"].as_array().and_then(|reports| reports.last());
        let id = newest
            .and_then(|report| report["report_id"].as_str())
            .unwrap_or_default();
        *self.newest.lock().map_err(|_| poisoned())? = (id.to_owned(), first + reports - 1);
        Ok(())
    }

    /// A report on a position of its own; `raise` kroner above the others.
    fn report(&self, number: usize, raise: usize, municipality: &str) -> Value {
        let month = self.app.clock.today().first_of_month();
        json!({
            "report_kind": "full_time_wage", "employee_cpr": PERSON.0, "employee_name": PERSON.1,
            "municipality_code": municipality, "position_title": format!("Stilling {number}"), "valid_from": month.to_string(),
            "full_time_weekly_hours": "37", "entry_mode": "total_known",
            "full_time_total_monthly_wage": format!("{}.00", 32_000 + raise), "included_components": ["employer_pension"],
        })
    }

    /// A correction or withdrawal of the newest report.
    async fn follow_up(&self, what: &str, body: Option<Value>) -> Result<(), KitError> {
        let newest = self.newest.lock().map_err(|_| poisoned())?.0.clone();
        let address = format!("/api/v1/reports/{newest}");
        let seen = self.call(&address, None, None).await?;
        let answer = self
            .call(&format!("{address}/{what}"), body.or(Some(Value::Null)), seen.etag)
            .await?;
        let id = answer.body["reports"][0]["report_id"].as_str().unwrap_or_default();
        self.newest.lock().map_err(|_| poisoned())?.0 = id.to_owned();
        Ok(())
    }

    /// A call as the employer: with a body POST, without one GET.
    async fn call(
        &self,
        address: &str,
        body: Option<Value>,
        etag: Option<String>,
    ) -> Result<gateway::Answer, KitError> {
        let key = self.app.entropy.uuid(self.app.clock.now());
        let key = key.map_err(|error| KitError::Refused(error.to_string()))?;
        gateway::ask(
            &self.app,
            address,
            self.employer.text.expose(),
            &key.to_string(),
            body,
            etag,
        )
        .await
    }
}

async fn new_key(app: &App, holder: Holder) -> Result<Key, KitError> {
    let expires = app.clock.now() + 24.hours();
    let new = app.store.credential_create(holder, expires, Actor::operator()).await?;
    Ok(Key {
        id: new.id,
        text: new.key,
    })
}

fn poisoned() -> KitError {
    KitError::Refused("another part of the kit failed".to_owned())
}
