//! Which fields belong to a report, and their answers: the walk that validation and the web form share.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Condition, Field, FieldType, Form, Kind, Known, Misreading, Need, Reading, Section, Truth, is_answered};
use crate::{
    record::{Answer, Answers, ReportKind},
    value::{NumberFormat, clean},
};

/// A fault found while answers were read.
#[derive(Debug)]
pub(crate) enum Finding<'f> {
    Misread {
        field: &'f Field,
        fault: Misreading,
    },
    Missing {
        field: &'f Field,
    },
    /// Answered, though its condition does not hold.
    NotApplicable {
        field: &'f Field,
    },
}

/// The answers of one place, as far as they have been read.
pub(crate) struct Sheet<'f> {
    form: &'f Form,
    reading: Reading,
    pub answers: Answers,
    /// Fields whose answer is wrong, or missing where it is needed.
    pub faulty: BTreeSet<&'f str>,
    pub shown: BTreeSet<&'f str>,
    /// What was sent for fields that are computed.
    pub sent_for_computed: BTreeMap<&'f str, Answer>,
    /// Fields that are computed here and wait for their value.
    pub to_compute: Vec<&'f Field>,
    pub findings: Vec<Finding<'f>>,
}

impl<'f> Sheet<'f> {
    pub fn new(form: &'f Form, reading: Reading) -> Self {
        Self {
            form,
            reading,
            answers: Answers::default(),
            faulty: BTreeSet::new(),
            shown: BTreeSet::new(),
            sent_for_computed: BTreeMap::new(),
            to_compute: Vec::new(),
            findings: Vec::new(),
        }
    }

    pub fn form(&self) -> &'f Form {
        self.form
    }

    pub fn reading(&self) -> Reading {
        self.reading
    }

    /// Reads the wanted fields from an object. May be called again with more fields of the same object.
    pub fn fill(&mut self, wanted: &BTreeSet<&str>, object: &Map<String, Value>) {
        for field in self
            .form
            .in_reading_order()
            .filter(|field| wanted.contains(field.id.as_str()))
        {
            let shown = field
                .condition
                .as_ref()
                .map_or(Truth::Yes, |condition| self.holds(condition));
            let raw = object.get(&field.key).filter(|raw| is_answered(field, Some(raw)));
            match (raw, shown) {
                (Some(_), Truth::No) => self.findings.push(Finding::NotApplicable { field }),
                (Some(raw), Truth::Yes | Truth::Unknown) => self.take(field, raw),
                (None, Truth::Yes) => self.go_without(field),
                (None, Truth::No) => {}
                (None, Truth::Unknown) => _ = self.faulty.insert(&field.id),
            }
            if shown == Truth::Yes {
                self.shown.insert(&field.id);
            }
        }
    }

    /// Whether a condition holds, given the answers so far.
    pub fn holds(&self, condition: &Condition) -> Truth {
        condition.holds(&|field| match self.answers.get(field) {
            Some(answer) => Known::Answer(answer),
            None if self.faulty.contains(field) => Known::Faulty,
            None => Known::Nothing,
        })
    }

    /// Whether the field must be answered, as far as the other answers tell.
    pub fn needs(&self, field: &Field) -> Truth {
        match &field.required {
            Need::Always => Truth::Yes,
            Need::When(condition) => self.holds(condition),
            Need::SenderKnows | Need::Optional => Truth::No,
        }
    }

    /// Whether it hangs on an answer that is not there yet, or wrong, whether the field must be answered.
    pub fn may_need(&self, field: &Field) -> bool {
        let Need::When(condition) = &field.required else {
            return false;
        };
        let known = condition.holds(&|field| self.answers.get(field).map_or(Known::Faulty, Known::Answer));
        known == Truth::Unknown && self.needs(field) != Truth::Yes
    }

    /// Whether the field would have to be answered, if what is faulty said nothing.
    fn likely_needs(&self, field: &Field) -> bool {
        let Need::When(condition) = &field.required else {
            return false;
        };
        let known = condition.holds(&|field| self.answers.get(field).map_or(Known::Nothing, Known::Answer));
        known == Truth::Yes && self.needs(field) == Truth::Unknown
    }

    fn take(&mut self, field: &'f Field, raw: &Value) {
        let Some(reading) = self.reading_of(field) else {
            self.faulty.insert(&field.id);
            return;
        };
        let is_computed = field
            .computed
            .as_ref()
            .is_some_and(|condition| self.holds(condition) == Truth::Yes);
        if is_computed {
            self.to_compute.push(field);
        }
        match field.read(raw, reading) {
            Ok(answer) if is_computed => _ = self.sent_for_computed.insert(&field.id, answer),
            Ok(answer) => self.answers.insert(&field.id, answer),
            Err(faults) => {
                self.faulty.insert(&field.id);
                self.findings
                    .extend(faults.into_iter().map(|fault| Finding::Misread { field, fault }));
            }
        }
    }

    /// The default, the computed value later on, or a missing answer.
    fn go_without(&mut self, field: &'f Field) {
        if let Some(default) = &field.default {
            let reading = Reading {
                format: NumberFormat::Machine,
                ..self.reading
            };
            if let Ok(answer) = field.read(&Value::from(default.as_str()), reading) {
                self.answers.insert(&field.id, answer);
                return;
            }
        }
        if field
            .computed
            .as_ref()
            .is_some_and(|condition| self.holds(condition) == Truth::Yes)
        {
            self.to_compute.push(field);
            return;
        }
        match self.needs(field) {
            Truth::Yes => {
                self.findings.push(Finding::Missing { field });
                self.faulty.insert(&field.id);
            }
            Truth::Unknown => _ = self.faulty.insert(&field.id),
            Truth::No => {}
        }
    }

    /// How to read this field; nothing where the answer that decides between percentage and amount is not known.
    fn reading_of(&self, field: &Field) -> Option<Reading> {
        let FieldType::PercentOrMoney { decided_by, .. } = &field.kind else {
            return Some(self.reading);
        };
        let Some(Answer::Choice(decision)) = self.answers.get(&decided_by.field) else {
            return None;
        };
        Some(Reading {
            is_percent: *decision == decided_by.percent,
            ..self.reading
        })
    }
}

