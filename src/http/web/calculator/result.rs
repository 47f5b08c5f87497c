//! What came out, in words, tables and a picture.

use super::{
    curve::{Curve, Hour, Job, Point, Wage},
    picture::{Picture, Size, highest},
    questions::Asked,
};
use crate::{
    calculate::{self, Assessment, RuleBook},
    http::web::{
        Frame,
        calculation::{Calculation, amount, kroner},
    },
    value::{Hours, Money},
};

/// One wage, or two beside each other.
pub struct ResultView {
    pub jobs: Vec<JobView>,
    pub compared: Vec<Compared>,
}

/// What one wage gives.
pub struct JobView {
    /// The wage and the hours in words.
    pub title: String,
    pub wage: String,
    pub subsidy: String,
    pub total: String,
    /// What was taken where nothing was told.
    pub assumed: Option<String>,
    /// What looks like a mistake.
    pub hints: Vec<String>,
    /// In short, then step by step.
    pub explanation: Vec<String>,
    pub calculation: Calculation,
    pub drawn: Option<Drawn>,
}

/// The curve of one wage, with the tables that say the same.
pub struct Drawn {
    pub pictures: Vec<Picture>,
    pub words: Words,
    pub next_hour: String,
    pub places: Vec<Row>,
    pub whole_hours: Vec<Row>,
}

/// What stands in and behind the picture.
pub struct Words {
    pub title: String,
    pub description: String,
    pub here: String,
    pub ceiling: String,
    pub threshold: String,
    pub at_ceiling: String,
}

/// A number of hours and what it gives, in words.
pub struct Row {
    pub label: &'static str,
    pub hours: String,
    pub wage: String,
    pub subsidy: String,
    pub total: String,
    /// What the last hour of these has brought; empty where there was none.
    pub gain: String,
    pub is_here: bool,
}

/// One amount with both wages, and what lies between them.
pub struct Compared {
    pub label: &'static str,
    pub amounts: [String; 3],
    pub is_sum: bool,
}

impl ResultView {
    pub fn of(rules: &RuleBook, asked: &Asked, frame: &Frame) -> Self {
        let jobs: Vec<Job> = std::iter::once(asked.job).chain(asked.other).collect();
        let curves: Vec<Option<Curve>> = jobs.iter().map(|job| Curve::of(rules, job)).collect();
        let highest = highest(curves.iter().flatten());
        let assessed = jobs.iter().map(|job| {
            job.case(rules, job.hours)
                .map(|case| calculate::calculate(rules, &case))
        });
        let assessed: Vec<Option<Assessment>> = assessed.collect();
        let sizes = if jobs.len() == 1 {
            [Size::Wide, Size::Narrow]
        } else {
            [Size::Half, Size::Narrow]
        };
        let views = jobs
            .iter()
            .zip(&curves)
            .zip(&assessed)
            .map(|((job, curve), assessment)| {
                let drawn = curve.as_ref().map(|curve| Drawn::of(curve, &sizes, highest, frame));
                JobView::of(rules, job, assessment.as_ref(), drawn, frame)
            });
        Self {
            jobs: views.collect(),
            compared: compared(&curves, &assessed, frame).unwrap_or_default(),
        }
    }
}

impl JobView {
    fn of(rules: &RuleBook, job: &Job, assessment: Option<&Assessment>, drawn: Option<Drawn>, frame: &Frame) -> Self {
        let Some(assessment) = assessment else {
            return Self::too_large(job, frame);
        };
        let point = Point::of(assessment, job.hours);
        let told = |amount: fn(&Point) -> Money| {
            point
                .as_ref()
                .map(|point| kroner(amount(point), frame))
                .unwrap_or_default()
        };
        let calculation = Calculation::of_month(assessment, frame);
        Self {
            title: title(job, frame),
            wage: told(|point| point.wage),
            subsidy: told(|point| point.subsidy),
            total: told(|point| point.total),
            assumed: assumed(rules, job, frame),
            hints: hints(assessment, frame),
            explanation: calculation.lines,
            calculation: Calculation {
                lines: Vec::new(),
                ..calculation
            },
            drawn,
        }
    }

    fn too_large(job: &Job, frame: &Frame) -> Self {
        let line = frame.t(
            "Beløbene er for store til at regne med: kontrollér, at de står i kroner.",
            "The amounts are too large to calculate with: check that they are in kroner.",
        );
        Self {
            title: title(job, frame),
            wage: String::new(),
            subsidy: String::new(),
            total: String::new(),
            assumed: None,
            hints: Vec::new(),
            explanation: vec![line.to_owned()],
            calculation: Calculation::default(),
            drawn: None,
        }
    }
}

