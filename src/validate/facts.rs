use super::build_up::build_up_of;
use crate::{
    calculate::{FullTimeWage, Mentions, Nature, OneOffPayment, ReportFacts, SameForAll, StatedWage},
    record::{Answers, Correction, CorrectionAction, Report, ReportKind},
    value::Money,
};

/// The supplements on the list of what is counted in.
const SUPPLEMENTS: [&str; 5] = [
    "evening_night_weekend_supplement",
    "qualification_supplement",
    "seniority_supplement",
    "function_supplement",
    "personal_supplement",
];

/// The report as the plain values of the calculation. `previous_total` is what was last reported for the same job, kroner a month.
pub fn facts(report: &Report, previous_total: Option<Money>) -> ReportFacts {
    if let Some(Correction {
        action: CorrectionAction::Withdraw,
        ..
    }) = report.correction
    {
        return ReportFacts::Withdrawal;
    }
    let facts = match report.content_kind() {
        ReportKind::FullTimeWage => full_time_wage(report, previous_total).map(ReportFacts::FullTimeWage),
        ReportKind::OneOffPayment => one_off_payment(&report.answers).map(ReportFacts::OneOffPayment),
        ReportKind::EmploymentEnd => report
            .answers
            .date("employment_end_date")
            .map(|day| ReportFacts::EmploymentEnd { last_day: *day }),
        ReportKind::UnchangedConfirmation => report
            .answers
            .date("unchanged_as_of")
            .map(|day| ReportFacts::UnchangedConfirmation { as_of: *day }),
        ReportKind::Correction => Some(ReportFacts::Withdrawal),
    };
    facts.expect("lint holds the fields that this reads in place, and a valid report has answered them")
}

fn full_time_wage(report: &Report, previous_total: Option<Money>) -> Option<FullTimeWage> {
    let answers = &report.answers;
    let counts = |codes: &[&str]| {
        answers
            .choices("included_components")
            .map(|chosen| chosen.iter().any(|one| codes.contains(&one.as_str())))
    };
    Some(FullTimeWage {
        valid_from: *answers.date("valid_from")?,
        valid_to: answers.date("valid_to").copied(),
        wage: match build_up_of(report) {
            Some(parts) => StatedWage::BuildUp(parts),
            None => StatedWage::Total(*answers.money("full_time_total_monthly_wage")?),
        },
        full_time_weekly_hours: answers.hours("full_time_weekly_hours").copied(),
        paid_weekly_hours: answers.hours("paid_weekly_hours").copied(),
        expected_first_wage: answers.money("expected_first_wage").copied(),
        employment_start: answers.date("employment_start_date").copied(),
        counts_employer_pension: counts(&["employer_pension"]),
        counts_supplements: counts(&SUPPLEMENTS),
        previous_total,
    })
}

fn one_off_payment(answers: &Answers) -> Option<OneOffPayment> {
    let period = answers.date("earned_from").zip(answers.date("earned_to"));
    Some(OneOffPayment {
        amount: *answers.money("payment_amount")?,
        paid_on: *answers.date("payment_date")?,
        earned: period.map(|(from, to)| (*from, *to)),
        depends_on_own_work: *answers.yes_no("depends_on_own_work")?,
        same_for_all_staff: match answers.choice("same_for_all_staff")?.as_str() {
            "same_amount" => SameForAll::SameAmount,
            "same_basis" => SameForAll::SameBasis,
            _ => SameForAll::No,
        },
        is_recurring_entitlement: *answers.yes_no("is_recurring_entitlement")?,
        nature: match answers.choice("payment_type")?.as_str() {
            "cash_gift" => Nature::Gift,
            "back_pay" => Nature::BackPay,
            _ => Nature::Open,
        },
        mentions: answers
            .text("payment_explanation")
            .map(|text| mentions(text))
            .unwrap_or_default(),
    })
}

/// What an explanation speaks of. Whole words or their beginnings, so that *omkostning* is no board (*kost*).
fn mentions(explanation: &str) -> Mentions {
    const BENEFITS: [&str; 14] = [
        "bil",
        "firmabil",
        "telefon",
        "mobil",
        "mobiltelefon",
        "internet",
        "kost",
        "logi",
        "sundhedsforsikring",
        "car",
        "phone",
        "telephone",
        "board",
        "lodging",
    ];
    let lower = explanation.to_lowercase();
    let words: Vec<&str> = lower
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let begins = |starts: &[&str]| {
        words
            .iter()
            .any(|word| starts.iter().any(|start| word.starts_with(start)))
    };
    let is = |whole: &[&str]| words.iter().any(|word| whole.contains(word));
    Mentions {
        holiday_supplement: begins(&["ferietillæg"]) || lower.contains("holiday supplement"),
        free_choice: begins(&["fritvalg", "søgnehelligdag", "feriedifference"]) || is(&["sh"]),
        benefits_in_kind: is(&BENEFITS) || begins(&["personalegode"]),
        lost_earnings: begins(&["arbejdsfortjeneste", "plejevederlag"]) || lower.contains("lost earnings"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_an_explanation_are_found_whole_and_not_inside_others() {
        let found = mentions("Ferietillægget for maj, og fri bil");
        assert!(found.holiday_supplement && found.benefits_in_kind && !found.free_choice && !found.lost_earnings);
        assert!(mentions("Udbetaling af fritvalgskonto").free_choice && mentions("SH-opsparing").free_choice);
        assert!(mentions("Tabt arbejdsfortjeneste i april").lost_earnings);
        assert_eq!(
            mentions("Omkostninger i shoppen, en billet og en logisk fejl"),
            Mentions::default()
        );
    }
}
