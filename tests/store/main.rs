//! The store on both databases: each test runs on SQLite and on PostgreSQL, on ground of its own.

mod acknowledgements;
mod attention;
mod audit;
mod chain;
mod corrections;
mod credentials;
mod delivery;
mod dialogue;
mod faults;
mod feed;
mod fixture;
mod ground;
mod handovers;
mod inbox;
mod intake;
mod migrations;
mod model;
mod nodes;
mod outbox;
mod pings;
mod reader;
mod residence;
mod scopes;
mod secrecy;
mod sessions;
mod steps;
