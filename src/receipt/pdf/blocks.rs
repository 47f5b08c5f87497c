//! The blocks of a document: set in lines, then placed on the pages.

use super::RenderError;
use super::canvas::{Area, Canvas, Owner};
use super::flow::Flow;
use super::grid::{Grid, label_width};
use super::style::{BLUE, BODY, FIGURE, HEADINGS, HeadingStyle, LABEL, LINK, MARGIN, MEASURE, MIST};
use super::tags::{Kind, Tags};
use super::text::Text;
use crate::receipt::document::Block;

/// Between two blocks that are not headings.
const GAP: f32 = 10.0;
/// Facts and notes up to this height are not torn apart by a page break.
const KEPT_WHOLE: f32 = 320.0;
const NOTE_PADDING: f32 = 10.0;
const NOTE_INSET: f32 = 16.0;
const NOTE_BAR: f32 = 3.0;
/// Between the base line of a link and the rule under it, and how thick that is.
const UNDER_LINE: f32 = 1.8;
const RULE: f32 = 0.6;

/// An entry of the table of contents that readers show beside the pages.
#[derive(Debug, PartialEq)]
pub(super) struct OutlineEntry {
    pub(super) level: u8,
    pub(super) text: String,
    /// From 0.
    pub(super) page: usize,
    /// How far down the page it stands.
    pub(super) top: f32,
}

/// A block whose texts are set in lines.
enum Set<'a> {
    Heading {
        level: u8,
        style: HeadingStyle,
        text: Text,
        raw: &'a str,
    },
    Paragraph(Text),
    Facts(Grid),
    Table(Grid),
    Note(Text),
    Figure {
        label: Text,
        value: Text,
    },
    Link {
        text: Text,
        raw: &'a str,
        address: &'a str,
    },
}

/// Places all blocks; gives the table of contents.
pub(super) fn place(blocks: &[Block], flow: &mut Flow) -> Result<Vec<OutlineEntry>, RenderError> {
    let blocks = set(blocks)?;
    let starts = starts(&blocks);
    let mut outline = Vec::new();
    for (block, start) in blocks.iter().zip(starts) {
        flow.space(block.above());
        flow.need(start.min(flow.page_room()));
        if let Set::Heading { level, raw, .. } = block {
            outline.push(OutlineEntry {
                level: *level,
                text: (*raw).to_owned(),
                page: flow.canvas.page(),
                top: flow.y(),
            });
        }
        block.place(flow);
    }
    Ok(outline)
}

/// Sets the blocks that leave a mark.
fn set(blocks: &[Block]) -> Result<Vec<Set<'_>>, RenderError> {
    let facts = blocks.iter().filter_map(|block| match block {
        Block::Facts(facts) => Some(facts),
        _ => None,
    });
    let labels = label_width(facts.flatten());
    let mut last_level = 0;
    let mut done = Vec::with_capacity(blocks.len());
    for block in blocks {
        if let Some(block) = Set::new(block, last_level, labels)? {
            if let Set::Heading { level, .. } = block {
                last_level = level;
            }
            done.push(block);
        }
    }
    Ok(done)
}

