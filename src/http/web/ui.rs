//! The parts of a form as plain data; `assets/templates/ui.html` draws them.

/// One question.
#[derive(Clone, Default)]
pub struct Question {
    /// Where a link of the error summary leads; also the first input's id.
    pub id: String,
    pub name: String,
    pub label: String,
    /// Empty: none.
    pub hint: String,
    pub errors: Vec<String>,
    pub need: Need,
    pub input: Input,
}

/// Whether a question must be answered.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Need {
    #[default]
    Required,
    /// Another answer decides.
    Depends,
    /// Only where what it asks about is so; who answers knows.
    IfApplies,
    Optional,
}

impl Question {
    pub fn is_required(&self) -> bool {
        self.need == Need::Required
    }

    pub fn is_optional(&self) -> bool {
        self.need == Need::Optional
    }

    pub fn may_not_apply(&self) -> bool {
        self.need == Need::IfApplies
    }
}

/// How a question is answered.
#[derive(Clone)]
pub enum Input {
    Text(TextInput),
    Area {
        value: String,
        rows: u8,
    },
    Select(Vec<Choice>),
    Radios {
        options: Vec<Choice>,
        /// Whether other questions hang on the answer.
        opens: bool,
    },
    Checks(Vec<Choice>),
    /// A statement to agree to; the label is the statement.
    Tick {
        chosen: bool,
    },
    Date(DateInput),
}

/// A line of text.
#[derive(Clone, Default)]
pub struct TextInput {
    pub value: String,
    pub width: Width,
    /// Right-aligned, as amounts are.
    pub numeric: bool,
    /// The keyboard that a phone shows.
    pub keyboard: Keyboard,
    /// The unit, behind the input. Empty: none.
    pub suffix: String,
    /// What a browser may fill in, by its name in HTML; `off` for what belongs to somebody else.
    pub autocomplete: &'static str,
}

/// What is typed into a line.
#[derive(Clone, Copy, Default)]
pub enum Keyboard {
    #[default]
    Text,
    Digits,
    /// Digits with a comma.
    Decimal,
    Phone,
    Email,
}

impl Keyboard {
    /// The value of `inputmode`.
    pub fn mode(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Digits => "numeric",
            Self::Decimal => "decimal",
            Self::Phone => "tel",
            Self::Email => "email",
        }
    }
}

/// How much is expected.
#[derive(Clone, Copy, Default)]
pub enum Width {
    Short,
    Medium,
    #[default]
    Long,
}

impl Width {
    pub fn class(self) -> &'static str {
        match self {
            Self::Short => "input-width-xs",
            Self::Medium => "input-width-s",
            Self::Long => "input-width-l",
        }
    }
}

/// One option of a list.
#[derive(Clone)]
pub struct Choice {
    pub code: String,
    pub label: String,
    /// Empty: none.
    pub hint: String,
    pub chosen: bool,
}

/// A date in its three parts, as typed.
#[derive(Clone, Default)]
pub struct DateInput {
    pub day: String,
    pub month: String,
    pub year: String,
}

/// One line of the error summary.
pub struct Fault {
    /// The id it leads to.
    pub anchor: String,
    pub message: String,
}

impl Fault {
    /// All that is wrong on a page, in the order of its questions.
    pub fn of(questions: &[Question]) -> Vec<Self> {
        let each = questions
            .iter()
            .flat_map(|question| question.errors.iter().map(|error| (&question.id, error)));
        each.map(|(anchor, message)| Self {
            anchor: anchor.clone(),
            message: message.clone(),
        })
        .collect()
    }
}

/// One station of a flow.
pub struct StepView {
    pub title: String,
    /// The button that leads back to it.
    pub action: String,
    /// The form that the button belongs to.
    pub form: &'static str,
    pub done: bool,
    pub current: bool,
}

/// A label and what stands beside it.
pub struct Fact {
    pub label: String,
    pub value: String,
}

impl Default for Input {
    fn default() -> Self {
        Self::Text(TextInput::default())
    }
}
