//! The sentences. A change of any of them is a new trace version.

use jiff::civil::Date;

use crate::calculate::rulebook::{Choice, Epoch, PayComponent, RateId, RuleId};
use crate::calculate::trace::{FigureName as F, Quantity, StepView, Trace, in_words};
use crate::value::{Language, date_to_text};

/// A sentence in both languages.
pub(super) struct Sentence {
    da: &'static str,
    en: &'static str,
}

impl Sentence {
    pub fn pick(&self, language: Language) -> &'static str {
        match language {
            Language::Da => self.da,
            Language::En => self.en,
        }
    }
}

const fn s(da: &'static str, en: &'static str) -> Sentence {
    Sentence { da, en }
}

/// Instead of a number.
pub(super) const NOT_YET: Sentence = s(
    "Tilskuddet kan ikke beregnes endnu.",
    "The subsidy cannot be calculated yet.",
);

/// The short explanation of a year of a self-employed person, before its last line on how sure it is.
pub(super) const SHORT_SELF_EMPLOYED: [Sentence; 3] = [
    s(
        "Tilskuddet for {self_employed_income.year} er {self_employed_year.yearly_subsidy}, eller {self_employed_month.monthly_subsidy} om måneden.",
        "The subsidy for {self_employed_income.year} is {self_employed_year.yearly_subsidy}, or {self_employed_month.monthly_subsidy} a month.",
    ),
    s(
        "Årets indtægt af virksomheden og andet arbejde er {self_employed_income.yearly_income}. Grundbeløbet på {self_employed_year.self_employed_base} sættes ned med {self_employed_deduction.percent} af den, {self_employed_deduction.income_deduction}.",
        "The year's income of the business and other work is {self_employed_income.yearly_income}. The base amount of {self_employed_year.self_employed_base} is reduced by {self_employed_deduction.percent} of it, {self_employed_deduction.income_deduction}.",
    ),
    s(
        "Der er intet lønloft. Tilskuddet beregnes for året, udbetales hver måned og beregnes igen, når den skattepligtige indtægt ændres.",
        "There is no ceiling. The subsidy is calculated for the year, paid monthly, and calculated again when the taxable income changes.",
    ),
];

/// The short explanation, before its last line on how sure it is.
pub(super) const SHORT: [fn(&Trace) -> Sentence; 4] = [
    |_| {
        s(
            "Fleksløntilskuddet for {income_month.subsidy_month} er {subsidy.subsidy}, beregnet af indtægten i {income_month.income_month}.",
            "The subsidy for {income_month.subsidy_month} is {subsidy.subsidy}, calculated from the income of {income_month.income_month}.",
        )
    },
    |trace| {
        if yes(trace, RuleId::RightToSubsidy, F::Right) == Some(false) {
            return s(
                "Der er hverken løn eller ydelse i måneden, så der er intet at give tilskud til.",
                "There is neither wage nor benefit in the month, so there is nothing to supplement.",
            );
        }
        if trace.step(RuleId::BenefitDeduction).is_some() {
            return s(
                "Indtægten er {income_total.counted_income}. Det højeste tilskud på {subsidy_before_ceiling.maximum_subsidy} sættes ned med {deduction_30.deduction_30} og {deduction_55.deduction_55} og med ydelser på {benefit_deduction.benefit_deduction}.",
                "The income is {income_total.counted_income}. The maximum subsidy of {subsidy_before_ceiling.maximum_subsidy} is reduced by {deduction_30.deduction_30} and {deduction_55.deduction_55}, and by benefits of {benefit_deduction.benefit_deduction}.",
            );
        }
        s(
            "Indtægten er {income_total.counted_income}. Det højeste tilskud på {subsidy_before_ceiling.maximum_subsidy} sættes ned med {deduction_30.deduction_30} (lavt fradrag) og {deduction_55.deduction_55} (højt fradrag).",
            "The income is {income_total.counted_income}. The maximum subsidy of {subsidy_before_ceiling.maximum_subsidy} is reduced by {deduction_30.deduction_30} (low deduction) and {deduction_55.deduction_55} (high deduction).",
        )
    },
    |trace| match (
        yes(trace, RuleId::AfterCeiling, F::CeilingApplies),
        trace.step(RuleId::DayReduction).is_some(),
    ) {
        (Some(true), false) => s(
            "Lønloftet er {ceiling_room.wage_ceiling}, og der er plads til {ceiling_room.ceiling_room}. Derfor sættes tilskuddet ned til det.",
            "The ceiling is {ceiling_room.wage_ceiling} and leaves room for {ceiling_room.ceiling_room}. So the subsidy is reduced to that.",
        ),
        (Some(true), true) => s(
            "Lønloftet er {ceiling_room.wage_ceiling}, og der er plads til {ceiling_room.ceiling_room}; {day_reduction.days} dage med ledighedsydelse trækkes fra.",
            "The ceiling is {ceiling_room.wage_ceiling} and leaves room for {ceiling_room.ceiling_room}; {day_reduction.days} days with unemployment benefit are taken off.",
        ),
        (_, true) => s(
            "Lønloftet på {ceiling_room.wage_ceiling} sætter ikke tilskuddet ned; {day_reduction.days} dage med ledighedsydelse trækkes fra.",
            "The ceiling of {ceiling_room.wage_ceiling} does not reduce the subsidy; {day_reduction.days} days with unemployment benefit are taken off.",
        ),
        (_, false) => s(
            "Lønloftet er {ceiling_room.wage_ceiling}, og der er plads til {ceiling_room.ceiling_room}. Det sætter ikke tilskuddet ned.",
            "The ceiling is {ceiling_room.wage_ceiling} and leaves room for {ceiling_room.ceiling_room}. It does not reduce the subsidy.",
        ),
    },
    |_| {
        s(
            "Af tilskuddet går {atp.atp} til ATP, så der udbetales {paid_before_tax.paid_before_tax} før skat.",
            "Of the subsidy {atp.atp} goes to ATP, so {paid_before_tax.paid_before_tax} is paid before tax.",
        )
    },
];

