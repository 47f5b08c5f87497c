//! Our side of `scripts/bench calculation`: the persons, what exactly comes out for them, and how long it takes.
//!
//! `persons write FOLDER COUNT` writes `persons.csv`, `rates.json` and `exact.csv`; `persons time COUNT` prints seconds as JSON.

mod support;

use std::{error::Error, fmt::Write as _, fs, hint::black_box, path::Path, time::Instant};

use fleksport::calculate::{self, PlainMonth, RateId, RuleBook, RuleId, SubsidyCase};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let rules = RuleBook::embedded().map_err(|_| "the embedded rules have a fault")?;
    match words[..] {
        ["write", folder, count] => write(&rules, Path::new(folder), count.parse()?),
        ["time", count] => {
            println!("{}", time(&rules, count.parse()?));
            Ok(())
        }
        _ => Err("usage: persons write FOLDER COUNT | persons time COUNT".into()),
    }
}

fn write(rules: &RuleBook, folder: &Path, count: usize) -> Result<(), Box<dyn Error>> {
    let mut persons = String::from("cash_wage,own_pension,employer_pension,wage_ceiling\n");
    let mut exact = String::from("before_rounding,subsidy,paid_before_tax\n");
    for person in support::persons(count) {
        writeln!(
            persons,
            "{},{},{},{}",
            person.cash_wage, person.own_pension, person.employer_pension, person.wage_ceiling
        )?;
        let case = support::case(&person);
        let assessment = calculate::calculate(rules, &case);
        let amounts = *assessment.amounts().ok_or("a month without a number")?;
        let plain = support::plain(&person);
        let plain = calculate::amounts_of_many(rules, support::month(), std::slice::from_ref(&plain)).next();
        if calculate::amounts(rules, &case) != Some(amounts) || plain != Some(Some(amounts)) {
            return Err("with and without trace differ".into());
        }
        let step = assessment
            .trace()
            .step(RuleId::Subsidy)
            .ok_or("a month without its last step")?;
        let before = step.before_rounding.ok_or("the last step is rounded")?;
        // In hundredths of an øre: the percentages leave no smaller part.
        let hundredths = before.numerator() * 100 / before.denominator();
        if hundredths * before.denominator() != before.numerator() * 100 {
            return Err("an amount has smaller parts than hundredths of an øre".into());
        }
        writeln!(
            exact,
            "{hundredths},{},{}",
            amounts.subsidy.ore(),
            amounts.paid_before_tax.ore()
        )?;
    }
    fs::write(folder.join("persons.csv"), persons)?;
    fs::write(folder.join("exact.csv"), exact)?;
    fs::write(folder.join("rates.json"), rates(rules).to_string())?;
    Ok(())
}

/// The rates of the month by their names, as the others use them too.
fn rates(rules: &RuleBook) -> serde_json::Value {
    let used = [
        RateId::MaximumSubsidy,
        RateId::IncomeThreshold,
        RateId::DeductionLow,
        RateId::DeductionHigh,
        RateId::AtpPercent,
        RateId::AtpMaximum,
        RateId::StatePension,
    ];
    let rate = |id: RateId| {
        let rate = rules.rate(id, support::month())?;
        Some((id.as_str(), rate.value.to_text()))
    };
    json!(
        used.into_iter()
            .filter_map(rate)
            .collect::<std::collections::BTreeMap<_, _>>()
    )
}

fn time(rules: &RuleBook, count: usize) -> serde_json::Value {
    let cases: Vec<SubsidyCase> = support::persons(count).iter().map(support::case).collect();
    let seconds = |work: &dyn Fn(&SubsidyCase)| {
        let start = Instant::now();
        cases.iter().for_each(work);
        start.elapsed().as_secs_f64()
    };
    let plain: Vec<PlainMonth> = support::persons(count).iter().map(support::plain).collect();
    let start = Instant::now();
    calculate::amounts_of_many(rules, support::month(), black_box(&plain)).for_each(|amounts| {
        black_box(amounts);
    });
    let of_many = start.elapsed().as_secs_f64();
    json!({
        "of_many": of_many,
        "without_trace": seconds(&|case| {
            black_box(calculate::amounts(rules, black_box(case)));
        }),
        "with_trace": seconds(&|case| {
            black_box(calculate::calculate(rules, black_box(case)));
        }),
    })
}
