use std::{collections::BTreeMap, fmt};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::value::{
    Cpr, Cvr, Email, Hours, Money, MunicipalityCode, PNumber, Percent, Phone, Postcode, ReportId, SeNumber,
};

/// Where the employee lives, as the employer names it: one of the 98, or Christiansø, which is known but pays nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MunicipalityAnswer {
    One(MunicipalityCode),
    Christianso,
}

/// One answer, understood: the normalised value beside the raw text that is kept as it came.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Answer {
    Text(String),
    /// One code of a list in the form definition.
    Choice(String),
    /// Several codes of a list, in the list's order.
    Choices(Vec<String>),
    YesNo(bool),
    Date(Date),
    Money(Money),
    Percent(Percent),
    Hours(Hours),
    Cpr(StoredCpr),
    Cvr(Cvr),
    SeNumber(SeNumber),
    PNumber(PNumber),
    Municipality(MunicipalityAnswer),
    Postcode(Postcode),
    Email(Email),
    Phone(Phone),
    Report(ReportId),
}

/// A CPR number on its way into and out of the vault: serialises its digits, prints none.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredCpr(pub Cpr);

impl Serialize for StoredCpr {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for StoredCpr {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        Cpr::from_stored(&digits).map(Self).map_err(serde::de::Error::custom)
    }
}

/// All answers of one report by field id, normalised. Prints only which fields are answered.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(BTreeMap<String, Answer>);

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A typed look-up for each kind of answer: `None` when the field is not answered or is of another type.
macro_rules! getters {
    ($($name:ident -> $variant:ident($type:ty)),* $(,)?) => {
        $(
            #[doc = concat!("The answer to `field`, when it is a `", stringify!($variant), "`.")]
            pub fn $name(&self, field: &str) -> Option<&$type> {
                match self.0.get(field) {
                    Some(Answer::$variant(value)) => Some(value),
                    _ => None,
                }
            }
        )*
    };
}

impl Answers {
    pub fn insert(&mut self, field: impl Into<String>, answer: Answer) {
        self.0.insert(field.into(), answer);
    }

    pub fn get(&self, field: &str) -> Option<&Answer> {
        self.0.get(field)
    }

    pub fn contains(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Answer)> {
        self.0.iter().map(|(field, answer)| (field.as_str(), answer))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    getters! {
        text -> Text(String),
        choice -> Choice(String),
        choices -> Choices(Vec<String>),
        yes_no -> YesNo(bool),
        date -> Date(Date),
        money -> Money(Money),
        percent -> Percent(Percent),
        hours -> Hours(Hours),
        cpr -> Cpr(StoredCpr),
        cvr -> Cvr(Cvr),
        se_number -> SeNumber(SeNumber),
        p_number -> PNumber(PNumber),
        municipality -> Municipality(MunicipalityAnswer),
        postcode -> Postcode(Postcode),
        email -> Email(Email),
        phone -> Phone(Phone),
        report -> Report(ReportId),
    }

    /// The answers as the API shows them: field id to plain JSON, amounts as `"32067.00"`, dates as ISO 8601.
    pub fn to_plain_json(&self) -> serde_json::Map<String, serde_json::Value> {
        self.0
            .iter()
            .map(|(field, answer)| (field.clone(), answer.to_plain_json()))
            .collect()
    }
}

impl Answer {
    /// The answer as plain JSON, the form in which a submission carries it.
    pub fn to_plain_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Self::Text(text) | Self::Choice(text) => Value::from(text.as_str()),
            Self::Choices(codes) => Value::from(codes.clone()),
            Self::YesNo(yes) => Value::from(*yes),
            Self::Date(date) => Value::from(date.to_string()),
            Self::Money(amount) => Value::from(amount.to_machine()),
            Self::Percent(percent) => Value::from(percent.to_machine()),
            Self::Hours(hours) => Value::from(hours.to_machine()),
            Self::Cpr(cpr) => Value::from(cpr.0.expose_formatted()),
            Self::Cvr(cvr) => Value::from(cvr.as_str()),
            Self::SeNumber(number) => Value::from(number.as_str()),
            Self::PNumber(number) => Value::from(number.as_str()),
            Self::Municipality(MunicipalityAnswer::One(code)) => Value::from(code.as_str()),
            Self::Municipality(MunicipalityAnswer::Christianso) => Value::from("0411"),
            Self::Postcode(code) => Value::from(code.as_str()),
            Self::Email(email) => Value::from(email.expose()),
            Self::Phone(phone) => Value::from(phone.expose()),
            Self::Report(id) => Value::from(id.to_string()),
        }
    }
}