/// How much of each block, and of those that a heading must not be parted from, has to fit on a page.
fn starts(blocks: &[Set<'_>]) -> Vec<f32> {
    let mut starts = vec![0.0; blocks.len()];
    let mut next = 0.0;
    for (index, block) in blocks.iter().enumerate().rev() {
        let start = match block {
            Set::Heading { style, text, .. } => text.height() + style.below + next,
            Set::Paragraph(text) => text.height().min(2.0 * text.style().leading),
            Set::Note(text) => kept_whole(text.height() + 2.0 * NOTE_PADDING, 4.0 * NOTE_PADDING),
            Set::Facts(grid) => kept_whole(grid.height(), grid.start_height()),
            Set::Table(grid) => grid.start_height(),
            Set::Figure { label, value } => label.height() + value.height(),
            Set::Link { text, .. } => text.height(),
        };
        starts[index] = start;
        next = start;
    }
    starts
}

fn kept_whole(height: f32, least: f32) -> f32 {
    if height <= KEPT_WHOLE { height } else { least }
}

impl<'a> Set<'a> {
    fn new(block: &'a Block, last_level: u8, labels: f32) -> Result<Option<Self>, RenderError> {
        let block = match block {
            Block::Heading { level, text } => Self::heading(*level, text, last_level)?,
            Block::Paragraph(text) => Self::Paragraph(Text::set(text, BODY, MEASURE)),
            Block::Note(text) => Self::Note(Text::set(text, BODY, MEASURE - 2.0 * NOTE_INSET)),
            Block::Facts(facts) if facts.is_empty() => return Ok(None),
            Block::Facts(facts) => Self::Facts(Grid::facts(facts, labels)),
            Block::Table { columns, rows, .. } if rows.iter().any(|row| row.len() > columns.len()) => {
                return Err(RenderError::TooManyCells);
            }
            Block::Table { columns, .. } if columns.is_empty() => return Ok(None),
            Block::Table {
                density,
                caption,
                columns,
                rows,
            } => Self::Table(Grid::table(*density, caption, columns, rows)),
            Block::Figure(figure) => Self::Figure {
                label: Text::set(&figure.label, LABEL, MEASURE),
                value: Text::set(&figure.value, FIGURE, MEASURE),
            },
            Block::Link { text, address } => Self::Link {
                text: Text::set(text, LINK, MEASURE),
                raw: text,
                address,
            },
        };
        Ok((!block.is_blank()).then_some(block))
    }

    fn heading(level: u8, raw: &'a str, last_level: u8) -> Result<Self, RenderError> {
        let style = HEADINGS.get(usize::from(level).wrapping_sub(1));
        let Some(style) = style.filter(|_| level <= last_level + 1) else {
            return Err(RenderError::HeadingLevel { level, last_level });
        };
        Ok(Self::Heading {
            level,
            style: *style,
            text: Text::set(raw, style.style, MEASURE),
            raw,
        })
    }

    fn is_blank(&self) -> bool {
        match self {
            Self::Heading { text, .. } | Self::Paragraph(text) | Self::Note(text) | Self::Link { text, .. } => {
                text.is_blank()
            }
            Self::Figure { value, .. } => value.is_blank(),
            Self::Facts(_) | Self::Table(_) => false,
        }
    }

    fn above(&self) -> f32 {
        match self {
            Self::Heading { style, .. } => style.above,
            _ => GAP,
        }
    }

    fn place(&self, flow: &mut Flow) {
        match self {
            Self::Heading { level, style, text, .. } => {
                let element = flow.canvas.tags.add(Tags::DOCUMENT, Kind::Heading(*level));
                flow.text(element, text, 0.0, |_, _, _| {});
                // The block below leaves its own space.
                flow.advance(style.below - GAP);
            }
            Self::Paragraph(text) => {
                let element = flow.canvas.tags.add(Tags::DOCUMENT, Kind::Paragraph);
                flow.text(element, text, 0.0, |_, _, _| {});
            }
            Self::Facts(grid) | Self::Table(grid) => grid.place(flow, Tags::DOCUMENT),
            Self::Note(text) => place_note(text, flow),
            Self::Figure { label, value } => {
                for text in [label, value] {
                    let element = flow.canvas.tags.add(Tags::DOCUMENT, Kind::Paragraph);
                    flow.text(element, text, 0.0, |_, _, _| {});
                }
            }
            Self::Link { text, raw, address } => place_link(text, raw, address, flow),
        }
    }
}

/// Each line of it leads there, and is underlined.
fn place_link(text: &Text, raw: &str, address: &str, flow: &mut Flow) {
    let paragraph = flow.canvas.tags.add(Tags::DOCUMENT, Kind::Paragraph);
    let element = flow.canvas.tags.add(paragraph, Kind::Link);
    for line in text.lines() {
        flow.need(text.style().leading);
        let area = Area {
            left: MARGIN,
            top: flow.y(),
            width: text.style().points(line.width),
            height: text.style().leading,
        };
        flow.canvas.lines(
            Owner::Element(element),
            text,
            std::slice::from_ref(line),
            area.top,
            |_| MARGIN,
        );
        let rule = Area {
            top: area.top + text.style().baseline() + UNDER_LINE,
            height: RULE,
            ..area
        };
        flow.canvas.fill(rule, BLUE);
        flow.canvas.link(element, area, raw, address);
        flow.advance(text.style().leading);
    }
}

fn place_note(text: &Text, flow: &mut Flow) {
    let division = flow.canvas.tags.add(Tags::DOCUMENT, Kind::Division);
    let element = flow.canvas.tags.add(division, Kind::Paragraph);
    flow.advance(NOTE_PADDING);
    flow.text(element, text, NOTE_INSET, |canvas, top, height| {
        note_ground(canvas, top - NOTE_PADDING, height + 2.0 * NOTE_PADDING);
    });
    flow.advance(NOTE_PADDING);
}

fn note_ground(canvas: &mut Canvas, top: f32, height: f32) {
    let area = Area {
        left: MARGIN,
        top,
        width: MEASURE,
        height,
    };
    canvas.fill(area, MIST);
    canvas.fill(
        Area {
            width: NOTE_BAR,
            ..area
        },
        BLUE,
    );
}
