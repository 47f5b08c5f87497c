/// What waits too long with a municipality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmKind {
    /// Reports that nobody there has taken.
    Unfetched,
    /// Its questions that the employer has not answered.
    Unanswered,
}

impl AlarmKind {
    pub const ALL: [Self; 2] = [Self::Unfetched, Self::Unanswered];

    /// The code in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unfetched => "unfetched",
            Self::Unanswered => "unanswered",
        }
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == code)
    }
}

/// Who is told by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmReceiver {
    /// The contact that the municipality has given.
    Municipality,
    /// Whoever runs the service.
    Operator,
}

impl AlarmReceiver {
    pub const ALL: [Self; 2] = [Self::Municipality, Self::Operator];

    /// The code in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Municipality => "municipality",
            Self::Operator => "operator",
        }
    }

    /// The receiver with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|receiver| receiver.as_str() == code)
    }
}
