//! Draws on pages with printpdf's operations, and keeps account of what is drawn for which element.

use std::collections::{BTreeMap, BTreeSet};

use printpdf::{DictItem, FontId, Op, PaintMode, PdfFontHandle, Pt, Rect, TextItem, TextMatrix};

use super::finish::contents;
use super::style::{Ink, PAGE_HEIGHT, Style};
use super::tags::{ElementId, Tags};
use super::text::{Piece, Text};
use super::wrap::Line;

/// What is drawn but is no content: a reader for blind people passes over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Artifact {
    /// Rules and surfaces.
    Layout,
    /// The line at the head of a page.
    Header,
    /// The line at the foot of a page.
    Footer,
    /// What was drawn before and is repeated on a new page.
    Repeated,
}

/// What a piece of drawing belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Element(ElementId),
    Artifact(Artifact),
}

/// How many pages are filled before their drawing is written down: operations take many times the room of what they become.
const PAGES_AT_ONCE: usize = 16;

/// One page.
#[derive(Default)]
pub(super) struct Page {
    /// What is drawn and not yet written down.
    pub(super) ops: Vec<Op>,
    /// The drawing as it stands in the file.
    pub(super) content: Vec<u8>,
    /// The element of each marked content of the page, by its number.
    pub(super) owners: Vec<ElementId>,
}

/// All pages drawn so far, and the structure of what is on them.
pub(super) struct Canvas {
    pub(super) pages: Vec<Page>,
    pub(super) tags: Tags,
    /// The page that is drawn on.
    current: usize,
    pub(super) links: Vec<Link>,
    /// The letters that were drawn with each face: what the file must tell of its fonts.
    letters: BTreeMap<FontId, BTreeSet<char>>,
    /// Something could not be written down.
    pub(super) has_failed: bool,
}

/// A place on a page that leads somewhere.
pub(super) struct Link {
    pub(super) page: usize,
    pub(super) area: Area,
    pub(super) element: ElementId,
    pub(super) text: String,
    pub(super) address: String,
}

/// A rectangle, from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

impl Canvas {
    /// A document of one empty page.
    pub(super) fn new() -> Self {
        Self {
            pages: vec![Page::default()],
            tags: Tags::new(),
            current: 0,
            links: Vec::new(),
            letters: BTreeMap::new(),
            has_failed: false,
        }
    }

    /// The number of the page that is drawn on, from 0.
    pub(super) fn page(&self) -> usize {
        self.current
    }

    /// Begins a page after the last one.
    pub(super) fn add_page(&mut self) {
        if self.pages.len().is_multiple_of(PAGES_AT_ONCE) {
            self.write_down();
        }
        self.pages.push(Page::default());
        self.current = self.pages.len() - 1;
    }

    /// Turns what was drawn so far into what stands in the file.
    pub(super) fn write_down(&mut self) {
        let mut drawn: Vec<&mut Page> = self.pages.iter_mut().filter(|page| !page.ops.is_empty()).collect();
        for pages in drawn.chunks_mut(PAGES_AT_ONCE) {
            let ops = pages.iter_mut().map(|page| std::mem::take(&mut page.ops)).collect();
            let Some(written) = contents(ops) else {
                self.has_failed = true;
                return;
            };
            for (page, content) in pages.iter_mut().zip(written) {
                page.content.extend_from_slice(&content);
                page.content.push(b'\n');
            }
        }
    }

    /// Every letter that was drawn, each once with its face, for a page that nobody sees.
    pub(super) fn specimen(&self) -> Vec<Op> {
        let of_face = |(face, letters): (&FontId, &BTreeSet<char>)| {
            [
                Op::StartTextSection,
                Op::SetFont {
                    font: PdfFontHandle::External(face.clone()),
                    size: Pt(1.0),
                },
                Op::ShowText {
                    items: vec![TextItem::Text(letters.iter().collect())],
                },
                Op::EndTextSection,
            ]
        };
        self.letters.iter().flat_map(of_face).collect()
    }

    /// A place that leads to an address; `text` is what it says.
    pub(super) fn link(&mut self, element: ElementId, area: Area, text: &str, address: &str) {
        self.links.push(Link {
            page: self.current,
            area,
            element,
            text: text.to_owned(),
            address: address.to_owned(),
        });
    }

    /// Goes back to a page.
    pub(super) fn turn_to(&mut self, page: usize) {
        self.current = page;
    }

