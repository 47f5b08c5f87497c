//! A published version never changes.

use serde::Deserialize;

use super::LIBRARY;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    form: Vec<Version>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Version {
    id: String,
    version: String,
    hash: String,
}

#[test]
fn every_published_version_has_the_hash_it_was_published_with() {
    let published: Published = toml::from_str(include_str!("../../forms/published.toml")).unwrap();
    for version in &published.form {
        let form = LIBRARY
            .find(&version.id, &version.version)
            .expect("a published version stays");
        assert_eq!(
            form.reference().hash,
            version.hash,
            "{} {} changed",
            version.id,
            version.version
        );
    }
    assert_eq!(
        published.form.len(),
        LIBRARY.iter().count(),
        "every version that is built in is listed"
    );
}

#[test]
fn the_hash_names_the_bytes_that_are_handed_out() {
    use sha2::{Digest, Sha256};
    for form in LIBRARY.iter() {
        let digest = Sha256::digest(form.canonical_json().as_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(form.reference().hash, hex);
    }
}
