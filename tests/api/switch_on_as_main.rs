//! The service from its outer edge: a real listener, a real database, real keys.

mod feed;
mod idempotency;
mod submissions;
mod support;
