use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{Violation, pointer, suggest};
use crate::value::Localized;

/// So many findings are told; nobody reads more, and a hostile body shall not make a huge answer.
pub const MAX_FINDINGS: usize = 1_000;

/// What the errors told may come to in an answer, in bytes. Together with what stands around each it stays below 1 MB.
const MAX_BYTES: usize = 600_000;

/// Only so many unknown names are compared with the known ones: that is slow, and who has misspelt more has another form in mind.
const MAX_SUGGESTIONS: usize = 20;

/// The one place where findings are gathered, whoever finds them. Bounded: who reads something asks [`Findings::is_full`] now and then and
/// stops there. Reads as a slice of what is kept.
///
/// Errors go before warnings and hints. As long as there is no error, every warning and hint is kept: they go along with what is taken in,
/// and there are never more than the rules of the form give.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    list: Vec<Violation>,
    errors: usize,
    bytes: usize,
    is_cut: bool,
    suggested: usize,
    /// Set when nobody waits for the outcome any more.
    stop: Option<Arc<AtomicBool>>,
}

impl Findings {
    pub fn new() -> Self {
        Self::default()
    }

    /// Full at once when `stop` is set: whoever reads then ends.
    pub fn until(stop: Arc<AtomicBool>) -> Self {
        Self {
            stop: Some(stop),
            ..Self::default()
        }
    }

    /// As [`Findings::until`], for those that go on with what was found before.
    pub fn stop_when(&mut self, stop: Arc<AtomicBool>) {
        self.stop = Some(stop);
    }

    /// Keeps it, or notes that something was left out.
    pub fn push(&mut self, violation: Violation) {
        let has_room = if violation.is_error() {
            !self.is_at_its_bound()
        } else {
            self.errors == 0 || self.list.len() - self.errors < MAX_FINDINGS
        };
        if !has_room {
            self.is_cut = true;
            return;
        }
        if violation.is_error() {
            self.errors += 1;
            self.bytes += size(&violation);
        }
        self.list.push(violation);
    }

    /// Nothing more is told: go no further.
    pub fn is_full(&self) -> bool {
        self.is_at_its_bound() || self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    fn is_at_its_bound(&self) -> bool {
        self.errors >= MAX_FINDINGS || self.bytes >= MAX_BYTES
    }

    /// Whether nothing found stops the submission.
    pub fn are_harmless(&self) -> bool {
        self.errors == 0 && !self.is_full()
    }

    /// The known name that was probably meant, for the first unknown names only.
    pub(crate) fn suggestion<'a>(&mut self, name: &str, known: &[&'a str]) -> Option<&'a str> {
        if self.suggested >= MAX_SUGGESTIONS {
            return None;
        }
        self.suggested += 1;
        suggest::closest(name, known)
    }

    /// Everything found, errors before warnings and hints, each kind sorted by place.
    pub fn into_sorted(self) -> Vec<Violation> {
        // What was left unread is left out too.
        let mut is_cut = self.is_cut || (self.errors > 0 && self.is_full());
        let mut list = self.list;
        if self.errors > 0 && list.len() > MAX_FINDINGS {
            is_cut = true;
            // Errors first: they are what has to be put right.
            list.sort_by_key(|violation| violation.level);
            list.truncate(MAX_FINDINGS);
        }
        list.sort_by(|one, other| {
            let by_place = || pointer::sort_key(&one.pointer).cmp(&pointer::sort_key(&other.pointer));
            one.level.cmp(&other.level).then_with(by_place)
        });
        if is_cut {
            list.insert(0, too_many_findings(list.len()));
        }
        list
    }
}

fn too_many_findings(limit: usize) -> Violation {
    let message = Localized::new(
        format!("Her står kun de første {limit} fejl. Ret dem, og send igen; så kommer resten."),
        format!("Only the first {limit} faults are listed. Correct them and send again to see the rest."),
    );
    Violation::error("", "too-many-findings", message)
}

impl Deref for Findings {
    type Target = [Violation];

    fn deref(&self) -> &[Violation] {
        &self.list
    }
}

impl From<Findings> for Vec<Violation> {
    /// What was found, in the order in which it was found.
    fn from(findings: Findings) -> Self {
        let is_cut = findings.is_cut || (findings.errors > 0 && findings.is_full());
        let mut list = findings.list;
        if is_cut {
            list.insert(0, too_many_findings(list.len()));
        }
        list
    }
}

/// What a violation takes in an answer, in the longer of the two languages.
fn size(violation: &Violation) -> usize {
    let longer = |text: &Localized| text.da.len().max(text.en.len());
    violation.pointer.len() + longer(&violation.message) + violation.hint.as_ref().map_or(0, longer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Localized {
        Localized::new("da", "en")
    }

    fn of(list: impl IntoIterator<Item = Violation>) -> Findings {
        let mut findings = Findings::new();
        list.into_iter().for_each(|violation| findings.push(violation));
        findings
    }

    #[test]
    fn more_findings_than_anybody_reads_are_cut_and_the_errors_kept() {
        let hints = (0..2 * MAX_FINDINGS).map(|n| Violation::hint(format!("/reports/{n}/a"), "x", words()));
        let findings = of(hints.chain([Violation::error("/reports/9999/z", "y", words())]));
        assert!(!findings.is_full() && !findings.are_harmless());
        let told = findings.into_sorted();
        assert_eq!(told.len(), MAX_FINDINGS + 1);
        assert_eq!(told[0].code, "too-many-findings");
        assert!(told.iter().any(|violation| violation.code == "y"));
    }

    #[test]
    fn what_is_taken_in_keeps_all_its_hints() {
        let hints = (0..5 * MAX_FINDINGS).map(|n| Violation::hint(format!("/reports/{n}/a"), "x", words()));
        assert_eq!(of(hints).into_sorted().len(), 5 * MAX_FINDINGS);
    }

    #[test]
    fn errors_fill_it_by_number_and_by_length() {
        let short = (0..3 * MAX_FINDINGS).map(|n| Violation::error(format!("/{n}"), "x", words()));
        let findings = of(short);
        assert!(findings.is_full());
        let told = findings.into_sorted();
        assert_eq!(told.len(), MAX_FINDINGS + 1);
        assert!(told[0].message.da.contains(&MAX_FINDINGS.to_string()));

        let long = (0..MAX_FINDINGS).map(|n| Violation::error(format!("/{n}{}", "x".repeat(4_000)), "x", words()));
        let told = Vec::from(of(long));
        let bytes: usize = told.iter().map(size).sum();
        assert!(
            told.len() < 200 && bytes < MAX_BYTES + 10_000,
            "{} with {bytes}",
            told.len()
        );
        assert_eq!(told[0].code, "too-many-findings");
    }

    #[test]
    fn who_is_told_to_stop_finds_it_full() {
        let stop = Arc::new(AtomicBool::new(false));
        let findings = Findings::until(stop.clone());
        assert!(findings.are_harmless());
        stop.store(true, Ordering::Relaxed);
        assert!(findings.is_full() && !findings.are_harmless());
    }

    #[test]
    fn only_the_first_unknown_names_are_compared() {
        let mut findings = Findings::new();
        let told = (0..100).filter(|_| findings.suggestion("cvrr", &["cvr"]).is_some());
        assert_eq!(told.count(), MAX_SUGGESTIONS);
    }
}
