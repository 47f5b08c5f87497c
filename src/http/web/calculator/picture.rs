//! The curve as shapes: whole numbers in tenths of a pixel, nothing of HTML. `assets/templates/curve.html` draws them.

use std::fmt::Write as _;

use super::curve::{Curve, Point, full_week};
use crate::value::{Hours, Money};

/// How much room there is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// The width of the page.
    Wide,
    /// Two beside each other.
    Half,
    /// A phone.
    Narrow,
}

/// How wide the words beside a mark can be, in heights of the letters: some thirty letters.
const LONGEST_MARK: i64 = 17;

/// Where the plot lies on its sheet, in tenths of a pixel.
struct Canvas {
    width: i64,
    height: i64,
    left: i64,
    right: i64,
    top: i64,
    bottom: i64,
    font: i64,
    /// Hours between two marks of the axis.
    tick: u16,
}

/// Lines and marks, ready to be drawn.
pub struct Picture {
    pub size: Size,
    pub width: i64,
    pub height: i64,
    pub font: i64,
    pub left: i64,
    pub right: i64,
    pub top: i64,
    pub bottom: i64,
    /// From the bottom upwards.
    pub amounts: Vec<AmountTick>,
    pub hours: Vec<HourTick>,
    pub wage: String,
    pub subsidy: String,
    /// The subsidy's line closed along the axis.
    pub subsidy_area: String,
    pub total: String,
    pub ceiling: i64,
    pub threshold: Option<Mark>,
    pub at_ceiling: Option<Mark>,
    pub here: Here,
}

/// A line across at an amount.
pub struct AmountTick {
    pub y: i64,
    pub amount: Money,
}

/// A mark of the axis of hours.
pub struct HourTick {
    pub x: i64,
    pub hours: u16,
}

/// A line upwards at some hours, with room for words beside its top.
pub struct Mark {
    pub x: i64,
    /// Where the words begin, or end.
    pub text_x: i64,
    pub text_y: i64,
    /// On which side of it the words stand, as SVG says it.
    pub anchor: &'static str,
    pub dot_y: i64,
}

/// The hours of the job.
pub struct Here {
    pub x: i64,
    pub wage: i64,
    pub subsidy: i64,
    pub total: i64,
    /// The label below the axis: left edge and width.
    pub label_x: i64,
    pub label_width: i64,
    /// In the right half, where the words of the axis would touch the label.
    pub is_right: bool,
}

impl Size {
    pub fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Half => "half",
            Self::Narrow => "narrow",
        }
    }

    fn canvas(self) -> Canvas {
        let (width, height, left, font, tick) = match self {
            Self::Wide => (8_400, 4_500, 760, 140, 5),
            Self::Half => (5_600, 4_200, 720, 140, 5),
            Self::Narrow => (3_500, 3_700, 560, 125, 10),
        };
        Canvas {
            width,
            height,
            left,
            right: width - 160,
            top: 5 * font,
            bottom: height - 5 * font,
            font,
            tick,
        }
    }
}

impl Canvas {
    fn x(&self, hours: Hours) -> i64 {
        let across = self.right - self.left;
        self.left + across * i64::from(hours.hundredths()) / i64::from(full_week().hundredths())
    }

    /// The place of an amount where `highest` lies at the top of the plot.
    fn y(&self, amount: Money, highest: Money) -> i64 {
        let high = i128::from(self.bottom - self.top);
        let up = high * i128::from(amount.ore()) / i128::from(highest.ore().max(1));
        self.bottom - i64::try_from(up).unwrap_or(0)
    }

    fn line(&self, points: &[Point], highest: Money, amount: fn(&Point) -> Money) -> String {
        let mut line = String::with_capacity(points.len() * 10);
        for point in points {
            // Writing into a string cannot fail.
            let _ = write!(line, "{},{} ", self.x(point.hours), self.y(amount(point), highest));
        }
        line
    }

