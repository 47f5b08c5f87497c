//! The part of an address after the question mark. What is wrong there is told by the parameter's name, all at once.

use std::collections::BTreeSet;

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;
use utoipa::{
    IntoParams,
    openapi::{Required, path::ParameterIn},
};

use crate::{
    http::{ParameterFault, Problem, ProblemType},
    value::Localized,
};

/// The parameters of a call. Those it does not have are refused: a misspelt one would otherwise be read as one that is not there.
pub struct QueryValues<T>(pub T);

impl<T: DeserializeOwned + IntoParams, S: Send + Sync> FromRequestParts<S> for QueryValues<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default())
            .map(Self)
            .map_err(|faults| Problem::new(ProblemType::InvalidParameter).with_parameters(faults))
    }
}

fn read<T: DeserializeOwned + IntoParams>(query: &str) -> Result<T, Vec<ParameterFault>> {
    let mut given: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let mut faults = names::<T>(&mut given);
    // One that can't be read is told and left out, so that the next is told too.
    loop {
        let text = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&given)
            .finish();
        let values = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
        let unfit = match serde_path_to_error::deserialize::<_, T>(values) {
            Ok(values) if faults.is_empty() => return Ok(values),
            Ok(_) => return Err(faults),
            Err(error) => error.path().to_string(),
        };
        let before = given.len();
        given.retain(|(name, _)| *name != unfit);
        // A missing one is told by its name already.
        if given.len() == before {
            return Err(faults);
        }
        faults.push(ParameterFault::new(&unfit, "unfit", unfit_words()));
    }
}

/// Names that are not there, too many times there, or missing. Leaves what can be read on.
fn names<T: IntoParams>(given: &mut Vec<(String, String)>) -> Vec<ParameterFault> {
    let known = T::into_params(|| Some(ParameterIn::Query));
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    given.retain(|(name, _)| {
        if known.iter().all(|parameter| parameter.name != *name) {
            let known: Vec<&str> = known.iter().map(|parameter| parameter.name.as_str()).collect();
            faults.push(ParameterFault::new(name, "unknown", unknown_words(&known)));
            return false;
        }
        let is_new = seen.insert(name.clone());
        if !is_new {
            faults.push(ParameterFault::new(name, "repeated", repeated_words()));
        }
        is_new
    });
    let needed = known
        .iter()
        .filter(|parameter| parameter.required == Required::True && !seen.contains(&parameter.name));
    faults.extend(needed.map(|parameter| ParameterFault::new(&parameter.name, "missing", missing_words())));
    faults
}

fn unknown_words(known: &[&str]) -> Localized {
    let known = known.join(", ");
    Localized::new(
        format!("Kaldet har ingen parameter af det navn. Brug {known}."),
        format!("The call has no parameter of that name. Use {known}."),
    )
}

fn repeated_words() -> Localized {
    Localized::new("Angiv parameteren én gang.", "Give the parameter once.")
}

fn missing_words() -> Localized {
    Localized::new(
        "Parameteren mangler. Angiv den i adressen.",
        "The parameter is missing. Give it in the address.",
    )
}

fn unfit_words() -> Localized {
    Localized::new(
        "Værdien kan ikke bruges. Se på /api, hvad parameteren kan være.",
        "The value can't be used. See at /api what the parameter can be.",
    )
}
