//! Tables: rows of cells under each other, on as many pages as they need.

use super::canvas::{Artifact, Owner};
use super::columns::{GUTTER, Span, share, widest};
use super::flow::{Flow, line_count, whole_lines};
use super::style::{BLACK, CAPTION, CELL, CLOSE_CELL, COLUMN_HEAD, LABEL, MARGIN, MEASURE, PALE, VALUE};
use super::tags::{ElementId, Kind};
use super::text::Text;
use crate::receipt::document::{Align, Column, Density, Fact};

/// Above and below the text of a row.
const ROW_PADDING: f32 = 2.8;
const CLOSE_PADDING: f32 = 1.1;
const THIN: f32 = 0.4;
const THICK: f32 = 0.8;
const CAPTION_GAP: f32 = 3.0;
/// Which part of the measure the labels of facts take up, at least and at most.
const LABEL_SHARE: (f32, f32) = (0.26, 0.34);

/// The width for the labels of all facts of a document: one edge down all its pages is calmer than many.
pub(super) fn label_width<'a>(facts: impl Iterator<Item = &'a Fact>) -> f32 {
    let labels = facts.map(|fact| Text::loose(&fact.label, LABEL).extents());
    widest(labels)
        .natural
        .clamp(LABEL_SHARE.0 * MEASURE, LABEL_SHARE.1 * MEASURE)
}

/// A table whose texts are set in lines.
pub(super) struct Grid {
    caption: Option<Text>,
    columns: Vec<(Span, Align)>,
    head: Option<Row>,
    rows: Vec<Row>,
    /// What the first cell of each row is.
    first: Kind,
}

/// A row whose texts are set in lines.
struct Row {
    cells: Vec<Text>,
    padding: f32,
}

/// The cells of a row are drawn for the table or, at the top of a further page, once more.
#[derive(Clone, Copy)]
enum Purpose {
    Element(ElementId),
    Repeated,
}

impl Row {
    fn lines(&self) -> usize {
        self.cells.iter().map(|cell| cell.lines().len()).max().unwrap_or(0)
    }

    fn leading(&self) -> f32 {
        self.cells.first().map_or(0.0, |cell| cell.style().leading)
    }

    fn height(&self) -> f32 {
        line_count(self.lines()) * self.leading() + 2.0 * self.padding
    }

    /// How many of its lines go into so much room.
    fn lines_in(&self, room: f32) -> usize {
        whole_lines(room - 2.0 * self.padding, self.leading())
    }
}

impl Grid {
    /// Labels and values; the labels take `width`.
    pub(super) fn facts(facts: &[Fact], width: f32) -> Self {
        let label = Span { left: MARGIN, width };
        let value = Span {
            left: MARGIN + width + GUTTER,
            width: MEASURE - width - GUTTER,
        };
        let rows = facts.iter().map(|fact| Row {
            cells: vec![
                Text::set(&fact.label, LABEL, label.width),
                Text::set(&fact.value, VALUE, value.width),
            ],
            padding: ROW_PADDING,
        });
        Self {
            caption: None,
            head: None,
            rows: rows.collect(),
            columns: vec![(label, Align::Left), (value, Align::Left)],
            first: Kind::RowHead,
        }
    }

    /// A table with a caption and a row of headings.
    pub(super) fn table(density: Density, caption: &str, columns: &[Column], rows: &[Vec<String>]) -> Self {
        let (style, padding) = match density {
            Density::Roomy => (CELL, ROW_PADDING),
            Density::Close => (CLOSE_CELL, CLOSE_PADDING),
        };
        let head = columns.iter().map(|column| Text::loose(&column.heading, COLUMN_HEAD));
        let mut all: Vec<Vec<Text>> = vec![head.collect()];
        all.extend(rows.iter().map(|row| {
            let cell = |index: usize| row.get(index).map_or("", String::as_str);
            (0..columns.len())
                .map(|index| Text::loose(cell(index), style))
                .collect()
        }));
        let wanted: Vec<_> = (0..columns.len())
            .map(|index| widest(all.iter().map(|row| row[index].extents())))
            .collect();
        let spans = share(&wanted, MARGIN);
        let mut set = all.into_iter().map(|row| Row {
            cells: row
                .into_iter()
                .zip(&spans)
                .map(|(text, span)| text.broken_to(span.width))
                .collect(),
            padding,
        });
        Self {
            caption: Some(Text::set(caption, CAPTION, MEASURE)),
            head: set.next(),
            rows: set.collect(),
            columns: spans
                .into_iter()
                .zip(columns.iter().map(|column| column.align))
                .collect(),
            first: Kind::Cell,
        }
    }

