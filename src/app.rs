//! Everything that a request or a task needs, put together from its parts.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::{
    calculate::RuleBook,
    calls::CallFigures,
    clock::Clock,
    config::Config,
    entropy::Entropy,
    form::FormLibrary,
    ground::{Ground, GroundError, Want},
    heavy::Heavy,
    limits::Limits,
    mail_limit::MailLimit,
    notify::Pages,
    ping::Reach,
    residence::Register,
    stop::StopSignal,
    store::Store,
};

/// Everything a request needs. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub clock: Clock,
    pub entropy: Entropy,
    pub forms: Arc<FormLibrary>,
    pub rules: Arc<RuleBook>,
    pub store: Store,
    /// The files beside the database: keys, and how far it has come.
    pub ground: Ground,
    /// Rung when a row was put into the outbox, so that the worker need not wait for its next look.
    pub outbox_wakeup: Arc<Notify>,
    /// Rung when a person has asked for a ping.
    pub ping_wakeup: Arc<Notify>,
    /// Whom to ask where a person lives.
    pub register: Arc<Register>,
    /// Where what takes long is done.
    pub heavy: Heavy,
    /// What each caller has asked for.
    pub limits: Arc<Limits>,
    /// What each address was sent.
    pub mail_limit: Arc<MailLimit>,
    /// Where people and systems reach the service, without a slash at the end.
    pub public_url: Arc<str>,
    /// What was called, and how it went.
    pub calls: CallFigures,
    /// Given when the service is asked to stop.
    pub stop: StopSignal,
}

/// The service could not be put together. Each says what; the cause is its source.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the form definitions have faults: {0}")]
    Forms(String),
    #[error("the rules and rates have faults: {0}")]
    Rules(String),
    #[error(transparent)]
    Ground(#[from] GroundError),
    #[error("the database can't be opened")]
    Store(#[source] crate::store::StoreError),
}

impl App {
    /// Opens forms, rules, keys and database, which must be the newest one. Brings a SQLite database up to date, and makes one with its
    /// keys where nothing of ours lies; a PostgreSQL one is migrated by `fleksport migrate`, before several nodes start.
    pub async fn open(config: Config, clock: Clock, entropy: Entropy) -> Result<Self, OpenError> {
        let app = Self::open_unproven(config, clock, entropy, Want::Open).await?;
        let (clock, ground) = (app.clock.clone(), app.ground.clone());
        app.store.when_deleted(move |ids| ground.note_deleted(ids, clock.now()));
        match app.ground.prove(&app.store, app.clock.now()).await {
            Ok(()) => Ok(app),
            Err(error) => {
                app.store.close().await;
                Err(error.into())
            }
        }
    }

    /// The same without asking whether the database is the newest one: for whoever looks into that.
    pub async fn open_unproven(config: Config, clock: Clock, entropy: Entropy, want: Want) -> Result<Self, OpenError> {
        let forms = FormLibrary::embedded().map_err(|faults| OpenError::Forms(listed(&faults)))?;
        let rules = RuleBook::embedded().map_err(|faults| OpenError::Rules(listed(&faults)))?;
        let ground = Ground::open(&config, &clock, &entropy, want).await?;
        if config.database.url.is_none() {
            Store::migrate(&config.database, &config.data_dir)
                .await
                .map_err(OpenError::Store)?;
        }
        let store = Store::open(
            &config.database,
            &config.data_dir,
            ground.vault(),
            clock.clone(),
            entropy.clone(),
        )
        .await
        .map_err(OpenError::Store)?;
        store.set_clock_limits(&config.clock);
        let public_url = config.public_url(config.server.listen).into();
        let register = Arc::new(Register::new(&config.residence));
        let limits = Arc::new(Limits::new(&config.limits));
        let mail_limit = Arc::new(MailLimit::new(&config.limits));
        Ok(Self {
            config: Arc::new(config),
            clock,
            entropy,
            forms: Arc::new(forms),
            rules: Arc::new(rules),
            store,
            ground,
            outbox_wakeup: Arc::new(Notify::new()),
            ping_wakeup: Arc::new(Notify::new()),
            register,
            heavy: Heavy::default(),
            limits,
            mail_limit,
            public_url,
            calls: CallFigures::default(),
            stop: StopSignal::new(),
        })
    }

    /// Writes what waits and how far the database has come, then closes.
    pub async fn close(&self) {
        if let Err(error) = self.ground.raise(&self.store, self.clock.now()).await {
            tracing::error!(cause = %error, "how far the database has come can't be written down");
        }
        self.store.close().await;
    }

    /// How far pings may go.
    pub fn ping_reach(&self) -> Reach {
        if self.config.ping.allow_loopback {
            Reach::PublicAndLoopback
        } else {
            Reach::Public
        }
    }

    /// Where mails may send their readers.
    pub fn pages(&self) -> Pages<'_> {
        Pages {
            public_url: &self.public_url,
            has_login: self.config.has_login(),
        }
    }

    /// Where mail as files goes.
    pub fn mail_dir(&self) -> std::path::PathBuf {
        self.config.data_dir.join("mail")
    }
}

fn listed<T: std::fmt::Display>(faults: &[T]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
