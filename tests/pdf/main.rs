//! The receipt's PDF, judged by programs that know nothing of ours: poppler, qpdf and veraPDF.

mod sample;
mod tool;

use fleksport::value::Language;

use sample::Sample;

#[test]
fn every_document_keeps_pdf_ua_1_and_pdf_a_3a() {
    let samples = [
        Sample::new("short", sample::reports(Language::Da, 1)),
        Sample::new("english", sample::reports(Language::En, 3)),
        Sample::new("long", sample::reports(Language::Da, 120)),
        Sample::new("strange", sample::strange()),
        Sample::new("empty", sample::empty()),
        Sample::new("list", sample::list(2_000)),
    ];
    let paths: Vec<_> = samples.iter().map(Sample::path).collect();
    let verdict = tool::verapdf(&paths);
    assert!(verdict.passed, "{}", verdict.output);
    assert_eq!(verdict.output.matches("PASS").count(), 2 * samples.len());
}

#[test]
fn vera_pdf_finds_a_file_that_is_not_tagged() {
    let sample = Sample::new("untagged", sample::reports(Language::Da, 1));
    let mut file = lopdf::Document::load(sample.path()).unwrap();
    file.catalog_mut().unwrap().remove(b"StructTreeRoot");
    file.save(sample.path()).unwrap();
    let verdict = tool::verapdf(&[sample.path()]);
    assert!(
        !verdict.passed && verdict.output.contains("FAIL ua1"),
        "{}",
        verdict.output
    );
}

#[test]
fn qpdf_finds_no_fault() {
    for (name, reports) in [("short", 1), ("long", 120)] {
        let sample = Sample::new(name, sample::reports(Language::Da, reports));
        tool::output("qpdf", &["--check", &sample.path()]);
    }
}

#[test]
fn danish_text_is_found_and_copied() {
    let text = tool::output(
        "pdftotext",
        &[&Sample::new("text", sample::reports(Language::Da, 4)).path(), "-"],
    );
    for words in [
        "Kvittering for indberetning om fleksjob",
        "Ærø Ølgod Åsa",
        "Łukasz",
        "Nguyễn",
        "Ömer",
        "32.067,00 kr.",
        "251248-9996",
        "Fuldtidsløn pr. måned",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[test]
fn letters_outside_the_fonts_are_copied_as_they_were_sent() {
    let text = tool::output("pdftotext", &[&Sample::new("strange", sample::strange()).path(), "-"]);
    // pdftotext turns the letters of Arabic words round, each by itself.
    for words in ["Ida 😀 Holm", "李小龍", "م", "m\u{300}"] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    assert!(!text.contains("U+"), "{text}");
}

#[test]
fn the_properties_tell_title_size_and_tags() {
    let sample = Sample::new("info", sample::reports(Language::Da, 1));
    let info = tool::output("pdfinfo", &[&sample.path()]);
    for (key, value) in [
        ("Title:", sample::TITLE),
        ("Tagged:", "yes"),
        ("Pages:", "1"),
        ("Page size:", "595.28 x 841.89 pts (A4)"),
        ("PDF version:", "1.7"),
        ("JavaScript:", "no"),
        ("CreationDate:", "Mon Nov 23 13:05:09 2026 UTC"),
    ] {
        let line = info.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        assert_eq!(line.trim_start_matches(key).trim(), value, "{key}");
    }
}

#[test]
fn both_fonts_are_embedded_and_can_be_read_back() {
    let fonts = tool::output(
        "pdffonts",
        &[&Sample::new("fonts", sample::reports(Language::Da, 1)).path()],
    );
    let rows: Vec<_> = fonts.lines().skip(2).collect();
    assert_eq!(rows.len(), 2, "{fonts}");
    for row in rows {
        assert!(
            row.starts_with("FleksportSans-") && row.contains("yes no  yes"),
            "{row}"
        );
    }
}

#[test]
fn the_structure_is_read_in_the_order_of_the_document() {
    let sample = Sample::new("structure", sample::reports(Language::Da, 120));
    let structure = tool::output("pdfinfo", &["-struct-text", &sample.path()]);
    let mut at = 0;
    for words in [
        "H1 (block)",
        "Modtaget",
        "H2 (block)",
        "Caption",
        "THead",
        "TBody",
        "H3 (block)",
        "/Scope /Row",
    ] {
        let found = structure[at..].find(words);
        at += found.unwrap_or_else(|| panic!("{words} is not after byte {at}"));
    }
    // A fingerprint is broken over two lines of the page and stays one word.
    assert!(structure.contains(sample::FINGERPRINT));
    // What is repeated on every page is no content.
    assert!(!structure.contains("Side 2 af") && structure.matches("\"Medarbejder\"").count() == 1);
}

#[test]
fn the_attached_record_can_be_taken_out() {
    let document = sample::reports(Language::Da, 1);
    let sample = Sample::new("attached", document);
    let target = sample.folder().join("out.json");
    tool::output(
        "pdfdetach",
        &["-save", "1", "-o", &target.to_string_lossy(), &sample.path()],
    );
    assert_eq!(std::fs::read(target).unwrap(), sample::ATTACHED);
}
