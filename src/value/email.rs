//! E-mail addresses.

use idna::AsciiDenyList;
use validator::ValidateEmail;

/// An e-mail address, at most 254 characters, its domain in lower case. Personal, so it never prints itself.
///
/// The rules are those of the HTML standard with internationalised domains, and those of mail itself: what is taken in can be written to
/// ([`Email::on_the_wire`]).
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

/// RFC 1035, section 2.3.4: a name has 255 octets as it is sent, which leaves 253 characters.
const MAX_DOMAIN: usize = 253;

refusals! {
    /// Why a text is not an e-mail address.
    pub enum InvalidEmail {
        /// Not of the form name@domain.
        Shape = "email-shape",
            da: "Skriv én e-mailadresse, fx navn@eksempel.dk, uden mellemrum og navn.",
            en: "Write one e-mail address, such as name@example.dk, without blanks and a person's name.";
        /// A full stop first or last before the @, or two in a row.
        Dots = "email-dots",
            da: "Før @ kan punktum hverken stå først, sidst eller to gange i træk: skriv adressen uden det, fx fornavn.efternavn@eksempel.dk.",
            en: "Before the @ a full stop can't be first, last or twice in a row: write the address without it, such as first.last@example.dk.";
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

    /// The address as mail carries it: letters such as æ, ø and å of the domain in the form that every relay takes (punycode).
    /// Personal data. `None` for an address from before there was this rule that nothing can be sent to.
    pub fn on_the_wire(&self) -> Option<String> {
        let (local, domain) = self.0.rsplit_once('@')?;
        if has_stray_dots(local) {
            return None;
        }
        let address = format!("{local}@{}", ascii_domain(domain)?);
        (address.len() <= MAX_LENGTH).then_some(address)
    }

    fn parse_text(raw: &str) -> Result<Self, InvalidEmail> {
        let email = Self::parse_shape(raw)?;
        let local = email.0.rsplit_once('@').map_or("", |(local, _)| local);
        if has_stray_dots(local) {
            return Err(InvalidEmail::Dots);
        }
        match email.on_the_wire() {
            Some(_) => Ok(email),
            None => Err(InvalidEmail::Shape),
        }
    }

    /// The rule before mail was asked too. What was stored under it must still be read.
    fn parse_shape(raw: &str) -> Result<Self, InvalidEmail> {
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

fn has_stray_dots(local: &str) -> bool {
    local.split('.').any(str::is_empty)
}

/// The domain in letters a to z, digits and hyphens. `None` when there is no such form, or it is too long.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::STD3).ok()?;
    let is_label = |label: &str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    (ascii.len() <= MAX_DOMAIN && ascii.split('.').all(is_label)).then(|| ascii.into_owned())
}

/// The standard also allows a name without a dot and an IP address; mail to those never leaves the house. Of other
/// scripts only letters and digits may stand in it, no invisible signs.
fn is_domain_on_the_internet(domain: &str) -> bool {
    domain.contains('.') && domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
}

impl std::str::FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(raw: &str) -> Result<Self, InvalidEmail> {
        Self::parse_text(raw)
    }
}

impl TryFrom<&str> for Email {
    type Error = InvalidEmail;

    fn try_from(raw: &str) -> Result<Self, InvalidEmail> {
        Self::parse_text(raw)
    }
}

/// JSON is what the service itself has stored, perhaps under the earlier rule; what comes from outside is read by `FromStr`.
impl<'de> serde::Deserialize<'de> for Email {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::text_form::deserialize_text(deserializer, Self::parse_shape)
    }
}

debug_redacted!(Email);
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
    fn full_stops_that_mail_does_not_take_are_told_as_that() {
        for raw in ["a..b@example.dk", ".a@example.dk", "a.@example.dk", ".@example.dk"] {
            assert_eq!(parse(raw), Err(InvalidEmail::Dots), "{raw}");
            let stored: Email = serde_json::from_value(raw.into()).expect("what was stored once is still read");
            assert_eq!(stored.on_the_wire(), None, "{raw}");
        }
    }

    #[test]
    fn danish_letters_of_a_domain_go_out_in_punycode() {
        let email = parse("kontor@BLÅBÆRGRØD.example").unwrap();
        assert_eq!(email.on_the_wire().unwrap(), "kontor@xn--blbrgrd-fxak7p.example");
        assert_eq!(
            parse("loen@example.dk").unwrap().on_the_wire().unwrap(),
            "loen@example.dk"
        );
    }

    #[test]
    fn the_longest_address_has_254_characters() {
        let of_length = |length: usize| format!("{}@{}.dk", "a".repeat(61), "b.".repeat((length - 66) / 2) + "c");
        let longest = of_length(254);
        assert_eq!((longest.len(), parse(&longest).is_ok()), (254, true));
        assert_eq!(parse(&format!("x{longest}")), Err(InvalidEmail::TooLong));
    }
}
