//! CPR numbers (*personnumre*).

use jiff::civil::Date;

use super::digits::{CPR_WEIGHTS, are_digits, weighted_sum_divides_by_11, without_separators};
use super::p_number;

/// A CPR number (*personnummer*): ten digits, `DDMMYY-SSSS`.
///
/// The date must exist in the century that the digits 5 to 7 tell, and a person's must not be later than
/// today. The modulus 11 check is **not** a rule: cpr.dk calls numbers without it *fuldt ud gyldige* since
/// 1 October 2007, so [`Cpr::passes_modulus_11`] is at most good for a hint. A replacement number
/// (*erstatningspersonnummer*, day 61 to 91) is a class of its own, and no register knows it.
///
/// Administrative numbers (people abroad) have the same form and cannot be told apart.
///
/// Source: cpr.dk, *Opbygning af CPR-nummeret* and *Erstatningspersonnummer i eksterne systemer*.
///
/// ```
/// use fleksport::value::Cpr;
/// use jiff::civil::date;
///
/// let today = date(2026, 11, 22);
/// let cpr = Cpr::parse("251248-9996", today)?;
/// assert_eq!(cpr.expose(), "2512489996");
/// assert_eq!(cpr.expose_formatted(), "251248-9996");
/// assert_eq!(format!("{cpr:?}"), "Cpr([redacted])");
/// # Ok::<(), fleksport::value::InvalidCpr>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpr {
    digits: String,
    class: CprClass,
}

/// What kind of CPR number it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CprClass {
    /// Issued by the CPR register, with the date of birth.
    Ordinary(Date),
    /// A replacement number (*erstatningspersonnummer*): made by a system for somebody without a CPR number. No
    /// register can be asked, so a person must decide. Its seventh digit tells no century, so it has no date.
    Replacement,
}

refusals! {
    /// Why a text is not a CPR number.
    pub enum InvalidCpr {
        /// Not ten digits.
        Length = "cpr-length",
            da: "Et CPR-nummer har 10 cifre: skriv dem alle, fx ddmmåå-xxxx, også et 0 forrest.",
            en: "A CPR number has 10 digits: write them all, as ddmmyy-xxxx, with a leading 0 too.";
        /// Something else than digits, blanks and hyphens.
        NotADigit = "cpr-not-a-digit",
            da: "Et CPR-nummer består kun af cifre: skriv 6 cifre for fødselsdagen og 4 cifre efter bindestregen.",
            en: "A CPR number consists of digits only: write 6 digits for the date of birth and 4 after the hyphen.";
        /// The first six digits are no date in the century that the seventh tells.
        NoSuchDate = "cpr-no-such-date",
            da: "De første 6 cifre er ikke en dato, der findes: kontrollér dag, måned og år i CPR-nummeret.",
            en: "The first 6 digits are not a date that exists: check day, month and year in the CPR number.";
        /// The date of birth is later than today.
        InTheFuture = "cpr-in-the-future",
            da: "CPR-nummeret giver en fødselsdag, der ikke er kommet endnu: kontrollér år og 7. ciffer.",
            en: "The CPR number gives a date of birth that has not come yet: check the year and the 7th digit.";
        /// Not a CPR number, but a right P number.
        LooksLikePNumber = "cpr-looks-like-p-number",
            da: "Det ligner et P-nummer (produktionsenhed): skriv medarbejderens CPR-nummer her og P-nummeret i dets eget felt.",
            en: "This looks like a P number (production unit): write the employee's CPR number here and the P number in its own field.";
    }
}

debug_redacted!(Cpr);

impl std::fmt::Debug for CprClass {
    /// Tells the class, but not the date of birth.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ordinary(_) => "Ordinary([redacted])",
            Self::Replacement => "Replacement",
        })
    }
}

impl Cpr {
    /// Reads a CPR number as people write it, with or without hyphen and blanks.
    ///
    /// `today` is the last date of birth that is accepted.
    ///
    /// # Errors
    ///
    /// [`InvalidCpr`] says which rule it breaks; a P number in the wrong field is named as one.
    pub fn parse(raw: &str, today: Date) -> Result<Self, InvalidCpr> {
        let cpr = Self::from_stored(raw)?;
        match cpr.class {
            CprClass::Ordinary(born) if born > today => Err(swapped(&cpr.digits).unwrap_or(InvalidCpr::InTheFuture)),
            CprClass::Ordinary(_) | CprClass::Replacement => Ok(cpr),
        }
    }

