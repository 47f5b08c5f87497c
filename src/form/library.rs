use jiff::civil::Date;

use super::{Form, FormFault, Sources};

/// All versions of all forms, compiled in, as they lie in `forms/`. A version once published never changes (`forms/published.toml` pins its
/// hash).
const VERSIONS: &[Sources<'static>] = include!(concat!(env!("OUT_DIR"), "/forms.rs"));

/// The forms that the service knows.
#[derive(Debug, Clone)]
pub struct FormLibrary {
    forms: Vec<Form>,
}

impl FormLibrary {
    /// Reads and checks the versions that are compiled in.
    ///
    /// # Errors
    /// The faults of all versions together.
    pub fn embedded() -> Result<Self, Vec<FormFault>> {
        Self::load(VERSIONS)
    }

    /// Reads and checks versions.
    ///
    /// # Errors
    /// The faults of all versions together.
    pub fn load(versions: &[Sources<'_>]) -> Result<Self, Vec<FormFault>> {
        let mut forms = Vec::new();
        let mut faults = Vec::new();
        for sources in versions {
            match Form::load(sources) {
                Ok(form) => forms.push(form),
                Err(more) => faults.extend(more),
            }
        }
        if faults.is_empty() {
            Ok(Self { forms })
        } else {
            Err(faults)
        }
    }

    /// The version of a form in force on a day: the last that had begun by then.
    pub fn current(&self, id: &str, on: Date) -> Option<&Form> {
        let begun = self
            .forms
            .iter()
            .filter(|form| form.reference().id == id && form.valid_from() <= on);
        begun.max_by_key(|form| form.valid_from())
    }

    /// The version with that name, in force or not.
    pub fn find(&self, id: &str, version: &str) -> Option<&Form> {
        self.iter()
            .find(|form| form.reference().id == id && form.reference().version == version)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Form> {
        self.forms.iter()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_embedded_forms_pass_lint() {
        let faults = FormLibrary::embedded().err().unwrap_or_default();
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "{}", lines.join("\n"));
    }

    #[test]
    fn a_version_is_current_from_its_first_day() {
        let library = FormLibrary::embedded().unwrap();
        let first = library.find("fleksjob-wage", "1.0").unwrap().valid_from();
        assert!(library.current("fleksjob-wage", first.yesterday().unwrap()).is_none());
        assert_eq!(
            library.current("fleksjob-wage", first).unwrap().reference().version,
            "1.0"
        );
        assert!(library.current("another", date(2027, 1, 1)).is_none());
    }
}