/// Whose fields a report answers besides those of its own kind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Content<'f> {
    /// Nobody's.
    None,
    Of(&'f Kind),
    /// Another kind's, but nothing tells which.
    Unclear,
    /// It hangs on an answer that is faulty.
    Open,
}

impl Form {
    /// The kind whose fields a report of this kind also answers: as it says, or as the fields that are answered show.
    pub(crate) fn content_of<'f>(
        &'f self,
        kind: &'f Kind,
        sheet: &Sheet<'_>,
        object: &Map<String, Value>,
    ) -> Content<'f> {
        let Some(content) = &kind.content else {
            return Content::None;
        };
        match sheet.holds(&content.when) {
            Truth::No => return Content::None,
            Truth::Unknown => return Content::Open,
            Truth::Yes => {}
        }
        if sheet.faulty.contains(content.field.as_str()) {
            return Content::Open;
        }
        let named = match sheet.answers.get(&content.field) {
            Some(Answer::Choice(code)) => ReportKind::from_code(code),
            _ => None,
        };
        let found = named
            .and_then(|code| self.kind(code))
            .or_else(|| self.kind_by_its_own_fields(object));
        found.map_or(Content::Unclear, Content::Of)
    }

    /// The one kind of which fields are answered that no other kind has.
    fn kind_by_its_own_fields(&self, object: &Map<String, Value>) -> Option<&Kind> {
        let is_given = |id: &str| {
            self.field(id)
                .is_some_and(|field| is_answered(field, object.get(&field.key)))
        };
        let owners = |id: &str| {
            self.kinds
                .iter()
                .filter(|kind| kind.field_ids().any(|other| other == id))
                .count()
        };
        let plain = self.kinds.iter().filter(|kind| kind.content.is_none());
        let mut shown = plain.filter(|kind| kind.field_ids().any(|id| owners(id) == 1 && is_given(id)));
        match (shown.next(), shown.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// The sections of a report with the fields that belong to it, given the answers so far by field id.
    ///
    /// A field whose condition hangs on an answer that is not there yet, or wrong, is left out until it is known.
    pub fn visible_sections(&self, kind: ReportKind, answers: &BTreeMap<String, String>) -> Vec<VisibleSection<'_>> {
        let Some(kind) = self.kind(kind) else { return Vec::new() };
        let object = self.as_object(answers);
        let reading = Reading {
            format: NumberFormat::Danish,
            today: jiff::civil::Date::MAX,
            is_percent: false,
        };
        let mut sheet = Sheet::new(self, reading);
        sheet.fill(&kind.field_ids().collect(), &object);
        let mut sections: Vec<&Section> = kind.sections.iter().collect();
        if let Content::Of(content) = self.content_of(kind, &sheet, &object) {
            let own: BTreeSet<&str> = kind.field_ids().collect();
            sheet.fill(&content.field_ids().filter(|id| !own.contains(id)).collect(), &object);
            sections.extend(&content.sections);
        }
        self.shown_in(sections, &sheet)
    }

    /// The fields of [`Form::visible_sections`] in one row.
    pub fn visible_fields(&self, kind: ReportKind, answers: &BTreeMap<String, String>) -> Vec<&Field> {
        self.visible_sections(kind, answers)
            .into_iter()
            .flat_map(|section| section.fields)
            .collect()
    }

    fn shown_in<'f>(&'f self, sections: Vec<&'f Section>, sheet: &Sheet<'f>) -> Vec<VisibleSection<'f>> {
        let mut placed = BTreeSet::new();
        let mut visible: Vec<VisibleSection<'f>> = Vec::new();
        for section in sections {
            let ids = section
                .fields
                .iter()
                .filter(|id| sheet.shown.contains(id.as_str()) && placed.insert(id.as_str()));
            let fields: Vec<&Field> = ids.filter_map(|id| self.field(id)).collect();
            let more = VisibleSection::of(section, fields, sheet);
            // A correction and the kind that it replaces have sections of the same id: they are one.
            match visible.iter_mut().find(|one| one.section.id == section.id) {
                Some(one) => one.join(more),
                None if more.fields.is_empty() => {}
                None => visible.push(more),
            }
        }
        visible
    }

    /// Answers by field id as the JSON object they would come in.
    fn as_object(&self, answers: &BTreeMap<String, String>) -> Map<String, Value> {
        let known = answers.iter().filter_map(|(id, text)| Some((self.field(id)?, text)));
        known
            .map(|(field, text)| (field.key.clone(), Value::from(clean(text).as_ref())))
            .collect()
    }
}