fn title(job: &Job, frame: &Frame) -> String {
    let (wage, unit) = match job.wage {
        Wage::Hourly(wage) => (wage, frame.t("i timen", "an hour")),
        Wage::Monthly(wage) => (wage, frame.t("om måneden", "a month")),
    };
    format!(
        "{} {unit}, {} {}",
        kroner(wage, frame),
        hours(job.hours, frame),
        frame.t("timer", "hours")
    )
}

/// That the ceiling was not stated, and what is taken instead.
fn assumed(rules: &RuleBook, job: &Job, frame: &Frame) -> Option<String> {
    let ceiling = job.ceiling(rules).filter(|_| job.stated_ceiling.is_none())?;
    Some(format!(
        "{} {}{}",
        frame.t("Lønloftet er her regnet ud til", "The ceiling is here taken to be"),
        kroner(ceiling, frame),
        frame.t(
            ", den samme løn og pension på fuld tid. Arbejdsgiveren oplyser det rigtige.",
            ", the same wage and pension for full time. The employer reports the real one.",
        )
    ))
}

fn hints(assessment: &Assessment, frame: &Frame) -> Vec<String> {
    let hints = assessment.hints().iter();
    hints.map(|hint| hint.message.get(frame.language).to_owned()).collect()
}

impl Drawn {
    fn of(curve: &Curve, sizes: &[Size], highest: Money, frame: &Frame) -> Self {
        Self {
            pictures: sizes.iter().map(|size| Picture::of(curve, *size, highest)).collect(),
            words: words(curve, frame),
            next_hour: next_hour(&curve.next_hour, frame),
            places: places(curve, frame),
            whole_hours: whole_hours(curve, frame),
        }
    }
}

fn words(curve: &Curve, frame: &Frame) -> Words {
    let told_hours = |point: &Point| format!("{} {}", hours(point.hours, frame), frame.t("timer", "hours"));
    let ceiling = format!("{} {}", frame.t("Lønloft", "Ceiling"), kroner(curve.ceiling, frame));
    let at = |text: &str, point: &Option<Point>| {
        point
            .as_ref()
            .map(|point| format!("{text} {}", told_hours(point)))
            .unwrap_or_default()
    };
    let threshold = at(
        frame.t("Højt fradrag fra", "High deduction from"),
        &curve.past_threshold,
    );
    let at_ceiling = at(frame.t("Lønloftet nås ved", "Ceiling reached at"), &curve.at_ceiling);
    let here = &curve.here;
    let mut description = format!(
        "{} {}: {} {}, {} {}, {} {} ",
        frame.t("Ved", "At"),
        told_hours(here),
        frame.t("løn", "wage"),
        kroner(here.wage, frame),
        frame.t("tilskud", "subsidy"),
        kroner(here.subsidy, frame),
        frame.t("i alt", "in total"),
        kroner(here.total, frame),
    );
    if !threshold.is_empty() {
        let amount = kroner(curve.threshold, frame);
        description.push_str(frame.t(
            "Højt fradrag regnes af løn over ",
            "The high deduction is of wage above ",
        ));
        description.push_str(&amount);
        description.push(' ');
    }
    for mark in [&ceiling, &threshold, &at_ceiling] {
        if !mark.is_empty() {
            description.push_str(mark.trim_end_matches('.'));
            description.push_str(". ");
        }
    }
    description.push_str(frame.t(
        "Alle tal står i tabellerne ved billedet.",
        "All figures are in the tables beside the picture.",
    ));
    Words {
        title: frame
            .t(
                "Løn, tilskud og i alt, når timerne stiger fra 0 til 37 om ugen",
                "Wage, subsidy and total as the hours rise from 0 to 37 a week",
            )
            .to_owned(),
        description,
        here: told_hours(here),
        ceiling,
        threshold,
        at_ceiling,
    }
}

