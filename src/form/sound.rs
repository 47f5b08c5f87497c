//! What a definition may not say although each word of it reads well: limits without a number between them, conditions that never hold, what
//! nobody asks for, and what would make withdrawals impossible.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;

use super::{
    Check, Condition, Field, FieldType, Form, Known, Need, Problem, Range, Reading, Scope, Truth, load::Faults,
};
use crate::{
    fields::{self, Codes, CorrectionCode, ReportKind, anchors},
    finding::Level,
    record::{Answer, Answers, StoredCpr},
    value::{Cpr, Hours, Money, NumberFormat, Percent},
};

/// Most months between a date and today, or between two dates: a hundred years.
const MOST_MONTHS: i64 = 1_200;
/// The same in days.
const MOST_DAYS: i64 = 36_525;
/// Most combinations of answers that are tried for one condition; one that needs more is let through.
const MOST_TRIED: usize = 100_000;

/// Checks a form whose names all lead somewhere.
pub(super) fn check(form: &Form, faults: &mut Faults) {
    for field in &form.fields {
        let place = format!("field.{}", field.id);
        check_limits(field, &place, faults);
        check_default(field, &place, faults);
        check_conditions(form, field, &place, faults);
        if field.paragraph.is_none() && field.required != Need::Optional && !acts_on_a_report(&field.id) {
            faults.form(&place, Problem::ParagraphMissing);
        }
        if field.computed.is_some() != fields::COMPUTED.contains(&field.id.as_str()) {
            faults.form(&place, Problem::Computed(fields::COMPUTED.join(", ")));
        }
        if stops_withdrawals(form, field) {
            faults.form(&place, Problem::StopsWithdrawals);
        }
    }
}

/// Nothing is asked about anybody: these say only which report is meant, and what becomes of it.
fn acts_on_a_report(id: &str) -> bool {
    let own = [
        fields::CORRECTS_REPORT_ID.id(),
        fields::CORRECTION_ACTION.id(),
        fields::CORRECTED_REPORT_KIND.id(),
    ];
    own.contains(&id)
}

fn check_limits(field: &Field, place: &str, faults: &mut Faults) {
    let mut common = Range {
        min: None,
        above: None,
        max: None,
    };
    for rule in &field.rules {
        let place = format!("{place}.rule.{}", rule.code);
        if let Check::Range(range) = &rule.check {
            let is_empty = leaves_nothing(range);
            // Errors without a condition bind together; hints may lie anywhere.
            if rule.level == Level::Error && rule.when.is_none() {
                common = both(common, *range);
            }
            if is_empty || leaves_nothing(&common) {
                faults.form(&place, Problem::LimitsEmpty);
            }
        }
        let absurd = match &rule.check {
            Check::MonthsBack { at_most }
            | Check::MonthsAhead { at_most }
            | Check::MonthsAfterField { at_most, .. } => (i64::from(*at_most), MOST_MONTHS),
            Check::DaysAhead { at_most } => (i64::from(*at_most), MOST_DAYS),
            _ => continue,
        };
        if !(0..=absurd.1).contains(&absurd.0) {
            faults.form(place, Problem::LimitAbsurd(absurd.0, absurd.1));
        }
    }
}

fn leaves_nothing(range: &Range) -> bool {
    let max = range.max.unwrap_or(i64::MAX);
    range.min.is_some_and(|min| min > max) || range.above.is_some_and(|above| above >= max)
}

fn both(one: Range, other: Range) -> Range {
    let larger = |one: Option<i64>, other: Option<i64>| one.max(other);
    Range {
        min: larger(one.min, other.min),
        above: larger(one.above, other.above),
        max: match (one.max, other.max) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        },
    }
}

