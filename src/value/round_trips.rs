//! What holds for all values: any text is either refused or read, printed and read again as the same.

use proptest::prelude::*;

use super::*;

/// Texts that look like what people type, and any others.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        r"[-+ .,0-9a-zA-ZæøåÆØÅ%/:@()\u{a0}\u{2212}]{0,30}",
        r"[0-9]{1,4}[-. /]{0,2}[0-9]{1,4}[-. /]{0,2}[0-9]{1,8}",
        r"\PC{0,40}",
    ]
}

/// A CPR number of the birth years 1858 to 1899, so nobody's who is alive.
fn fictitious_cpr() -> impl Strategy<Value = String> {
    (1..=31_u8, 1..=12_u8, 58..=99_u8, 5_000..=8_999_u16)
        .prop_map(|(day, month, year, sequence)| format!("{day:02}{month:02}{year:02}{sequence}"))
}

macro_rules! same_after_printing {
    ($raw:expr, $($name:ident => $print:expr),+ $(,)?) => {
        $(
            if let Ok(value) = $raw.parse::<$name>() {
                let printed: String = $print(&value);
                prop_assert_eq!(printed.parse::<$name>(), Ok(value), "{}", stringify!($name));
            }
        )+
    };
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_accepted_prints_and_reads_back_as_itself(raw in typed()) {
        same_after_printing!(raw,
            Cvr => Cvr::to_string,
            SeNumber => SeNumber::to_string,
            PNumber => PNumber::to_string,
            MunicipalityCode => MunicipalityCode::to_string,
            Postcode => Postcode::to_string,
            Month => Month::to_string,
            Email => |email: &Email| email.expose().to_owned(),
            Phone => |phone: &Phone| phone.expose().to_owned(),
            ReportId => ReportId::to_string,
            ReceiptNumber => ReceiptNumber::to_string,
        );
        if let Ok(percent) = Percent::parse(&raw) {
            prop_assert_eq!(Percent::parse(&percent.to_danish()), Ok(percent));
        }
        if let Ok(date) = parse_date(&raw) {
            prop_assert_eq!(parse_date(&date_to_danish(date)), Ok(date));
        }
        for format in [NumberFormat::Danish, NumberFormat::Machine, NumberFormat::Undeclared] {
            if let Ok(amount) = Money::parse(&raw, format) {
                prop_assert_eq!(Money::parse(&amount.to_danish(), format), Ok(amount));
            }
            if let Ok(hours) = Hours::parse(&raw, format) {
                prop_assert_eq!(Hours::parse(&hours.to_danish(), format), Ok(hours));
            }
        }
        let _ = (Cpr::from_stored(&raw), Language::from_accept_language(&raw));
    }

    #[test]
    fn a_cpr_number_reads_back_from_both_its_forms(digits in fictitious_cpr()) {
        if let Ok(cpr) = Cpr::from_stored(&digits) {
            prop_assert_eq!(cpr.expose(), digits.as_str());
            prop_assert_eq!(Cpr::from_stored(&cpr.expose_formatted()), Ok(cpr));
        }
    }
}
