//! Identities that the service gives out.

use std::fmt;

use serde::Serialize;
use uuid::Uuid;

refusals! {
    /// Why a text is not an identity.
    pub enum InvalidId {
        /// Not a UUID.
        Shape = "id-shape",
            da: "Et id har 32 hexcifre i fem grupper (UUID): kopiér det, som det stod i svaret.",
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
    /// One handing over of a report from a municipality to another.
    TransferId
}
id! {
    /// One credential of a caller; the secret is not in it.
    CredentialId
}