fn yes(trace: &Trace, rule: RuleId, name: F) -> Option<bool> {
    match trace.step(rule)?.figure(name)? {
        Quantity::YesNo(yes) => Some(yes),
        _ => None,
    }
}

fn step_says(step: &StepView<'_>, name: F) -> bool {
    step.figure(name) == Some(Quantity::YesNo(true))
}

/// The sentence of a step of the full explanation.
pub(super) fn of_step(step: &StepView<'_>) -> Sentence {
    match step.rule {
        RuleId::IncomeMonth => s(
            "Tilskuddet for {subsidy_month} beregnes af indtægten i {income_month}.",
            "The subsidy for {subsidy_month} is calculated from the income of {income_month}.",
        ),
        RuleId::HourlyPay => s(
            "{hourly_wage} i timen × {weekly_hours} timer om ugen × {weeks_per_month} = {monthly_pay} om måneden.",
            "{hourly_wage} an hour × {weekly_hours} hours a week × {weeks_per_month} = {monthly_pay} a month.",
        ),
        RuleId::TwoWeekPay => s(
            "{two_week_wage} for en lønperiode × {two_weeks_per_month} = {monthly_pay} om måneden.",
            "{two_week_wage} for a pay period × {two_weeks_per_month} = {monthly_pay} a month.",
        ),
        RuleId::Spread => s(
            "{total} er optjent fra {earned_from} til {earned_to}, antal måneder {months}. Andelen i {income_month} er {share}.",
            "{total} was earned from {earned_from} to {earned_to}, number of months {months}. The share of {income_month} is {share}.",
        ),
        RuleId::IncomeTotal => s(
            "Indtægt, der giver fradrag: {counted_income}. Løn, der bruger plads under lønloftet: {position_wage}.",
            "Income that is deducted from: {counted_income}. Wage that uses room under the ceiling: {position_wage}.",
        ),
        RuleId::RightToSubsidy if step_says(step, F::Right) => s(
            "Der er løn eller ydelse i måneden, så der kan gives tilskud.",
            "There is wage or benefit in the month, so there can be a subsidy.",
        ),
        RuleId::RightToSubsidy => s(
            "Der er hverken løn eller ydelse i måneden, så der er intet tilskud.",
            "There is neither wage nor benefit in the month, so there is no subsidy.",
        ),
        RuleId::DeductionLow => s(
            "{percent} af {base}, som er indtægten op til grænsen på {income_threshold} = {deduction_30}.",
            "{percent} of {base}, which is the income up to the threshold of {income_threshold} = {deduction_30}.",
        ),
        RuleId::DeductionHigh => s(
            "{percent} af {base}, som er indtægten over grænsen på {income_threshold} = {deduction_55}.",
            "{percent} of {base}, which is the income above the threshold of {income_threshold} = {deduction_55}.",
        ),
        RuleId::BenefitPart => s(
            "{full_month_benefit} for en hel måned × {days} dage ÷ {days_per_month} = {benefit}.",
            "{full_month_benefit} for a whole month × {days} days ÷ {days_per_month} = {benefit}.",
        ),
        RuleId::BenefitDeduction => s(
            "{percent} af {benefit} = {benefit_deduction}.",
            "{percent} of {benefit} = {benefit_deduction}.",
        ),
        RuleId::BeforeCeiling if step_says(step, F::Right) => s(
            "{maximum_subsidy} − {deduction_30} − {deduction_55} − {benefit_deduction}, dog mindst nul = {subsidy_before_ceiling}.",
            "{maximum_subsidy} − {deduction_30} − {deduction_55} − {benefit_deduction}, but not below nothing = {subsidy_before_ceiling}.",
        ),
        RuleId::BeforeCeiling => s(
            "Uden løn eller ydelse er tilskuddet {subsidy_before_ceiling}.",
            "Without wage or benefit the subsidy is {subsidy_before_ceiling}.",
        ),
        RuleId::CeilingRoom => s(
            "Lønloft {wage_ceiling} + månedens tillæg {ceiling_supplement} − løn i stillingen {position_wage}, dog mindst nul = {ceiling_room}.",
            "Ceiling {wage_ceiling} + the month's supplements {ceiling_supplement} − wage of the position {position_wage}, but not below nothing = {ceiling_room}.",
        ),
        RuleId::AfterCeiling if step_says(step, F::CeilingApplies) => s(
            "Tilskuddet på {subsidy_before_ceiling} er større end pladsen under lønloftet og sættes ned til {subsidy_after_ceiling}.",
            "The subsidy of {subsidy_before_ceiling} is larger than the room under the ceiling and is reduced to {subsidy_after_ceiling}.",
        ),
        RuleId::AfterCeiling => s(
            "Tilskuddet på {subsidy_after_ceiling} holder sig inden for pladsen på {ceiling_room}.",
            "The subsidy of {subsidy_after_ceiling} stays within the room of {ceiling_room}.",
        ),
        RuleId::DayReduction if step.figure(F::DaysTold).is_some() => s(
            "{subsidy_after_ceiling} sættes ned for {days} dage af {days_per_month} til {subsidy_after_days}: af de {days_told} dage tæller højst {days_maximum}.",
            "{subsidy_after_ceiling} is reduced for {days} days of {days_per_month} to {subsidy_after_days}: of the {days_told} days at most {days_maximum} count.",
        ),
        RuleId::DayReduction => s(
            "{subsidy_after_ceiling} sættes ned for {days} dage af {days_per_month} til {subsidy_after_days}.",
            "{subsidy_after_ceiling} is reduced for {days} days of {days_per_month} to {subsidy_after_days}.",
        ),
        RuleId::Subsidy if matches!(step.rounding, Choice::KroneDown | Choice::OreDown) => s(
            "{before} bliver til {subsidy}: rundet ned, så løn og tilskud tilsammen ikke kommer over lønloftet.",
            "{before} becomes {subsidy}: rounded down, so that wage and subsidy together do not pass the ceiling.",
        ),
        RuleId::Subsidy => s("{before} bliver til {subsidy}.", "{before} becomes {subsidy}."),
        RuleId::Atp => s(
            "{percent} af {subsidy}, dog højst {atp_maximum} = {atp}.",
            "{percent} of {subsidy}, but no more than {atp_maximum} = {atp}.",
        ),
        RuleId::PaidBeforeTax => s(
            "{subsidy} − {atp} = {paid_before_tax}.",
            "{subsidy} − {atp} = {paid_before_tax}.",
        ),
        RuleId::StatePension => s(
            "{percent} af {base} = {state_pension}. Staten betaler det oveni; det trækkes ikke fra tilskuddet.",
            "{percent} of {base} = {state_pension}. The state pays it on top; it is not taken from the subsidy.",
        ),
        RuleId::StateAtp => s(
            "({full_time_weekly_hours} − {paid_weekly_hours}) timer om ugen × {weeks_per_month} = {hours_with_subsidy} timer om måneden. Staten betaler bidraget; det trækkes ikke fra tilskuddet.",
            "({full_time_weekly_hours} − {paid_weekly_hours}) hours a week × {weeks_per_month} = {hours_with_subsidy} hours a month. The state pays the contribution; it is not taken from the subsidy.",
        ),
        RuleId::StateAtpContribution if step_says(step, F::FullContribution) => s(
            "Der er færre end {full_below_weekly_hours} betalte timer om ugen ({full_below_monthly_hours} om måneden), så bidraget er det fulde. Staten betaler {state_atp_share} af det almindelige bidrag.",
            "Fewer than {full_below_weekly_hours} hours a week are paid ({full_below_monthly_hours} a month), so the contribution is the full one. The state pays {state_atp_share} of the ordinary contribution.",
        ),
        RuleId::StateAtpContribution => s(
            "{paid_weekly_hours} betalte timer om ugen er ikke under {full_below_weekly_hours} ({full_below_monthly_hours} om måneden), så bidraget følger timerne med tilskud. Staten betaler {state_atp_share} af det almindelige bidrag.",
            "{paid_weekly_hours} paid hours a week are not below {full_below_weekly_hours} ({full_below_monthly_hours} a month), so the contribution follows the hours with subsidy. The state pays {state_atp_share} of the ordinary contribution.",
        ),
        RuleId::BonusOrGift => BONUS_OR_GIFT,
        _ => of_other_step(step),
    }
}

