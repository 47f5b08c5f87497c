//! The calls that this process has answered, counted by endpoint: never by address, query, person or key.

use std::time::Duration;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
};

/// Seconds: from a page without a query to a long poll.
const TIMES: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// An endpoint: the method, and the path as the table of endpoints writes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Call {
    method: &'static str,
    route: String,
}

/// The methods that are told apart; a caller can make up more.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
const OTHER: &str = "other";

impl Call {
    /// `route`: of the table of endpoints, never what a caller wrote; `None` where nothing fits.
    #[must_use]
    pub fn new(method: &str, route: Option<&str>) -> Self {
        Self {
            method: METHODS.into_iter().find(|known| *known == method).unwrap_or(OTHER),
            route: route.unwrap_or("unknown").to_owned(),
        }
    }

    fn ended(&self, ended: Ended) -> EndedCall {
        EndedCall {
            method: self.method,
            route: self.route.clone(),
            status: ended.as_str(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndedCall {
    method: &'static str,
    route: String,
    status: &'static str,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With a status that begins with this digit.
    Status(u16),
    /// The caller went before there was an answer.
    Gone,
}

impl Ended {
    /// All that there is.
    pub const ALL: [Self; 6] = [
        Self::Status(1),
        Self::Status(2),
        Self::Status(3),
        Self::Status(4),
        Self::Status(5),
        Self::Gone,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Status(1) => "1xx",
            Self::Status(2) => "2xx",
            Self::Status(3) => "3xx",
            Self::Status(4) => "4xx",
            Self::Status(_) => "5xx",
            Self::Gone => "gone",
        }
    }
}

/// Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub struct CallFigures {
    ended: Family<EndedCall, Counter>,
    took: Family<Call, Histogram, fn() -> Histogram>,
    under_way: Gauge,
}

impl Default for CallFigures {
    fn default() -> Self {
        Self {
            ended: Family::default(),
            took: Family::new_with_constructor(|| Histogram::new(TIMES)),
            under_way: Gauge::default(),
        }
    }
}

impl CallFigures {
    /// A call has come.
    pub fn begin(&self) {
        self.under_way.inc();
    }

    /// It has ended.
    pub fn end(&self, call: &Call, ended: Ended, took: Duration) {
        self.under_way.dec();
        self.ended.get_or_create(&call.ended(ended)).inc();
        self.took.get_or_create(call).observe(took.as_secs_f64());
    }

    /// How many calls have ended so.
    #[must_use]
    pub fn count(&self, call: &Call, ended: Ended) -> u64 {
        self.ended.get(&call.ended(ended)).map_or(0, |counter| counter.get())
    }

    pub(super) fn register(&self, registry: &mut prometheus_client::registry::Registry) {
        registry.register(
            "http_requests",
            "Calls that have ended, by endpoint and class of status",
            self.ended.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "From the head of a call to the head of its answer, by endpoint",
            self.took.clone(),
        );
        registry.register(
            "http_requests_under_way",
            "Calls that have not been answered yet",
            self.under_way.clone(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_method_or_path_gets_no_label_of_its_own() {
        let calls = CallFigures::default();
        for method in ["BREW", "get", "X", "PROPFIND"] {
            calls.begin();
            calls.end(&Call::new(method, None), Ended::Status(4), Duration::ZERO);
        }
        assert_eq!(calls.count(&Call::new("TEA", None), Ended::Status(4)), 4);
    }
}