/// What stands where nothing is answered must not be refused.
fn check_default(field: &Field, place: &str, faults: &mut Faults) {
    let reading = Reading {
        format: NumberFormat::Machine,
        today: Date::MAX,
        is_percent: false,
    };
    let default = field.default.as_deref().map(Value::from);
    // One that can't be read is told elsewhere.
    let Some(Ok(answer)) = default.map(|default| field.read(&default, reading)) else {
        return;
    };
    let binding = field
        .rules
        .iter()
        .filter(|rule| rule.level == Level::Error && rule.check.fields().is_empty());
    for rule in binding.filter(|rule| rule.check.is_broken(&answer, &Answers::default(), reading.today)) {
        faults.form(place, Problem::DefaultBroken(rule.code.clone()));
    }
}

fn check_conditions(form: &Form, field: &Field, place: &str, faults: &mut Faults) {
    let mut named: Vec<(String, &Condition)> = Vec::new();
    named.extend(
        field
            .condition
            .iter()
            .map(|condition| (format!("{place}.shown_when"), condition)),
    );
    if let Need::When(condition) = &field.required {
        named.push((format!("{place}.needed_when"), condition));
    }
    named.extend(
        field
            .computed
            .iter()
            .map(|condition| (format!("{place}.computed_when"), condition)),
    );
    for rule in &field.rules {
        named.extend(
            rule.when
                .iter()
                .map(|condition| (format!("{place}.rule.{}.when", rule.code), condition)),
        );
    }
    for (place, condition) in named {
        // What is needed, computed or ruled is so only where the field is shown.
        let shown = field.condition.iter().filter(|shown| **shown != *condition);
        let together = Condition::All(shown.chain([condition]).cloned().collect());
        if !can_hold(form, field, &together) {
            faults.form(place, Problem::NeverHolds);
        }
    }
}

/// Whether some answers make it hold, given that an answered field is shown.
fn can_hold(form: &Form, asking: &Field, condition: &Condition) -> bool {
    let mut asked: BTreeSet<&str> = condition.fields().into_iter().collect();
    // The field itself may be answered in any way.
    let mut before = 0;
    while asked.len() > before {
        before = asked.len();
        let further = asked.iter().filter_map(|id| form.field(id)?.condition.as_ref());
        let further: Vec<&str> = further.flat_map(Condition::fields).collect();
        asked.extend(further);
    }
    // Names that lead nowhere are told elsewhere.
    let Some(asked) = asked
        .into_iter()
        .map(|id| form.field(id))
        .collect::<Option<Vec<&Field>>>()
    else {
        return true;
    };
    let conditions = asked
        .iter()
        .filter_map(|field| field.condition.as_ref())
        .chain([condition]);
    let limits = limits_asked(&conditions.collect::<Vec<_>>());
    let choices: Vec<Vec<Option<Answer>>> = asked.iter().map(|field| answers_of(field, &limits)).collect();
    if choices
        .iter()
        .map(Vec::len)
        .try_fold(1_usize, usize::checked_mul)
        .is_none_or(|all| all > MOST_TRIED)
    {
        return true;
    }
    let all: usize = choices.iter().map(Vec::len).product();
    (0..all).any(|mut which| {
        let answers: BTreeMap<&str, &Option<Answer>> = asked
            .iter()
            .zip(&choices)
            .map(|(field, choices)| {
                let answer = &choices[which % choices.len()];
                which /= choices.len();
                (field.id.as_str(), answer)
            })
            .collect();
        let known = |id: &str| match answers.get(id).copied() {
            Some(Some(answer)) => Known::Answer(answer),
            Some(None) | None => Known::Nothing,
        };
        let is_shown = |field: &&Field| {
            field.id == asking.id
                || known(&field.id).is_nothing()
                || field
                    .condition
                    .as_ref()
                    .is_none_or(|shown| shown.holds(&known) == Truth::Yes)
        };
        asked.iter().all(is_shown) && condition.holds(&known) == Truth::Yes
    })
}

