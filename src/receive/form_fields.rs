use serde_json::{Map, Value};

use super::RawSubmission;
use crate::{
    form::{Form, Scope},
    value::{NumberFormat, Redacted},
};

/// Takes in what a page sends: one report, field ids with the text typed. A name that comes several times, as ticked boxes do, is one
/// answer with several parts. Numbers are in Danish format.
pub fn form_fields(fields: impl IntoIterator<Item = (String, String)>, form: &Form) -> RawSubmission {
    let (mut top, mut employer, mut report) = (Map::new(), Map::new(), Map::new());
    for (id, text) in fields.into_iter().filter(|(_, text)| !text.trim().is_empty()) {
        let field = form.field(&id);
        let object = match field.map(|field| field.scope) {
            Some(Scope::Submission) => &mut top,
            Some(Scope::Employer) => &mut employer,
            Some(Scope::Report) | None => &mut report,
        };
        let key = field.map_or(id, |field| field.key.clone());
        let joined = match object.get(&key).and_then(Value::as_str) {
            Some(before) => format!("{before}|{text}"),
            None => text,
        };
        object.insert(key, Value::from(joined));
    }
    let reference = form.reference();
    top.insert("form".to_owned(), Value::from(reference.id.as_str()));
    top.insert("form_version".to_owned(), Value::from(reference.version.as_str()));
    top.insert("employer".to_owned(), Value::Object(employer));
    top.insert("reports".to_owned(), Value::Array(vec![Value::Object(report)]));
    let body = Value::Object(top);
    let original = Redacted::new(body.to_string().into_bytes());
    RawSubmission::new(body, NumberFormat::Danish, original)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FormLibrary;

    #[test]
    fn ticked_boxes_of_one_name_are_one_answer_and_empty_fields_are_none() {
        let library = FormLibrary::embedded().unwrap();
        let form = library.find("fleksjob-wage", "1.0").unwrap();
        let sent = [
            ("employer_cvr", "13585628"),
            ("declaration_accepted", "ja"),
            ("included_components", "fixed_bonus"),
            ("included_components", "employer_pension"),
            ("valid_to", " "),
        ];
        let raw = form_fields(sent.map(|(id, text)| (id.to_owned(), text.to_owned())), form);
        assert_eq!(raw.body["employer"]["cvr"], "13585628");
        assert_eq!(raw.body["declaration_accepted"], "ja");
        assert_eq!(
            raw.body["reports"][0]["included_components"],
            "fixed_bonus|employer_pension"
        );
        assert!(raw.body["reports"][0].get("valid_to").is_none());
        assert_eq!(raw.form_version.as_deref(), Some("1.0"));
    }
}
