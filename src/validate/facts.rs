use super::build_up::build_up_of;
use crate::{
    calculate::{FullTimeWage, Mentions, Nature, OneOffPayment, ReportFacts, StatedWage},
    fields::{self, Component, PaymentType},
    record::{Answers, Correction, CorrectionAction, Report, ReportKind},
    value::Money,
};

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
            .read(fields::EMPLOYMENT_END_DATE)
            .map(|last_day| ReportFacts::EmploymentEnd { last_day }),
        ReportKind::UnchangedConfirmation => report
            .answers
            .read(fields::UNCHANGED_AS_OF)
            .map(|as_of| ReportFacts::UnchangedConfirmation { as_of }),
        ReportKind::Correction => Some(ReportFacts::Withdrawal),
    };
    facts.expect("lint holds the fields that this reads in place, and a valid report has answered them")
}

fn full_time_wage(report: &Report, previous_total: Option<Money>) -> Option<FullTimeWage> {
    let answers = &report.answers;
    let counts = |is_meant: fn(&Component) -> bool| {
        let told = answers.read(fields::INCLUDED_COMPONENTS);
        told.map(|told| told.iter().any(is_meant))
    };
    Some(FullTimeWage {
        valid_from: answers.read(fields::VALID_FROM)?,
        valid_to: answers.read(fields::VALID_TO),
        wage: match build_up_of(report) {
            Some(parts) => StatedWage::BuildUp(parts),
            None => StatedWage::Total(answers.read(fields::FULL_TIME_TOTAL_MONTHLY_WAGE)?),
        },
        full_time_weekly_hours: answers.read(fields::FULL_TIME_WEEKLY_HOURS),
        paid_weekly_hours: answers.read(fields::PAID_WEEKLY_HOURS),
        expected_first_wage: answers.read(fields::EXPECTED_FIRST_WAGE),
        employment_start: answers.read(fields::EMPLOYMENT_START_DATE),
        counts_employer_pension: counts(|one| *one == Component::EmployerPension),
        counts_supplements: counts(|one| one.is_supplement()),
        previous_total,
    })
}

fn one_off_payment(answers: &Answers) -> Option<OneOffPayment> {
    let period = answers.read(fields::EARNED_FROM).zip(answers.read(fields::EARNED_TO));
    Some(OneOffPayment {
        amount: answers.read(fields::PAYMENT_AMOUNT)?,
        paid_on: answers.read(fields::PAYMENT_DATE)?,
        earned: period,
        depends_on_own_work: answers.read(fields::DEPENDS_ON_OWN_WORK)?,
        same_for_all_staff: answers.read(fields::SAME_FOR_ALL_STAFF)?,
        is_recurring_entitlement: answers.read(fields::IS_RECURRING_ENTITLEMENT)?,
        nature: nature(answers.read(fields::PAYMENT_TYPE)?),
        // Without an explanation nothing is mentioned.
        mentions: answers
            .read(fields::PAYMENT_EXPLANATION)
            .map(mentions)
            .unwrap_or_default(),
    })
}

/// What the law makes of the type that the employer names.
fn nature(payment: PaymentType) -> Nature {
    match payment {
        PaymentType::CashGift => Nature::Gift,
        PaymentType::BackPay => Nature::BackPay,
        PaymentType::IndividualBonus
        | PaymentType::CompanyBonus
        | PaymentType::ProfitShare
        | PaymentType::DirectorsFee
        | PaymentType::Gratuity
        | PaymentType::Other => Nature::Open,
    }
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