/// What one hour more gives, in a sentence or two.
fn next_hour(hour: &Hour, frame: &Frame) -> String {
    let [wage, subsidy, total] = hour.gain();
    let (from, to) = (hours(hour.from.hours, frame), hours(hour.to.hours, frame));
    let size = kroner(Money::from_ore(subsidy.ore().abs()), frame);
    let subsidy = match subsidy.ore() {
        ..=-1 => format!("{} {size}", frame.t("tilskuddet falder", "the subsidy falls by")),
        0 => frame
            .t("tilskuddet er det samme", "the subsidy stays the same")
            .to_owned(),
        1.. => format!("{} {size}", frame.t("tilskuddet stiger", "the subsidy rises by")),
    };
    let first = format!(
        "{} {from} {} {to} {} {}, {} {subsidy}",
        frame.t("Fra", "From"),
        frame.t("til", "to"),
        frame.t("timer om ugen stiger lønnen", "hours a week the wage rises by"),
        kroner(wage, frame),
        frame.t("og", "and"),
    );
    let first = first.trim_end_matches('.');
    // Rounding to whole kroner can leave up to one krone either way.
    if total.ore().abs() <= 100 {
        let same = frame.t(
            "Det giver det samme i alt, for løn og tilskud når lønloftet.",
            "The total stays the same, as wage and subsidy reach the ceiling.",
        );
        return format!("{first}. {same}");
    }
    // Øre of a krone, to the nearest.
    let share = total.ore().saturating_mul(200).saturating_add(wage.ore());
    let share = share.checked_div(wage.ore().saturating_mul(2)).unwrap_or(0);
    format!(
        "{first}. {} {} {} {share} {}",
        frame.t("Det giver", "In total that is"),
        kroner(total, frame),
        frame.t("mere om måneden før skat:", "more a month before tax:"),
        frame.t(
            "øre af hver ekstra krone i løn.",
            "øre of each additional krone of wage."
        ),
    )
}

/// The points that the picture marks, in the order of their hours.
fn places(curve: &Curve, frame: &Frame) -> Vec<Row> {
    let here = frame.t("Timerne nu", "The hours now");
    let marks = [
        (Some(curve.here), here),
        (
            (curve.next_hour.from == curve.here).then_some(curve.next_hour.to),
            frame.t("Én time mere", "One hour more"),
        ),
        (
            curve.past_threshold,
            frame.t("Højt fradrag begynder", "High deduction begins"),
        ),
        (curve.at_ceiling, frame.t("Lønloftet nås", "Ceiling reached")),
        (curve.points.last().copied(), frame.t("Fuld tid", "Full time")),
    ];
    let mut marks: Vec<(Point, &'static str)> = marks
        .into_iter()
        .filter_map(|(point, label)| point.map(|point| (point, label)))
        .collect();
    marks.sort_by_key(|(point, _)| point.hours);
    marks
        .into_iter()
        .map(|(point, label)| Row {
            label,
            is_here: label == here,
            ..row(&point, None, frame)
        })
        .collect()
}

fn whole_hours(curve: &Curve, frame: &Frame) -> Vec<Row> {
    let before = std::iter::once(None).chain(curve.whole_hours.iter().map(Some));
    let rows = curve.whole_hours.iter().zip(before).map(|(point, before)| Row {
        is_here: *point == curve.here,
        ..row(point, before, frame)
    });
    rows.collect()
}

fn row(point: &Point, before: Option<&Point>, frame: &Frame) -> Row {
    let gain = before.and_then(|before| point.total.checked_sub(before.total));
    Row {
        label: "",
        hours: hours(point.hours, frame),
        wage: amount(point.wage, frame),
        subsidy: amount(point.subsidy, frame),
        total: amount(point.total, frame),
        gain: gain.map(|gain| amount(gain, frame)).unwrap_or_default(),
        is_here: false,
    }
}

/// Both wages in one table. Nothing where there is one, or one has no number.
fn compared(curves: &[Option<Curve>], assessed: &[Option<Assessment>], frame: &Frame) -> Option<Vec<Compared>> {
    let ([Some(one), Some(other)], [Some(first), Some(second)]) = (curves, assessed) else {
        return None;
    };
    let row = |label, is_sum, amounts: [Money; 2]| {
        let [one, other] = amounts;
        let between = other.checked_sub(one)?;
        Some(Compared {
            label,
            amounts: [amount(one, frame), amount(other, frame), amount(between, frame)],
            is_sum,
        })
    };
    let (paid, gain) = (
        [first.amounts()?, second.amounts()?],
        [one.next_hour.gain(), other.next_hour.gain()],
    );
    [
        row(
            frame.t("Løn med pension", "Wage with pension"),
            false,
            [one.here.wage, other.here.wage],
        ),
        row(
            frame.t("Fleksløntilskud", "Subsidy"),
            false,
            [one.here.subsidy, other.here.subsidy],
        ),
        row(
            frame.t("I alt før skat", "Total before tax"),
            true,
            [one.here.total, other.here.total],
        ),
        row(
            frame.t("ATP af tilskuddet", "ATP of the subsidy"),
            false,
            paid.map(|amounts| amounts.atp),
        ),
        row(frame.t("Lønloft", "Ceiling"), false, [one.ceiling, other.ceiling]),
        row(
            frame.t("En time mere giver i alt", "One hour more gives in total"),
            false,
            gain.map(|[.., total]| total),
        ),
    ]
    .into_iter()
    .collect()
}

fn hours(hours: Hours, frame: &Frame) -> String {
    if frame.is_danish() {
        hours.to_danish()
    } else {
        hours.to_machine()
    }
}