/// What the municipality must decide of a bonus, and what each answer gives.
pub(super) const BONUS_OR_GIFT: Sentence = s(
    "Kommunen skal afgøre, om bonus på {bonus_counted} er løn eller en gave. Er den løn, er tilskuddet {subsidy_if_wage} ({paid_before_tax_if_wage} før skat); er den en gave, er det {subsidy_if_gift} ({paid_before_tax_if_gift} før skat). Beregningen regner den som løn, til det er afgjort.",
    "The municipality must decide whether the bonus of {bonus_counted} is wage or a gift. As wage the subsidy is {subsidy_if_wage} ({paid_before_tax_if_wage} before tax); as a gift it is {subsidy_if_gift} ({paid_before_tax_if_gift} before tax). The calculation takes it as wage until that is decided.",
);

/// The steps of the ceiling and of the scheme for the self-employed.
fn of_other_step(step: &StepView<'_>) -> Sentence {
    let has = |name| step.figure(name).is_some();
    match step.rule {
        RuleId::CeilingBase if has(F::WeeklyHours) => s(
            "({base_wage} + {fixed_supplements_total}) i timen × {weekly_hours} timer om ugen × {weeks_per_month} = {result}.",
            "({base_wage} + {fixed_supplements_total}) an hour × {weekly_hours} hours a week × {weeks_per_month} = {result}.",
        ),
        RuleId::CeilingBase if has(F::TwoWeeksPerMonth) => s(
            "({base_wage} + {fixed_supplements_total}) for to uger × {two_weeks_per_month} = {result}.",
            "({base_wage} + {fixed_supplements_total}) for two weeks × {two_weeks_per_month} = {result}.",
        ),
        RuleId::CeilingBase => s(
            "{base_wage} + {fixed_supplements_total} om måneden = {result}.",
            "{base_wage} + {fixed_supplements_total} a month = {result}.",
        ),
        RuleId::CeilingVariable => s("Gennemsnit {result} om måneden.", "On average {result} a month."),
        RuleId::CeilingBonus => s(
            "{agreed_fixed_bonus_yearly} om året ÷ {months_per_year} = {result} om måneden.",
            "{agreed_fixed_bonus_yearly} a year ÷ {months_per_year} = {result} a month.",
        ),
        RuleId::CeilingPension if has(F::Percent) => s(
            "{percent} af {pension_base} = {result}.",
            "{percent} of {pension_base} = {result}.",
        ),
        RuleId::CeilingPension => s("Det aftalte beløb er {result}.", "The agreed amount is {result}."),
        RuleId::CeilingFreeChoice => s("{percent} af {base} = {result}.", "{percent} of {base} = {result}."),
        RuleId::CeilingFreeChoiceYear => s(
            "{free_choice} × {months_per_year} = {result} i den måned, hvor det udbetales.",
            "{free_choice} × {months_per_year} = {result} in the month in which it is paid.",
        ),
        RuleId::OneOffShare => s(
            "{total} er optjent fra {earned_from} til {earned_to}, antal måneder {months}. Som løn er andelen af hver måned {result}.",
            "{total} was earned from {earned_from} to {earned_to}, number of months {months}. As wage each month's share is {result}.",
        ),
        RuleId::OneOffLastShare => s(
            "Den sidste måned får det, der er tilbage af {total}: {result}.",
            "The last month gets what is left of {total}: {result}.",
        ),
        RuleId::CeilingHoliday => s(
            "{percent} af årets løn på {yearly_pay} = {result}, i den måned, hvor det tæller med.",
            "{percent} of the year's pay of {yearly_pay} = {result}, in the month in which it counts.",
        ),
        RuleId::CeilingTotal => s("I alt {result} om måneden.", "In all {result} a month."),
        RuleId::SelfEmployedIncome => s(
            "{business_income} + {other_work_income} = {result}.",
            "{business_income} + {other_work_income} = {result}.",
        ),
        RuleId::SelfEmployedDeduction => s(
            "{percent} af {yearly_income} = {result}.",
            "{percent} of {yearly_income} = {result}.",
        ),
        RuleId::SelfEmployedYear => s(
            "{self_employed_base} − {income_deduction}, dog mindst nul = {result}.",
            "{self_employed_base} − {income_deduction}, but not below nothing = {result}.",
        ),
        RuleId::SelfEmployedMonth => s(
            "{yearly_subsidy} ÷ {months_per_year} = {result}.",
            "{yearly_subsidy} ÷ {months_per_year} = {result}.",
        ),
        _ => s("{result}.", "{result}."),
    }
}

