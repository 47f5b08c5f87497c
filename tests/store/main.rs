//! The store on both databases: each test runs on SQLite and on PostgreSQL, on ground of its own.

mod acknowledgements;
mod audit;
mod corrections;
mod credentials;
mod faults;
mod feed;
mod fixture;
mod ground;
mod intake;
mod migrations;
mod nodes;
mod outbox;
mod scopes;
mod secrecy;
mod sessions;
