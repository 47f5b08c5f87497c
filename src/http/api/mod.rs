//! The interface for machines, `/api/v1`.

mod answers;
mod calculations;
mod cloud_events;
mod code_lists;
mod conditional;
mod cursor;
mod dialogue;
mod documents;
mod extract;
mod feed;
mod forms;
mod handovers;
mod health;
mod operations;
mod parameters;
mod query;
pub(in crate::http) mod receipts;
mod reports;
mod settings;
mod snapshot;
mod submissions;

use axum::http::Method;

use super::{BodyLimit, Endpoint};
use crate::access::Action;
use crate::limits::Class;

pub use answers::SubmissionAnswer;
pub use dialogue::{OutcomeBody, outcome_of};
pub use documents::document;
pub use extract::free_text;
pub use health::metrics;
pub use operations::{OPERATIONS, Operation};

/// All endpoints for machines, on one page.
pub fn endpoints() -> Vec<Endpoint> {
    let get = Method::GET;
    let post = Method::POST;
    vec![
        Endpoint::machine(get.clone(), "/api/v1/forms", Action::ReadPublic, forms::list),
        Endpoint::machine(
            get.clone(),
            "/api/v1/forms/{id}/versions/{version}",
            Action::ReadPublic,
            forms::version,
        ),
        Endpoint::machine(
            get.clone(),
            "/api/v1/forms/{id}/versions/{version}/schema",
            Action::ReadPublic,
            forms::schema,
        ),
        Endpoint::machine(post.clone(), "/api/v1/submissions", Action::Submit, submissions::create)
            .taking(BodyLimit::Submission),
        Endpoint::machine(
            post.clone(),
            "/api/v1/submissions/validate",
            Action::CheckSubmission,
            submissions::validate,
        )
        .taking(BodyLimit::Submission),
        Endpoint::machine(
            get.clone(),
            "/api/v1/submissions",
            Action::ReadOwnSubmissions,
            submissions::list,
        ),
        Endpoint::machine(
            get.clone(),
            "/api/v1/submissions/{id}",
            Action::ReadOwnSubmissions,
            submissions::read,
        ),
        Endpoint::machine(
            get.clone(),
            "/api/v1/submissions/{id}/receipt.pdf",
            Action::ReadReceipt,
            receipts::pdf,
        ),
        Endpoint::machine(
            get.clone(),
            "/api/v1/submissions/{id}/receipt.json",
            Action::ReadReceipt,
            receipts::json,
        ),
        Endpoint::machine(get.clone(), "/api/v1/reports/{id}", Action::ReadReport, reports::read),
        Endpoint::machine(
            post.clone(),
            "/api/v1/reports/{id}/corrections",
            Action::Correct,
            reports::correct,
        )
        .taking(BodyLimit::Case),
        Endpoint::machine(
            post.clone(),
            "/api/v1/reports/{id}/withdrawal",
            Action::Correct,
            reports::withdraw,
        )
        .taking(BodyLimit::None),
        Endpoint::machine(
            get.clone(),
            "/api/v1/municipalities/{code}/records",
            Action::ReadFeed,
            feed::records,
        )
        .waiting(),
        Endpoint::machine(
            get.clone(),
            "/api/v1/municipalities/{code}/records/range",
            Action::ReadFeed,
            snapshot::range,
        ),
        Endpoint::machine(
            get.clone(),
            "/api/v1/municipalities/{code}/snapshot",
            Action::ReadFeed,
            snapshot::read,
        ),
        Endpoint::machine(
            post.clone(),
            "/api/v1/municipalities/{code}/acknowledgements",
            Action::Acknowledge,
            feed::acknowledge,
        ),
        Endpoint::machine(
            post.clone(),
            "/api/v1/municipalities/{code}/records/{report_id}/outcome",
            Action::Decide,
            dialogue::decide,
        ),
        Endpoint::machine(
            post.clone(),
            "/api/v1/municipalities/{code}/records/{report_id}/transfer",
            Action::Transfer,
            handovers::transfer,
        ),
        Endpoint::machine(
            post.clone(),
            "/api/v1/reports/{id}/answers",
            Action::Answer,
            dialogue::answer,
        ),
        Endpoint::machine(
            get.clone(),
            "/api/v1/municipalities/{code}/settings",
            Action::ReadSettings,
            settings::read,
        ),
        Endpoint::machine(
            Method::PUT,
            "/api/v1/municipalities/{code}/settings/contact",
            Action::ChangeSettings,
            settings::set_contact,
        ),
        Endpoint::machine(
            post.clone(),
            "/api/v1/municipalities/{code}/settings/ping",
            Action::ChangeSettings,
            settings::register_ping,
        ),
        Endpoint::machine(
            Method::DELETE,
            "/api/v1/municipalities/{code}/settings/ping",
            Action::ChangeSettings,
            settings::remove_ping,
        ),
        Endpoint::machine(
            get.clone(),
            "/api/v1/municipalities/{code}/pings",
            Action::ReadSettings,
            settings::pings,
        ),
        Endpoint::machine(
            post.clone(),
            "/api/v1/municipalities/{code}/pings",
            Action::ChangeSettings,
            settings::test_ping,
        )
        .taking(BodyLimit::None),
        Endpoint::machine(
            post.clone(),
            "/api/v1/municipalities/{code}/pings/{ping_id}/again",
            Action::ChangeSettings,
            settings::ping_again,
        )
        .taking(BodyLimit::None),
        Endpoint::machine(get.clone(), "/api/v1/held", Action::ReadHeld, handovers::held),
        Endpoint::machine(
            post.clone(),
            "/api/v1/held/{report_id}/assignment",
            Action::AssignHeld,
            handovers::assign,
        ),
        Endpoint::machine(post, "/api/v1/calculations", Action::Calculate, calculations::create)
            .taking(BodyLimit::Case)
            .counted_as(Class::Read),
        Endpoint::machine(
            get.clone(),
            "/api/v1/receipts/{number}/verification",
            Action::VerifyReceipt,
            receipts::verify,
        )
        .counted_as(Class::Guess),
        Endpoint::machine(get.clone(), "/api/openapi.json", Action::ReadPublic, documents::openapi),
        Endpoint::machine(get.clone(), "/api/problems", Action::ReadPublic, documents::problems),
        Endpoint::machine(get.clone(), "/health/live", Action::ReadPublic, health::live).counted_as(Class::Free),
        Endpoint::machine(get, "/health/ready", Action::ReadPublic, health::ready).counted_as(Class::Free),
    ]
}
