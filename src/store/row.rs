//! Reading rows: what does not fit its type is an error that names table, column and row, never a panic and never the value.

use std::str::FromStr;

use jiff::Timestamp;
use sqlx::{Any, Decode, Row, Type, any::AnyRow};

use super::StoreError;

/// A row of a known table, under the text by which it is named in errors.
pub(super) struct Reader<'r> {
    row: &'r AnyRow,
    table: &'static str,
    name: String,
}

impl<'r> Reader<'r> {
    /// Names the row by the text in its column `id`.
    pub fn new(row: &'r AnyRow, table: &'static str, id: &'static str) -> Result<Self, StoreError> {
        let mut reader = Self {
            row,
            table,
            name: "?".into(),
        };
        reader.name = reader.get::<String>(id)?;
        Ok(reader)
    }

    pub fn named(row: &'r AnyRow, table: &'static str, name: String) -> Self {
        Self { row, table, name }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn get<T>(&self, column: &'static str) -> Result<T, StoreError>
    where
        T: Decode<'r, Any> + Type<Any>,
    {
        self.row.try_get(column).map_err(|error| self.bad(column, error))
    }

    /// A text that is a value of its own type.
    pub fn parse<T>(&self, column: &'static str) -> Result<T, StoreError>
    where
        T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
    {
        self.get::<&str>(column)?
            .parse()
            .map_err(|error| self.bad(column, error))
    }

    pub fn parse_optional<T>(&self, column: &'static str) -> Result<Option<T>, StoreError>
    where
        T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
    {
        let text = self.get::<Option<&str>>(column)?;
        text.map(str::parse)
            .transpose()
            .map_err(|error| self.bad(column, error))
    }

    /// A text that is one of a list of codes.
    pub fn code<T>(&self, column: &'static str, from_code: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
        from_code(self.get::<&str>(column)?).ok_or_else(|| self.bad(column, NotInList))
    }

    pub fn time(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        Timestamp::from_millisecond(self.get(column)?).map_err(|error| self.bad(column, error))
    }

    pub fn time_optional(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let millis = self.get::<Option<i64>>(column)?;
        millis
            .map(Timestamp::from_millisecond)
            .transpose()
            .map_err(|error| self.bad(column, error))
    }

    /// A number of things, or a place in a list.
    pub fn count(&self, column: &'static str) -> Result<usize, StoreError> {
        usize::try_from(self.get::<i64>(column)?).map_err(|error| self.bad(column, error))
    }

    pub fn bytes<const N: usize>(&self, column: &'static str) -> Result<[u8; N], StoreError> {
        self.get::<&[u8]>(column)?
            .try_into()
            .map_err(|error| self.bad(column, error))
    }

    pub fn bad<E>(&self, column: &'static str, source: E) -> StoreError
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        StoreError::BadRow {
            table: self.table,
            column,
            row: self.name.clone(),
            source: source.into(),
        }
    }
}

/// A code that this version does not know.
#[derive(Debug, thiserror::Error)]
#[error("the code is not on the list")]
pub(super) struct NotInList;

/// A combination of columns that no state has.
#[derive(Debug, thiserror::Error)]
#[error("the columns do not go together")]
pub(super) struct DoNotGoTogether;
