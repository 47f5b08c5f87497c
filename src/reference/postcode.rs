//! Postcodes and the municipalities they lie in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::value::{MunicipalityCode, Postcode};

/// What a postcode tells about where somebody lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostcodeUse {
    /// At least one house number in each of these municipalities has the postcode. It decides only where there is one:
    /// 246 of 1,089 postcodes lie in several, and nothing tells which is the main one.
    Municipalities(&'static [MunicipalityCode]),
    /// Addresses on Christiansø (0411) have it, which no municipality receives for, so a person decides; addresses on
    /// Bornholm may have it too.
    Christianso,
    /// It belongs to a bulk receiver of mail or to PO boxes; nobody lives there.
    NonResidential,
    /// No address has it.
    Unknown,
}

const POSTCODES: &str = include_str!("../../config/reference/postcodes.csv");
const NON_RESIDENTIAL: &str = include_str!("../../config/reference/postcodes_non_residential.csv");

/// Where the addresses with a postcode lie.
#[derive(Default)]
struct District {
    municipalities: Vec<MunicipalityCode>,
    reaches_christianso: bool,
}

static DISTRICTS: LazyLock<BTreeMap<&'static str, District>> = LazyLock::new(|| {
    let mut districts: BTreeMap<_, District> = BTreeMap::new();
    for [postcode, _, code] in super::rows(POSTCODES) {
        let district = districts.entry(postcode).or_default();
        match code.parse::<MunicipalityCode>() {
            Ok(code) => district.municipalities.push(code),
            // A test holds that no other code than 0411 comes here.
            Err(_) => district.reaches_christianso = true,
        }
    }
    districts
});

static WITHOUT_ADDRESSES: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| super::rows(NON_RESIDENTIAL).map(|[postcode, _, _]| postcode).collect());

/// Looks a postcode up.
///
/// ```
/// use fleksport::reference::{PostcodeUse, postcode_use};
///
/// let skagen = postcode_use(&"9990".parse()?);
/// assert!(matches!(skagen, PostcodeUse::Municipalities([only]) if only.as_str() == "0813"));
/// # Ok::<(), fleksport::value::InvalidPostcode>(())
/// ```
pub fn postcode_use(postcode: &Postcode) -> PostcodeUse {
    match DISTRICTS.get(postcode.as_str()) {
        Some(district) if district.reaches_christianso => PostcodeUse::Christianso,
        Some(district) => PostcodeUse::Municipalities(&district.municipalities),
        None if WITHOUT_ADDRESSES.contains(postcode.as_str()) => PostcodeUse::NonResidential,
        None => PostcodeUse::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::InvalidMunicipalityCode;

    fn use_of(raw: &str) -> PostcodeUse {
        postcode_use(&raw.parse().unwrap())
    }

    #[test]
    fn there_are_1089_postcodes_in_1414_pairs_and_246_do_not_decide() {
        let pairs: BTreeSet<_> = super::super::rows(POSTCODES)
            .map(|[postcode, _, code]| (postcode, code))
            .collect();
        assert_eq!(pairs.len(), 1_414);
        assert_eq!(POSTCODES.lines().count(), 1 + 1_414);
        let areas = |d: &District| d.municipalities.len() + usize::from(d.reaches_christianso);
        assert_eq!(DISTRICTS.len(), 1_089);
        assert_eq!(DISTRICTS.values().filter(|district| areas(district) > 1).count(), 246);
    }

    #[test]
    fn every_postcode_of_the_tables_has_one_name() {
        let mut names = BTreeMap::new();
        for [postcode, name, _] in super::super::rows(POSTCODES) {
            assert_eq!(*names.entry(postcode).or_insert(name), name, "{postcode}");
            assert!(!WITHOUT_ADDRESSES.contains(postcode), "{postcode} is in both tables");
        }
    }

    #[test]
    fn all_98_municipalities_have_postcodes_and_no_code_is_unknown_but_christianso() {
        let codes: BTreeSet<_> = super::super::rows(POSTCODES).map(|[_, _, code]| code).collect();
        let refused: Vec<_> = codes
            .iter()
            .filter_map(|code| code.parse::<MunicipalityCode>().err())
            .collect();
        assert_eq!(codes.len(), 99);
        assert_eq!(refused, [InvalidMunicipalityCode::Christianso]);
    }

    #[test]
    fn every_postcode_with_addresses_is_a_postcode() {
        for postcode in DISTRICTS.keys() {
            assert!(
                matches!(
                    use_of(postcode),
                    PostcodeUse::Municipalities(_) | PostcodeUse::Christianso
                ),
                "{postcode}"
            );
        }
    }

    #[test]
    fn a_postcode_in_several_municipalities_names_them_all() {
        let PostcodeUse::Municipalities(codes) = use_of("4100") else {
            panic!("4100 has addresses")
        };
        assert_eq!(codes.len(), 6);
    }

    #[test]
    fn gudhjem_does_not_decide_between_bornholm_and_christianso() {
        assert_eq!(use_of("3760"), PostcodeUse::Christianso);
    }

    #[test]
    fn nobody_lives_at_a_bulk_receiver_or_at_a_postcode_that_no_address_has() {
        assert_eq!(WITHOUT_ADDRESSES.len(), 35);
        assert_eq!(use_of("0900"), PostcodeUse::NonResidential);
        assert_eq!(use_of("1786"), PostcodeUse::NonResidential);
        assert_eq!(use_of("9999"), PostcodeUse::Unknown);
    }
}
