use super::{
    Stop, broken,
    package::Package,
    workbook::{RichText, SheetEntry, Workbook},
    xml::{Step, attribute, is_true, walk},
};
use quick_xml::events::BytesStart;

use crate::{
    form::Unreadable,
    receive::{
        cell::Cell,
        decimal::Decimal,
        number_format::NumberStyle,
        table::{Area, Bounded, Row, Table, place_of},
    },
};

/// The last column of a sheet, counted from 0.
const LAST_COLUMN: usize = 16_383;

/// More merged areas and ranges of hidden columns than any list of reports has.
const MAX_AREAS: usize = 10_000;

/// Reads a sheet cell by cell. Cells in which nobody sees anything are not kept, wherever they stand.
pub(super) fn read(package: &mut Package<'_>, workbook: &Workbook, entry: &SheetEntry) -> Result<Table, Stop> {
    let part = package.part(&entry.part)?.ok_or_else(|| broken(()))?;
    let mut reader = SheetReader {
        workbook,
        table: Table::default(),
        row: Row {
            number: 0,
            is_hidden: false,
            cells: Vec::new(),
        },
        cell: Found::default(),
        next_column: 0,
    };
    walk(part, |step| reader.step(&step))?;
    Ok(reader.table)
}

struct SheetReader<'w> {
    workbook: &'w Workbook,
    table: Table,
    row: Row,
    cell: Found,
    next_column: usize,
}

/// A cell as its element says it, until it ends.
#[derive(Default)]
struct Found {
    kind: String,
    style: usize,
    is_formula: bool,
    has_value: bool,
    is_in_value: bool,
    value: Bounded,
    inline: RichText,
    column: usize,
}

impl SheetReader<'_> {
    fn step(&mut self, step: &Step<'_>) -> Result<(), Stop> {
        match step {
            Step::Start(start) => self.start(start),
            Step::End("row") => {
                let number = self.row.number;
                let done = std::mem::replace(
                    &mut self.row,
                    Row {
                        number,
                        is_hidden: false,
                        cells: Vec::new(),
                    },
                );
                return self.table.push(done);
            }
            Step::End("c") => self.end_of_cell(),
            Step::End("v") => self.cell.is_in_value = false,
            Step::Text(text) if self.cell.is_in_value => self.cell.value.push(text),
            Step::End(_) | Step::Text(_) => self.cell.inline.step(step),
        }
        Ok(())
    }

    fn start(&mut self, start: &BytesStart<'_>) {
        match start.local_name().as_ref() {
            "row" => {
                let number = attribute(start, "r").and_then(|number| number.parse().ok());
                self.row = Row {
                    number: number.unwrap_or(self.row.number + 1),
                    is_hidden: is_true(start, "hidden") || is_true(start, "zeroHeight"),
                    cells: Vec::new(),
                };
                self.next_column = 0;
            }
            "c" => {
                let place = attribute(start, "r").as_deref().and_then(place_of);
                let column = place.map_or(self.next_column, |(column, _)| column).min(LAST_COLUMN);
                self.cell = Found {
                    kind: attribute(start, "t").unwrap_or_default(),
                    style: attribute(start, "s").and_then(|style| style.parse().ok()).unwrap_or(0),
                    column,
                    ..Found::default()
                };
                self.next_column = column + 1;
            }
            "f" => self.cell.is_formula = true,
            "v" => {
                self.cell.has_value = true;
                self.cell.is_in_value = true;
            }
            "col" => self.hidden_columns(start),
            "mergeCell" => {
                let area = attribute(start, "ref").as_deref().and_then(area_of);
                let has_room = self.table.merged.len() < MAX_AREAS;
                self.table.merged.extend(area.filter(|_| has_room));
            }
            _ => self.cell.inline.step(&Step::Start(start)),
        }
    }

    fn hidden_columns(&mut self, start: &BytesStart<'_>) {
        let number = |name: &str| attribute(start, name).and_then(|number| number.parse::<usize>().ok());
        let width = attribute(start, "width").and_then(|width| Decimal::parse(&width));
        let is_hidden = is_true(start, "hidden") || width.is_some_and(|width| width.is_zero());
        if let (true, Some(first), Some(last)) = (is_hidden, number("min"), number("max")) {
            let room = MAX_AREAS.saturating_sub(self.table.hidden_columns.len());
            let columns = first.max(1)..=last.min(LAST_COLUMN + 1);
            self.table
                .hidden_columns
                .extend(columns.map(|column| column - 1).take(room));
        }
    }

    fn end_of_cell(&mut self) {
        let found = std::mem::take(&mut self.cell);
        let column = found.column;
        let Some(cell) = self.typed(found) else { return };
        match self.row.cells.last() {
            // Out of order or twice: no program writes that, and the later one is what it would show.
            Some((last, _)) if *last >= column => {
                self.row.cells.retain(|(other, _)| *other != column);
                let at = self.row.cells.partition_point(|(other, _)| *other < column);
                self.row.cells.insert(at, (column, cell));
            }
            _ => self.row.cells.push((column, cell)),
        }
    }

    /// What the cell is; nothing where it shows nothing.
    fn typed(&self, mut found: Found) -> Option<Cell> {
        let value = found.value.as_str().trim();
        if value.is_empty() && found.kind != "inlineStr" {
            // A text that a formula makes may be empty; any other formula has a result when it has been worked out.
            let is_empty_text = found.kind == "str" && found.has_value;
            let is_open = found.is_formula && !is_empty_text;
            return is_open.then_some(Cell::Unreadable(Unreadable::FormulaWithoutResult));
        }
        match found.kind.as_str() {
            "inlineStr" => Cell::text(&found.inline.take()),
            "s" => {
                let text = value
                    .parse()
                    .ok()
                    .and_then(|index: usize| self.workbook.strings.get(index));
                text.map_or(Some(Cell::Unreadable(Unreadable::ErrorValue)), |text| Cell::text(text))
            }
            "str" => Cell::text(found.value.as_str()),
            "b" => Some(Cell::YesNo(matches!(value, "1" | "true"))),
            "e" => Some(Cell::Unreadable(Unreadable::ErrorValue)),
            "d" => Cell::text(value),
            _ => Some(self.number(value, found.style)),
        }
    }

    fn number(&self, text: &str, style: usize) -> Cell {
        let Some(number) = Decimal::parse(text) else {
            return Cell::Unreadable(Unreadable::ErrorValue);
        };
        let style: &NumberStyle = self.workbook.styles.style(style, number.is_negative());
        Cell::number(number, style, self.workbook.epoch)
    }
}

/// `A2:B3`; a single cell is no area.
fn area_of(reference: &str) -> Option<Area> {
    let (first, last) = reference.split_once(':')?;
    let ((left, top), (right, bottom)) = (place_of(first)?, place_of(last)?);
    Some(Area {
        rows: (top.min(bottom), top.max(bottom)),
        columns: (left.min(right), left.max(right)),
    })
}
