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

    /// The late run acknowledges a number below the one that is acknowledged already.
    handed_on_and_back_and_a_late_run_acknowledges_the_first_entry: "
        a submit r1=0101:30001 r2=0101:30002
        a pull 0101 9
        a transfer r1 from 0101 to 0147
        b transfer r1 from 0147 to 0101
        a pull 0101 1 & b pull 0101 1
        b pull 0101 9 before-acknowledging
    "

    /// The correction is held when the old municipality acknowledges that the old report falls away, and comes to it later.
    a_correction_that_is_held_comes_back_to_where_the_old_report_was: "
        a submit r1=0101:30001
        a pull 0101 9
        a replace r1 by r2=held:0101:30002
        b pull 0101 9 before-acknowledging
        b assign r2 to 0101
        a submit r3=0147:30003
        b pull 0101 1
    "

    a_transferred_report_is_corrected_where_it_is_and_elsewhere: "
        a submit r1=0101:30001 r2=0101:30002 again b
        a transfer r1 from 0101 to 0147 & b transfer r2 from 0101 to 0147
        b replace r1 by r3=0101:30003 & a replace r2 by r4=0851:30004 again a
        a pull 0147 1 before-writing & b pull 0147 2
        a replace r3 by r5=0147:30005
        b accept r5 in 0147 & a transfer r4 from 0851 to 0101
    "

    withdrawn_while_questioned_and_the_answer_comes_too_late: "
        a submit r1=0101:30001 r2=0101:30002
        a ask r1 in 0101 & b ask r2 in 0101
        b answer r2 again a
        a withdraw r1 by r3 again b
        b answer r1
        a ask r2 in 0101
        a withdraw r2 by r4 & b pull 0101 3 before-acknowledging & a pull 0101 5
        a answer r2
    "

    /// The question goes with the municipality that asked: nobody answers it to the next one.
    handed_on_while_questioned: "
        a submit r1=0101:30001
        a ask r1 in 0101
        b transfer r1 from 0101 to 0851
        a answer r1
        b ask r1 in 0851 & a pull 0101 1
        b answer r1 again b
        a transfer r1 from 0851 to 0101 & b pull 0851 2
    "

    /// Each withdrawal takes back the newest; what was corrected before it stays replaced.
    corrected_twice_and_withdrawn_across_form_versions: "
        a submit r1=0101:30001
        publish 1.1
        b replace r1 by r2=0101:30002 & a pull 0101 1
        publish 2.0
        a replace r2 by r3=0147:30003 again b
        b withdraw r3 by r4 & a withdraw r1 by r5
        a replace r2 by r6=0101:30006
        b pull 0147 1 before-writing & a pull 0147 1
    "

    /// Nobody had it, so nobody is told.
    a_held_report_is_withdrawn_before_anybody_finds_its_municipality: "
        a submit r1=held:0101:30001 r2=held:0147:30002
        b withdraw r1 by r3 again a
        a assign r1 to 0101 & b assign r2 to 0851
        a replace r2 by r4=held:0147:30004
        b assign r4 to 0101
        a withdraw r4 by r5
    "

    /// The nodes go down with everything under way, twice, and all ask again.
    every_answer_is_lost: "
        lost 200: a submit r1=0101:30001 r2=held:0147:30002 & b submit r3=0147:30003 & a pull 0101 3
        lost 1500: b transfer r1 from 0101 to 0147 & a assign r2 to 0101 & b replace r3 by r4=0851:30004 & a pull 0147 5
        lost 0: a accept r1 in 0147 & b withdraw r2 by r5 & a ask r4 in 0851 & b pull 0851 2
        crash
        lost 700: b answer r4 & a pull 0851 9 & b pull 0851 1
    "

    /// Two runs on one copy fetch the same page, write it once and acknowledge in either order.
    two_clients_at_once_on_one_copy: "
        a submit r1=0101:30001 r2=0101:30002 r3=0101:30003
        a pull 0101 1 & b pull 0101 3 & b submit r4=0101:30004
        b pull 0101 2 before-acknowledging & a pull 0101 1 & a withdraw r1 by r5
        a pull 0101 9 & b pull 0101 9 & b replace r2 by r6=0101:30006
    "

    /// What is gone can be neither corrected nor answered; what waits stays, and the feeds go on from where they are.
    deleted_between_two_halves_of_a_life: "
        a submit r1=0101:30001 r2=0147:30002 & b submit r3=0101:30003 & b submit r9=held:0851:30009
        a pull 0101 9 & b pull 0147 9
        a accept r1 in 0101 & b ask r3 in 0101
        purge
        b replace r1 by r4=0101:30004 & a answer r3 & b assign r9 to 0101
        a pull 0101 9 before-acknowledging
        purge
        crash
        b submit r5=0101:30005 & a withdraw r9 by r6
        b pull 0101 2 & a pull 0101 9
        purge
        a submit r7=0101:30007
    "
}
