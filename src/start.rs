//! Starts HTTP and worker, and stops both gracefully.

use std::{net::SocketAddr, num::NonZeroUsize};

use tokio::{
    net::TcpListener,
    task::JoinHandle,
    time::{Instant, sleep, timeout_at},
};

use crate::{
    app::{App, OpenError},
    clock::Clock,
    config::Config,
    entropy::Entropy,
    find_residence,
    http::{
        self,
        door::{Door, OwnFiles, fit_to_files},
    },
    notify::Transport,
    ping::PingSender,
    stop::StopSignal,
    worker,
};

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

/// The service could not be started. Each says what; the cause is its source.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the address {0} can't be listened on")]
    Listen(SocketAddr, #[source] std::io::Error),
    #[error("the mail settings can't be used")]
    Mail(#[source] crate::notify::TransportError),
    #[error("what had been deleted before can't be deleted again, so the service stays closed")]
    Deleted(#[source] worker::opening::OpeningError),
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
