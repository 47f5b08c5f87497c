use std::collections::BTreeSet;

use toml::Table;

use super::entry::{ComponentRule, IncomeRule, Provenance, Rate, RateValue, RuleText, Status, Validity};
use super::fault::{Fault, Faults};
use super::ids::{IncomeType, PayComponent, RateId, RuleId};
use super::reader::Reader;
use super::timeline::Timeline;
use crate::value::Localized;

/// Everything the files say, checked, in the order of the names in the code.
#[derive(Debug)]
pub(super) struct Data {
    pub version: String,
    pub rates: Vec<Option<Timeline<Rate>>>,
    pub rules: Vec<Option<Timeline<RuleText>>>,
    pub income: Vec<Option<Timeline<IncomeRule>>>,
    pub components: Vec<Option<Timeline<ComponentRule>>>,
}

/// Reads all files and tells everything that is wrong with them.
pub(super) fn load(files: &[(&str, &str)]) -> Result<Data, Faults> {
    let mut faults = Faults::default();
    let mut versions = Vec::new();
    let mut data = Data {
        version: String::new(),
        rates: empty(RateId::ALL.len()),
        rules: empty(RuleId::ALL.len()),
        income: empty(IncomeType::ALL.len()),
        components: empty(PayComponent::ALL.len()),
    };
    for (file, text) in files {
        match text.parse::<Table>() {
            Ok(table) => read_file(file, &table, &mut data, &mut versions, &mut faults),
            Err(error) => faults.tell(file, "the file", Fault::NotToml(error.message().to_owned())),
        }
    }
    match versions.as_slice() {
        [(_, version)] => data.version.clone_from(version),
        [] => faults.tell("book.toml", "the file", Fault::MissingKey("version")),
        [_, (file, _), ..] => faults.tell(file, "version", Fault::DuplicateName),
    }
    tell_missing(&data, &mut faults);
    if faults.0.is_empty() { Ok(data) } else { Err(faults) }
}

fn empty<T>(length: usize) -> Vec<Option<T>> {
    std::iter::repeat_with(|| None).take(length).collect()
}

fn read_file(file: &str, table: &Table, data: &mut Data, versions: &mut Vec<(String, String)>, faults: &mut Faults) {
    let mut reader = Reader::new(file, "the file".to_owned(), table);
    if reader.has("version") {
        if let Some(version) = reader.text("version", faults) {
            versions.push((file.to_owned(), version.to_owned()));
        }
        reader.localized("title", faults);
    }
    section(
        &mut reader,
        "rate",
        "name",
        RateId::from_name,
        RateId::index,
        &mut data.rates,
        faults,
        read_rate,
    );
    section(
        &mut reader,
        "rule",
        "id",
        RuleId::from_name,
        RuleId::index,
        &mut data.rules,
        faults,
        read_rule,
    );
    let income = &mut data.income;
    section(
        &mut reader,
        "income_type",
        "id",
        IncomeType::from_name,
        IncomeType::index,
        income,
        faults,
        read_income,
    );
    let parts = &mut data.components;
    section(
        &mut reader,
        "pay_component",
        "id",
        PayComponent::from_name,
        PayComponent::index,
        parts,
        faults,
        read_component,
    );
    reader.finish(faults);
}

/// Reads one kind of table: finds its name among those that the code knows, and puts it into its place once.
#[expect(
    clippy::too_many_arguments,
    reason = "one list of four kinds; a struct for one call would only hide them"
)]
fn section<I: Copy, T>(
    reader: &mut Reader<'_>,
    key: &'static str,
    name_key: &'static str,
    from_name: fn(&str) -> Option<I>,
    index: fn(I) -> usize,
    slots: &mut [Option<Timeline<T>>],
    faults: &mut Faults,
    read: fn(I, &mut Reader<'_>, &mut Faults) -> Option<Timeline<T>>,
) {
    if !reader.has(key) {
        return;
    }
    for mut item in reader.tables(key, faults) {
        let Some(name) = item.text(name_key, faults) else {
            continue;
        };
        let mut item = item.named(format!("{key} {name}"));
        let Some(id) = from_name(name) else {
            item.tell(faults, Fault::UnknownName);
            continue;
        };
        let timeline = read(id, &mut item, faults);
        match slots.get_mut(index(id)) {
            Some(Some(_)) => item.tell(faults, Fault::DuplicateName),
            Some(slot) => *slot = timeline,
            None => {}
        }
        item.finish(faults);
    }
}

fn read_rate(id: RateId, reader: &mut Reader<'_>, faults: &mut Faults) -> Option<Timeline<Rate>> {
    let unit = reader.text("unit", faults);
    if unit.is_some_and(|unit| unit != id.unit().as_str()) {
        reader.tell(faults, Fault::WrongUnit(id.unit().as_str()));
    }
    let paragraph = reader.text("paragraph", faults).unwrap_or_default().to_owned();
    timeline(reader, "values", faults, |reader, faults| {
        let value = reader.text("value", faults).map(|raw| RateValue::parse(id, raw));
        let (provenance, source) = provenance(reader, Some(&paragraph), faults)?;
        match value? {
            Ok(value) => Some((
                provenance.validity,
                Rate {
                    value,
                    provenance,
                    source,
                },
            )),
            Err(fault) => {
                reader.tell(faults, fault);
                None
            }
        }
    })
}

fn read_rule(_: RuleId, reader: &mut Reader<'_>, faults: &mut Faults) -> Option<Timeline<RuleText>> {
    let name = reader.localized("name", faults);
    let formula = reader.localized("formula", faults);
    timeline(reader, "versions", faults, |reader, faults| {
        let own = |key, reader: &mut Reader<'_>, faults: &mut Faults, common: &Option<Localized>| {
            if reader.has(key) {
                reader.localized(key, faults)
            } else {
                common.clone()
            }
        };
        let name = own("name", reader, faults, &name);
        let formula = own("formula", reader, faults, &formula);
        let (provenance, _) = provenance(reader, None, faults)?;
        Some((
            provenance.validity,
            RuleText {
                name: name?,
                formula: formula?,
                provenance,
            },
        ))
    })
}