/// What one line of income holds: its parts, what is left out, and what it does not do.
pub(super) fn income_line(epoch: &Epoch, step: &StepView<'_>, language: Language) -> String {
    let danish = language == Language::Da;
    let (mut parts, mut left_out) = (Vec::new(), Vec::new());
    for part in PayComponent::ALL {
        let Some(amount) = F::from_name(part.as_str()).and_then(|name| step.figure(name)) else {
            continue;
        };
        let Some(rule) = epoch.component(*part) else { continue };
        let text = format!("{} {}", rule.name.get(language), in_words(amount, language));
        if rule.counts {
            parts.push(text)
        } else {
            left_out.push(text)
        }
    }
    let name = match step.figure(F::Type) {
        Some(Quantity::Type(kind)) => epoch.income(kind).map_or("", |rule| rule.name.get(language)),
        _ => "",
    };
    let mut text = format!(
        "{name}: {} = {}.",
        parts.join(" + "),
        in_words(step.result.value, language)
    );
    if !left_out.is_empty() {
        text.push_str(if danish {
            " Tæller ikke med: "
        } else {
            " Does not count: "
        });
        text.push_str(&left_out.join(", "));
        text.push('.');
    }
    if !step_says(step, F::CountsInDeduction) {
        text.push_str(if danish {
            " Indtægten giver ikke fradrag i tilskuddet."
        } else {
            " The income is not deducted from."
        });
    }
    text
}