/// A section and those of its fields that belong to the report.
#[derive(Debug, Clone)]
pub struct VisibleSection<'f> {
    pub section: &'f Section,
    pub fields: Vec<&'f Field>,
    /// Those that must be answered, as far as the answers so far tell.
    pub needed: Vec<&'f Field>,
    /// Those of which nothing tells yet whether they must be answered.
    pub open: Vec<&'f Field>,
    /// Those of them that must be answered unless a faulty answer turns out to say otherwise.
    pub likely: Vec<&'f Field>,
    /// Those whose answer is computed from the others.
    pub computed: Vec<&'f Field>,
}

impl<'f> VisibleSection<'f> {
    fn of(section: &'f Section, fields: Vec<&'f Field>, sheet: &Sheet<'f>) -> Self {
        let those = |holds: &dyn Fn(&Field) -> bool| fields.iter().filter(|field| holds(field)).copied().collect();
        Self {
            section,
            needed: those(&|field| sheet.needs(field) == Truth::Yes),
            open: those(&|field| sheet.may_need(field)),
            likely: those(&|field| sheet.likely_needs(field)),
            computed: those(&|field| sheet.to_compute.iter().any(|other| other.id == field.id)),
            fields,
        }
    }

    fn join(&mut self, more: Self) {
        self.fields.extend(more.fields);
        self.needed.extend(more.needed);
        self.open.extend(more.open);
        self.likely.extend(more.likely);
        self.computed.extend(more.computed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FormLibrary;

    fn visible(kind: ReportKind, answers: &[(&str, &str)]) -> Vec<String> {
        let library = FormLibrary::embedded().unwrap();
        let form = library.find("fleksjob-wage", "1.0").unwrap();
        let answers = answers
            .iter()
            .map(|(id, text)| ((*id).to_owned(), (*text).to_owned()))
            .collect();
        form.visible_fields(kind, &answers)
            .iter()
            .map(|field| field.id.clone())
            .collect()
    }

    #[test]
    fn a_field_shows_when_the_answer_it_hangs_on_is_given() {
        let before = visible(ReportKind::FullTimeWage, &[]);
        assert!(before.iter().any(|id| id == "entry_mode"));
        assert!(!before.iter().any(|id| id == "base_wage"));
        let after = visible(
            ReportKind::FullTimeWage,
            &[("entry_mode", "build_up"), ("pension_mode", "percent")],
        );
        for id in ["base_wage", "employer_pension", "pension_on_supplements"] {
            assert!(after.iter().any(|other| other == id), "{id}");
        }
        assert!(!after.iter().any(|id| id == "variable_supplements_average"));
    }

    #[test]
    fn a_replacing_correction_shows_the_fields_of_the_kind_it_replaces_once_each() {
        let answers = [
            ("correction_action", "replace"),
            ("corrected_report_kind", "one_off_payment"),
        ];
        let fields = visible(ReportKind::Correction, &answers);
        assert!(fields.iter().any(|id| id == "payment_amount"));
        assert_eq!(fields.iter().filter(|id| *id == "employee_cpr").count(), 1);
        let library = FormLibrary::embedded().unwrap();
        let form = library.find("fleksjob-wage", "1.0").unwrap();
        for kind in [
            "full_time_wage",
            "one_off_payment",
            "employment_end",
            "unchanged_confirmation",
        ] {
            let answers = [("correction_action", "replace"), ("corrected_report_kind", kind)];
            let answers = answers.map(|(id, text)| (id.to_owned(), text.to_owned())).into();
            let sections = form.visible_sections(ReportKind::Correction, &answers);
            let ids: BTreeSet<&str> = sections.iter().map(|one| one.section.id.as_str()).collect();
            assert_eq!(ids.len(), sections.len(), "{kind}: a section stands once");
        }
        let withdrawn = visible(ReportKind::Correction, &[("correction_action", "withdraw")]);
        assert!(
            !withdrawn
                .iter()
                .any(|id| id == "payment_amount" || id == "corrected_report_kind")
        );
    }

    #[test]
    fn what_must_be_answered_and_what_is_computed_follows_the_answers() {
        let library = FormLibrary::embedded().unwrap();
        let form = library.find("fleksjob-wage", "1.0").unwrap();
        let marked = |answers: &[(&str, &str)]| {
            let answers = answers
                .iter()
                .map(|(id, text)| ((*id).to_owned(), (*text).to_owned()))
                .collect();
            let sections = form.visible_sections(ReportKind::FullTimeWage, &answers);
            let ids = |fields: Vec<&Field>| fields.iter().map(|field| field.id.clone()).collect::<Vec<_>>();
            let needed = ids(sections.iter().flat_map(|section| section.needed.clone()).collect());
            (
                needed,
                ids(sections.iter().flat_map(|section| section.computed.clone()).collect()),
            )
        };
        let (needed, computed) = marked(&[("entry_mode", "total_known")]);
        assert!(needed.contains(&"full_time_total_monthly_wage".to_owned()));
        assert!(!needed.contains(&"production_unit_p_number".to_owned()));
        assert!(computed.is_empty());
        let (needed, computed) = marked(&[("employee_lives_abroad", "yes"), ("entry_mode", "build_up")]);
        assert!(!needed.contains(&"municipality_code".to_owned()));
        assert!(needed.contains(&"production_unit_p_number".to_owned()));
        assert_eq!(computed, ["full_time_total_monthly_wage"]);
    }

    #[test]
    fn typed_labels_count_as_answers_so_that_a_page_without_scripts_unfolds_too() {
        let fields = visible(
            ReportKind::FullTimeWage,
            &[("employment_start_date", "1. december 2026")],
        );
        assert!(fields.iter().any(|id| id == "expected_first_wage"));
    }
}
