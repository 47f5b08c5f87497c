//! The service from its outer edge: a real listener, a real database, real keys.

mod crash;
mod feed;
mod idempotency;
mod process;
mod pull;
mod submissions;
mod support;
