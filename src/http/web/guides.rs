//! The guides in `docs/`, as pages: what a payroll system, a municipality's system and an operator need to read.

use std::{collections::BTreeMap, fmt::Write};

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::{Frame, Page};
use crate::http::{Problem, ProblemType};

/// One guide.
pub struct Guide {
    /// Its name in the address and in `docs/`.
    pub name: &'static str,
    /// For whom it is, in Danish and English; the guide itself is in English.
    danish: &'static str,
    english: &'static str,
    text: &'static str,
}

macro_rules! guide {
    ($name:literal, $danish:literal, $english:literal) => {
        Guide {
            name: $name,
            danish: $danish,
            english: $english,
            text: include_str!(concat!("../../../docs/", $name, ".md")),
        }
    };
}

/// Every guide that is served, in the order of the list.
pub const GUIDES: [Guide; 8] = [
    guide!(
        "pulling",
        "Sådan henter en kommune sine indberetninger",
        "How a municipality fetches its reports"
    ),
    guide!(
        "calculation",
        "Beregningen, trin for trin, og hvad den forudsætter",
        "The calculation step by step, and what it assumes"
    ),
    guide!(
        "operations",
        "Drift: proxy, nøgler, sikkerhedskopi og genskabelse",
        "Operations: proxy, keys, backup and restore"
    ),
    guide!(
        "residence",
        "Opslag af bopæl i et register",
        "Looking up the residence in a register"
    ),
    guide!(
        "logging",
        "Hvad der logges, og hvad der aldrig gør",
        "What is logged, and what never is"
    ),
    guide!(
        "speed",
        "Hvor hurtigt det er, og hvordan det måles",
        "How fast it is, and how it is measured"
    ),
    guide!(
        "virk",
        "Kravene til løsninger på Virk, og hvordan de er opfyldt",
        "The requirements of Virk, and how they are met"
    ),
    guide!(
        "glossary",
        "De danske begreber og deres navne",
        "The Danish terms and their names"
    ),
];

impl Guide {
    pub fn about(&self, frame: &Frame) -> &'static str {
        frame.t(self.danish, self.english)
    }
}

#[derive(Template)]
#[template(path = "guide.html")]
struct GuidePage {
    frame: Frame,
    /// Of the document; its first heading.
    title: String,
    about: &'static str,
    /// Made from our own text alone.
    body: String,
}

/// `GET /vejledning/{name}`
pub async fn show(frame: Frame, Path(name): Path<String>) -> Result<Response, Problem> {
    let guide = GUIDES.iter().find(|guide| guide.name == name);
    let guide = guide.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    let (title, body) = render(guide.text);
    Ok(Page(GuidePage {
        about: guide.about(&frame),
        title,
        body,
        frame,
    })
    .into_response())
}

/// The title and the HTML of a guide. Headings can be linked to, tables can be scrolled, and raw HTML is shown as text.
fn render(text: &str) -> (String, String) {
    let mut events: Vec<Event<'_>> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    let titles = titles(&events);
    let title = titles.first().cloned().unwrap_or_default();
    let mut ids = Ids::default();
    let mut titles = titles.into_iter();
    for event in &mut events {
        match event {
            Event::Start(Tag::Heading { id, .. }) => {
                *id = titles.next().map(|title| CowStr::from(ids.of(&title)));
            }
            Event::Start(Tag::Link { dest_url, .. }) => *dest_url = CowStr::from(address(dest_url)),
            // The file names no language; a table's alignment would stand in the tag, which the pages' policy refuses.
            Event::Start(Tag::Table(alignments)) => {
                alignments
                    .iter_mut()
                    .for_each(|one| *one = pulldown_cmark::Alignment::None);
            }
            Event::Html(raw) | Event::InlineHtml(raw) => *event = Event::Text(raw.clone()),
            _ => {}
        }
    }
    // The page itself carries the title.
    let after_title = events
        .iter()
        .position(|event| matches!(event, Event::End(TagEnd::Heading(_))));
    let rest = events.split_off(after_title.map_or(0, |at| at + 1));
    let mut body = String::new();
    html::push_html(&mut body, rest.into_iter());
    (
        title,
        body.replace("<table>", TABLE)
            .replace("</table>", "</table></div>")
            .replace("<pre>", "<pre tabindex=\"0\">"),
    )
}

const TABLE: &str = "<div class=\"table--responsive-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table class=\"table fs-left\">";

/// The words of every heading.
fn titles(events: &[Event<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    for event in events {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                inside = true;
                found.push(String::new());
            }
            Event::End(TagEnd::Heading(_)) => inside = false,
            Event::Text(text) | Event::Code(text) if inside => {
                if let Some(title) = found.last_mut() {
                    title.push_str(text);
                }
            }
            _ => {}
        }
    }
    found
}

/// Ids of headings, each once.
#[derive(Default)]
struct Ids(BTreeMap<String, usize>);

impl Ids {
    fn of(&mut self, title: &str) -> String {
        let words = title.to_lowercase();
        let mut id: String = words
            .chars()
            .filter(|one| one.is_alphanumeric() || matches!(one, ' ' | '-'))
            .map(|one| if one == ' ' { '-' } else { one })
            .collect();
        let seen = self.0.entry(id.clone()).or_default();
        *seen += 1;
        if *seen > 1 {
            write!(id, "-{seen}").expect("a String takes any text");
        }
        id
    }
}

/// Where a link of a guide leads here: another guide, a place in this one, or nowhere that we serve, and then to the list.
fn address(url: &str) -> String {
    if url.starts_with('#') || url.starts_with("https://") || url.starts_with("http://") || url.starts_with("mailto:") {
        return url.to_owned();
    }
    let (file, place) = url.split_once('#').map_or((url, ""), |(file, place)| (file, place));
    let name = file.rsplit('/').next().and_then(|file| file.strip_suffix(".md"));
    let known = name.filter(|name| GUIDES.iter().any(|guide| guide.name == *name));
    match (known, place) {
        (None, _) => "/api#guides".to_owned(),
        (Some(name), "") => format!("/vejledning/{name}"),
        (Some(name), place) => format!("/vejledning/{name}#{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guide_becomes_a_page_that_the_policy_lets_through() {
        let (title, body) = render(
            "# Title `x`\n\n## One\n\n[a](pulling.md#b) <b onclick=\"x\">\n\n## One\n\n| a | b |\n| --- | ---: |\n| 1 | 2 |\n",
        );
        assert_eq!(title, "Title x");
        assert!(body.contains("id=\"one\"") && body.contains("id=\"one-2\""), "{body}");
        assert!(body.contains("href=\"/vejledning/pulling#b\""), "{body}");
        assert!(!body.contains("<b ") && !body.contains("style="), "{body}");
    }

    #[test]
    fn every_guide_has_its_title_once() {
        for guide in &GUIDES {
            let (title, body) = render(guide.text);
            assert!(
                !title.is_empty() && !body.contains("<h1") && !body.contains("style="),
                "{}",
                guide.name
            );
        }
    }
}
