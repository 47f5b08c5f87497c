//! The published form versions, for whoever builds something on them.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::conditional;
use crate::{
    app::App,
    form::Form,
    http::{Problem, ProblemType, RequestContext},
};

/// One published version.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormLine {
    pub id: String,
    pub version: String,
    /// SHA-256 of the definition's canonical JSON (RFC 8785).
    pub hash: String,
    pub title: String,
    /// First day it is in force.
    pub valid_from: String,
    pub link: String,
}

/// All published versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormList {
    pub forms: Vec<FormLine>,
}

/// All published versions of all forms.
pub async fn list(State(app): State<App>, context: RequestContext, headers: HeaderMap) -> Result<Response, Problem> {
    let forms = app.forms.iter().map(|form| FormLine {
        id: form.reference().id.clone(),
        version: form.reference().version.clone(),
        hash: form.reference().hash.clone(),
        title: form.title().get(context.language).to_owned(),
        valid_from: form.valid_from().to_string(),
        link: format!(
            "{}/api/v1/forms/{}/versions/{}",
            app.public_url,
            form.reference().id,
            form.reference().version
        ),
    });
    let list = FormList { forms: forms.collect() };
    conditional::public_json(&headers, &list)
}

/// One version as canonical JSON: the bytes whose SHA-256 is its hash.
pub async fn version(
    State(app): State<App>,
    Path((id, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let form = find(&app, &id, &version)?;
    let (tag, body) = (&form.reference().hash, form.canonical_json().as_bytes().to_vec());
    Ok(conditional::tagged(&headers, tag, "application/json", body))
}

/// The JSON Schema (2020-12) of a submission on one version.
pub async fn schema(
    State(app): State<App>,
    Path((id, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let schema = find(&app, &id, &version)?.json_schema().to_string();
    Ok(conditional::public(&headers, "application/schema+json", schema))
}

fn find<'a>(app: &'a App, id: &str, version: &str) -> Result<&'a Form, Problem> {
    app.forms
        .find(id, version)
        .ok_or_else(|| Problem::new(ProblemType::NotFound))
}
