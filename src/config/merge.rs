//! Puts the layers on top of one another and checks every key and type against the defaults.

use std::{collections::BTreeMap, fmt};

use toml::{Table, Value};

use super::{ConfigProblem, Way};

const PREFIX: &str = "FLEKSPORT__";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    File(String),
    Variable(String),
    /// A rule about what others can reach, and the way they do.
    Safety(Way),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("built-in default"),
            Self::File(name) => write!(f, "in {name}"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Safety(way) => way.fmt(f),
        }
    }
}

/// The layers so far, with the origin of each changed key and the problems found.
pub struct Merged {
    values: Table,
    origins: BTreeMap<String, Origin>,
    pub problems: Vec<ConfigProblem>,
}

impl Merged {
    pub fn of_defaults(text: &str) -> Self {
        let values = text
            .parse()
            .expect("the compiled-in defaults are TOML; a test reads them");
        Self {
            values,
            origins: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    pub fn add_file(&mut self, name: &str, text: &str) {
        let origin = Origin::File(name.to_owned());
        match text.parse::<Table>() {
            Ok(table) => self.add_table("", table, &origin),
            // The parser's own text would quote the line, which may hold a password.
            Err(error) => {
                let line = error
                    .span()
                    .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
                self.problem("", &origin, format!("not valid TOML at line {line}"));
            }
        }
    }

    fn add_table(&mut self, path: &str, table: Table, origin: &Origin) {
        for (key, value) in table {
            let path = if path.is_empty() { key } else { format!("{path}.{key}") };
            match (self.get(&path), value) {
                (None, _) => self.problem(
                    &path,
                    origin,
                    "no such setting; config/default.toml lists all".to_owned(),
                ),
                (Some(Value::Table(_)), Value::Table(inner)) => self.add_table(&path, inner, origin),
                (Some(old), new) if same_type(old, &new) => self.set(&path, new, origin.clone()),
                (Some(old), _) => {
                    let wanted = type_name(old);
                    self.problem(&path, origin, format!("must be {wanted}"));
                }
            }
        }
    }

    pub fn add_variables(&mut self, variables: &[(String, String)]) {
        for (name, text) in variables {
            let Some(path) = name.strip_prefix(PREFIX) else {
                continue;
            };
            let path = path.to_lowercase().replace("__", ".");
            let origin = Origin::Variable(name.clone());
            match self.get(&path).map(|old| (as_type_of(old, text), type_name(old))) {
                None => self.problem(
                    &path,
                    &origin,
                    "no such setting; config/default.toml lists all".to_owned(),
                ),
                Some((Some(value), _)) => self.set(&path, value, origin),
                Some((None, wanted)) => self.problem(&path, &origin, format!("must be {wanted}")),
            }
        }
    }

    /// The value at a dotted path.
    pub fn get(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let first = self.values.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.as_table()?.get(part))
    }

    /// Where the value at a path came from.
    pub fn origin(&self, path: &str) -> Origin {
        self.origins.get(path).cloned().unwrap_or(Origin::Default)
    }

    pub fn problem(&mut self, path: &str, origin: &Origin, what: String) {
        self.problems.push(ConfigProblem {
            key: path.to_owned(),
            origin: origin.clone(),
            what,
        });
    }

    fn set(&mut self, path: &str, value: Value, origin: Origin) {
        let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
        let mut table = &mut self.values;
        for part in parents.split('.').filter(|part| !part.is_empty()) {
            match table.get_mut(part) {
                Some(Value::Table(inner)) => table = inner,
                _ => return,
            }
        }
        table.insert(last.to_owned(), value);
        self.origins.insert(path.to_owned(), origin);
    }
}

fn same_type(old: &Value, new: &Value) -> bool {
    std::mem::discriminant(old) == std::mem::discriminant(new)
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text in quotes",
        Value::Integer(_) => "a whole number",
        Value::Boolean(_) => "true or false",
        Value::Array(_) => "a list of whole numbers",
        Value::Table(_) => "a section with keys of its own",
        Value::Float(_) | Value::Datetime(_) => "of the type shown in config/default.toml",
    }
}

fn as_type_of(old: &Value, text: &str) -> Option<Value> {
    match old {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
        Value::Boolean(_) => text.trim().parse().ok().map(Value::Boolean),
        Value::Array(old) => {
            let of_numbers = old.first().is_some_and(Value::is_integer);
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            let value = |part: &str| match of_numbers {
                true => part.parse().ok().map(Value::Integer),
                false => Some(Value::String(part.to_owned())),
            };
            parts.map(value).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        Value::Table(_) | Value::Float(_) | Value::Datetime(_) => None,
    }
}
