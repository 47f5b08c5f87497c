//! The figures as shapes: whole numbers in tenths of a pixel, nothing of HTML. `assets/templates/plot.html` draws them.

use std::time::Duration;

use super::figures::Day;

/// Characters of the longest label beside a line across; a character is at most three fifths of the type's size wide.
const LONGEST_LABEL: i64 = 11;

/// How much room there is: the width of the page, or a phone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Wide,
    Narrow,
}

/// Where a plot lies on its sheet.
pub struct Canvas {
    pub size: Size,
    pub width: i64,
    pub height: i64,
    pub left: i64,
    pub right: i64,
    pub top: i64,
    pub bottom: i64,
    pub font: i64,
    /// Marks of the axis of days: place and number of the day in the list.
    pub days: Vec<(i64, usize)>,
}

/// How many there were each day.
pub struct Counts {
    pub canvas: Canvas,
    /// Lines across: place and number.
    pub lines: Vec<(i64, i64)>,
    pub bars: Vec<Bar>,
}

/// One bar.
pub struct Bar {
    /// Which of the three: `available`, `fetched` or `answered`.
    pub series: &'static str,
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
}

/// How long they waited each day.
pub struct Times {
    pub canvas: Canvas,
    /// Lines across: place and the time that they stand for.
    pub lines: Vec<(i64, Duration)>,
    pub spans: Vec<Span>,
}

/// The waits of one day, from the median to what 95 of 100 did not exceed.
pub struct Span {
    pub x: i64,
    pub median: i64,
    pub p95: i64,
    /// Half the width of the mark at the end.
    pub half: i64,
}

impl Size {
    pub const ALL: [Self; 2] = [Self::Wide, Self::Narrow];

    pub fn name(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }

    fn canvas(self, days: usize) -> Canvas {
        let (width, height, font, step) = match self {
            Self::Wide => (8_400, 3_000, 140, 5),
            Self::Narrow => (3_500, 2_800, 125, 10),
        };
        // Room for the longest label of the axis, such as "23 t 30 min", so that none is cut.
        let left = LONGEST_LABEL * font * 3 / 5 + 120;
        let mut canvas = Canvas {
            size: self,
            width,
            height,
            left,
            right: width - 60,
            top: 2 * font,
            bottom: height - 3 * font,
            font,
            days: Vec::new(),
        };
        // Counted from today, so that today always has its mark.
        canvas.days = (0..days)
            .rev()
            .step_by(step)
            .map(|day| (canvas.middle(day, days), day))
            .collect();
        canvas
    }
}

impl Canvas {
    fn slot(&self, days: usize) -> i64 {
        (self.right - self.left) / i64::try_from(days.max(1)).unwrap_or(1)
    }

    fn start(&self, day: usize, days: usize) -> i64 {
        self.left + self.slot(days) * i64::try_from(day).unwrap_or(0)
    }

    fn middle(&self, day: usize, days: usize) -> i64 {
        self.start(day, days) + self.slot(days) / 2
    }

    /// The place of `part` of `whole`, upwards.
    fn y(&self, part: i64, whole: i64) -> i64 {
        self.bottom - (self.bottom - self.top) * part / whole.max(1)
    }
}

impl Counts {
    pub fn of(days: &[Day], size: Size) -> Self {
        let canvas = size.canvas(days.len());
        let numbers = days.iter().flat_map(|day| [day.available, day.fetched, day.answered]);
        let highest = numbers.max().unwrap_or(0).max(1);
        let step = step(highest);
        let highest = (highest + step - 1) / step * step;
        let lines = (0..=highest / step).map(|line| (canvas.y(line * step, highest), line * step));
        let width = canvas.slot(days.len()) * 10 / 36;
        let bars = days.iter().enumerate().flat_map(|(number, day)| {
            let from = canvas.start(number, days.len()) + width / 3;
            let series = [
                ("available", day.available, 0),
                ("fetched", day.fetched, width),
                ("answered", day.answered, 2 * width),
            ];
            let canvas = &canvas;
            series
                .into_iter()
                .filter(|(_, count, _)| *count > 0)
                .map(move |(series, count, beside)| {
                    let y = canvas.y(count, highest);
                    Bar {
                        series,
                        x: from + beside,
                        y,
                        width,
                        height: canvas.bottom - y,
                    }
                })
        });
        let bars: Vec<_> = bars.collect();
        Self {
            lines: lines.collect(),
            bars,
            canvas,
        }
    }
}

