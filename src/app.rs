//! Builds the service from its parts, starts HTTP and worker, stops both gracefully.

use std::{net::SocketAddr, num::NonZeroUsize, sync::Arc};

use tokio::{
    net::TcpListener,
    sync::Notify,
    task::JoinHandle,
    time::{Instant, sleep, timeout_at},
};

use crate::{
    calculate::RuleBook,
    clock::Clock,
    config::Config,
    entropy::Entropy,
    figures::CallFigures,
    find_residence,
    form::FormLibrary,
    ground::{Ground, GroundError, Want},
    heavy::Heavy,
    http::{
        self, Limits,
        door::{Door, OwnFiles, fit_to_files},
    },
    notify::{Pages, Transport},
    ping::{PingSender, Reach},
    residence::Register,
    stop::StopSignal,
    store::Store,
    worker::{self, mail_limit::MailLimit},
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

/// A running service.
pub struct Running {
    pub address: SocketAddr,
    pub app: App,
    /// Given when the listeners are to close.
    closing: StopSignal,
    tasks: Vec<JoinHandle<()>>,
}

/// Whoever reads the figures needs few connections.
const METRICS_CONNECTIONS: NonZeroUsize = NonZeroUsize::new(16).expect("16 is not 0");

/// The service could not be built or started. Each says what; the cause is its source.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the form definitions have faults: {0}")]
    Forms(String),
    #[error("the rules and rates have faults: {0}")]
    Rules(String),
    #[error(transparent)]
    Ground(#[from] GroundError),
    #[error("the database can't be opened")]
    Store(#[source] crate::store::StoreError),
    #[error("the address {0} can't be listened on")]
    Listen(SocketAddr, #[source] std::io::Error),
    #[error("the mail settings can't be used")]
    Mail(#[source] crate::notify::TransportError),
    #[error("what had been deleted before can't be deleted again, so the service stays closed")]
    Deleted(#[source] worker::opening::OpeningError),
}

impl App {
    /// Opens forms, rules, keys and database, which must be the newest one. Brings a SQLite database up to date, and makes one with its
    /// keys where nothing of ours lies; a PostgreSQL one is migrated by `fleksport migrate`, before several nodes start.
    pub async fn open(config: Config, clock: Clock, entropy: Entropy) -> Result<Self, StartError> {
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
    pub async fn open_unproven(config: Config, clock: Clock, entropy: Entropy, want: Want) -> Result<Self, StartError> {
        let forms = FormLibrary::embedded().map_err(|faults| StartError::Forms(listed(&faults)))?;
        let rules = RuleBook::embedded().map_err(|faults| StartError::Rules(listed(&faults)))?;
        let ground = Ground::open(&config, &clock, &entropy, want).await?;
        if config.database.url.is_none() {
            Store::migrate(&config.database, &config.data_dir)
                .await
                .map_err(StartError::Store)?;
        }
        let store = Store::open(
            &config.database,
            &config.data_dir,
            ground.vault(),
            clock.clone(),
            entropy.clone(),
        )
        .await
        .map_err(StartError::Store)?;
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

/// Starts HTTP and worker; returns when the address is bound.
///
/// # Errors
/// When a part can't be opened or the address is taken.
pub async fn start(config: Config, clock: Clock, entropy: Entropy) -> Result<Running, StartError> {
    let listen = config.server.listen;
    let mut app = App::open(config, clock, entropy).await?;
    worker::opening::before_opening(&app)
        .await
        .map_err(StartError::Deleted)?;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| StartError::Listen(listen, error))?;
    let address = listener
        .local_addr()
        .map_err(|error| StartError::Listen(listen, error))?;
    app.public_url = app.config.public_url(address).into();
    let transport = Transport::new(&app.config.mail, &app.mail_dir()).map_err(StartError::Mail)?;

    let door = door(&app);
    let closing = StopSignal::new();
    let stopped = || app.stop.watch();
    let sender = PingSender::new(app.ping_reach(), app.config.ping.timeout);
    let mut tasks = vec![
        tokio::spawn(worker::alarm::run(app.clone(), transport.clone(), stopped())),
        tokio::spawn(worker::mail::run(app.clone(), transport, stopped())),
        tokio::spawn(worker::ping::run(app.clone(), sender, stopped())),
        tokio::spawn(find_residence::run(app.clone(), stopped())),
        tokio::spawn(worker::retention::run(app.clone(), stopped())),
        tokio::spawn(worker::highwater::run(app.clone(), stopped())),
    ];
    if let Some(listen) = app.config.metrics.listen {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| StartError::Listen(listen, error))?;
        let door = door.clone().narrowed_to(METRICS_CONNECTIONS);
        tasks.push(tokio::spawn(door.serve(
            listener,
            http::metrics_router(&app),
            closing.clone(),
        )));
    }
    tasks.push(tokio::spawn(door.serve(listener, http::router(&app), closing.clone())));
    Ok(Running {
        address,
        app,
        closing,
        tasks,
    })
}

/// The way in, for as many connections as there are files for.
fn door(app: &App) -> Door {
    let settings = &app.config.server;
    let readers = usize::try_from(app.config.database.readers.get()).unwrap_or(usize::MAX);
    let own = OwnFiles {
        // The writer has one as well.
        database_connections: readers.saturating_add(1),
        metrics: METRICS_CONNECTIONS.get(),
    };
    Door::new(settings, fit_to_files(settings.max_connections, own), app.stop.clone())
}

impl Running {
    /// Says "not ready" and goes on serving for the configured time, so that a balancer can turn away; then takes nothing new and
    /// finishes the requests under way (up to the other configured time) and every write that was promised. Workers take up nothing
    /// from the first moment.
    pub async fn stop(self) {
        self.app.stop.give();
        let server = &self.app.config.server;
        sleep(server.drain).await;
        self.closing.give();
        // The door ends what is still under way by then; a little more, so that it can.
        let until = Instant::now() + server.shutdown + std::time::Duration::from_millis(500);
        for task in self.tasks {
            if timeout_at(until, task).await.is_err() {
                tracing::warn!("a task was still busy when the time for stopping ran out");
            }
        }
        self.app.close().await;
    }
}

fn listed<T: std::fmt::Display>(faults: &[T]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
