//! Shares the width of a table among its columns.

use super::style::MEASURE;
use super::text::Extents;

/// The space between two columns.
pub(super) const GUTTER: f32 = 12.0;

/// Where a column stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) left: f32,
    pub(super) width: f32,
}

/// Shares the measure. Columns that ask for less than their even part get what they ask for, so that their
/// texts stay on one line; the others share the rest evenly, as long as their longest words fit. What nobody
/// asks for goes to all columns alike.
pub(super) fn share(wanted: &[Extents], left: f32) -> Vec<Span> {
    let room = MEASURE - GUTTER * count(wanted.len().saturating_sub(1));
    let natural: f32 = wanted.iter().map(|column| column.natural).sum();
    let smallest: f32 = wanted.iter().map(|column| column.smallest).sum();
    let ceiling = ceiling(wanted, room);
    let widths = wanted.iter().map(|column| {
        if natural <= room {
            column.natural + (room - natural) / count(wanted.len())
        } else if smallest <= room {
            column.natural.min(ceiling).max(column.smallest)
        } else {
            column.smallest * room / smallest
        }
    });
    let mut next = left;
    widths
        .map(|width| {
            let span = Span { left: next, width };
            next += width + GUTTER;
            span
        })
        .collect()
}

/// The width above which columns are cut, so that together they fill the room: by halving, because a column
/// that is held at its longest word takes from the others.
fn ceiling(wanted: &[Extents], room: f32) -> f32 {
    let (mut low, mut high) = (0.0, room);
    for _ in 0..24 {
        let middle = f32::midpoint(low, high);
        let sum: f32 = wanted
            .iter()
            .map(|column| column.natural.min(middle).max(column.smallest))
            .sum();
        if sum > room { high = middle } else { low = middle }
    }
    low
}

/// The least that takes in all cells of a column.
pub(super) fn widest(cells: impl Iterator<Item = Extents>) -> Extents {
    let none = Extents {
        natural: 0.0,
        smallest: 0.0,
    };
    cells.fold(none, |widest, cell| Extents {
        natural: widest.natural.max(cell.natural),
        smallest: widest.smallest.max(cell.smallest),
    })
}

#[expect(clippy::cast_precision_loss, reason = "a table has a handful of columns")]
fn count(columns: usize) -> f32 {
    columns as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(wanted: &[(f32, f32)]) -> Vec<f32> {
        let wanted: Vec<_> = wanted
            .iter()
            .map(|&(natural, smallest)| Extents { natural, smallest })
            .collect();
        let spans = share(&wanted, 62.0);
        let end = spans.last().map_or(0.0, |span| span.left + span.width);
        assert!((end - 62.0 - MEASURE).abs() < 0.05, "{spans:?}");
        spans.iter().map(|span| span.width).collect()
    }

    #[test]
    fn what_is_left_over_goes_to_all_columns_alike() {
        let widths = widths(&[(100.0, 50.0), (200.0, 50.0)]);
        assert!((widths[1] - widths[0] - 100.0).abs() < 0.01);
    }

    #[test]
    fn long_lines_give_way_before_words_are_broken() {
        let widths = widths(&[(80.0, 30.0), (2000.0, 60.0), (120.0, 40.0)]);
        assert!((widths[0] - 80.0).abs() < 0.01 && (widths[2] - 120.0).abs() < 0.01);
    }

    #[test]
    fn words_that_do_not_fit_shrink_in_proportion() {
        let widths = widths(&[(600.0, 600.0), (300.0, 300.0)]);
        assert!((widths[0] - 2.0 * widths[1]).abs() < 0.01);
    }
}
