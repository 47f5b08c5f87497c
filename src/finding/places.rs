use std::collections::BTreeMap;

use super::{Violation, pointer};
use crate::value::Localized;

/// Where in a file each answer stands, so that what is wrong with it is told by sheet, row and column. Empty for what is no file.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The sheet, where the file has several to choose from.
    pub sheet: Option<String>,
    /// The row of each report, as the spreadsheet program counts.
    pub rows: Vec<usize>,
    columns: BTreeMap<String, Column>,
}

#[derive(Debug, Clone)]
struct Column {
    letters: String,
    heading: String,
}

impl Places {
    /// Notes the column with the answers to a name of a report, or to a pointer outside the reports.
    pub(crate) fn note(&mut self, answer: String, letters: String, heading: String) {
        self.columns.entry(answer).or_insert(Column { letters, heading });
    }

    /// The same, each naming the place in the file that it is about. For who sends the file: a report is kept without them.
    pub fn add_to(&self, mut list: Vec<Violation>) -> Vec<Violation> {
        for violation in &mut list {
            if let Some(place) = self.place_of(&violation.pointer) {
                violation.hint = Some(match violation.hint.take() {
                    Some(hint) => {
                        Localized::new(format!("{} {}", hint.da, place.da), format!("{} {}", hint.en, place.en))
                    }
                    None => place,
                });
            }
        }
        list
    }

    fn place_of(&self, place: &str) -> Option<Localized> {
        let row = pointer::report_position(place).and_then(|position| self.rows.get(position));
        let answer = match pointer::report_position(place) {
            Some(_) => pointer::in_report(place)
                .trim_start_matches('/')
                .split('/')
                .next()
                .unwrap_or_default(),
            None => place,
        };
        let column = self.columns.get(answer);
        let (da, en) = match (row, column) {
            (Some(row), Some(Column { letters, heading })) => (
                format!("Række {row}, kolonne {letters} (»{heading}«) i filen"),
                format!("Row {row}, column {letters} (“{heading}”) of the file"),
            ),
            (Some(row), None) => (format!("Række {row} i filen"), format!("Row {row} of the file")),
            (None, Some(Column { letters, heading })) => (
                format!("Kolonne {letters} (»{heading}«) i filen"),
                format!("Column {letters} (“{heading}”) of the file"),
            ),
            (None, None) => return None,
        };
        Some(match &self.sheet {
            Some(sheet) => Localized::new(format!("{da}, arket »{sheet}«."), format!("{en}, sheet “{sheet}”.")),
            None => Localized::new(format!("{da}."), format!("{en}.")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_in_a_file_names_row_and_column_as_the_sender_sees_them() {
        let mut places = Places {
            rows: vec![2, 5],
            ..Places::default()
        };
        places.note("a".to_owned(), "C".to_owned(), "Løn pr. md.".to_owned());
        places.note("/employer/cvr".to_owned(), "A".to_owned(), "CVR".to_owned());
        let told = |pointer: &str| {
            let words = Localized::new("da", "en");
            let told = places.add_to(vec![Violation::error(pointer, "x", words)]);
            told[0].hint.as_ref().map(|hint| hint.da.clone()).unwrap_or_default()
        };
        assert_eq!(told("/reports/1/a"), "Række 5, kolonne C (»Løn pr. md.«) i filen.");
        assert_eq!(told("/reports/1/a/3"), "Række 5, kolonne C (»Løn pr. md.«) i filen.");
        assert_eq!(told("/reports/1/b"), "Række 5 i filen.");
        assert_eq!(told("/employer/cvr"), "Kolonne A (»CVR«) i filen.");
        assert_eq!(told("/reports/7"), "");
    }
}
