//! Identities that the service gives out.

use std::fmt;

use serde::Serialize;
use uuid::Uuid;

refusals! {
    /// Why a text is not an identity.
    pub enum InvalidId {
        /// Not a UUID.
        Shape = "id-shape",
            da: "Et id har 32 hexadecimale cifre i fem grupper (UUID): kopiér det, som det stod i svaret.",
            en: "An id has 32 hexadecimal digits in five groups (UUID): copy it as it stood in the answer.";
    }
}

/// Declares an identity of its own kind, so that no two kinds can be mixed up.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID made by the caller, who has the time and the randomness.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }

            fn parse_text(raw: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(raw.trim()).map(Self).map_err(|_| InvalidId::Shape)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        read_from_text!($name, InvalidId);
    };
}

id! {
    /// One act of sending.
    SubmissionId
}
id! {
    /// One report of one employee.
    ReportId
}
id! {
    /// One handing over of a report to a municipality, as an entry of its feed tells it.
    TransferId
}
id! {
    /// One answer of a municipality to a report.
    OutcomeId
}
id! {
    /// A person's decision that a report belongs to a municipality.
    HandoverId
}
id! {
    /// One credential of a caller; the secret is not in it.
    CredentialId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_its_uuid_in_text_and_in_json() {
        let uuid = Uuid::from_u128(0x0192_f3a1_b4c5_7000_8000_0123_4567_89ab);
        let id = ReportId::from_uuid(uuid);
        assert_eq!(id.to_string(), "0192f3a1-b4c5-7000-8000-0123456789ab");
        assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
        assert_eq!(*id.as_uuid(), uuid);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, r#""0192f3a1-b4c5-7000-8000-0123456789ab""#);
        assert_eq!(serde_json::from_str::<ReportId>(&json).unwrap(), id);
    }

    #[test]
    fn what_is_no_uuid_is_refused() {
        for raw in [
            "",
            "1",
            "0192f3a1-b4c5-7000-8000-0123456789a",
            "0192f3a1-b4c5-7000-8000-0123456789ag",
            "../0192f3a1",
        ] {
            assert_eq!(raw.parse::<SubmissionId>(), Err(InvalidId::Shape), "{raw}");
        }
    }

    #[test]
    fn ids_sort_by_the_time_in_them() {
        let of = |millis: u128| TransferId::from_uuid(Uuid::from_u128(millis << 80));
        assert!(of(1) < of(2));
    }
}
