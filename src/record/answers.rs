use std::{collections::BTreeMap, fmt};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    fields::{Codes, FieldOf, Kind, One, PercentOrMoney, Several, Text, YesNo},
    value::{Cpr, Cvr, Email, Hours, Money, MunicipalityCode, PNumber, Percent, Phone, Postcode, ReportId, SeNumber},
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

/// How the answer to a field is read.
pub trait Readable: Kind {
    type Read<'a>;

    /// Nothing where the answer is of another type.
    fn read(answer: &Answer) -> Option<Self::Read<'_>>;
}

macro_rules! readable {
    ($($kind:ty: $variant:ident($value:ident) -> $read:ty = $given:expr),* $(,)?) => {$(
        impl Readable for $kind {
            type Read<'a> = $read;

            fn read(answer: &Answer) -> Option<Self::Read<'_>> {
                match answer {
                    Answer::$variant($value) => Some($given),
                    _ => None,
                }
            }
        }
    )*};
}

readable! {
    Text: Text(text) -> &'a str = text.as_str(),
    YesNo: YesNo(yes) -> bool = *yes,
    Date: Date(date) -> Date = *date,
    Money: Money(amount) -> Money = *amount,
    Percent: Percent(percent) -> Percent = *percent,
    Hours: Hours(hours) -> Hours = *hours,
    Cpr: Cpr(cpr) -> &'a Cpr = &cpr.0,
    Cvr: Cvr(cvr) -> &'a Cvr = cvr,
    SeNumber: SeNumber(number) -> &'a SeNumber = number,
    PNumber: PNumber(number) -> &'a PNumber = number,
    MunicipalityCode: Municipality(named) -> &'a MunicipalityAnswer = named,
    Postcode: Postcode(code) -> &'a Postcode = code,
    Email: Email(email) -> &'a Email = email,
    Phone: Phone(phone) -> &'a Phone = phone,
    ReportId: Report(id) -> ReportId = *id,
}

/// What a percentage or an amount was answered as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    Percent(Percent),
    /// Kroner.
    Amount(Money),
}

impl Readable for PercentOrMoney {
    type Read<'a> = Share;

    fn read(answer: &Answer) -> Option<Share> {
        match answer {
            Answer::Percent(percent) => Some(Share::Percent(*percent)),
            Answer::Money(amount) => Some(Share::Amount(*amount)),
            _ => None,
        }
    }
}

/// A form whose list has other codes than the type does not load, so an answer has none either.
const OF_THE_LIST: &str = "the codes of the list are held to those of the type when a form is loaded";

impl<E: Codes> Readable for One<E> {
    type Read<'a> = E;

    fn read(answer: &Answer) -> Option<E> {
        match answer {
            Answer::Choice(code) => Some(E::from_code(code).expect(OF_THE_LIST)),
            _ => None,
        }
    }
}

impl<E: Codes> Readable for Several<E> {
    type Read<'a> = Vec<E>;

    fn read(answer: &Answer) -> Option<Vec<E>> {
        match answer {
            Answer::Choices(codes) => Some(
                codes
                    .iter()
                    .map(|code| E::from_code(code).expect(OF_THE_LIST))
                    .collect(),
            ),
            _ => None,
        }
    }
}

impl Answers {
    pub fn insert(&mut self, field: impl Into<String>, answer: Answer) {
        self.0.insert(field.into(), answer);
    }

    /// The answer to a field that the form names. Those that the service itself reads have a type: [`Answers::read`].
    pub fn get(&self, field: &str) -> Option<&Answer> {
        self.0.get(field)
    }

    /// The answer to a field that the service itself reads; nothing where it is not answered.
    pub fn read<T: Readable>(&self, field: FieldOf<T>) -> Option<T::Read<'_>> {
        T::read(self.0.get(field.id())?)
    }

    /// Leaves an answer out.
    pub fn remove<T>(&mut self, field: FieldOf<T>) {
        self.0.remove(field.id());
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