    /// Reads back a number that was accepted before: the same rules, except that no day is too late.
    ///
    /// # Errors
    ///
    /// As [`Cpr::parse`], without [`InvalidCpr::InTheFuture`].
    pub fn from_stored(raw: &str) -> Result<Self, InvalidCpr> {
        let digits = without_separators(raw);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidCpr::NotADigit);
        }
        if !are_digits(&digits, CPR_WEIGHTS.len()) {
            return Err(InvalidCpr::Length);
        }
        match classify(&digits) {
            Some(class) => Ok(Self { digits, class }),
            None => Err(swapped(&digits).unwrap_or(InvalidCpr::NoSuchDate)),
        }
    }

    /// The ten digits. Personal data: for storing encrypted, delivering and showing to those entitled.
    pub fn expose(&self) -> &str {
        &self.digits
    }

    /// The number as people write it, `DDMMYY-SSSS`. Personal data, see [`Cpr::expose`].
    pub fn expose_formatted(&self) -> String {
        let (birth, sequence) = self.digits.split_at(6);
        format!("{birth}-{sequence}")
    }

    /// Ordinary with date of birth, or replacement.
    pub fn class(&self) -> CprClass {
        self.class
    }

    /// Whether the old check digit rule holds. Many valid numbers fail it; never reject by it.
    pub fn passes_modulus_11(&self) -> bool {
        weighted_sum_divides_by_11(&self.digits, &CPR_WEIGHTS)
    }
}

/// The class of ten digits, or nothing if they hold no date.
fn classify(digits: &str) -> Option<CprClass> {
    let pair = |at: usize| digits.get(at..at + 2)?.parse::<i8>().ok();
    let (day, month, short_year) = (pair(0)?, pair(2)?, pair(4)?);
    let seventh = digits.as_bytes().get(6)? - b'0';
    if day > REPLACEMENT_DAY_OFFSET {
        // No century can be read from a replacement number: 29 February may exist, so a leap year decides.
        return Date::new(2000, month, day - REPLACEMENT_DAY_OFFSET)
            .ok()
            .map(|_| CprClass::Replacement);
    }
    Date::new(birth_year(short_year, seventh), month, day)
        .ok()
        .map(CprClass::Ordinary)
}

/// A replacement number has 6 added to the first digit of its day.
const REPLACEMENT_DAY_OFFSET: i8 = 60;

/// The year of birth from the two digits of the year and the seventh digit of the number.
///
/// | digit 7 | year 00–36 | 37–57 | 58–99 |
/// | --- | --- | --- | --- |
/// | 0–3 | 1900–1936 | 1937–1957 | 1958–1999 |
/// | 4, 9 | 2000–2036 | 1937–1957 | 1958–1999 |
/// | 5–8 | 2000–2036 | 2037–2057 | 1858–1899 |
fn birth_year(short_year: i8, seventh: u8) -> i16 {
    let century = match (seventh, short_year) {
        (0..=3, _) => 1900,
        (4 | 9, 0..=36) => 2000,
        (4 | 9, _) => 1900,
        (_, 0..=57) => 2000,
        (_, _) => 1800,
    };
    century + i16::from(short_year)
}

/// Names the likely swap where ten digits are no CPR number but a P number.
fn swapped(digits: &str) -> Option<InvalidCpr> {
    p_number::looks_like_p_number(digits).then_some(InvalidCpr::LooksLikePNumber)
}

