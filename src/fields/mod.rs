//! The fields of the standard form that the service itself reads, and the codes of their lists. Each stands here once, as a typed constant:
//! answers are read by it, the form is held to it when it is loaded, and whatever KL adds beside it needs no change here.

mod anchors;
mod codes;

use std::marker::PhantomData;

pub use anchors::*;
pub use codes::{
    Codes, Component, CorrectedKind, CorrectionCode, EntryMode, FreeChoicePayout, HolidayCode, PaymentType,
    PensionBase, PensionMode, ReportKind, SameForAll, WageUnit,
};

/// The id of the standard form that this service takes in.
pub const FORM: &str = "fleksjob-wage";

/// Where the answers to a field stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Employer,
    Submission,
    Report,
}

/// Which answers the service relies on being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// In every report that has the field, or every submission.
    Always,
    /// By a condition of the form, or not at all.
    AsTheFormSays,
}

/// What stands in a field.
pub trait Kind: 'static {
    /// The field's type in the form.
    const TYPE: &'static str;

    /// The codes of a list; nothing where it is none.
    fn codes() -> Option<Vec<&'static str>> {
        None
    }
}

/// A field whose answer is a `T`.
pub struct FieldOf<T> {
    id: &'static str,
    kind: PhantomData<fn() -> T>,
}

/// A field whose answer is one option of a list.
pub type ChoiceField<E> = FieldOf<One<E>>;

impl<T> FieldOf<T> {
    const fn new(id: &'static str) -> Self {
        Self { id, kind: PhantomData }
    }

    /// Its name in the form.
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// JSON pointer (RFC 6901) from the report.
    pub fn in_report(&self) -> String {
        format!("/{}", self.id)
    }
}

impl<T> Clone for FieldOf<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for FieldOf<T> {}

/// A text in the sender's words.
#[derive(Debug)]
pub struct Text;
/// Yes or no.
#[derive(Debug)]
pub struct YesNo;
/// A percentage or an amount, as another answer decides.
#[derive(Debug)]
pub struct PercentOrMoney;
/// One option of a list.
#[derive(Debug)]
pub struct One<E>(PhantomData<E>);
/// Some options of a list.
#[derive(Debug)]
pub struct Several<E>(PhantomData<E>);

/// What the service relies on about one field.
#[derive(Debug)]
pub struct Anchor {
    pub id: &'static str,
    pub place: Place,
    /// The type in the form.
    pub kind: &'static str,
    /// The codes of its list, every one of them.
    pub codes: Option<Vec<&'static str>>,
    pub needed: Needed,
    /// The kinds of report that must have it.
    pub kinds: &'static [ReportKind],
}
