//! What somebody writes in their own words.

/// A text in somebody's own words: 1 to 2,000 characters, lines allowed. It may say anything about a person, so it never prints itself.
///
/// ```
/// use fleksport::value::FreeText;
///
/// let text: FreeText = " Gælder beløbet også maj? ".parse()?;
/// assert_eq!(text.expose(), "Gælder beløbet også maj?");
/// assert_eq!(format!("{text:?}"), "FreeText([redacted])");
/// # Ok::<(), fleksport::value::InvalidFreeText>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct FreeText(String);

/// In characters.
const MAX_LENGTH: usize = 2_000;

refusals! {
    /// Why a text is not taken.
    pub enum InvalidFreeText {
        /// Nothing but blanks.
        Empty = "text-empty",
            da: "Skriv mindst ét ord, så modtageren ved, hvad det drejer sig om.",
            en: "Write at least one word, so that the receiver knows what it is about.";
        /// More than 2,000 characters.
        TooLong = "text-too-long",
            da: "Skriv højst 2.000 tegn; send resten i en ny besked.",
            en: "Write at most 2,000 characters; send the rest in a new message.";
        /// Signs that don't show.
        Control = "text-control",
            da: "Fjern tegn, der ikke kan ses; linjeskift er i orden.",
            en: "Remove characters that can't be seen; line breaks are fine.";
    }
}

impl FreeText {
    /// The text. Personal data.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidFreeText> {
        let text = super::clean(raw).trim().replace("\r\n", "\n");
        if text.is_empty() {
            return Err(InvalidFreeText::Empty);
        }
        if text.chars().count() > MAX_LENGTH {
            return Err(InvalidFreeText::TooLong);
        }
        if text
            .chars()
            .any(|sign| sign.is_control() && !matches!(sign, '\n' | '\t'))
        {
            return Err(InvalidFreeText::Control);
        }
        Ok(Self(text))
    }
}

debug_redacted!(FreeText);
read_from_text!(FreeText, InvalidFreeText);
write_as_text!(FreeText, expose);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_and_what_does_not_show_is_refused() {
        let parse = |raw: &str| raw.parse::<FreeText>();
        assert_eq!(parse("a\r\nb\tc").unwrap().expose(), "a\nb\tc");
        assert_eq!(parse(" \n "), Err(InvalidFreeText::Empty));
        assert_eq!(parse("a\0b"), Err(InvalidFreeText::Control));
        assert!(parse(&"æ".repeat(2_000)).is_ok());
        assert_eq!(parse(&"æ".repeat(2_001)), Err(InvalidFreeText::TooLong));
    }
}
