use serde_json::{Value, json};

use crate::value::Localized;

/// Why a cell of a spreadsheet holds no answer though something is in it. It stands in the place of the answer, so that the cell is refused
/// and never taken for empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// A formula that nobody has worked out.
    FormulaWithoutResult,
    /// `#N/A`, `#REF!` and their like.
    ErrorValue,
    /// `####` or `1,23E+11`: the file has no longer what was typed.
    NotShown,
    /// The number has more decimals than the cell shows, so who looks at it sees another number.
    MoreThanShown,
    /// A day with a time of day.
    TimeOfDay,
    /// A cell that stretches over several.
    Merged,
}

/// The one name of the object that stands for an unreadable cell. Only files are read so; in JSON an object is no answer.
const NAME: &str = "unreadable-cell";

impl Unreadable {
    pub(super) const ALL: [Self; 6] = [
        Self::FormulaWithoutResult,
        Self::ErrorValue,
        Self::NotShown,
        Self::MoreThanShown,
        Self::TimeOfDay,
        Self::Merged,
    ];

    /// Stable, kebab-case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::FormulaWithoutResult => "cell-formula-without-result",
            Self::ErrorValue => "cell-error-value",
            Self::NotShown => "cell-not-shown",
            Self::MoreThanShown => "cell-more-than-shown",
            Self::TimeOfDay => "cell-time-of-day",
            Self::Merged => "cell-merged",
        }
    }

    /// What stands in the body instead of an answer.
    pub fn to_value(self) -> Value {
        json!({ NAME: self.code() })
    }

    /// The fault that a value stands for.
    pub fn of(value: &Value) -> Option<Self> {
        let code = value.as_object()?.get(NAME)?.as_str()?;
        Self::ALL.into_iter().find(|fault| fault.code() == code)
    }

    pub(super) fn message(self) -> Localized {
        match self {
            Self::FormulaWithoutResult => Localized::new(
                "Cellen har en formel uden et udregnet resultat. Åbn filen i et regneark, gem den igen, eller skriv værdien.",
                "The cell has a formula without a result. Open the file in a spreadsheet program and save it again, or write the value.",
            ),
            Self::ErrorValue => Localized::new(
                "Cellen viser en fejlværdi som #N/A eller #REF!. Ret formlen, eller skriv værdien.",
                "The cell shows an error value such as #N/A or #REF!. Correct the formula, or write the value.",
            ),
            Self::NotShown => Localized::new(
                "Cellen viser #### eller et forkortet tal, så det hele er der ikke. Gør kolonnen bredere, vis cellen som tekst, og skriv værdien.",
                "The cell shows #### or a shortened number, so not all of it is there. Widen the column, show the cell as text and write the value.",
            ),
            Self::MoreThanShown => Localized::new(
                "Cellen viser et afrundet tal, men indeholder et andet. Afrund selv tallet, så det er det viste, der gælder.",
                "The cell shows a rounded number but holds another. Round the number yourself, so that what is shown is what counts.",
            ),
            Self::TimeOfDay => Localized::new(
                "Cellen har både dato og klokkeslæt. Skriv kun datoen.",
                "The cell has a date and a time of day. Write the date alone.",
            ),
            Self::Merged => Localized::new(
                "Cellen er flettet med andre, så kun den første af dem har et svar. Ophæv fletningen, og skriv svaret i hver række.",
                "The cell is merged with others, so only the first of them has an answer. Unmerge them and write the answer in each row.",
            ),
        }
    }
}
