//! The 98 municipalities.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::value::{Cvr, MunicipalityCode};

/// A municipality (*kommune*) as the registers know it in November 2026.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Municipality {
    /// The four-digit code (*kommunekode*).
    pub code: MunicipalityCode,
    /// The name in the register of administrative divisions: `København`, `Bornholm`.
    pub name: &'static str,
    /// The name with what it is: `Københavns Kommune`, `Bornholms Regionskommune`.
    pub full_name: &'static str,
    /// The region's code, 1081 to 1085. 1084 and 1085 merge on 1 January 2027.
    pub region_code: &'static str,
    /// The region's name: `Region Hovedstaden`.
    pub region_name: &'static str,
    /// The municipality's own CVR number.
    pub cvr: Cvr,
}

const MUNICIPALITIES: &str = include_str!("../../config/reference/municipalities.csv");
const NAMES: &str = include_str!("../../config/reference/municipality_names.csv");

/// By code, and so in the order of the codes.
static TABLE: LazyLock<BTreeMap<&'static str, usize>> = LazyLock::new(|| {
    ALL.iter()
        .enumerate()
        .map(|(index, municipality)| (municipality.code.as_str(), index))
        .collect()
});

static ALL: LazyLock<Vec<Municipality>> = LazyLock::new(|| {
    let full_names: BTreeMap<&str, &str> = super::rows(NAMES)
        .map(|[code, _, full_name]| (code, full_name))
        .collect();
    super::rows(MUNICIPALITIES)
        .map(|[code, name, region_code, region_name, cvr]| Municipality {
            code: code.parse().expect("the codes are those of this very table"),
            name,
            full_name: full_names.get(code).copied().unwrap_or(name),
            region_code,
            region_name,
            cvr: cvr
                .parse()
                .expect("the table is compiled in, and a test checks every CVR number"),
        })
        .collect()
});

/// All 98 municipalities, in the order of their codes.
pub fn municipalities() -> &'static [Municipality] {
    &ALL
}

/// The municipality with that code; every code has one.
pub fn municipality(code: &MunicipalityCode) -> &'static Municipality {
    TABLE
        .get(code.as_str())
        .and_then(|index| ALL.get(*index))
        .expect("a code is only made from this table")
}

/// Finds a municipality by the name people write: with or without *Kommune*, in any case, with *Aa* for *Å* and
/// with or without the genitive *s* (`Københavns Kommune`, `ålborg`, `Høje Taastrup`).
///
/// ```
/// use fleksport::reference::find_by_name;
///
/// assert_eq!(find_by_name("aarhus kommune").map(|found| found.code.as_str()), Some("0751"));
/// ```
pub fn find_by_name(name: &str) -> Option<&'static Municipality> {
    BY_NAME.get(&plain(name)).and_then(|index| ALL.get(*index))
}

static BY_NAME: LazyLock<BTreeMap<String, usize>> = LazyLock::new(|| {
    let names = |(index, municipality): (usize, &Municipality)| {
        [
            (plain(municipality.name), index),
            (plain(municipality.full_name), index),
        ]
    };
    ALL.iter().enumerate().flat_map(names).collect()
});

/// What is left of a name when all that people write differently is taken away.
fn plain(name: &str) -> String {
    let lower = name.to_lowercase().replace('-', " ").replace("aa", "å");
    let words: Vec<&str> = lower
        .split_whitespace()
        .filter(|word| !matches!(*word, "kommune" | "regionskommune"))
        .collect();
    let joined = words.join(" ");
    joined.strip_suffix('s').unwrap_or(&joined).to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::value::Refusal;

    #[test]
    fn there_are_98_municipalities_with_98_codes_98_names_and_98_cvr_numbers() {
        let all = municipalities();
        assert_eq!(all.len(), 98);
        assert_eq!(all.iter().map(|m| m.code).collect::<BTreeSet<_>>().len(), 98);
        assert_eq!(all.iter().map(|m| m.name).collect::<BTreeSet<_>>().len(), 98);
        // A CVR number that is held has passed its checksum.
        assert_eq!(all.iter().map(|m| m.cvr.as_str()).collect::<BTreeSet<_>>().len(), 98);
        assert!(all.windows(2).all(|pair| pair[0].code < pair[1].code));
    }

    #[test]
    fn every_code_leads_to_its_municipality_with_and_without_the_leading_zero() {
        for expected in municipalities() {
            let code: MunicipalityCode = expected.code.as_str().parse().unwrap();
            assert_eq!(municipality(&code), expected);
            assert_eq!(expected.code.as_str().trim_start_matches('0').parse(), Ok(code));
        }
    }

    #[test]
    fn the_two_tables_name_the_same_municipalities() {
        let names: BTreeMap<&str, (&str, &str)> = super::super::rows(NAMES)
            .map(|[code, name, full_name]| (code, (name, full_name)))
            .collect();
        assert_eq!(names.len(), 98);
        for municipality in municipalities() {
            assert_eq!(
                names[municipality.code.as_str()],
                (municipality.name, municipality.full_name)
            );
            assert!(
                municipality.full_name.to_lowercase().ends_with("kommune"),
                "{}",
                municipality.full_name
            );
        }
    }

    #[test]
    fn there_are_five_regions() {
        let regions: BTreeSet<_> = municipalities()
            .iter()
            .map(|m| (m.region_code, m.region_name))
            .collect();
        let codes: Vec<_> = regions.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes, ["1081", "1082", "1083", "1084", "1085"]);
    }

    #[test]
    fn a_municipality_is_found_by_both_its_names_however_they_are_written() {
        for expected in municipalities() {
            for name in [expected.name, expected.full_name] {
                assert_eq!(find_by_name(name), Some(expected));
                assert_eq!(find_by_name(&name.to_uppercase()), Some(expected), "{name}");
                assert_eq!(
                    find_by_name(&format!("  {} ", name.to_lowercase())),
                    Some(expected),
                    "{name}"
                );
            }
            let with_word = format!("{} Kommune", expected.name);
            assert_eq!(find_by_name(&with_word), Some(expected), "{with_word}");
        }
        let spellings = [
            ("Århus", "0751"),
            ("Åbenrå Kommune", "0580"),
            ("Høje Taastrup", "0169"),
            ("Nordfyn", "0480"),
            ("Vesthimmerland", "0820"),
            ("Københavns  Kommune", "0101"),
            ("Bornholm", "0400"),
        ];
        for (name, code) in spellings {
            assert_eq!(find_by_name(name).map(|m| m.code.as_str()), Some(code), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_no_municipality_finds_nothing() {
        for name in ["", "Kommune", "Christiansø", "Malmø", "0101", "s"] {
            assert_eq!(find_by_name(name), None, "{name}");
        }
    }

    #[test]
    fn christianso_is_known_but_is_no_municipality() {
        for raw in ["0411", "411"] {
            let refusal = raw.parse::<MunicipalityCode>().unwrap_err();
            assert_eq!(refusal.code(), "municipality-code-christianso");
        }
    }
}
