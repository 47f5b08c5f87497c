//! Lives that went wrong once, and tricky ones that never did, each a plain test on both databases.

use super::{replay, script::read};
use crate::ground::Kind;

macro_rules! kept {
    ($($(#[doc = $why:literal])* $name:ident: $life:literal)*) => {
        $(mod $name {
            use super::*;

            #[test]
            fn on_sqlite() {
                replay(Kind::Sqlite, &read($life));
            }

            #[test]
            fn on_postgresql() {
                replay(Kind::Postgres, &read($life));
            }
        })*
    };
}

kept! {
    /// What came back is another delivery than the one before: it is fetched when its own entry is acknowledged, not when the first is.
    handed_on_and_back_before_the_first_entry_is_acknowledged: "
        a submit r1=0101:30001
        a transfer r1 from 0101 to 0147
        b transfer r1 from 0147 to 0101
        a pull 0101 1
    "
}
