use super::entry::Validity;
use super::fault::{Fault, Faults};
use crate::value::Month;

/// Values that follow each other in time without gap or overlap; the last may be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timeline<T> {
    entries: Vec<(Validity, std::sync::Arc<T>)>,
}

impl<T> Timeline<T> {
    /// Takes values in the order in which they stand, and tells of each that does not follow the one above it.
    pub fn checked(file: &str, places: &[String], entries: Vec<(Validity, T)>, faults: &mut Faults) -> Self {
        for ((above, below), place) in entries.iter().zip(entries.iter().skip(1)).zip(places.iter().skip(1)) {
            let (above, below) = (above.0, below.0);
            let fault = match above.until {
                _ if above.from == below.from => Some(Fault::SameBeginning),
                None if below.from > above.from => Some(Fault::OpenEndInside),
                None => Some(Fault::Overlap),
                Some(until) if below.from <= until => Some(Fault::Overlap),
                Some(until) if below.from > until.next() => Some(Fault::Gap),
                Some(_) => None,
            };
            if let Some(fault) = fault {
                faults.tell(file, place, fault);
            }
        }
        let entries = entries
            .into_iter()
            .map(|(validity, value)| (validity, std::sync::Arc::new(value)))
            .collect();
        Self { entries }
    }

    pub fn at(&self, month: Month) -> Option<std::sync::Arc<T>> {
        self.entries
            .iter()
            .find(|(validity, _)| validity.holds_in(month))
            .map(|(_, value)| value.clone())
    }

    pub fn first_month(&self) -> Option<Month> {
        self.entries.first().map(|(validity, _)| validity.from)
    }

    /// The months from which on something else may hold.
    pub fn changes(&self) -> impl Iterator<Item = Month> {
        self.entries
            .iter()
            .flat_map(|(validity, _)| [Some(validity.from), validity.until.map(Month::next)])
            .flatten()
    }
}