/// Whether ten digits read as a CPR number, whatever the day.
pub(super) fn reads_as_cpr(digits: &str) -> bool {
    are_digits(digits, CPR_WEIGHTS.len()) && classify(digits).is_some()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::value::PNumber;

    const TODAY: Date = date(2026, 11, 22);

    fn parse(raw: &str) -> Result<Cpr, InvalidCpr> {
        Cpr::parse(raw, TODAY)
    }

    #[test]
    fn every_row_of_the_century_table_gives_its_years() {
        for seventh in 0..=9 {
            for short_year in 0..=99 {
                let expected = match (seventh, short_year) {
                    (0..=3, _) => 1900,
                    (4 | 9, 0..=36) => 2000,
                    (4 | 9, 37..=99) => 1900,
                    (5..=8, 0..=57) => 2000,
                    _ => 1800,
                } + i16::from(short_year);
                assert_eq!(
                    birth_year(short_year, seventh),
                    expected,
                    "digit 7 is {seventh}, year {short_year:02}"
                );
            }
        }
        // The borders once more, as the register's own table writes them.
        let borders = [
            (0, 0, 1900),
            (3, 99, 1999),
            (4, 0, 2000),
            (4, 36, 2036),
            (4, 37, 1937),
            (9, 36, 2036),
            (9, 37, 1937),
            (9, 99, 1999),
            (5, 0, 2000),
            (5, 36, 2036),
            (5, 37, 2037),
            (8, 57, 2057),
            (8, 58, 1858),
            (5, 99, 1899),
        ];
        for (seventh, short_year, year) in borders {
            assert_eq!(birth_year(short_year, seventh), year);
        }
    }

    #[test]
    fn the_official_test_person_is_accepted_though_she_fails_modulus_11() {
        for raw in [
            "251248-9996",
            "2512489996",
            " 251248 9996 ",
            "25 12 48 9996",
            "251248\u{2013}9996",
            "251248\u{a0}9996",
        ] {
            let cpr = parse(raw).unwrap();
            assert_eq!(cpr.expose(), "2512489996");
            assert_eq!(cpr.expose_formatted(), "251248-9996");
            assert_eq!(cpr.class(), CprClass::Ordinary(date(1948, 12, 25)));
            assert!(!cpr.passes_modulus_11());
        }
    }

    #[test]
    fn all_numbers_of_1_january_are_accepted_with_and_without_modulus_11() {
        let (mut passing, mut failing) = (0, 0);
        for year in 58..=99 {
            for sequence in 5000..=8999 {
                let cpr = parse(&format!("0101{year}-{sequence}")).unwrap();
                assert_eq!(cpr.class(), CprClass::Ordinary(date(1800 + year, 1, 1)));
                if cpr.passes_modulus_11() {
                    passing += 1
                } else {
                    failing += 1
                }
            }
        }
        assert!(passing > 0 && failing > 9 * passing, "{passing} pass, {failing} fail");
    }

    #[test]
    fn modulus_11_holds_where_the_weighted_sum_divides() {
        let passing: Vec<u32> = (5000..5100)
            .filter(|n| parse(&format!("010158-{n}")).unwrap().passes_modulus_11())
            .collect();
        // Added up by hand: 0·4 + 1·3 + 0·2 + 1·7 + 5·6 + 8·5 + 5·4 + 0·3 + 1·2 + 8·1 = 110.
        assert_eq!(passing, [5018, 5026, 5034, 5042, 5050, 5069, 5077, 5085, 5093]);
    }

    #[test]
    fn a_date_must_exist_in_its_own_century() {
        // 1896 was a leap year; 1897 and 1898 were not.
        assert!(parse("290296-5000").is_ok());
        for raw in [
            "290297-5000",
            "300296-5000",
            "310498-5000",
            "000160-5000",
            "011360-5000",
            "010060-5000",
            "320160-5000",
        ] {
            assert_eq!(parse(raw), Err(InvalidCpr::NoSuchDate), "{raw}");
        }
        // The century decides: 1925 had no 29 February, so this number cannot exist.
        assert_eq!(parse("290225-1234"), Err(InvalidCpr::NoSuchDate));
    }

    #[test]
    fn a_date_of_birth_is_not_later_than_today() {
        let born = date(1860, 5, 31);
        assert!(Cpr::parse("310560-5000", born).is_ok());
        assert_eq!(
            Cpr::parse("310560-5000", born.yesterday().unwrap()),
            Err(InvalidCpr::InTheFuture)
        );
        assert!(Cpr::from_stored("310560-5000").is_ok());
    }

    #[test]
    fn a_replacement_number_is_a_class_of_its_own_whatever_its_century() {
        for raw in [
            "860501-0001",
            "610158-5000",
            "910158-5000",
            "890225-1234",
            "890200-0000",
        ] {
            assert_eq!(parse(raw).map(|cpr| cpr.class()), Ok(CprClass::Replacement), "{raw}");
        }
        for raw in [
            "600158-5000",
            "920158-5000",
            "900258-5000",
            "910458-5000",
            "611358-5000",
            "610058-5000",
            "990158-5000",
        ] {
            assert_eq!(parse(raw), Err(InvalidCpr::NoSuchDate), "{raw}");
        }
    }

    #[test]
    fn what_is_not_ten_digits_is_refused() {
        let lengths = ["", "-", "251248-999", "251248-99961", "2512489", "51248-9996"];
        for raw in lengths {
            assert_eq!(parse(raw), Err(InvalidCpr::Length), "{raw}");
        }
        for raw in [
            "251248-ABC6",
            "25l248-9996",
            "251248/9996",
            "251248.9996",
            "ukendt",
            "٣٢٠١٦٠٥٠٠٠",
        ] {
            assert_eq!(parse(raw), Err(InvalidCpr::NotADigit), "{raw}");
        }
    }

    #[test]
    fn a_p_number_in_the_field_is_named_as_one() {
        for raw in ["1013000006", "10 13 00 00 14"] {
            assert!(raw.parse::<PNumber>().is_ok(), "{raw}");
            assert_eq!(parse(raw), Err(InvalidCpr::LooksLikePNumber), "{raw}");
        }
        // One digit off it is neither.
        assert_eq!(parse("1013000007"), Err(InvalidCpr::NoSuchDate));
        // It reads as a birth in June 1995, so before that day it can only be the P number that it is.
        let earlier = date(1995, 6, 9);
        assert_eq!(Cpr::parse("1006959438", earlier), Err(InvalidCpr::LooksLikePNumber));
    }

    #[test]
    fn a_wrong_date_is_not_taken_for_a_p_number_beyond_those_issued() {
        let numbers = (5000..=8999).map(|sequence| format!("320160{sequence}"));
        assert!(
            numbers
                .into_iter()
                .all(|raw| parse(&raw) == Err(InvalidCpr::NoSuchDate))
        );
    }

    #[test]
    fn neither_number_nor_date_of_birth_prints_itself() {
        let cpr = parse("251248-9996").unwrap();
        let printed = format!("{cpr:?} {:?} {:?} {:#?}", cpr.class(), Some(&cpr), [cpr.class()]);
        assert!(!printed.contains("2512") && !printed.contains("1948"), "{printed}");
        assert_eq!(format!("{cpr:?}"), "Cpr([redacted])");
    }
}
