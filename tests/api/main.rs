//! The service from its outer edge: a real listener, a real database, real keys.

mod access_matrix;
mod access_pages;
mod calculations;
mod calculator_page;
mod cli;
mod conformance;
mod crash;
mod dialogue;
mod feed;
mod feed_proof;
mod handovers;
mod headers;
mod idempotency;
mod mail;
mod no_leaks;
mod openapi;
mod pages_browser;
mod pages_held;
mod pages_login;
mod pages_public;
mod problems;
mod process;
mod pull;
mod receipts;
mod submissions;
mod support;