/// 1, 2 or 5 with noughts: at most six lines.
fn step(most: i64) -> i64 {
    let mut decade = 1;
    loop {
        for factor in [1, 2, 5] {
            let step = decade * factor;
            if most <= 6 * step {
                return step;
            }
        }
        let Some(next) = decade.checked_mul(10).filter(|next| *next < i64::MAX / 60) else {
            return decade;
        };
        decade = next;
    }
}

/// The times at which lines stand, evenly spaced: between a second and a month no other scale shows both ends.
const MARKS: [Duration; 9] = [
    Duration::from_secs(1),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(600),
    Duration::from_secs(3_600),
    Duration::from_secs(6 * 3_600),
    Duration::from_secs(86_400),
    Duration::from_secs(7 * 86_400),
    Duration::from_secs(30 * 86_400),
];
/// Parts of the height between two marks.
const PARTS: i64 = 1_000;

impl Times {
    pub fn of(days: &[Day], size: Size) -> Self {
        let canvas = size.canvas(days.len());
        let marks = i64::try_from(MARKS.len() - 1).unwrap_or(1);
        let y = |time: Duration| canvas.y(height(time), marks * PARTS);
        let span = |(number, day): (usize, &Day)| {
            let waits = day.waits?;
            Some(Span {
                x: canvas.middle(number, days.len()),
                median: y(waits.median),
                p95: y(waits.p95),
                half: canvas.slot(days.len()) / 4,
            })
        };
        Self {
            lines: MARKS.iter().map(|mark| (y(*mark), *mark)).collect(),
            spans: days.iter().enumerate().filter_map(span).collect(),
            canvas,
        }
    }
}

/// How high a time lies, in parts; straight between two marks, the ends included.
fn height(time: Duration) -> i64 {
    let mut below = 0;
    for pair in MARKS.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        if time <= to {
            let part = time.saturating_sub(from).as_millis() * PARTS.unsigned_abs() as u128;
            let part = part / (to - from).as_millis().max(1);
            return below + i64::try_from(part).unwrap_or(0);
        }
        below += PARTS;
    }
    below
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::http::web::municipality::figures::{DAYS, Waits, dates};

    fn days(count: i64, seconds: u64) -> Vec<Day> {
        let day = |date| Day {
            date,
            available: count,
            fetched: count / 2,
            answered: 1,
            waits: Some(Waits {
                median: Duration::from_secs(seconds / 2),
                p95: Duration::from_secs(seconds),
            }),
        };
        dates(date(2026, 11, 23)).into_iter().map(day).collect()
    }

    #[test]
    fn everything_lies_on_the_sheet_however_much_or_long() {
        for (count, seconds) in [(0, 0), (1, 1), (7, 59), (1_234, 90_000), (9_999_999, 900_000_000)] {
            for size in Size::ALL {
                let days = days(count, seconds);
                let counts = Counts::of(&days, size);
                let canvas = &counts.canvas;
                assert!((2..=8).contains(&counts.lines.len()), "{count}: {}", counts.lines.len());
                for bar in &counts.bars {
                    assert!(bar.x >= canvas.left && bar.x + bar.width <= canvas.right, "{count}");
                    assert!(bar.y >= canvas.top && bar.y + bar.height == canvas.bottom, "{count}");
                }
                let times = Times::of(&days, size);
                assert_eq!(times.spans.len(), DAYS);
                for span in &times.spans {
                    assert!(
                        span.p95 >= times.canvas.top && span.median <= times.canvas.bottom,
                        "{seconds}"
                    );
                    assert!(span.p95 <= span.median, "{seconds}");
                }
            }
        }
    }

    #[test]
    fn a_time_lies_between_its_marks() {
        assert_eq!(height(Duration::from_millis(10)), 0);
        assert_eq!(height(Duration::from_secs(10)), 1_000);
        assert_eq!(height(Duration::from_secs(35)), 1_500);
        assert_eq!(height(Duration::from_secs(30 * 86_400)), 8_000);
        assert_eq!(height(Duration::from_secs(60 * 86_400)), 8_000);
    }

    #[test]
    fn today_has_its_mark() {
        let counts = Counts::of(&days(5, 5), Size::Wide);
        assert_eq!(counts.canvas.days.first().map(|(_, day)| *day), Some(DAYS - 1));
        assert_eq!(counts.canvas.days.len(), 6);
    }
}
