//! Builds the service from its parts, starts HTTP and worker, stops both gracefully.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    net::TcpListener,
    sync::{Notify, Semaphore, watch},
    task::JoinHandle,
};

use crate::{
    calculate::RuleBook,
    clock::Clock,
    config::Config,
    entropy::Entropy,
    find_residence,
    form::FormLibrary,
    http,
    notify::Transport,
    ping::{PingSender, Reach},
    receipt::{self, Contact, Receipt},
    record::StoredSubmission,
    residence::Register,
    store::{Overdue, Store, StoreError},
    value::Language,
    vault::Vault,
    worker,
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
    /// Rung when a row was put into the outbox, so that the worker need not wait for its next look.
    pub outbox_wakeup: Arc<Notify>,
    /// Rung when a person has asked for a ping.
    pub ping_wakeup: Arc<Notify>,
    /// Whom to ask where a person lives.
    pub register: Arc<Register>,
    /// As many permits as cores for drawing PDF.
    pub drawing: Arc<Semaphore>,
    /// Where people and systems reach the service, without a slash at the end.
    pub public_url: Arc<str>,
}

/// A running service.
pub struct Running {
    pub address: SocketAddr,
    pub app: App,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// The service could not be built or started. Each says what; the cause is its source.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the form definitions have faults: {0}")]
    Forms(String),
    #[error("the rules and rates have faults: {0}")]
    Rules(String),
    #[error("the key file in the data folder can't be used")]
    Vault(#[source] crate::vault::VaultError),
    #[error("the database can't be opened")]
    Store(#[source] crate::store::StoreError),
    #[error("the address {0} can't be listened on")]
    Listen(SocketAddr, #[source] std::io::Error),
    #[error("the mail settings can't be used")]
    Mail(#[source] crate::notify::TransportError),
}

impl App {
    /// Opens forms, rules, keys and database. Brings a SQLite database up to date; a PostgreSQL one is migrated by
    /// `fleksport migrate`, before several nodes start.
    pub async fn open(config: Config, clock: Clock, entropy: Entropy) -> Result<Self, StartError> {
        let forms = FormLibrary::embedded().map_err(|faults| StartError::Forms(listed(&faults)))?;
        let rules = RuleBook::embedded().map_err(|faults| StartError::Rules(listed(&faults)))?;
        let vault = Vault::open(&config.data_dir, &entropy, clock.now()).map_err(StartError::Vault)?;
        if config.database.url.is_none() {
            Store::migrate(&config.database, &config.data_dir)
                .await
                .map_err(StartError::Store)?;
        }
        let store = Store::open(
            &config.database,
            &config.data_dir,
            vault,
            clock.clone(),
            entropy.clone(),
        )
        .await
        .map_err(StartError::Store)?;
        store.set_clock_limits(&config.clock);
        let public_url = config.public_url(config.server.listen).into();
        let register = Arc::new(Register::new(&config.residence));
        Ok(Self {
            config: Arc::new(config),
            clock,
            entropy,
            forms: Arc::new(forms),
            rules: Arc::new(rules),
            store,
            outbox_wakeup: Arc::new(Notify::new()),
            ping_wakeup: Arc::new(Notify::new()),
            register,
            drawing: Arc::new(Semaphore::new(
                std::thread::available_parallelism().map_or(1, usize::from),
            )),
            public_url,
        })
    }

    /// What has waited longer than the settings allow.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn overdue(&self) -> Result<Overdue, StoreError> {
        let (now, feed) = (self.clock.now(), &self.config.feed);
        self.store
            .overdue(now - feed.alarm_unfetched, now - feed.alarm_unanswered)
            .await
    }

    /// How far pings may go.
    pub fn ping_reach(&self) -> Reach {
        if self.config.ping.allow_loopback {
            Reach::PublicAndLoopback
        } else {
            Reach::Public
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
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| StartError::Listen(listen, error))?;
    let address = listener
        .local_addr()
        .map_err(|error| StartError::Listen(listen, error))?;
    app.public_url = app.config.public_url(address).into();
    let transport = Transport::new(&app.config.mail, &app.mail_dir()).map_err(StartError::Mail)?;

    let (stop, stopped) = watch::channel(false);
    let sender = PingSender::new(app.ping_reach(), app.config.ping.timeout);
    let mut tasks = vec![
        tokio::spawn(worker::alarm::run(app.clone(), transport.clone(), stopped.clone())),
        tokio::spawn(worker::mail::run(app.clone(), transport, stopped.clone())),
        tokio::spawn(worker::ping::run(app.clone(), sender, stopped.clone())),
    ];
    tasks.push(tokio::spawn(find_residence::run(app.clone(), stopped.clone())));
    tasks.push(tokio::spawn(worker::retention::run(app.clone(), stopped.clone())));
    tasks.push(tokio::spawn(serve(listener, http::router(&app), stopped.clone())));
    if let Some(listen) = app.config.metrics.listen {
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| StartError::Listen(listen, error))?;
        tasks.push(tokio::spawn(serve(listener, http::metrics_router(&app), stopped)));
    }
    Ok(Running {
        address,
        app,
        stop,
        tasks,
    })
}

async fn serve(listener: TcpListener, router: axum::Router, mut stop: watch::Receiver<bool>) {
    let stopping = async move {
        // An error means that the sender is gone, which is a stop too.
        let _ = stop.wait_for(|stop| *stop).await;
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopping).await {
        tracing::error!(cause = %error, "the listener ended");
    }
}

impl Running {
    /// Takes no new requests, finishes those under way (up to the configured time) and every write that was promised.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            if tokio::time::timeout(self.app.config.server.shutdown, task)
                .await
                .is_err()
            {
                tracing::warn!("a task was still busy when the time for stopping ran out");
            }
        }
        self.app.store.close().await;
    }
}

fn listed<T: std::fmt::Display>(faults: &[T]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A receipt could not be made from what is stored.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    #[error("the form version of the submission is not here")]
    FormGone,
    #[error("the receipt could not be drawn")]
    Draw(#[source] receipt::pdf::RenderError),
    #[error("the drawing was cut short")]
    CutShort,
}

impl App {
    /// The receipt of a stored submission.
    ///
    /// # Errors
    /// When the form version it was sent on is not in this build.
    pub fn receipt(&self, stored: &StoredSubmission, language: Language) -> Result<Receipt, ReceiptError> {
        let form = self
            .forms
            .find(&stored.form.id, &stored.form.version)
            .ok_or(ReceiptError::FormGone)?;
        Ok(Receipt::new(stored, form, language))
    }

    /// The receipt as PDF. Drawing takes a millisecond or two, too long for a thread that serves requests, so it is done aside, as many
    /// at a time as there are cores.
    ///
    /// # Errors
    /// As [`App::receipt`], or when the document can't be drawn.
    pub async fn receipt_pdf(&self, stored: StoredSubmission, language: Language) -> Result<Vec<u8>, ReceiptError> {
        let site = &self.config.site;
        let contact = Contact {
            authority: site.authority.clone(),
            name: site.contact_name.clone(),
            email: site.contact_email.clone(),
            phone: site.contact_phone.clone(),
        };
        let document = self
            .receipt(&stored, language)?
            .document(&stored, &contact, &self.public_url, language);
        let permit = self
            .drawing
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| ReceiptError::CutShort)?;
        let drawn = tokio::task::spawn_blocking(move || {
            let _held_while_drawing = permit;
            receipt::pdf::render(&document)
        });
        drawn
            .await
            .map_err(|_| ReceiptError::CutShort)?
            .map_err(ReceiptError::Draw)
    }
}
