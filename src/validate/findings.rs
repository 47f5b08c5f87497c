use super::{Violation, messages, pointer};
use crate::value::Localized;

/// So many findings are told; nobody reads more, and a hostile body shall not make a huge answer.
const MAX_FINDINGS: usize = 10_000;

/// What was found so far.
pub(super) struct Findings {
    list: Vec<Violation>,
}

impl Findings {
    pub fn new(list: Vec<Violation>) -> Self {
        Self { list }
    }

    pub fn push(&mut self, violation: Violation) {
        self.list.push(violation);
    }

    /// Whether nothing found stops the submission.
    pub fn are_harmless(&self) -> bool {
        !self.list.iter().any(Violation::is_error)
    }

    /// Everything found, sorted by place, each with the row of the file it came from.
    pub fn into_sorted(self, rows: &[usize]) -> Vec<Violation> {
        let mut list = self.list;
        let is_cut = list.len() > MAX_FINDINGS && list.iter().any(Violation::is_error);
        if is_cut {
            // Errors first: they are what has to be put right.
            list.sort_by_key(|violation| violation.level);
            list.truncate(MAX_FINDINGS);
        }
        list.sort_by(|one, other| {
            let place = |violation: &'_ Violation| violation.pointer.clone();
            let (one_place, other_place) = (place(one), place(other));
            pointer::sort_key(&one_place)
                .cmp(&pointer::sort_key(&other_place))
                .then(one.level.cmp(&other.level))
        });
        let mut list = with_rows(list, rows);
        if is_cut {
            list.insert(0, messages::too_many_findings(MAX_FINDINGS));
        }
        list
    }
}

/// The same, each naming the row of the file it came from.
pub fn with_rows(mut list: Vec<Violation>, rows: &[usize]) -> Vec<Violation> {
    for violation in &mut list {
        add_row(violation, rows);
    }
    list
}

fn add_row(violation: &mut Violation, rows: &[usize]) {
    let position = pointer::report_position(&violation.pointer);
    let Some(row) = position.and_then(|position| rows.get(position)) else {
        return;
    };
    let place = Localized::new(format!("Række {row} i filen."), format!("Row {row} of the file."));
    violation.hint = Some(match violation.hint.take() {
        Some(hint) => Localized::new(format!("{} {}", hint.da, place.da), format!("{} {}", hint.en, place.en)),
        None => place,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_findings_than_anybody_reads_are_cut_and_the_errors_kept() {
        let words = || Localized::new("da", "en");
        let mut list: Vec<Violation> = (0..MAX_FINDINGS)
            .map(|n| Violation::hint(format!("/reports/{n}/a"), "x", words()))
            .collect();
        list.push(Violation::error("/reports/9999/z", "y", words()));
        let told = Findings::new(list).into_sorted(&[]);
        assert_eq!(told.len(), MAX_FINDINGS + 1);
        assert_eq!(told[0].code, "too-many-findings");
        assert!(told.iter().any(|violation| violation.code == "y"));
    }

    #[test]
    fn a_finding_in_a_file_names_its_row() {
        let violation = Violation::error("/reports/1/a", "x", Localized::new("da", "en"));
        let told = Findings::new(vec![violation]).into_sorted(&[2, 5]);
        assert_eq!(told[0].hint.as_ref().unwrap().da, "Række 5 i filen.");
    }
}