fn read_income(_: IncomeType, reader: &mut Reader<'_>, faults: &mut Faults) -> Option<Timeline<IncomeRule>> {
    let name = reader.localized("name", faults);
    timeline(reader, "versions", faults, |reader, faults| {
        let counts_in_deduction = reader.yes_no("counts_in_deduction", faults);
        let uses_ceiling_room = reader.yes_no("uses_ceiling_room", faults);
        let opens_subsidy = reader.yes_no("opens_subsidy", faults);
        let (provenance, _) = provenance(reader, None, faults)?;
        let rule = IncomeRule {
            name: name.clone()?,
            counts_in_deduction: counts_in_deduction?,
            uses_ceiling_room: uses_ceiling_room?,
            opens_subsidy: opens_subsidy?,
            provenance,
        };
        Some((rule.provenance.validity, rule))
    })
}

fn read_component(_: PayComponent, reader: &mut Reader<'_>, faults: &mut Faults) -> Option<Timeline<ComponentRule>> {
    let name = reader.localized("name", faults);
    timeline(reader, "versions", faults, |reader, faults| {
        let counts = reader.yes_no("counts", faults);
        let (provenance, _) = provenance(reader, None, faults)?;
        Some((
            provenance.validity,
            ComponentRule {
                name: name.clone()?,
                counts: counts?,
                provenance,
            },
        ))
    })
}

/// Reads the list of dated values under a key and checks that they follow each other.
fn timeline<T>(
    reader: &mut Reader<'_>,
    key: &'static str,
    faults: &mut Faults,
    mut read: impl FnMut(&mut Reader<'_>, &mut Faults) -> Option<(Validity, T)>,
) -> Option<Timeline<T>> {
    let file = reader.file();
    let (mut entries, mut places) = (Vec::new(), Vec::new());
    for mut item in reader.tables(key, faults) {
        if let Some(entry) = read(&mut item, faults) {
            entries.push(entry);
            places.push(item.place().to_owned());
        }
        item.finish(faults);
    }
    (!entries.is_empty()).then(|| Timeline::checked(file, &places, entries, faults))
}

fn provenance(reader: &mut Reader<'_>, common: Option<&str>, faults: &mut Faults) -> Option<(Provenance, String)> {
    let validity = reader.validity(faults);
    let status: Option<Status> = reader.status(faults);
    let source = reader.text("source", faults).map(str::to_owned);
    let paragraph = match common {
        Some(common) if !reader.has("paragraph") => Some(common.to_owned()),
        _ => reader.text("paragraph", faults).map(str::to_owned),
    };
    Some((
        Provenance {
            validity: validity?,
            paragraph: paragraph?,
            status: status?,
        },
        source?,
    ))
}

/// Names the code needs and no file gives; those already told of as faulty are not told twice.
fn tell_missing(data: &Data, faults: &mut Faults) {
    let told: BTreeSet<String> = faults
        .0
        .iter()
        .filter_map(|fault| fault.place.split(", ").next().map(str::to_owned))
        .collect();
    let missing = absent("rate", RateId::ALL, RateId::index, RateId::as_str, &data.rates)
        .chain(absent("rule", RuleId::ALL, RuleId::index, RuleId::as_str, &data.rules))
        .chain(absent(
            "income_type",
            IncomeType::ALL,
            IncomeType::index,
            IncomeType::as_str,
            &data.income,
        ))
        .chain(absent(
            "pay_component",
            PayComponent::ALL,
            PayComponent::index,
            PayComponent::as_str,
            &data.components,
        ));
    for (kind, name) in missing.collect::<Vec<_>>() {
        if !told.contains(&format!("{kind} {name}")) {
            faults.tell("all files", &format!("{kind} {name}"), Fault::MissingName(name));
        }
    }
}

fn absent<'a, I: Copy, T>(
    kind: &'static str,
    all: &'a [I],
    index: fn(I) -> usize,
    name: fn(I) -> &'static str,
    slots: &'a [Option<T>],
) -> impl Iterator<Item = (&'static str, &'static str)> + 'a {
    all.iter()
        .filter(move |id| slots.get(index(**id)).is_some_and(Option::is_none))
        .map(move |id| (kind, name(*id)))
}
