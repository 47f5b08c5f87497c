//! The flow of contents down the page and over to the next one, and what stands on every page.

use crate::value::Language;

use super::canvas::{Area, Artifact, Canvas, Owner};
use super::style::{
    FOOT, FOOT_BOTTOM, FOOT_GAP, HEAD, HEAD_GAP, HEAD_TOP, Ink, MARGIN, MEASURE, PAGE_WIDTH, PALE, RULE_GAP,
};
use super::tags::ElementId;
use super::text::Text;

/// How much of the foot line is for the identity; the rest is for the page number.
const IDENTITY_SHARE: f32 = 0.75;
const RULE_WIDTH: f32 = 0.5;

/// Pages being filled from the top.
pub(super) struct Flow {
    pub(super) canvas: Canvas,
    /// How far the page is filled.
    y: f32,
    top: f32,
    bottom: f32,
    head: Text,
    identity: Text,
}

impl Flow {
    pub(super) fn new(header: &str, identity: &str) -> Self {
        let head = Text::set(header, HEAD, MEASURE);
        let identity = Text::set(identity, FOOT, MEASURE * IDENTITY_SHARE);
        let top = HEAD_TOP + head.height() + RULE_GAP + HEAD_GAP;
        let bottom = FOOT_BOTTOM - identity.height() - RULE_GAP - FOOT_GAP;
        Self {
            canvas: Canvas::new(),
            y: top,
            top,
            bottom,
            head,
            identity,
        }
    }

    /// How far down the page is filled.
    pub(super) fn y(&self) -> f32 {
        self.y
    }

    /// What is left of the page.
    pub(super) fn room(&self) -> f32 {
        self.bottom - self.y
    }

    /// The room of an empty page.
    pub(super) fn page_room(&self) -> f32 {
        self.bottom - self.top
    }

    pub(super) fn is_at_top(&self) -> bool {
        self.y <= self.top
    }

    pub(super) fn advance(&mut self, height: f32) {
        self.y += height;
    }

    /// Leaves space, except at the top of a page.
    pub(super) fn space(&mut self, height: f32) {
        if !self.is_at_top() {
            self.y += height;
        }
    }

    pub(super) fn new_page(&mut self) {
        self.canvas.add_page();
        self.y = self.top;
    }

    /// Begins a new page if `height` does not fit on this one.
    pub(super) fn need(&mut self, height: f32) {
        if self.room() < height && !self.is_at_top() {
            self.new_page();
        }
    }

    /// A rule over the whole measure at the present height.
    pub(super) fn rule(&mut self, ink: Ink, width: f32) {
        self.rule_at(self.y, ink, width);
    }

    fn rule_at(&mut self, y: f32, ink: Ink, width: f32) {
        let area = Area {
            left: MARGIN,
            top: y - width / 2.0,
            width: MEASURE,
            height: width,
        };
        self.canvas.fill(area, ink);
    }

    /// Lets a text flow, over as many pages as it needs, `inset` points from both margins. `ground` draws
    /// what lies under the part of a page. No page begins or ends with a single line of several.
    pub(super) fn text(&mut self, element: ElementId, text: &Text, inset: f32, ground: impl Fn(&mut Canvas, f32, f32)) {
        let mut rest = text.lines();
        loop {
            let fitting = self.fitting_lines(rest.len(), text.style().leading);
            let (now, later) = rest.split_at(fitting);
            let height = line_count(now.len()) * text.style().leading;
            ground(&mut self.canvas, self.y, height);
            self.canvas
                .lines(Owner::Element(element), text, now, self.y, |_| MARGIN + inset);
            self.advance(height);
            if later.is_empty() {
                return;
            }
            self.new_page();
            rest = later;
        }
    }

    /// How many of so many lines go on this page.
    fn fitting_lines(&self, lines: usize, leading: f32) -> usize {
        let room = whole_lines(self.room(), leading).min(lines);
        match lines - room {
            0 => lines,
            _ if self.is_at_top() => room.max(1),
            _ if room < 2 => 0,
            1 if room > 2 => room - 1,
            _ => room,
        }
    }

    /// Draws head and foot of every page, now that it is known how many there are.
    pub(super) fn finish(mut self, language: Language) -> Canvas {
        let count = self.canvas.pages.len();
        for page in 0..count {
            self.canvas.turn_to(page);
            self.head();
            self.foot(&page_number(language, page + 1, count));
        }
        self.canvas.write_down();
        self.canvas
    }

    fn head(&mut self) {
        let owner = Owner::Artifact(Artifact::Header);
        self.canvas
            .lines(owner, &self.head, self.head.lines(), HEAD_TOP, |_| MARGIN);
        self.rule_at(HEAD_TOP + self.head.height() + RULE_GAP, PALE, RULE_WIDTH);
    }

    fn foot(&mut self, number: &str) {
        let owner = Owner::Artifact(Artifact::Footer);
        let top = FOOT_BOTTOM - self.identity.height();
        self.rule_at(top - RULE_GAP, PALE, RULE_WIDTH);
        self.canvas
            .lines(owner, &self.identity, self.identity.lines(), top, |_| MARGIN);
        let number = Text::set(number, FOOT, MEASURE);
        self.canvas
            .lines(owner, &number, number.lines(), top, |width| PAGE_WIDTH - MARGIN - width);
    }
}

fn page_number(language: Language, page: usize, count: usize) -> String {
    match language {
        Language::Da => format!("Side {page} af {count}"),
        Language::En => format!("Page {page} of {count}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a page has room for some sixty lines")]
pub(super) fn line_count(lines: usize) -> f32 {
    lines as f32
}

/// How many lines go into so much room.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a page has room for some sixty lines, and a negative number becomes none"
)]
pub(super) fn whole_lines(room: f32, leading: f32) -> usize {
    (room / leading).max(0.0) as usize
}
