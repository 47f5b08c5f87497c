//! Codes of municipalities.

use std::{collections::BTreeSet, sync::LazyLock};

/// The table of the municipalities; the codes stand first.
const TABLE: &str = include_str!("../../config/reference/municipalities.csv");

static CODES: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| TABLE.lines().skip(1).filter_map(|row| row.split(',').next()).collect());

/// The code (*kommunekode*) of one of the 98 municipalities; it cannot hold another.
///
/// Four digits with a leading zero; three digits, as many exports write them, are padded. Names are looked up
/// with [`find_by_name`](crate::reference::find_by_name) instead.
///
/// ```
/// use fleksport::value::{InvalidMunicipalityCode, MunicipalityCode};
///
/// let code: MunicipalityCode = "101".parse()?;
/// assert_eq!(code.as_str(), "0101");
/// assert_eq!("0411".parse::<MunicipalityCode>(), Err(InvalidMunicipalityCode::Christianso));
/// # Ok::<(), InvalidMunicipalityCode>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MunicipalityCode(&'static str);

refusals! {
    /// Why a text is not the code of a municipality.
    pub enum InvalidMunicipalityCode {
        /// Not three or four digits.
        Shape = "municipality-code-shape",
            da: "En kommunekode har 4 cifre: vælg kommunen på listen, eller skriv fx 0101 for København.",
            en: "A municipality code has 4 digits: choose the municipality from the list, or write 0101 for Copenhagen.";
        /// Well formed, but none of the 98.
        Unknown = "municipality-code-unknown",
            da: "Ingen af de 98 kommuner har denne kode: vælg den kommune, hvor medarbejderen bor.",
            en: "None of the 98 municipalities has this code: choose the one where the employee lives.";
        /// 0411: a known code without a municipality; a person has to decide who receives.
        Christianso = "municipality-code-christianso",
            da: "0411 er Christiansø, som ikke er en af de 98 kommuner: en medarbejder må finde modtageren.",
            en: "0411 is Christiansø, which is none of the 98 municipalities: a person has to find the receiver.";
    }
}

/// Christiansø lies outside the municipal division and is administered by a ministry.
const CHRISTIANSO: &str = "0411";

impl MunicipalityCode {
    /// The four digits.
    pub const fn as_str(&self) -> &'static str {
        self.0
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidMunicipalityCode> {
        let digits = raw.trim();
        if !(3..=4).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidMunicipalityCode::Shape);
        }
        let padded = format!("{digits:0>4}");
        if padded == CHRISTIANSO {
            return Err(InvalidMunicipalityCode::Christianso);
        }
        let known = CODES.get(padded.as_str());
        known.map(|code| Self(code)).ok_or(InvalidMunicipalityCode::Unknown)
    }
}

read_from_text!(MunicipalityCode, InvalidMunicipalityCode);
write_as_text!(MunicipalityCode, as_str);
display_as_text!(MunicipalityCode, as_str);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_codes_with_four_digits_98_are_accepted_and_0411_is_named() {
        let parsed: Vec<_> = (0..=9999)
            .map(|code| format!("{code:04}").parse::<MunicipalityCode>())
            .collect();
        assert_eq!(parsed.iter().filter(|result| result.is_ok()).count(), 98);
        let christianso = Err(InvalidMunicipalityCode::Christianso);
        assert_eq!(parsed.iter().filter(|result| **result == christianso).count(), 1);
        assert_eq!(parsed[411], christianso);
    }

    #[test]
    fn three_digits_are_padded_and_all_else_is_refused() {
        assert_eq!(" 101 ".parse::<MunicipalityCode>().unwrap().to_string(), "0101");
        for raw in [
            "",
            "1",
            "10",
            "01010",
            "Københavns Kommune",
            "0101 København",
            "-101",
            "101.0",
            "٠١٠١",
        ] {
            assert_eq!(
                raw.parse::<MunicipalityCode>(),
                Err(InvalidMunicipalityCode::Shape),
                "{raw}"
            );
        }
        assert_eq!("000".parse::<MunicipalityCode>(), Err(InvalidMunicipalityCode::Unknown));
    }

    #[test]
    fn json_holds_only_codes_that_exist() {
        let code: MunicipalityCode = serde_json::from_str(r#""101""#).unwrap();
        assert_eq!(serde_json::to_string(&code).unwrap(), r#""0101""#);
        assert!(serde_json::from_str::<MunicipalityCode>(r#""0100""#).is_err());
        assert!(serde_json::from_str::<MunicipalityCode>("101").is_err());
    }
}