    fn mark(&self, point: Point, highest: Money, row: i64) -> Mark {
        let x = self.x(point.hours);
        // Words that would leave the sheet on the right stand on the left.
        let beyond_middle = x > (self.left + self.right) / 2;
        let words = self.font * LONGEST_MARK;
        Mark {
            x,
            // On a phone they may fit on neither side: then they stand across the line rather than off the sheet.
            text_x: if beyond_middle {
                (x - 60).max(words)
            } else {
                (x + 60).min(self.width - words)
            },
            text_y: row * (self.font + 60),
            anchor: if beyond_middle { "end" } else { "start" },
            dot_y: self.y(point.total, highest),
        }
    }
}

impl Picture {
    /// The curve on a sheet whose axis ends at `highest`, see [`highest`].
    pub fn of(curve: &Curve, size: Size, highest: Money) -> Self {
        let canvas = size.canvas();
        let subsidy = canvas.line(&curve.points, highest, |point| point.subsidy);
        let (first, last) = (canvas.x(first_hours(curve)), canvas.right);
        Self {
            size,
            width: canvas.width,
            height: canvas.height,
            font: canvas.font,
            left: canvas.left,
            right: canvas.right,
            top: canvas.top,
            bottom: canvas.bottom,
            amounts: amounts(&canvas, highest),
            hours: hour_ticks(&canvas),
            wage: canvas.line(&curve.points, highest, |point| point.wage),
            subsidy_area: format!("{first},{0} {subsidy}{last},{0}", canvas.bottom),
            subsidy,
            total: canvas.line(&curve.points, highest, |point| point.total),
            ceiling: canvas.y(curve.ceiling, highest),
            threshold: curve.past_threshold.map(|point| Mark {
                dot_y: canvas.y(point.wage, highest),
                ..canvas.mark(point, highest, 1)
            }),
            at_ceiling: curve.at_ceiling.map(|point| canvas.mark(point, highest, 2)),
            here: here(&canvas, &curve.here, highest),
        }
    }

    /// The height of a row of words.
    pub fn row(&self) -> i64 {
        self.font + 60
    }
}

fn first_hours(curve: &Curve) -> Hours {
    curve.points.first().map(|point| point.hours).unwrap_or_default()
}

fn here(canvas: &Canvas, point: &Point, highest: Money) -> Here {
    let (x, label_width) = (canvas.x(point.hours), canvas.font * 6);
    Here {
        x,
        wage: canvas.y(point.wage, highest),
        subsidy: canvas.y(point.subsidy, highest),
        total: canvas.y(point.total, highest),
        label_x: (x - label_width / 2).min(canvas.width - label_width),
        label_width,
        is_right: x > (canvas.left + canvas.right) / 2,
    }
}

fn hour_ticks(canvas: &Canvas) -> Vec<HourTick> {
    let full = full_week().hundredths() / 100;
    let regular = (0..=full).step_by(canvas.tick.into());
    // The full week is always told; a mark close before it would touch it.
    let told = regular.filter(|hours| full - hours > canvas.tick / 2).chain([full]);
    told.map(|hours| HourTick {
        x: canvas.left + (canvas.right - canvas.left) * i64::from(hours) / i64::from(full),
        hours,
    })
    .collect()
}

fn amounts(canvas: &Canvas, highest: Money) -> Vec<AmountTick> {
    let step = step(highest);
    let mut ticks = Vec::new();
    let mut amount = Money::ZERO;
    while amount <= highest {
        ticks.push(AmountTick {
            y: canvas.y(amount, highest),
            amount,
        });
        let Some(next) = amount.checked_add(step) else { break };
        amount = next;
    }
    ticks
}

/// The end of the axis of amounts: the next round amount above everything that these curves show.
pub fn highest<'a>(curves: impl Iterator<Item = &'a Curve>) -> Money {
    let shown = curves.flat_map(|curve| {
        let totals = curve.points.iter().map(|point| point.total);
        totals.chain([curve.ceiling, curve.here.total])
    });
    let most = shown.max().unwrap_or_default().max(Money::from_kroner(1_000));
    // Some air above the ceiling for its name.
    let with_air = most.ore().saturating_add(most.ore() / 16);
    let step = step(Money::from_ore(with_air)).ore();
    Money::from_ore(with_air.saturating_add(step - 1).div_euclid(step).saturating_mul(step))
}

