//! The form as data: which questions there are, when they belong to a report, what answers they take, and the words for it all.
//!
//! KL edits `forms/<id>/<version>/`. This room reads and checks those files, names each version by the hash of its canonical JSON,
//! and answers what pages, API and validation ask about it. Pure: the files are embedded when the program is built.

mod answering;
pub mod canonical;
mod condition;
mod definition;
mod diff;
mod display;
mod fault;
mod field;
mod library;
mod lint;
mod load;
mod preview;
mod reading;
mod rule;
mod schema;
mod sound;
mod texts;
mod unreadable;
mod wording;

use std::collections::BTreeMap;

use jiff::civil::Date;

pub use answering::VisibleSection;
pub(crate) use answering::{Content, Finding, Sheet};
pub use condition::{Condition, Known, Truth};
pub use definition::{ContentKind, DecidedBy, MoneyUnit, Scope};
pub use diff::{Change, diff};
pub use fault::{FormFault, Problem};
pub use field::{Field, FieldOption, FieldType, Need};
pub use library::FormLibrary;
pub use load::Sources;
pub use preview::preview;
pub use reading::{Misreading, READING_CODES, Reading, is_answered};
pub(crate) use rule::holds_cpr_number;
pub use rule::{Check, Range, Rule};
pub use unreadable::Unreadable;

use crate::{
    finding::Level,
    record::{FormRef, ReportKind},
    value::Localized,
};

/// One version of a form. Immutable; made by [`Form::load`], so it has passed lint.
#[derive(Debug, Clone)]
pub struct Form {
    reference: FormRef,
    valid_from: Date,
    title: Localized,
    intro: Localized,
    kinds: Vec<Kind>,
    fields: Vec<Field>,
    by_id: BTreeMap<String, usize>,
    /// Every field after those that decide about it.
    reading_order: Vec<usize>,
    section_labels: BTreeMap<String, Localized>,
    canonical_json: String,
}

/// One thing that can be reported, and the fields that it shows.
#[derive(Debug, Clone)]
pub struct Kind {
    pub code: ReportKind,
    pub label: Localized,
    pub intro: Localized,
    pub sections: Vec<Section>,
    pub same_report: SameReport,
    /// Set for a kind that also answers the fields of another kind.
    pub content: Option<ContentKind>,
}

/// Fields that stand together under a heading, in order.
#[derive(Debug, Clone)]
pub struct Section {
    pub id: String,
    pub label: Localized,
    /// Ids of the fields.
    pub fields: Vec<String>,
}

/// When two reports of one submission are the same: the answers to all these fields are equal.
#[derive(Debug, Clone)]
pub struct SameReport {
    pub level: Level,
    pub fields: Vec<String>,
    pub message: Localized,
}

impl Kind {
    /// The ids of all its own fields, in order.
    pub fn field_ids(&self) -> impl Iterator<Item = &str> {
        self.sections
            .iter()
            .flat_map(|section| &section.fields)
            .map(String::as_str)
    }
}

impl Form {
    /// Id, version and hash.
    pub fn reference(&self) -> &FormRef {
        &self.reference
    }

    /// First day on which the version is the current one.
    pub fn valid_from(&self) -> Date {
        self.valid_from
    }

    pub fn title(&self) -> &Localized {
        &self.title
    }

    /// What the form is for, in a few sentences.
    pub fn intro(&self) -> &Localized {
        &self.intro
    }

    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    pub fn kind(&self, code: ReportKind) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.code == code)
    }

    /// All fields: those of the employer and the submission, then those of reports.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    pub fn field(&self, id: &str) -> Option<&Field> {
        self.by_id.get(id).and_then(|index| self.fields.get(*index))
    }

    /// The fields of one place, in the order of the definition.
    pub fn fields_of(&self, scope: Scope) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |field| field.scope == scope)
    }

    /// The heading of a section; `employer` and `submission` are sections too.
    pub fn section_label(&self, id: &str) -> Option<&Localized> {
        self.section_labels.get(id)
    }

    /// Definition and texts as canonical JSON (RFC 8785), whose SHA-256 names the version.
    pub fn canonical_json(&self) -> &str {
        &self.canonical_json
    }

    /// Every field after those that decide about it.
    pub(crate) fn in_reading_order(&self) -> impl Iterator<Item = &Field> {
        self.reading_order.iter().filter_map(|index| self.fields.get(*index))
    }

    /// The code of every rule, and of every same-report check: what this definition can say beyond the service's own codes.
    pub fn rule_codes(&self) -> Vec<&str> {
        self.fields
            .iter()
            .flat_map(|field| &field.rules)
            .map(|rule| rule.code.as_str())
            .collect()
    }
}
