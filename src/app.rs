//! Builds the service from its parts, starts HTTP and worker, stops both gracefully.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
    task::JoinHandle,
};

use crate::{
    calculate::RuleBook, clock::Clock, config::Config, entropy::Entropy, form::FormLibrary, http, store::Store, vault::Vault, worker,
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
