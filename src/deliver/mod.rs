//! Stage 8: hands what is stored to the municipalities.

pub mod pull;
