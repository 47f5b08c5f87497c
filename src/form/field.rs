use super::{Condition, DecidedBy, MoneyUnit, Rule, Scope};
use crate::value::Localized;

/// One question of the form, with all that machines and people need to know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name everywhere: `employer_cvr`.
    pub id: String,
    pub scope: Scope,
    /// Its name in JSON: `cvr`, in `/employer/cvr`.
    pub key: String,
    pub kind: FieldType,
    /// The field belongs to a report only when this holds.
    pub condition: Option<Condition>,
    pub required: Need,
    /// The answer where none is given.
    pub default: Option<String>,
    /// When this holds the answer is computed from the others.
    pub computed: Option<Condition>,
    pub rules: Vec<Rule>,
    pub label: Localized,
    pub help: Localized,
    /// What to do when the answer is missing.
    pub missing: Localized,
    /// What is wrong when the answer can't be used.
    pub wrong: Localized,
    /// Why the answer is needed (*need to know*).
    pub reason: Localized,
    /// When the field is used, continuing "Only used …".
    pub condition_text: Option<Localized>,
    /// The paragraph or decision that asks for it: `LAB § 123, stk. 3`.
    pub paragraph: Option<String>,
}

/// What kind of answer a field takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldType {
    Text {
        max_length: usize,
    },
    Choice {
        options: Vec<FieldOption>,
    },
    /// Several of a list; the exclusive one stands alone and is what an empty list means.
    Choices {
        options: Vec<FieldOption>,
        exclusive: Option<String>,
    },
    YesNo,
    Date,
    Money {
        unit: MoneyUnit,
    },
    Percent,
    /// A percentage or an amount, as another answer says.
    PercentOrMoney {
        decided_by: DecidedBy,
        unit: MoneyUnit,
    },
    Hours,
    Cpr,
    Cvr,
    SeNumber,
    PNumber,
    Municipality,
    Postcode,
    Email,
    Phone,
    ReportId,
}

/// One answer of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldOption {
    pub code: String,
    pub label: Localized,
}

/// Whether an answer must be there, once the field belongs to the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    Always,
    When(Condition),
    /// Needed in a case that only the sender can tell, so its absence is never a fault.
    SenderKnows,
    Optional,
}

impl Field {
    /// Its JSON pointer (RFC 6901) in a submission; `position` counts reports from 0 and matters for those only.
    pub fn pointer(&self, position: usize) -> String {
        match self.scope {
            Scope::Submission => format!("/{}", self.key),
            Scope::Employer => format!("/employer/{}", self.key),
            Scope::Report => format!("/reports/{position}/{}", self.key),
        }
    }

    /// The option with this code.
    pub fn option(&self, code: &str) -> Option<&FieldOption> {
        self.kind.options().iter().find(|option| option.code == code)
    }

    /// Every condition of the field and its rules, and the other fields they and the type name.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let need = match &self.required {
            Need::When(condition) => Some(condition),
            Need::Always | Need::SenderKnows | Need::Optional => None,
        };
        let rules = self.rules.iter().filter_map(|rule| rule.when.as_ref());
        self.condition.iter().chain(need).chain(&self.computed).chain(rules)
    }

    /// The fields whose answers must be known before this one can be read.
    pub(crate) fn reads_after(&self) -> Vec<&str> {
        let need = match &self.required {
            Need::When(condition) => Some(condition),
            Need::Always | Need::SenderKnows | Need::Optional => None,
        };
        let mut fields: Vec<&str> = self
            .condition
            .iter()
            .chain(need)
            .chain(&self.computed)
            .flat_map(Condition::fields)
            .collect();
        if let FieldType::PercentOrMoney { decided_by, .. } = &self.kind {
            fields.push(&decided_by.field);
        }
        fields
    }
}

impl FieldType {
    /// Its name in the definition.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Choice { .. } => "choice",
            Self::Choices { .. } => "choices",
            Self::YesNo => "yes_no",
            Self::Date => "date",
            Self::Money { .. } => "money",
            Self::Percent => "percent",
            Self::PercentOrMoney { .. } => "percent_or_money",
            Self::Hours => "hours",
            Self::Cpr => "cpr",
            Self::Cvr => "cvr",
            Self::SeNumber => "se_number",
            Self::PNumber => "p_number",
            Self::Municipality => "municipality",
            Self::Postcode => "postcode",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::ReportId => "report_id",
        }
    }

    /// The options of a list, none for other types.
    pub fn options(&self) -> &[FieldOption] {
        match self {
            Self::Choice { options } | Self::Choices { options, .. } => options,
            _ => &[],
        }
    }

    /// The codes an answer can have: those of the list, or `yes` and `no`.
    pub fn codes(&self) -> Vec<&str> {
        match self {
            Self::YesNo => vec!["yes", "no"],
            other => other.options().iter().map(|option| option.code.as_str()).collect(),
        }
    }
}

impl MoneyUnit {
    /// The unit behind an amount: `kr. pr. måned`.
    pub fn label(self) -> Localized {
        match self {
            Self::Kr | Self::KrPerWageUnit => Localized::new("kr.", "kr."),
            Self::KrPerMonth => Localized::new("kr. pr. måned", "kr. per month"),
            Self::KrPerYear => Localized::new("kr. pr. år", "kr. per year"),
        }
    }
}
