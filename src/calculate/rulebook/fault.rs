/// One thing wrong with the rule data, told to the person who edits it. All faults of all files are told at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, {place}: {fault}")]
pub struct RuleBookFault {
    /// The file's name, e.g. `rates.toml`.
    pub file: String,
    /// Where in it, e.g. `rate maximum_subsidy, value 3`.
    pub place: String,
    pub fault: Fault,
}

/// What is wrong, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("this is not TOML: {0}")]
    NotToml(String),
    #[error("unknown key `{0}`: take it out, or correct its spelling")]
    UnknownKey(String),
    #[error("`{0}` is missing")]
    MissingKey(&'static str),
    #[error("`{0}` must be {1}")]
    WrongType(&'static str, &'static str),
    #[error("`source` is missing: a value without a source is not used")]
    MissingSource,
    #[error("the program knows nothing of this name: correct its spelling")]
    UnknownName,
    #[error("this name is given twice")]
    DuplicateName,
    #[error("nothing is given for `{0}`, which the calculation needs")]
    MissingName(&'static str),
    #[error("the unit must be `{0}`")]
    WrongUnit(&'static str),
    #[error("`status` must be `published`, `derived` or `assumption`")]
    UnknownStatus,
    #[error("`valid_from` must be the first day of a month, as the calculation goes month by month")]
    NotFirstOfMonth,
    #[error("`valid_to` must be the last day of a month, as the calculation goes month by month")]
    NotLastOfMonth,
    #[error("it ends before it begins")]
    EndsBeforeItBegins,
    #[error("two values begin on the same day")]
    SameBeginning,
    #[error("it begins before the value above it has ended")]
    Overlap,
    #[error("there is a gap between it and the value above it")]
    Gap,
    #[error("only the last value may be without `valid_to`")]
    OpenEndInside,
    #[error("there is no value")]
    NoValue,
    #[error("an amount is kroner with at most two decimals and not below zero, in quotes: \"323.50\"")]
    NotAnAmount,
    #[error("a percentage has at most two decimals, in quotes: \"12.75\"")]
    NotAPercentage,
    #[error("a percentage is at most 100")]
    PercentageOver100,
    #[error("the number has too many decimals: at most two")]
    TooManyDecimals,
    #[error("a fraction is written as one, in quotes: \"260/12\"")]
    NotAFraction,
    #[error("a fraction is stored exactly and never as a rounded decimal: write \"260/12\", not \"21.6667\"")]
    RoundedFraction,
    #[error("days are a whole number from 0 to 366, in quotes: \"25\"")]
    NotDays,
    #[error("hours a week are 0 to 168 with at most two decimals, in quotes: \"37\"")]
    NotHours,
    #[error("the choice must be one of: {0}")]
    UnknownChoice(String),
}

/// Where faults are gathered while files are read.
#[derive(Debug, Default)]
pub(super) struct Faults(pub Vec<RuleBookFault>);

impl Faults {
    pub fn tell(&mut self, file: &str, place: &str, fault: Fault) {
        self.0.push(RuleBookFault {
            file: file.to_owned(),
            place: place.to_owned(),
            fault,
        });
    }
}