/// 1, 2 or 5 with noughts: few enough lines to tell apart.
fn step(highest: Money) -> Money {
    const MOST_LINES: i64 = 8;
    let mut step = Money::from_kroner(100);
    let mut factors = [2, 5, 10].iter().cycle();
    let mut decade = Money::from_kroner(100);
    while highest.ore() > step.ore().saturating_mul(MOST_LINES) {
        let factor = *factors.next().unwrap_or(&10);
        let Some(larger) = decade.checked_mul(factor) else {
            break;
        };
        step = larger;
        if factor == 10 {
            decade = larger;
        }
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        calculate::{Contribution, RuleBook},
        http::web::calculator::curve::{Beside, Job, Wage},
    };

    fn curve(hourly: i64) -> Curve {
        let rules = RuleBook::embedded().expect("the embedded rules have no fault");
        let job = Job {
            month: "2024-05".parse().expect("a month"),
            wage: Wage::Hourly(Money::from_kroner(hourly)),
            hours: Hours::from_hundredths(1_800).expect("a part of a week"),
            own_pension: Contribution::None,
            employer_pension: Contribution::None,
            beside: Beside::default(),
            stated_ceiling: None,
        };
        Curve::of(&rules, &job).expect("the rates of the month are known")
    }

    fn places(line: &str) -> Vec<(i64, i64)> {
        line.split_whitespace()
            .map(|place| {
                let (x, y) = place.split_once(',').expect("two numbers");
                (x.parse().expect("whole"), y.parse().expect("whole"))
            })
            .collect()
    }

    #[test]
    fn everything_lies_on_the_sheet_however_small_or_large_the_wage() {
        for hourly in [1, 130, 200, 1_000, 250_000] {
            let curve = curve(hourly);
            let highest = highest([&curve].into_iter());
            for size in [Size::Wide, Size::Half, Size::Narrow] {
                let picture = Picture::of(&curve, size, highest);
                let lines = [&picture.wage, &picture.subsidy, &picture.total, &picture.subsidy_area];
                for (x, y) in lines.into_iter().flat_map(|line| places(line)) {
                    assert!((picture.left..=picture.right).contains(&x), "{hourly}: {x}");
                    assert!((picture.top..=picture.bottom).contains(&y), "{hourly}: {y}");
                }
                assert!(
                    picture.ceiling > picture.top && picture.ceiling < picture.bottom,
                    "{hourly}"
                );
                assert!(
                    (3..=10).contains(&picture.amounts.len()),
                    "{hourly}: {}",
                    picture.amounts.len()
                );
            }
        }
    }

    #[test]
    fn the_axis_has_round_amounts_and_ends_in_one() {
        let curve = curve(200);
        let highest = highest([&curve].into_iter());
        assert_eq!(highest, Money::from_kroner(35_000));
        let picture = Picture::of(&curve, Size::Wide, highest);
        let amounts: Vec<i64> = picture.amounts.iter().map(|tick| tick.amount.ore() / 100).collect();
        assert_eq!(amounts, [0, 5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000]);
        assert_eq!(picture.amounts.last().map(|tick| tick.y), Some(picture.top));
    }

    #[test]
    fn the_axis_of_hours_ends_at_the_full_week() {
        let picture = Picture::of(&curve(200), Size::Wide, Money::from_kroner(40_000));
        let hours: Vec<u16> = picture.hours.iter().map(|tick| tick.hours).collect();
        assert_eq!(hours, [0, 5, 10, 15, 20, 25, 30, 37]);
        assert_eq!(picture.hours.last().map(|tick| tick.x), Some(picture.right));
    }
}
