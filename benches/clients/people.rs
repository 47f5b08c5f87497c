//! Many fictitious people, and what their employer reports about them.

use serde_json::{Value, json};

/// The company that reports.
pub const EMPLOYER: &str = "13585628";

/// The month that is reported for when nothing else is said: November 2026 is 0 months before it.
const NEWEST: u64 = 2026 * 12 + 11;

/// Somebody born 1858–1899, so nobody who is alive; another number is another person, the same number the same one.
#[derive(Clone, Copy)]
pub struct Person(pub u64);

/// How many there are.
pub const PEOPLE: u64 = 28 * 12 * 42 * 4_000;

impl Person {
    /// Ten digits: days 1–28, years 58–99, a seventh digit of 5–8.
    pub fn cpr(self) -> String {
        let Self(number) = self;
        let (day, rest) = (number % 28 + 1, number / 28);
        let (month, rest) = (rest % 12 + 1, rest / 12);
        let (year, rest) = (rest % 42 + 58, rest / 42);
        let serial = 5_000 + rest % 4_000;
        format!("{day:02}{month:02}{year:02}-{serial}")
    }

    /// What is reported about the person from so many months before the newest month on, after so many raises of one krone; a wage of
    /// its own for everybody.
    pub fn report(self, municipality: &str, months_before: u64, raises: u64) -> Value {
        let Self(number) = self;
        let month = NEWEST - months_before;
        json!({"report_kind": "full_time_wage", "employee_cpr": self.cpr(), "employee_name": format!("Test Person {number}"),
            "municipality_code": municipality, "position_title": "Kontorassistent",
            "valid_from": format!("{}-{:02}-01", month / 12, month % 12 + 1), "full_time_weekly_hours": "37",
            "entry_mode": "total_known", "full_time_total_monthly_wage": format!("{}.00", 28_000 + number % 7_000 + raises),
            "included_components": ["qualification_supplement", "employer_pension"]})
    }
}

/// One submission with these reports.
pub fn submission(reports: Vec<Value>) -> Value {
    json!({
        "form": "fleksjob-wage", "form_version": "1.0",
        "employer": {"cvr": EMPLOYER, "contact_name": "Løn & Personale", "contact_email": "loen@example.dk"},
        "declaration_accepted": true,
        "reports": reports,
    })
}

/// One submission with one report about this person, for the newest month.
pub fn submission_about(number: u64, municipality: &str) -> Value {
    submission(vec![Person(number).report(municipality, 0, 0)])
}
