//! Made-up cases: the same seed gives the same cases.

use serde_json::{Map, Value, json};

/// A small generator of numbers (xorshift64*), so that a failure can be had again from its seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 11) % bound
    }

    pub fn one_in(&mut self, chance: u64) -> bool {
        self.below(chance) == 0
    }

    /// An amount up to so many kroner; whole kroner half of the time.
    pub fn amount(&mut self, kroner: u64) -> String {
        let ore = if self.one_in(2) { 0 } else { self.below(100) };
        format!("{}.{ore:02}", self.below(kroner))
    }

    fn hours(&mut self) -> String {
        let hundredths = self.below(3_700) + 1;
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

/// A case of any shape that the interface takes and that can be calculated.
pub fn case(random: &mut Random) -> Value {
    let (year, month) = (2013 + random.below(14), 1 + random.below(12));
    let mut object = Map::new();
    object.insert("subsidy_month".to_owned(), json!(format!("{year}-{month:02}")));
    let lines = random.below(4);
    object.insert(
        "income".to_owned(),
        (0..lines).map(|_| income(random, year, month)).collect(),
    );
    if random.one_in(4) {
        object.insert("wage_ceilings".to_owned(), ceilings(random, year, month));
        let (year, month) = month_before(year, month);
        let (first, last) = (1 + random.below(14), 15 + random.below(14));
        for (key, day) in [("employment_start", first), ("employment_end", last)] {
            if random.one_in(4) && year >= 2013 {
                object.insert(key.to_owned(), json!(format!("{year}-{month:02}-{day:02}")));
            }
        }
    } else {
        object.insert("wage_ceiling".to_owned(), json!(format!("1{}", random.amount(40_000))));
    }
    if random.one_in(5) {
        object.insert("ceiling_supplement".to_owned(), json!(random.amount(5_000)));
    }
    if random.one_in(5) {
        object.insert("benefit".to_owned(), json!(random.amount(21_000)));
    }
    if random.one_in(6) {
        let benefit =
            json!({"type": "sickness_benefit", "full_month_amount": random.amount(21_000), "days": random.below(24)});
        object.insert("benefits".to_owned(), json!([benefit]));
    }
    if random.one_in(5) {
        object.insert("unemployment_benefit_days".to_owned(), json!(random.below(26)));
    }
    Value::Object(object)
}

fn income(random: &mut Random, year: u64, month: u64) -> Value {
    const TYPES: [&str; 8] = [
        "fleksjob_wage",
        "fleksjob_wage",
        "fleksjob_wage",
        "other_wage",
        "lost_earnings",
        "carer_pay",
        "self_employed_surplus",
        "spread_bonus",
    ];
    let kind = TYPES[usize::try_from(random.below(8)).expect("a number below 8")];
    let mut object = Map::new();
    object.insert("type".to_owned(), json!(kind));
    match random.below(6) {
        0 => {
            object.insert("hourly_wage".to_owned(), json!(random.amount(400)));
            object.insert("weekly_hours".to_owned(), json!(random.hours()));
        }
        1 => drop(object.insert("two_week_wage".to_owned(), json!(random.amount(12_000)))),
        2 => {
            let start = (year * 12 + month).saturating_sub(random.below(14) + 1);
            let end = start + random.below(24);
            let month_of = |index: u64| json!(format!("{}-{:02}", (index - 1) / 12, (index - 1) % 12 + 1));
            object.insert("total".to_owned(), json!(random.amount(60_000)));
            object.insert("earned_from".to_owned(), month_of(start));
            object.insert("earned_to".to_owned(), month_of(end));
        }
        _ => drop(object.insert("cash_wage".to_owned(), json!(random.amount(30_000)))),
    }
    for part in [
        "own_pension",
        "employer_pension",
        "holiday_supplement",
        "free_choice_payout",
        "benefits_in_kind",
    ] {
        if random.one_in(4) {
            object.insert(part.to_owned(), json!(random.amount(2_000)));
        }
    }
    Value::Object(object)
}

fn month_before(year: u64, month: u64) -> (u64, u64) {
    if month == 1 { (year - 1, 12) } else { (year, month - 1) }
}

/// One ceiling from long ago, and another from a day of the month of income.
fn ceilings(random: &mut Random, year: u64, month: u64) -> Value {
    let (year, month) = month_before(year, month);
    let day = 1 + random.below(28);
    let mut first = json!({"valid_from": "2010-01-01", "amount": format!("1{}", random.amount(30_000))});
    if day > 1 && random.one_in(2) {
        first["valid_to"] = json!(format!("{year}-{month:02}-{:02}", day - 1));
    }
    json!([
        first,
        {"valid_from": format!("{year}-{month:02}-{day:02}"), "amount": format!("1{}", random.amount(30_000))}
    ])
}
