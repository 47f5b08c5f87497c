//! E-mail addresses.

use validator::ValidateEmail;

/// An e-mail address, at most 254 characters, its domain in lower case. Personal, so it never prints itself.
///
/// The rules are those of the HTML standard, with internationalised domains.
///
/// ```
/// use fleksport::value::Email;
///
/// let address: Email = "loen@Example.DK".parse()?;
/// assert_eq!(address.expose(), "loen@example.dk");
/// assert_eq!(format!("{address:?}"), "Email([redacted])");
/// # Ok::<(), fleksport::value::InvalidEmail>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// RFC 5321, section 4.5.3.1.3: a path has 256 octets with its angle brackets.
const MAX_LENGTH: usize = 254;

refusals! {
    /// Why a text is not an e-mail address.
    pub enum InvalidEmail {
        /// Not of the form name@domain.
        Shape = "email-shape",
            da: "Skriv én e-mailadresse, fx navn@eksempel.dk, uden mellemrum og navn.",
            en: "Write one e-mail address, such as name@example.dk, without blanks and a person's name.";
        /// Longer than 254 characters.
        TooLong = "email-too-long",
            da: "En e-mailadresse har højst 254 tegn: kontrollér, om der står andet i feltet.",
            en: "An e-mail address has at most 254 characters: check if the field holds something else too.";
    }
}

impl Email {
    /// The address. Personal data.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidEmail> {
        let trimmed = raw.trim();
        if trimmed.len() > MAX_LENGTH {
            return Err(InvalidEmail::TooLong);
        }
        let (local, domain) = trimmed.rsplit_once('@').ok_or(InvalidEmail::Shape)?;
        let normal = format!("{local}@{}", domain.to_lowercase());
        if !is_domain_on_the_internet(domain) || !normal.validate_email() {
            return Err(InvalidEmail::Shape);
        }
        Ok(Self(normal))
    }
}

/// The standard also allows a name without a dot and an IP address; mail to those never leaves the house. Of other
/// scripts only letters and digits may stand in it, no invisible signs.
fn is_domain_on_the_internet(domain: &str) -> bool {
    domain.contains('.') && domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
}

debug_redacted!(Email);
read_from_text!(Email, InvalidEmail);
write_as_text!(Email, expose);

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &str) -> Result<Email, InvalidEmail> {
        raw.parse()
    }

    #[test]
    fn addresses_are_normalised_in_their_domain_only() {
        let cases = [
            ("loen@example.dk", "loen@example.dk"),
            (" Loen.Personale+fleks@EXAMPLE.dk ", "Loen.Personale+fleks@example.dk"),
            ("kontor@blåbærgrød.example", "kontor@blåbærgrød.example"),
            ("kontor@BLÅBÆRGRØD.example", "kontor@blåbærgrød.example"),
        ];
        for (raw, expected) in cases {
            let email = parse(raw).unwrap();
            assert_eq!(email.expose(), expected, "{raw}");
            assert_eq!(parse(email.expose()), Ok(email));
        }
    }

    #[test]
    fn what_cannot_be_written_to_is_refused() {
        let shapes = [
            "",
            "loen",
            "@example.dk",
            "loen@",
            "loen@example",
            "loen@localhost",
            "loen@[127.0.0.1]",
            "Løn <loen@example.dk>",
            "a@example.dk, b@example.dk",
            "a b@example.dk",
            "a@b@example.dk",
            "loen@example..dk",
            "loen@-example.dk",
            "loen@exam\u{ad}ple.dk",
            "loen@example.dk\r\nBcc: all@example.dk",
        ];
        for raw in shapes {
            assert_eq!(parse(raw), Err(InvalidEmail::Shape), "{raw:?}");
        }
    }

    #[test]
    fn the_longest_address_has_254_characters() {
        let of_length = |length: usize| format!("{}@{}.dk", "a".repeat(61), "b.".repeat((length - 66) / 2) + "c");
        let longest = of_length(254);
        assert_eq!((longest.len(), parse(&longest).is_ok()), (254, true));
        assert_eq!(parse(&format!("x{longest}")), Err(InvalidEmail::TooLong));
    }
}