    /// The height of the whole.
    pub(super) fn height(&self) -> f32 {
        self.top_height() + self.rows.iter().map(Row::height).sum::<f32>()
    }

    /// The height of caption, headings and the first rows: less than that is not left alone on a page.
    pub(super) fn start_height(&self) -> f32 {
        self.top_height() + self.rows.iter().take(2).map(Row::height).sum::<f32>()
    }

    fn top_height(&self) -> f32 {
        let caption = self.caption.as_ref().map_or(0.0, |text| text.height() + CAPTION_GAP);
        caption + self.head.as_ref().map_or(0.0, Row::height)
    }

    /// Draws it below what is there.
    pub(super) fn place(&self, flow: &mut Flow, parent: ElementId) {
        let table = flow.canvas.tags.add(parent, Kind::Table);
        if let Some(caption) = &self.caption {
            let element = flow.canvas.tags.add(table, Kind::Caption);
            flow.text(element, caption, 0.0, |_, _, _| {});
            flow.advance(CAPTION_GAP);
        }
        let rows = match &self.head {
            None => {
                flow.rule(PALE, THIN);
                table
            }
            Some(head) => {
                let section = flow.canvas.tags.add(table, Kind::TableHead);
                let element = flow.canvas.tags.add(section, Kind::Row);
                self.place_head(flow, head, Purpose::Element(element));
                flow.canvas.tags.add(table, Kind::TableBody)
            }
        };
        for row in &self.rows {
            let element = flow.canvas.tags.add(rows, Kind::Row);
            self.place_row(flow, row, element);
        }
    }

    fn place_head(&self, flow: &mut Flow, head: &Row, purpose: Purpose) {
        let cells = self.cells(flow, head, purpose, |_| Kind::ColumnHead);
        self.draw(flow, head, &cells, 0, head.lines());
        flow.rule(BLACK, THICK);
    }

    fn place_row(&self, flow: &mut Flow, row: &Row, element: ElementId) {
        let kind = |column| if column == 0 { self.first } else { Kind::Cell };
        let cells = self.cells(flow, row, Purpose::Element(element), kind);
        if flow.room() < row.height() && row.height() <= self.rows_room(flow) {
            self.next_page(flow);
        }
        let (mut from, mut is_fresh) = (0, false);
        loop {
            // A page that was just begun takes a line in any case, so that this comes to an end.
            let least = usize::from(is_fresh);
            let now = row.lines_in(flow.room()).max(least).min(row.lines() - from);
            if now > 0 {
                self.draw(flow, row, &cells, from, from + now);
            }
            from += now;
            if from >= row.lines() {
                flow.rule(PALE, THIN);
                return;
            }
            self.next_page(flow);
            is_fresh = true;
        }
    }

    /// The room for rows on an empty page.
    fn rows_room(&self, flow: &Flow) -> f32 {
        flow.page_room() - self.head.as_ref().map_or(0.0, Row::height)
    }

    /// Begins a page with the headings of the table.
    fn next_page(&self, flow: &mut Flow) {
        flow.new_page();
        match &self.head {
            Some(head) => self.place_head(flow, head, Purpose::Repeated),
            None => flow.rule(PALE, THIN),
        }
    }

    fn cells(&self, flow: &mut Flow, row: &Row, purpose: Purpose, kind: impl Fn(usize) -> Kind) -> Vec<Owner> {
        (0..row.cells.len())
            .map(|column| match purpose {
                Purpose::Element(element) => Owner::Element(flow.canvas.tags.add(element, kind(column))),
                Purpose::Repeated => Owner::Artifact(Artifact::Repeated),
            })
            .collect()
    }

    /// Draws some of the lines of a row.
    fn draw(&self, flow: &mut Flow, row: &Row, cells: &[Owner], from: usize, to: usize) {
        let top = flow.y() + row.padding;
        for ((text, owner), (span, align)) in row.cells.iter().zip(cells).zip(&self.columns) {
            let last = text.lines().len();
            let lines = &text.lines()[from.min(last)..to.min(last)];
            flow.canvas.lines(*owner, text, lines, top, |width| match align {
                Align::Left => span.left,
                Align::Right => span.left + span.width - width,
            });
        }
        flow.advance(line_count(to - from) * row.leading() + 2.0 * row.padding);
    }
}
