//! The rules and rates by date: read from the files of `config/rules/`, checked, and looked up by month.

mod entry;
mod epoch;
mod fault;
mod ids;
mod load;
mod reader;
mod timeline;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use sha2::{Digest, Sha256};

pub(super) use entry::{ComponentRule, IncomeRule, RuleText};
pub use entry::{Provenance, Rate, RateValue, Status, Validity};
pub(super) use epoch::Epoch;
pub use fault::{Fault, RuleBookFault};
pub(super) use ids::named;
pub use ids::{Choice, IncomeType, PayComponent, RateId, RuleId, Unit};

use crate::value::Month;

/// The files compiled into the program.
const EMBEDDED: [(&str, &str); 6] = [
    ("book.toml", include_str!("../../../config/rules/book.toml")),
    ("rates.toml", include_str!("../../../config/rules/rates.toml")),
    (
        "assumptions.toml",
        include_str!("../../../config/rules/assumptions.toml"),
    ),
    ("hints.toml", include_str!("../../../config/rules/hints.toml")),
    ("income.toml", include_str!("../../../config/rules/income.toml")),
    ("steps.toml", include_str!("../../../config/rules/steps.toml")),
];

/// Rules and rates, loaded and checked: nothing in it is without a source, and no name has a gap or an overlap in time.
///
/// It has a version, which names the book and the fingerprint of its data, so that an assessment tells exactly what it rests on.
#[derive(Debug, Clone)]
pub struct RuleBook {
    version: Arc<str>,
    scheme_starts: Month,
    first: Month,
    /// One for each month from `first` on; months that change nothing share theirs, and the last holds for all later ones.
    months: Vec<Arc<Epoch>>,
    nothing: Arc<Epoch>,
}

impl RuleBook {
    /// The rules that the program was built with.
    ///
    /// # Errors
    ///
    /// All faults of the files; a test keeps the embedded ones without any.
    pub fn embedded() -> Result<Self, Vec<RuleBookFault>> {
        Self::from_toml(&EMBEDDED)
    }

    /// The names and texts of the files that the program was built with, for making a changed book from them.
    pub fn embedded_files() -> &'static [(&'static str, &'static str)] {
        &EMBEDDED
    }

    /// Rules from the texts of files, each with its name.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them, at once.
    pub fn from_toml(files: &[(&str, &str)]) -> Result<Self, Vec<RuleBookFault>> {
        let data = load::load(files).map_err(|faults| faults.0)?;
        let version: Arc<str> = format!("{}+sha256:{}", data.version, fingerprint(files)).into();
        let scheme_starts = data
            .rules
            .get(RuleId::RightToSubsidy.index())
            .and_then(|timeline| timeline.as_ref()?.first_month())
            .unwrap_or_else(|| Month::of(jiff::civil::Date::MAX));
        let changes = changes(&data);
        let first = changes.iter().min().copied().unwrap_or(scheme_starts);
        let last = changes.iter().max().copied().unwrap_or(scheme_starts);
        let nothing = Arc::new(Epoch::empty(version.clone(), scheme_starts));
        let mut months: Vec<Arc<Epoch>> = Vec::new();
        let mut month = first;
        while month <= last {
            let epoch = Epoch::of(&data, version.clone(), scheme_starts, month);
            match months.last() {
                Some(before) if **before == epoch => months.push(before.clone()),
                _ => months.push(Arc::new(epoch)),
            }
            month = month.next();
        }
        Ok(Self {
            version,
            scheme_starts,
            first,
            months,
            nothing,
        })
    }

    /// Name and fingerprint of the data: `2026.11.2+sha256:` and 64 hexadecimal digits.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The first month of the employee scheme, from which on jobs belong to it.
    pub fn scheme_starts(&self) -> Month {
        self.scheme_starts
    }

    /// The first and the last month for which everything is given; nothing where there is none.
    pub fn complete_months(&self) -> Option<(Month, Month)> {
        let complete = |epoch: &Arc<Epoch>| epoch.absent.is_empty();
        let first = self.months.iter().position(complete)?;
        let last = self.months.iter().rposition(complete)?;
        let month = |index: usize| i32::try_from(index).map(|index| self.first.plus_months(index)).ok();
        month(first).zip(month(last))
    }

    /// A rate in a month, as it stands in the data.
    pub fn rate(&self, id: RateId, month: Month) -> Option<Rate> {
        self.epoch(month).rate(id).cloned()
    }

    pub(super) fn epoch(&self, month: Month) -> &Arc<Epoch> {
        usize::try_from(self.first.months_until(month))
            .ok()
            .and_then(|index| self.months.get(index).or(self.months.last()))
            .unwrap_or(&self.nothing)
    }
}

/// Every month in which something begins or has ended, and the one after, for rates that are measured by the month before.
fn changes(data: &load::Data) -> Vec<Month> {
    let rates = data.rates.iter().flatten().flat_map(timeline::Timeline::changes);
    let rules = data.rules.iter().flatten().flat_map(timeline::Timeline::changes);
    let income = data.income.iter().flatten().flat_map(timeline::Timeline::changes);
    let parts = data.components.iter().flatten().flat_map(timeline::Timeline::changes);
    rates
        .chain(rules)
        .chain(income)
        .chain(parts)
        .flat_map(|month| [month, month.next()])
        .collect()
}

/// SHA-256 over the names and texts of all files, in their order.
fn fingerprint(files: &[(&str, &str)]) -> String {
    let mut hash = Sha256::new();
    for (name, text) in files {
        for part in [name, text] {
            hash.update(
                u64::try_from(part.len())
                    .expect("a text is shorter than 2^64 bytes")
                    .to_be_bytes(),
            );
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
