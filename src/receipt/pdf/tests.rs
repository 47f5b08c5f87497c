//! The drawn file, read back with lopdf.

use lopdf::{Dictionary, Document as File, Object};

use super::{RenderError, render};
use crate::receipt::document::{Attachment, Block, Column, Density, Document, Fact};
use crate::receipt::packing::Packed;
use crate::value::Language;

fn document(blocks: Vec<Block>) -> Document {
    Document {
        title: "Kvittering 2611-0001".to_owned(),
        language: Language::Da,
        subject: "Kvittering for indberetning af løn & tillæg".to_owned(),
        author: "Fleksport".to_owned(),
        identity: "Kvittering 2611-0001".to_owned(),
        created: "2026-11-23T13:05:09Z".parse().unwrap(),
        header: "Fleksport · indberetning om fleksjob".to_owned(),
        blocks,
        attachment: Some(Attachment {
            name: "kvittering.json".to_owned(),
            mime: "application/json".to_owned(),
            description: "Kvitteringen som JSON".to_owned(),
            content: Packed::of(br#"{"navn":"x"}"#),
        }),
    }
}

fn heading(level: u8, text: &str) -> Block {
    Block::Heading {
        level,
        text: text.to_owned(),
    }
}

fn table(rows: usize) -> Block {
    Block::Table {
        density: Density::Roomy,
        caption: "Oversigt over indberetninger".to_owned(),
        columns: vec![
            Column::right("Nr."),
            Column::left("Medarbejder"),
            Column::right("Beløb"),
        ],
        rows: (1..=rows)
            .map(|row| vec![format!("nr{row};"), "Åse Ærø".to_owned(), "32.067,00".to_owned()])
            .collect(),
    }
}

fn drawn(document: &Document) -> File {
    File::load_mem(&render(document).unwrap()).unwrap()
}

/// The text of each page.
fn page_texts(file: &File) -> Vec<String> {
    file.get_pages()
        .keys()
        .map(|page| file.extract_text(&[*page]).unwrap())
        .collect()
}

fn text(document: &Document) -> String {
    page_texts(&drawn(document)).join("\n")
}

fn info<'a>(file: &'a File, key: &[u8]) -> &'a Object {
    let id = file.trailer.get(b"Info").unwrap().as_reference().unwrap();
    file.get_dictionary(id).unwrap().get(key).unwrap()
}

fn xmp(file: &File) -> String {
    let id = file
        .catalog()
        .unwrap()
        .get(b"Metadata")
        .unwrap()
        .as_reference()
        .unwrap();
    String::from_utf8(file.get_object(id).unwrap().as_stream().unwrap().content.clone()).unwrap()
}

/// All elements of a kind in the logical structure.
fn elements<'a>(file: &'a File, kind: &str) -> Vec<&'a Dictionary> {
    let dictionaries = file.objects.values().filter_map(|object| object.as_dict().ok());
    let is_kind = |dictionary: &&Dictionary| {
        dictionary
            .get(b"S")
            .and_then(Object::as_name)
            .is_ok_and(|name| name == kind.as_bytes())
    };
    dictionaries.filter(is_kind).collect()
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let document = document(vec![heading(1, "Kvittering"), table(200)]);
    assert_eq!(render(&document).unwrap(), render(&document).unwrap());
}

#[test]
fn the_file_identifier_follows_the_identity() {
    let first = document(vec![heading(1, "Kvittering")]);
    let mut second = first.clone();
    second.identity = "Kvittering 2611-0002".to_owned();
    let identifier = |document: &Document| drawn(document).trailer.get(b"ID").unwrap().clone();
    assert_eq!(identifier(&first), identifier(&first));
    assert_ne!(identifier(&first), identifier(&second));
}