    /// Draws lines of a text below each other, beginning at `top`; each of them at the `left` that
    /// `left_of` gives for its width in points.
    pub(super) fn lines(&mut self, owner: Owner, text: &Text, lines: &[Line], top: f32, left_of: impl Fn(f32) -> f32) {
        if lines.iter().all(|line| line.range.is_empty()) {
            return;
        }
        let style = text.style();
        self.open(owner);
        self.begin_text(style);
        let mut baseline = top + style.baseline();
        for line in lines {
            let left = left_of(style.points(line.width));
            self.push(Op::SetTextMatrix {
                matrix: TextMatrix::Translate(hundredths(left), hundredths(PAGE_HEIGHT - baseline)),
            });
            for piece in text.pieces(line) {
                self.letters
                    .entry(style.face.id())
                    .or_default()
                    .extend(piece.drawn.chars());
                self.piece(piece);
            }
            baseline += style.leading;
        }
        self.push(Op::EndTextSection);
        self.push(Op::EndMarkedContent);
    }

    /// Fills a rectangle.
    pub(super) fn fill(&mut self, area: Area, ink: Ink) {
        self.open(Owner::Artifact(Artifact::Layout));
        self.push(Op::SetFillColor { col: ink.color() });
        self.push(Op::DrawRectangle {
            rectangle: Rect {
                x: hundredths(area.left),
                y: hundredths(PAGE_HEIGHT - area.top - area.height),
                width: hundredths(area.width),
                height: hundredths(area.height),
                mode: Some(PaintMode::Fill),
                winding_order: None,
            },
        });
        self.push(Op::EndMarkedContent);
    }

    fn begin_text(&mut self, style: Style) {
        self.push(Op::StartTextSection);
        self.push(Op::SetFillColor { col: style.ink.color() });
        self.push(Op::SetFont {
            font: PdfFontHandle::External(style.face.id()),
            size: Pt(style.size),
        });
    }

    fn piece(&mut self, piece: Piece) {
        let show = Op::ShowText {
            items: vec![TextItem::Text(piece.drawn)],
        };
        match piece.real {
            None => self.push(show),
            Some(real) => {
                self.begin_marked("Span", [("ActualText", utf16(&real))]);
                self.push(show);
                self.push(Op::EndMarkedContent);
            }
        }
    }

    fn open(&mut self, owner: Owner) {
        match owner {
            Owner::Element(element) => {
                let page = &mut self.pages[self.current];
                let mcid = page.owners.len();
                page.owners.push(element);
                self.tags.add_content(element, self.current, mcid);
                let tag = self.tags.elements()[element.index()].kind.name();
                self.begin_marked(tag, [("MCID", number(mcid))]);
            }
            Owner::Artifact(Artifact::Layout) => self.begin_marked("Artifact", [("Type", name("Layout"))]),
            Owner::Artifact(Artifact::Repeated) => self.begin_marked("Artifact", [("Type", name("Pagination"))]),
            Owner::Artifact(Artifact::Header) => self.begin_pagination("Header"),
            Owner::Artifact(Artifact::Footer) => self.begin_pagination("Footer"),
        }
    }

    fn begin_pagination(&mut self, subtype: &str) {
        self.begin_marked("Artifact", [("Type", name("Pagination")), ("Subtype", name(subtype))]);
    }

    fn begin_marked<const N: usize>(&mut self, tag: &str, properties: [(&str, DictItem); N]) {
        let map: BTreeMap<String, DictItem> = properties.map(|(key, value)| (key.to_owned(), value)).into();
        self.push(Op::BeginMarkedContentWithProperties {
            tag: tag.to_owned(),
            properties: DictItem::Dict { map },
        });
    }

    fn push(&mut self, op: Op) {
        self.pages[self.current].ops.push(op);
    }
}

fn name(name: &str) -> DictItem {
    DictItem::Name(name.as_bytes().to_vec())
}

fn number(number: usize) -> DictItem {
    DictItem::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A text string of a PDF: UTF-16 with a byte order mark.
fn utf16(text: &str) -> DictItem {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    DictItem::String {
        data: units.flat_map(u16::to_be_bytes).collect(),
        literal: false,
    }
}

/// Finer steps than a hundredth of a point cannot be seen, and cost bytes.
fn hundredths(length: f32) -> Pt {
    Pt((length * 100.0).round() / 100.0)
}