/// The numbers that conditions compare with, by field.
fn limits_asked<'c>(conditions: &[&'c Condition]) -> BTreeMap<&'c str, Vec<i64>> {
    fn gather<'c>(condition: &'c Condition, into: &mut BTreeMap<&'c str, Vec<i64>>) {
        match condition {
            Condition::Above { field, hundredths } => into.entry(field).or_default().push(*hundredths),
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| gather(part, into)),
            Condition::Not(part) => gather(part, into),
            Condition::OneOf { .. } | Condition::Answered { .. } | Condition::ReplacementNumber { .. } => {}
        }
    }
    let mut limits = BTreeMap::new();
    conditions.iter().for_each(|condition| gather(condition, &mut limits));
    limits
}

/// Answers that a condition can tell apart, and none. A list of several codes is tried with none, each alone and all.
fn answers_of(field: &Field, limits: &BTreeMap<&str, Vec<i64>>) -> Vec<Option<Answer>> {
    let around = || {
        let limits = limits.get(field.id.as_str()).into_iter().flatten();
        limits.flat_map(|limit| [*limit, limit.saturating_add(1)]).chain([0])
    };
    let answers: Vec<Answer> = match &field.kind {
        FieldType::Choice { options } => options
            .iter()
            .map(|option| Answer::Choice(option.code.clone()))
            .collect(),
        FieldType::Choices { options, .. } => {
            let codes: Vec<String> = options.iter().map(|option| option.code.clone()).collect();
            let alone = codes.iter().map(|code| vec![code.clone()]);
            alone.chain([Vec::new(), codes.clone()]).map(Answer::Choices).collect()
        }
        FieldType::YesNo => vec![Answer::YesNo(true), Answer::YesNo(false)],
        FieldType::Money { .. } | FieldType::PercentOrMoney { .. } => {
            around().map(|number| Answer::Money(Money::from_ore(number))).collect()
        }
        FieldType::Percent => around()
            .filter_map(|number| Percent::from_basis_points(u16::try_from(number).ok()?).ok())
            .map(Answer::Percent)
            .collect(),
        FieldType::Hours => around()
            .filter_map(|number| Hours::from_hundredths(u16::try_from(number).ok()?).ok())
            .map(Answer::Hours)
            .collect(),
        FieldType::Cpr => ["2512489996", "8605010001"]
            .into_iter()
            .filter_map(|digits| Some(Answer::Cpr(StoredCpr(Cpr::from_stored(digits).ok()?))))
            .collect(),
        FieldType::Text { .. }
        | FieldType::Date
        | FieldType::Cvr
        | FieldType::SeNumber
        | FieldType::PNumber
        | FieldType::Municipality
        | FieldType::Postcode
        | FieldType::Email
        | FieldType::Phone
        | FieldType::ReportId => vec![Answer::Text(String::new())],
    };
    answers.into_iter().map(Some).chain([None]).collect()
}

/// A system that withdraws a report sends no answers: the service fills in what it knows of the report, which is what it reads itself.
fn stops_withdrawals(form: &Form, field: &Field) -> bool {
    let is_filled_in = anchors().iter().any(|anchor| anchor.id == field.id);
    if is_filled_in || field.default.is_some() {
        return false;
    }
    let of_correction = form
        .kind(ReportKind::Correction)
        .is_some_and(|kind| kind.field_ids().any(|id| id == field.id));
    if field.scope == Scope::Report && !of_correction {
        return false;
    }
    let (kind, action) = (
        Answer::Choice(ReportKind::Correction.code().to_owned()),
        Answer::Choice(CorrectionCode::Withdraw.code().to_owned()),
    );
    let known = |id: &str| match id {
        id if id == fields::REPORT_KIND.id() => Known::Answer(&kind),
        id if id == fields::CORRECTION_ACTION.id() => Known::Answer(&action),
        _ => Known::Faulty,
    };
    let may_hold = |condition: &Condition| condition.holds(&known) != Truth::No;
    let is_needed = match &field.required {
        Need::Always => true,
        Need::When(condition) => may_hold(condition),
        Need::SenderKnows | Need::Optional => false,
    };
    is_needed && field.condition.as_ref().is_none_or(may_hold)
}
