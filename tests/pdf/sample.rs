//! Documents as the service makes them, and some stranger ones. All persons are test persons or made up.

use std::path::Path;

use fleksport::receipt::document::{Attachment, Block, Column, Density, Document, Fact};
use fleksport::receipt::packing::Packed;
use fleksport::receipt::pdf::render;
use fleksport::value::Language;
use tempfile::TempDir;

/// The content of the attachment.
pub const ATTACHED: &[u8] = br#"{"receipt_number":"FP-2611-7KQ4-9XD2-5"}"#;
pub const TITLE: &str = "Kvittering FP-2611-7KQ4-9XD2-5";
pub const FINGERPRINT: &str = "sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

const NAMES: [&str; 4] = [
    "Nancy Ann Test Berggren",
    "Łukasz Nguyễn",
    "Ömer Ærø Ølgod Åsa-Holm",
    "Christoffer-Alexander von Münchhausen-Schleswig-Holstein",
];
const MUNICIPALITIES: [&str; 4] = ["København", "Ringkøbing-Skjern", "Aarhus", "Lyngby-Taarbæk"];

/// A drawn document in a folder of its own.
pub struct Sample {
    folder: TempDir,
    name: String,
}

impl Sample {
    pub fn new(name: &str, document: Document) -> Self {
        let folder = TempDir::new().unwrap();
        let sample = Self {
            folder,
            name: format!("{name}.pdf"),
        };
        std::fs::write(sample.path(), render(&document).unwrap()).unwrap();
        sample
    }

    pub fn path(&self) -> String {
        self.folder.path().join(&self.name).to_string_lossy().into_owned()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// A receipt for so many reports.
pub fn reports(language: Language, count: usize) -> Document {
    let mut blocks = vec![
        heading(1, "Kvittering for indberetning om fleksjob"),
        Block::Paragraph("Vi har modtaget jeres indberetning. Gem kvitteringen – den er jeres bevis.".to_owned()),
        facts(&[
            ("Kvitteringsnummer", "FP-2611-7KQ4-9XD2-5"),
            ("Modtaget", "23. november 2026 kl. 14.05.09 (dansk tid)"),
            ("Arbejdsgiver", "Løn & Personale, Ærø Ølgod Åsa Maskinfabrik A/S"),
            ("Blankettens fingeraftryk", FINGERPRINT),
        ]),
        Block::Note("Lønnen er steget mere end 20 % siden sidste indberetning.".to_owned()),
    ];
    if count > 1 {
        blocks.push(heading(2, "Oversigt"));
        blocks.push(overview(count));
    }
    blocks.push(heading(2, "Indberetningerne"));
    for number in 1..=count {
        blocks.push(heading(3, &format!("{number}. {}", NAMES[number % NAMES.len()])));
        blocks.push(facts(&[
            ("CPR-nummer", "251248-9996"),
            (
                "Kommune, der modtager",
                "Københavns Kommune (0101) – oplyst af arbejdsgiveren",
            ),
            (
                "Fuldtidsløn pr. måned inkl. arbejdsgivers pension",
                "32.067,00\u{A0}kr.",
            ),
            (
                "Dette er regnet med",
                "Kvalifikationstillæg, aften-, weekend- og nattillæg, arbejdsgivers pension",
            ),
        ]));
    }
    blocks.push(heading(2, "Hvad sker der nu?"));
    blocks.push(Block::Paragraph(
        "Kommunen henter indberetningen og regner tilskuddet ud.".to_owned(),
    ));
    document(language, blocks)
}

/// A list over many pages, with a figure and a link.
pub fn list(rows: usize) -> Document {
    let Block::Table {
        caption, columns, rows, ..
    } = overview(rows)
    else {
        unreachable!("it is a table")
    };
    let blocks = vec![
        heading(1, TITLE),
        Block::Figure(Fact::new("Fuldtidsløn pr. måned", "32.067,00\u{A0}kr.")),
        Block::Table {
            density: Density::Close,
            caption,
            columns,
            rows,
        },
        Block::Link {
            text: "Kontrollér kvitteringen nu".to_owned(),
            address: format!(
                "https://fleksport.example/kvittering?nummer=FP-2611-7KQ4-9XD2-5&fingeraftryk={}",
                "0f".repeat(32)
            ),
        },
    ];
    document(Language::Da, blocks)
}

/// Letters that the fonts lack, words that no line holds, texts that try to break out.
pub fn strange() -> Document {
    let long = "x".repeat(500);
    let blocks = vec![
        heading(1, "Ida 😀 Holm <b>&amp;</b> \\(parentes\\)"),
        Block::Paragraph("李小龍 og محمد og m\u{300} og \u{E000} og a\u{202E}b og \u{0}\u{7}\nNy linje".to_owned()),
        facts(&[("😀", "👩\u{200D}💻"), (&long, &long), ("", "")]),
        Block::Table {
            density: Density::Roomy,
            caption: "😀".to_owned(),
            columns: vec![Column::left(""), Column::right(long.as_str()), Column::left("李")],
            rows: vec![
                Vec::new(),
                vec![long.clone(), long.clone(), "😀".repeat(300)],
                vec!["1".to_owned()],
            ],
        },
        Block::Note("💶 ".repeat(700)),
    ];
    let mut document = document(Language::Da, blocks);
    document.title = "Titel \u{0}\u{1F} <&> 😀".to_owned();
    document.subject = "]]> &amp; \u{FFFE}".to_owned();
    document.attachment = None;
    document
}

/// A document without contents.
pub fn empty() -> Document {
    document(Language::En, Vec::new())
}

fn document(language: Language, blocks: Vec<Block>) -> Document {
    Document {
        title: TITLE.to_owned(),
        language,
        subject: "Kvittering for indberetning af fuldtidsløn".to_owned(),
        author: "Fleksport".to_owned(),
        identity: TITLE.to_owned(),
        created: "2026-11-23T13:05:09Z".parse().unwrap(),
        header: "Fleksport · indberetning om fleksjob".to_owned(),
        blocks,
        attachment: Some(Attachment {
            name: "kvittering-æøå.json".to_owned(),
            mime: "application/json".to_owned(),
            description: "Kvitteringen som JSON".to_owned(),
            content: Packed::of(ATTACHED),
        }),
    }
}

fn heading(level: u8, text: &str) -> Block {
    Block::Heading {
        level,
        text: text.to_owned(),
    }
}

fn facts(facts: &[(&str, &str)]) -> Block {
    Block::Facts(facts.iter().map(|(label, value)| Fact::new(*label, *value)).collect())
}

fn overview(count: usize) -> Block {
    let row = |number: usize| {
        vec![
            number.to_string(),
            NAMES[number % NAMES.len()].to_owned(),
            MUNICIPALITIES[number % MUNICIPALITIES.len()].to_owned(),
            "01.12.2026".to_owned(),
            format!("{}.067,00", 20 + number % 30),
        ]
    };
    Block::Table {
        density: Density::Roomy,
        caption: format!("{count} indberetninger"),
        columns: vec![
            Column::right("Nr."),
            Column::left("Medarbejder"),
            Column::left("Kommune"),
            Column::left("Gælder fra"),
            Column::right("Fuldtidsløn, kr."),
        ],
        rows: (1..=count).map(row).collect(),
    }
}
