//! To come in this landing series.
