//! The form as plain text, for reading a draft before it is published.

use super::{Field, Form, Kind, Need, Scope};
use crate::value::{Language, Localized};

/// Everything that the form asks, in one language, as text (Markdown).
pub fn preview(form: &Form, language: Language) -> String {
    let reference = form.reference();
    let mut lines = vec![
        format!(
            "# {} ({} {})",
            form.title().get(language),
            reference.id,
            reference.version
        ),
        String::new(),
        form.intro().get(language).to_owned(),
    ];
    for (section, scope) in [("employer", Scope::Employer), ("submission", Scope::Submission)] {
        let heading = form.section_label(section).map_or(section, |label| label.get(language));
        lines.extend([String::new(), format!("## {heading}")]);
        lines.extend(form.fields_of(scope).flat_map(|field| field_lines(field, language)));
    }
    lines.extend(form.kinds().iter().flat_map(|kind| kind_lines(form, kind, language)));
    lines.join("\n") + "\n"
}

fn kind_lines(form: &Form, kind: &Kind, language: Language) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!("## {} (`{}`)", kind.label.get(language), kind.code.as_str()),
        String::new(),
        kind.intro.get(language).to_owned(),
    ];
    for section in &kind.sections {
        lines.extend([String::new(), format!("### {}", section.label.get(language))]);
        let fields = section.fields.iter().filter_map(|id| form.field(id));
        lines.extend(fields.flat_map(|field| field_lines(field, language)));
    }
    lines
}

fn field_lines(field: &Field, language: Language) -> Vec<String> {
    let in_words = |da: &str, en: &str| Localized::new(da, en).get(language).to_owned();
    let mut lines = vec![
        String::new(),
        format!(
            "**{}** `{}` ({})",
            field.label.get(language),
            field.id,
            field.kind.name()
        ),
        field.help.get(language).to_owned(),
    ];
    if let Some(condition) = &field.condition_text {
        lines.push(format!(
            "- {} {}",
            in_words("Bruges kun,", "Only used"),
            condition.get(language)
        ));
    }
    if field.required == Need::Optional {
        lines.push(in_words("- Frivilligt", "- Voluntary"));
    }
    for option in field.kind.options() {
        lines.push(format!("- ( ) {} `{}`", option.label.get(language), option.code));
    }
    for rule in &field.rules {
        lines.push(format!("- {}: {}", rule.code, rule.message.get(language)));
    }
    let paragraph = field
        .paragraph
        .as_deref()
        .map(|paragraph| format!(" ({paragraph})"))
        .unwrap_or_default();
    lines.push(format!(
        "- {} {}{paragraph}",
        in_words("Hvorfor:", "Why:"),
        field.reason.get(language)
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FormLibrary;

    #[test]
    fn the_preview_holds_every_field_and_option_in_both_languages() {
        let library = FormLibrary::embedded().unwrap();
        let form = library.find("fleksjob-wage", "1.0").unwrap();
        for language in [Language::Da, Language::En] {
            let text = preview(form, language);
            for field in form.fields() {
                assert!(text.contains(field.label.get(language)), "{}", field.id);
                for option in field.kind.options() {
                    assert!(
                        text.contains(option.label.get(language)),
                        "{}: {}",
                        field.id,
                        option.code
                    );
                }
            }
        }
    }
}
