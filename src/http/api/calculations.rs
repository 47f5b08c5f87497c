//! What-if calculations: public, stateless.

use axum::{Json, extract::State};
use serde_json::Value;

use super::{
    answers::plain,
    extract::{JsonBytes, malformed},
};
use crate::{
    app::App,
    calculate::SchemeCase,
    http::{Problem, ProblemType},
    receive,
};

/// Calculates one case, of an employee or a self-employed person; the answer explains itself.
pub async fn create(State(app): State<App>, JsonBytes(body): JsonBytes) -> Result<Json<Value>, Problem> {
    let body = receive::json_value(&body.bytes).map_err(malformed)?;
    let case = SchemeCase::from_json(&body, "")
        .map_err(|violations| Problem::new(ProblemType::InvalidRequest).with_violations(violations))?;
    Ok(Json(plain(&case.calculate(&app.rules))))
}
