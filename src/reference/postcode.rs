//! Postcodes and the municipalities they lie in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::municipality::known_code;
use crate::value::{MunicipalityCode, Postcode};

/// One of the areas that a postcode lies in: at least one house number there has the postcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostcodeEntry {
    /// The name of the postal district: `København Ø`.
    pub name: &'static str,
    /// Where the addresses lie.
    pub area: Area,
}

/// Where addresses lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// In one of the 98.
    Municipality(MunicipalityCode),
    /// On Christiansø (0411), which no municipality receives for: a person decides.
    Christianso,
}

const POSTCODES: &str = include_str!("../../config/reference/postcodes.csv");
const NON_RESIDENTIAL: &str = include_str!("../../config/reference/postcodes_non_residential.csv");

static TABLE: LazyLock<BTreeMap<&'static str, Vec<PostcodeEntry>>> = LazyLock::new(|| {
    let mut table: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for [postcode, name, code] in super::rows(POSTCODES) {
        let area = known_code(code).map_or(Area::Christianso, Area::Municipality);
        table.entry(postcode).or_default().push(PostcodeEntry { name, area });
    }
    table
});

static WITHOUT_ADDRESSES: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| super::rows(NON_RESIDENTIAL).map(|[postcode, _, _]| postcode).collect());

/// The areas a postcode lies in, none where no address has it. Only with exactly one does the postcode decide the
/// municipality; 246 of 1,089 lie in several, and nothing tells which of those is the main one.
///
/// ```
/// use fleksport::reference::{Area, postcode_municipalities};
///
/// let entries = postcode_municipalities(&"9990".parse().unwrap());
/// assert_eq!(entries.len(), 1);
/// assert_eq!(entries[0].name, "Skagen");
/// assert!(matches!(entries[0].area, Area::Municipality(code) if code.as_str() == "0813"));
/// ```
pub fn postcode_municipalities(postcode: &Postcode) -> &'static [PostcodeEntry] {
    TABLE.get(postcode.as_str()).map_or(&[], Vec::as_slice)
}

/// Whether a postcode belongs to a bulk receiver or to PO boxes, so that nobody can live there.
pub fn is_non_residential(postcode: &Postcode) -> bool {
    WITHOUT_ADDRESSES.contains(postcode.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postcode(raw: &str) -> Postcode {
        raw.parse().unwrap()
    }

    #[test]
    fn there_are_1089_postcodes_in_1414_pairs_and_246_do_not_decide() {
        assert_eq!(TABLE.len(), 1_089);
        assert_eq!(TABLE.values().map(Vec::len).sum::<usize>(), 1_414);
        assert_eq!(TABLE.values().filter(|entries| entries.len() > 1).count(), 246);
    }

    #[test]
    fn every_pair_is_different_and_names_its_postcode_alike() {
        for (code, entries) in &*TABLE {
            for (index, entry) in entries.iter().enumerate() {
                assert_eq!(entry.name, entries[0].name, "{code}");
                assert!(!entries[..index].contains(entry), "{code} twice");
            }
            assert_eq!(postcode_municipalities(&postcode(code)), entries.as_slice());
        }
    }

    #[test]
    fn all_98_municipalities_have_postcodes_and_only_christianso_is_outside_them() {
        let codes: BTreeSet<_> = super::super::rows(POSTCODES).map(|[_, _, code]| code).collect();
        let unknown: Vec<_> = codes.iter().filter(|code| known_code(code).is_none()).collect();
        assert_eq!(codes.len(), 99);
        assert_eq!(unknown, [&"0411"]);
        let christianso = PostcodeEntry {
            name: "Gudhjem",
            area: Area::Christianso,
        };
        assert!(!postcode_municipalities(&postcode("3760")).contains(&PostcodeEntry {
            name: "",
            ..christianso
        }));
        assert!(
            postcode_municipalities(&postcode("3760"))
                .iter()
                .any(|entry| entry.area == Area::Christianso)
        );
    }

    #[test]
    fn codes_of_bulk_receivers_have_no_addresses() {
        assert_eq!(WITHOUT_ADDRESSES.len(), 35);
        assert!(WITHOUT_ADDRESSES.iter().all(|code| !TABLE.contains_key(code)));
        assert!(is_non_residential(&postcode("0900")));
        assert!(is_non_residential(&postcode("1786")));
        assert!(!is_non_residential(&postcode("2100")));
        assert!(postcode_municipalities(&postcode("0900")).is_empty());
    }

    #[test]
    fn a_postcode_that_nobody_has_lies_nowhere() {
        assert!(postcode_municipalities(&postcode("9999")).is_empty());
        assert!(!is_non_residential(&postcode("9999")));
    }
}