#[test]
fn all_texts_of_a_document_are_on_its_pages() {
    let text = text(&document(vec![
        heading(1, "Kvittering for Łukasz"),
        Block::Paragraph("Kære Åse Ømer Nguyễn".to_owned()),
        Block::Facts(vec![Fact::new("Fuldtidsløn", "32.067,00\u{A0}kr.")]),
        table(2),
        Block::Note("Tjek beløbet – er det på fuld tid?".to_owned()),
    ]));
    for words in [
        "Fleksport · indberetning om fleksjob",
        "Kvittering for Łukasz",
        "Kære Åse Ømer Nguyễn",
        "Fuldtidsløn",
        "32.067,00 kr.",
        "Oversigt over indberetninger",
        "Medarbejder",
        "nr2;",
        "Tjek beløbet – er det på fuld tid?",
        "Kvittering 2611-0001",
        "Side 1 af 1",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[test]
fn letters_that_the_fonts_lack_are_shown_and_kept() {
    let mut shown = document(vec![Block::Paragraph("Ida 😀 李".to_owned())]);
    shown.attachment = None;
    let file = drawn(&shown);
    assert!(page_texts(&file)[0].contains("Ida [U+1F600] [U+674E]"));
    let page = *file.get_pages().get(&1).unwrap();
    let content = String::from_utf8(file.get_page_content(page)).unwrap();
    assert!(
        content.contains("<FEFFD83DDE00>") && content.contains("<FEFF674E>"),
        "{content}"
    );
}

#[test]
fn english_documents_count_their_pages_in_english() {
    let mut english = document(vec![heading(1, "Receipt")]);
    english.language = Language::En;
    let file = drawn(&english);
    assert!(page_texts(&file)[0].contains("Page 1 of 1"));
    let language = file.catalog().unwrap().get(b"Lang").unwrap();
    assert_eq!(lopdf::decode_text_string(language).unwrap(), "en-GB");
}

#[test]
fn a_long_table_repeats_its_headings_on_every_page_and_counts_them_once() {
    let file = drawn(&document(vec![heading(1, "Kvittering"), table(300)]));
    let pages = page_texts(&file);
    assert!(pages.len() > 5);
    let last = pages.len();
    for (index, page) in pages.iter().enumerate() {
        assert!(page.contains("Medarbejder"), "page {}", index + 1);
        assert!(page.contains(&format!("Side {} af {last}", index + 1)));
    }
    let all = pages.join("\n");
    for row in 1..=300 {
        assert_eq!(all.matches(&format!("nr{row};")).count(), 1, "row {row}");
    }
    assert_eq!(elements(&file, "TH").len(), 3);
    assert_eq!(elements(&file, "TR").len(), 301);
    assert_eq!(elements(&file, "Table").len(), 1);
}

#[test]
fn a_cell_longer_than_a_page_goes_on_over_several() {
    let long: Vec<String> = (0..900).map(|word| format!("ord{word};")).collect();
    let facts = Block::Facts(vec![
        Fact::new("Bemærkning", long.join(" ")),
        Fact::new("Efter", "slut"),
    ]);
    let file = drawn(&document(vec![heading(1, "Kvittering"), facts]));
    let all = page_texts(&file).join(" ");
    assert!(file.get_pages().len() > 1);
    for word in long {
        assert_eq!(all.matches(&word).count(), 1, "{word}");
    }
    assert!(all.contains("slut"));
    assert_eq!(elements(&file, "TD").len(), 2);
}

#[test]
fn a_heading_stays_with_what_it_heads() {
    for lines in 30..60 {
        let filler = vec!["linje"; lines].join("\n");
        let file = drawn(&document(vec![
            heading(1, "Kvittering"),
            Block::Paragraph(filler),
            heading(2, "Overskrift"),
            Block::Facts(vec![Fact::new("Første mærkat", "værdi")]),
        ]));
        let pages = page_texts(&file);
        let of = |words: &str| pages.iter().position(|page| page.contains(words)).unwrap();
        assert_eq!(of("Overskrift"), of("Første mærkat"), "{lines} lines");
    }
}

#[test]
fn no_content_is_drawn_outside_the_page() {
    let word = "x".repeat(400);
    let blocks = vec![
        heading(1, &word),
        Block::Facts(vec![Fact::new(&word, &word)]),
        Block::Table {
            density: Density::Roomy,
            caption: word.clone(),
            columns: vec![Column::left(&word), Column::right(&word), Column::left(&word)],
            rows: vec![vec![word.clone(), word.clone(), word.clone()]; 3],
        },
        Block::Note(word.clone()),
    ];
    let file = drawn(&document(blocks));
    for page in file.get_pages().values() {
        let content = lopdf::content::Content::decode(&file.get_page_content(*page)).unwrap();
        for operation in content.operations.iter().filter(|operation| operation.operator == "Tm") {
            let place = |index: usize| operation.operands[index].as_float().unwrap();
            assert!((61.0..535.0).contains(&place(4)), "{operation:?}");
            assert!((20.0..820.0).contains(&place(5)), "{operation:?}");
        }
    }
}

#[test]
fn every_marked_content_of_a_page_leads_back_to_an_element() {
    let file = drawn(&document(vec![heading(1, "Kvittering"), table(100)]));
    let catalog = file.catalog().unwrap();
    let root = file
        .get_dictionary(catalog.get(b"StructTreeRoot").unwrap().as_reference().unwrap())
        .unwrap();
    let parents = file
        .get_dictionary(root.get(b"ParentTree").unwrap().as_reference().unwrap())
        .unwrap();
    let numbers = parents.get(b"Nums").unwrap().as_array().unwrap();
    for (index, page) in file.get_pages().values().enumerate() {
        assert_eq!(numbers[2 * index].as_i64().unwrap(), i64::try_from(index).unwrap());
        let owners = numbers[2 * index + 1].as_array().unwrap();
        let content = String::from_utf8(file.get_page_content(*page)).unwrap();
        assert_eq!(content.matches("/MCID").count(), owners.len());
        assert!(
            owners
                .iter()
                .all(|owner| file.get_dictionary(owner.as_reference().unwrap()).is_ok())
        );
    }
}

#[test]
fn the_properties_are_the_same_in_both_places() {
    let file = drawn(&document(vec![heading(1, "Kvittering")]));
    let xmp = xmp(&file);
    let info = |key: &[u8]| lopdf::decode_text_string(info(&file, key)).unwrap();
    assert_eq!(info(b"Title"), "Kvittering 2611-0001");
    assert!(xmp.contains(">Kvittering 2611-0001<"));
    assert_eq!(info(b"Subject"), "Kvittering for indberetning af løn & tillæg");
    assert!(xmp.contains(">Kvittering for indberetning af løn &amp; tillæg<"));
    assert_eq!(info(b"CreationDate"), "D:20261123130509Z");
    assert!(xmp.contains("<xmp:CreateDate>2026-11-23T13:05:09Z<"));
}

#[test]
fn the_attachment_is_carried_unchanged() {
    let file = drawn(&document(vec![heading(1, "Kvittering")]));
    let specification = file.catalog().unwrap().get(b"AF").unwrap().as_array().unwrap()[0]
        .as_reference()
        .unwrap();
    let specification = file.get_dictionary(specification).unwrap();
    let files = specification.get(b"EF").unwrap().as_dict().unwrap();
    let content = file
        .get_object(files.get(b"F").unwrap().as_reference().unwrap())
        .unwrap()
        .as_stream()
        .unwrap();
    assert_eq!(content.decompressed_content().unwrap(), br#"{"navn":"x"}"#);
    assert_eq!(
        content.dict.get(b"Subtype").unwrap().as_name().unwrap(),
        b"application/json"
    );
}

#[test]
fn blocks_without_contents_leave_no_trace() {
    let blocks = vec![
        heading(1, " "),
        Block::Paragraph("\n".to_owned()),
        Block::Facts(Vec::new()),
        Block::Note(String::new()),
    ];
    let file = drawn(&document(blocks));
    assert_eq!(file.get_pages().len(), 1);
    for kind in ["H1", "P", "Table", "Div"] {
        assert!(elements(&file, kind).is_empty(), "{kind}");
    }
}

#[test]
fn a_document_that_is_not_well_formed_is_refused() {
    let fault = |blocks| render(&document(blocks)).unwrap_err();
    assert!(matches!(
        fault(vec![heading(2, "Uden den første")]),
        RenderError::HeadingLevel {
            level: 2,
            last_level: 0
        }
    ));
    assert!(matches!(fault(vec![heading(0, "x")]), RenderError::HeadingLevel { .. }));
    let deep = vec![heading(1, "a"), heading(2, "b"), heading(3, "c"), heading(4, "d")];
    assert!(matches!(fault(deep), RenderError::HeadingLevel { level: 4, .. }));
    let wide = Block::Table {
        density: Density::Roomy,
        caption: "Tabel".to_owned(),
        columns: vec![Column::left("En")],
        rows: vec![vec!["1".to_owned(), "2".to_owned()]],
    };
    assert!(matches!(fault(vec![wide]), RenderError::TooManyCells));
}
