//! The two languages of the product and a text in both.

use serde::{Deserialize, Serialize};

/// A language that the product speaks. Danish comes first and is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Danish.
    #[default]
    Da,
    /// English.
    En,
}

impl Language {
    /// The ISO 639-1 code, as in the `lang` attribute: `da` or `en`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Da => "da",
            Self::En => "en",
        }
    }

    /// Chooses from an `Accept-Language` header (RFC 9110, section 12.5.4): the language with the highest
    /// weight, the first of equals, and Danish where the header names neither.
    ///
    /// ```
    /// use fleksport::value::Language;
    ///
    /// assert_eq!(Language::from_accept_language("de, en-GB;q=0.8, da;q=0.5"), Language::En);
    /// assert_eq!(Language::from_accept_language("fr"), Language::Da);
    /// ```
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (0, Self::default());
        for range in header.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let Some(language) = parts.next().and_then(Self::of_range) else {
                continue;
            };
            let weight = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(Some(1000), weight_in_thousandths);
            if let Some(weight) = weight.filter(|weight| *weight > best.0) {
                best = (weight, language);
            }
        }
        best.1
    }

    fn of_range(range: &str) -> Option<Self> {
        let primary = range.split('-').next().unwrap_or(range);
        match primary.to_ascii_lowercase().as_str() {
            "da" | "*" => Some(Self::Da),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// Reads a weight of 0 to 1 with at most three decimals.
fn weight_in_thousandths(raw: &str) -> Option<u16> {
    let (whole, decimals) = raw.split_once('.').unwrap_or((raw, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{decimals:0<3}").parse::<u16>().ok()?;
    match (whole, thousandths) {
        ("0", _) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Localized {
    /// Danish.
    pub da: String,
    /// English.
    pub en: String,
}

impl Localized {
    /// Puts the two texts together.
    pub fn new(da: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            da: da.into(),
            en: en.into(),
        }
    }

    /// The text in one language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Da => &self.da,
            Language::En => &self.en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_language_wins_and_danish_is_the_default() {
        let cases = [
            ("", Language::Da),
            ("da", Language::Da),
            ("en", Language::En),
            ("EN-us,en;q=0.9", Language::En),
            ("da, en", Language::Da),
            ("en, da", Language::En),
            ("en;q=0.7, da;q=0.8", Language::Da),
            ("da;q=0.1,en;q=0.15", Language::En),
            ("da;q=0, en;q=0.001", Language::En),
            ("en;q=0", Language::Da),
            ("sv, nb;q=0.9", Language::Da),
            ("*", Language::Da),
            ("en;q=2, da;q=x", Language::Da),
            ("en;q=1.000", Language::En),
            ("en;q=0.1234", Language::Da),
            ("english", Language::Da),
            (";;,,q=1", Language::Da),
        ];
        for (header, expected) in cases {
            assert_eq!(Language::from_accept_language(header), expected, "{header}");
        }
    }

    #[test]
    fn a_text_is_json_with_both_languages() {
        let text = Localized::new("Ja", "Yes");
        assert_eq!(serde_json::to_string(&text).unwrap(), r#"{"da":"Ja","en":"Yes"}"#);
        assert_eq!(text.get(Language::En), "Yes");
        assert_eq!(serde_json::to_string(&Language::En).unwrap(), r#""en""#);
    }
}
