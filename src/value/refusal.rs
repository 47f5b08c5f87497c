//! What every refused value can say.

use super::Localized;

/// A value was refused: a stable code for machines, and for people what to do instead.
///
/// Neither the code, the message nor the `Display` text ever contains the value that was refused.
pub trait Refusal: std::error::Error {
    /// Stable, lower case with hyphens, prefixed by the kind of value: `cpr-length`.
    fn code(&self) -> &'static str;

    /// What is wrong and what to write instead.
    fn message(&self) -> Localized;

    /// The same where numbers are written as machines do, `32067.50`.
    fn machine_message(&self) -> Localized {
        self.message()
    }
}

/// Declares a refusal: one line of code and two sentences for each way a value can be wrong.
///
/// The English sentence is also the `Display` text. Tests see all of them through `ALL`.
macro_rules! refusals {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident = $code:literal, da: $da:literal, en: $en:literal
                    $(, machine_da: $machine_da:literal, machine_en: $machine_en:literal)?;
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        pub enum $name {
            $( $(#[$variant_meta])* #[error($en)] $variant, )+
        }

        impl $crate::value::Refusal for $name {
            fn code(&self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            fn message(&self) -> $crate::value::Localized {
                match self { $( Self::$variant => $crate::value::Localized::new($da, $en), )+ }
            }

            fn machine_message(&self) -> $crate::value::Localized {
                match self {
                    $( Self::$variant => {
                        let people: [(&str, &str); 1] = [($da, $en)];
                        let machines: &[(&str, &str)] = &[$(($machine_da, $machine_en))?];
                        let (da, en) = machines.first().copied().unwrap_or(people[0]);
                        $crate::value::Localized::new(da, en)
                    } )+
                }
            }
        }

        #[cfg(test)]
        impl $name {
            /// Every way to be wrong.
            pub(in $crate::value) const ALL: &'static [&'static dyn $crate::value::Refusal] =
                &[ $( &Self::$variant, )+ ];
        }
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Refusal;
    use crate::value::{self, Language};

    fn all() -> Vec<&'static dyn Refusal> {
        [
            value::InvalidCpr::ALL,
            value::InvalidCvr::ALL,
            value::InvalidSeNumber::ALL,
            value::InvalidPNumber::ALL,
            value::InvalidMunicipalityCode::ALL,
            value::InvalidPostcode::ALL,
            value::InvalidMoney::ALL,
            value::InvalidMonth::ALL,
            value::InvalidDate::ALL,
            value::InvalidHours::ALL,
            value::InvalidPercent::ALL,
            value::InvalidEmail::ALL,
            value::InvalidPhone::ALL,
            value::InvalidFreeText::ALL,
            value::InvalidId::ALL,
            value::InvalidReceiptNumber::ALL,
        ]
        .concat()
    }

    #[test]
    fn every_code_is_used_once_and_is_lower_case_with_hyphens() {
        let mut seen = BTreeSet::new();
        for refusal in all() {
            let code = refusal.code();
            assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{code}");
            assert!(seen.insert(code), "{code} is used twice");
        }
    }

    #[test]
    fn every_refusal_says_in_whole_sentences_what_to_do_in_both_languages() {
        for refusal in all() {
            let message = refusal.message();
            for language in [Language::Da, Language::En] {
                let text = message.get(language);
                assert!(text.len() >= 30 && text.ends_with('.'), "{}: {text}", refusal.code());
            }
            assert_ne!(message.da, message.en, "{}", refusal.code());
            assert_eq!(refusal.to_string(), message.en);
            for empty_phrase in ["påkrævet", "Der opstod en fejl", "Ugyldig"] {
                assert!(!message.da.contains(empty_phrase), "{}", refusal.code());
            }
        }
    }
}