/// Each ceiling of the month with its days.
pub(super) fn ceiling_in_month(step: &StepView<'_>, language: Language) -> String {
    let danish = language == Language::Da;
    let mut parts = Vec::new();
    for pair in step.inputs.windows(2) {
        if let [ceiling, days] = pair
            && days.name == F::CeilingDays
        {
            let day_word = if danish { "dage" } else { "days" };
            parts.push(format!(
                "{} i {} {day_word}",
                in_words(ceiling.value, language),
                in_words(days.value, language)
            ));
        }
    }
    let of_days = step
        .figure(F::DaysInMonth)
        .map(|days| in_words(days, language))
        .unwrap_or_default();
    let result = in_words(step.result.value, language);
    if danish {
        format!("{} af {of_days} dage = {result}.", parts.join(" + "))
    } else {
        format!(
            "{} of {of_days} days = {result}.",
            parts.join(" + ").replace(" i ", " for ")
        )
    }
}

/// Guidance for a job of the scheme before this one.
pub(super) fn other_scheme(starts: Date, language: Language) -> String {
    let day = date_to_text(starts, language);
    match language {
        Language::Da => format!(
            "Fleksjobbet begyndte før {day} og hører til den gamle ordning: arbejdsgiveren betaler fuld løn og søger refusion hos kommunen. Der er intet fleksløntilskud og intet lønloft at oplyse."
        ),
        Language::En => format!(
            "The fleksjob began before {day} and belongs to the old scheme: the employer pays the full wage and applies to the municipality for a refund. There is no subsidy and no ceiling to state."
        ),
    }
}

/// A rate as people call it.
pub(super) fn rate_name(id: RateId) -> Sentence {
    match id {
        RateId::MaximumSubsidy => s("det højeste tilskud", "the maximum subsidy"),
        RateId::IncomeThreshold => s(
            "grænsen mellem lavt og højt fradrag",
            "the threshold between low and high deduction",
        ),
        RateId::SelfEmployedBase => s("grundbeløbet for selvstændige", "the base amount for the self-employed"),
        _ => s("en sats", "a rate"),
    }
}
