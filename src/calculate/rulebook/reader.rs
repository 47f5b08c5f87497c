use toml::{Table, Value};

use super::entry::{Status, Validity};
use super::fault::{Fault, Faults};
use crate::value::{Localized, Month};

/// Reads one table of a rule file: every key by name and type, and at the end says which keys nobody asked for.
pub(super) struct Reader<'a> {
    file: &'a str,
    place: String,
    table: &'a Table,
    asked: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    pub fn new(file: &'a str, place: String, table: &'a Table) -> Self {
        Self {
            file,
            place,
            table,
            asked: Vec::new(),
        }
    }

    pub fn file(&self) -> &'a str {
        self.file
    }

    /// The same table under a name that people know it by.
    pub fn named(self, place: String) -> Self {
        Self { place, ..self }
    }

    pub fn place(&self) -> &str {
        &self.place
    }

    pub fn tell(&self, faults: &mut Faults, fault: Fault) {
        faults.tell(self.file, &self.place, fault);
    }

    fn value(&mut self, key: &'static str) -> Option<&'a Value> {
        self.asked.push(key);
        self.table.get(key)
    }

    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub fn text(&mut self, key: &'static str, faults: &mut Faults) -> Option<&'a str> {
        match self.value(key) {
            None => self.tell(
                faults,
                if key == "source" {
                    Fault::MissingSource
                } else {
                    Fault::MissingKey(key)
                },
            ),
            Some(Value::String(text)) if key == "source" && text.trim().is_empty() => {
                self.tell(faults, Fault::MissingSource);
            }
            Some(Value::String(text)) if !text.trim().is_empty() => return Some(text),
            Some(_) => self.tell(faults, Fault::WrongType(key, "a text in quotes")),
        }
        None
    }

    pub fn yes_no(&mut self, key: &'static str, faults: &mut Faults) -> Option<bool> {
        match self.value(key) {
            None => self.tell(faults, Fault::MissingKey(key)),
            Some(Value::Boolean(yes)) => return Some(*yes),
            Some(_) => self.tell(faults, Fault::WrongType(key, "true or false")),
        }
        None
    }

    pub fn localized(&mut self, key: &'static str, faults: &mut Faults) -> Option<Localized> {
        let Some(value) = self.value(key) else {
            self.tell(faults, Fault::MissingKey(key));
            return None;
        };
        let Value::Table(table) = value else {
            self.tell(faults, Fault::WrongType(key, "a table with da and en"));
            return None;
        };
        let mut inner = Reader::new(self.file, format!("{}, {key}", self.place), table);
        let texts = inner.text("da", faults).zip(inner.text("en", faults));
        inner.finish(faults);
        texts.map(|(da, en)| Localized::new(da, en))
    }

    pub fn status(&mut self, faults: &mut Faults) -> Option<Status> {
        let name = self.text("status", faults)?;
        let status = Status::from_name(name);
        if status.is_none() {
            self.tell(faults, Fault::UnknownStatus);
        }
        status
    }

    /// The tables under a key, each with its place in words.
    pub fn tables(&mut self, key: &'static str, faults: &mut Faults) -> Vec<Reader<'a>> {
        let items = match self.value(key) {
            Some(Value::Array(items)) if !items.is_empty() => items,
            Some(Value::Array(_)) | None => {
                self.tell(faults, Fault::NoValue);
                return Vec::new();
            }
            Some(_) => {
                self.tell(faults, Fault::WrongType(key, "a list of tables"));
                return Vec::new();
            }
        };
        let mut readers = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let place = format!("{}, {key} {}", self.place, index + 1);
            match item {
                Value::Table(table) => readers.push(Reader::new(self.file, place, table)),
                _ => faults.tell(self.file, &place, Fault::WrongType(key, "a list of tables")),
            }
        }
        readers
    }

    /// `valid_from` and `valid_to`, as whole months.
    pub fn validity(&mut self, faults: &mut Faults) -> Option<Validity> {
        let from = self.date("valid_from", faults);
        let until = if self.has("valid_to") {
            Some(self.date("valid_to", faults))
        } else {
            None
        };
        let from = from?;
        if from.day() != 1 {
            self.tell(faults, Fault::NotFirstOfMonth);
            return None;
        }
        let until = match until {
            None => None,
            Some(None) => return None,
            Some(Some(date)) if date != date.last_of_month() => {
                self.tell(faults, Fault::NotLastOfMonth);
                return None;
            }
            Some(Some(date)) if date < from => {
                self.tell(faults, Fault::EndsBeforeItBegins);
                return None;
            }
            Some(Some(date)) => Some(Month::of(date)),
        };
        Some(Validity {
            from: Month::of(from),
            until,
        })
    }

    fn date(&mut self, key: &'static str, faults: &mut Faults) -> Option<jiff::civil::Date> {
        let read = match self.value(key) {
            None => {
                self.tell(faults, Fault::MissingKey(key));
                return None;
            }
            Some(Value::Datetime(stamp)) if stamp.time.is_none() => stamp.date.and_then(|date| {
                let year = i16::try_from(date.year).ok()?;
                let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
                jiff::civil::Date::new(year, month, day)
                    .ok()
                    .filter(|date| (1900..2200).contains(&date.year()))
            }),
            Some(_) => None,
        };
        if read.is_none() {
            self.tell(
                faults,
                Fault::WrongType(key, "a date of the years 1900 to 2199, without quotes: 2024-01-01"),
            );
        }
        read
    }

    /// Tells of every key that nobody asked for.
    pub fn finish(self, faults: &mut Faults) {
        for key in self.table.keys().filter(|key| !self.asked.contains(&key.as_str())) {
            self.tell(faults, Fault::UnknownKey(key.clone()));
        }
    }
}
