use std::fmt;

/// Something wrong in a form definition. Lint tells all of them at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFault {
    /// The file it is in, e.g. `fleksjob-wage/1.0/texts.da.toml`.
    pub file: String,
    /// Where in the file, e.g. `field.base_wage.help`; empty for the whole.
    pub place: String,
    pub problem: Problem,
}

/// What is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file does not read as TOML of the right shape; the text tells line and key.
    #[error("{0}")]
    Unreadable(String),
    #[error("a number that is not whole, or a date without quotation marks: write it as a text")]
    NotCanonical,
    #[error("the text is missing: write it")]
    TextMissing,
    #[error("nothing in form.toml uses this text: delete it, or correct its name")]
    TextUnused,
    #[error("contains \"{0}\", which helps nobody: say what to do instead")]
    BannedPhrase(&'static str),
    #[error("{{{0}}} is not something this rule can fill in")]
    UnknownPlaceholder(String),
    #[error("\"{0}\" is there twice: each may be there once")]
    Repeated(String),
    #[error("there is no field \"{0}\": correct the name, or add the field")]
    UnknownField(String),
    #[error("field \"{field}\" has no answer \"{code}\"")]
    UnknownCode { field: String, code: String },
    #[error("there is no kind of report \"{0}\"")]
    UnknownKind(String),
    #[error("kind \"{0}\" is missing: the service needs all five")]
    KindMissing(&'static str),
    #[error("there is no type \"{0}\"")]
    UnknownType(String),
    #[error("a field of this type needs `{0}`")]
    ParameterMissing(&'static str),
    #[error("a field of this type has no `{0}`: delete it")]
    ParameterUnused(&'static str),
    #[error("the conditions ask about each other in a circle: {0}")]
    Circle(String),
    #[error("no kind of report shows this field")]
    NeverShown,
    #[error("the default is not an answer to this field")]
    DefaultUnreadable,
    #[error("the check does not fit a field of type {0}")]
    CheckUnfit(&'static str),
    #[error("the service itself reads this field: it must be there, of type {0}, with need = \"{1}\"")]
    Anchor(&'static str, &'static str),
    #[error(
        "the service itself reads this list: its options are {0}, no more and no fewer; another needs a change of the \
         service (src/fields/codes.rs) first"
    )]
    Codes(String),
    #[error("the service computes {0}, and nothing else: `computed_when` belongs there")]
    Computed(String),
    #[error("the limits leave no number: make the smallest at most the largest")]
    LimitsEmpty,
    #[error("the default breaks the rule \"{0}\": change the default or the limit")]
    DefaultBroken(String),
    #[error("the condition can never hold: correct it, or delete what hangs on it")]
    NeverHolds,
    #[error("nothing says which law or decision asks for this: write `paragraph`, or make it need = \"optional\"")]
    ParagraphMissing,
    #[error("{0} is more than {1}: write a limit that somebody can mean")]
    LimitAbsurd(i64, i64),
    #[error("names {0}, but the limit is {1}: write {{max}} or the limit itself")]
    LimitToldWrong(String, String),
    #[error("this is not {0}: the texts of the two languages may have been exchanged")]
    WrongLanguage(&'static str),
    #[error(
        "with this field needed, no report could be withdrawn by a system: make it optional, give it a default, or show it \
         only where correction_action is \"replace\""
    )]
    StopsWithdrawals,
    #[error("the service needs field \"{0}\" in this kind of report")]
    KindLacksField(&'static str),
    #[error("`content_kind` belongs to the kind \"correction\", and to no other")]
    ContentKind,
    #[error("the code of a rule has lower-case letters, digits and hyphens only")]
    CodeShape,
    #[error("the label of \"{0}\" has a comma, semicolon or bar, at which a cell with several answers is split")]
    SeparatorInLabel(String),
    #[error("the version in the file is not that of its folder")]
    VersionElsewhere,
}

impl fmt::Display for FormFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            write!(f, "{}: {}", self.file, self.problem)
        } else {
            write!(f, "{}: {}: {}", self.file, self.place, self.problem)
        }
    }
}

impl std::error::Error for FormFault {}
