//! Finishes the file: printpdf draws the pages, and what it has no way to say is added to the file here.

use lopdf::{Document as File, Object, ObjectId, SaveOptions, Stream, dictionary, text_string};
use printpdf::{Mm, Op, PdfDocument, PdfPage, PdfSaveOptions, Rect};

use super::blocks::OutlineEntry;
use super::canvas::Canvas;
use super::deflate::deflate;
use super::font::Face;
use super::style::{PAGE_HEIGHT, PAGE_WIDTH};
use super::{RenderError, int, metadata, outline, structure};
use crate::receipt::document::{Attachment, Document};
use crate::value::Language;

/// The colours of screens (sRGB), which the colours of the pages are meant in.
const COLOUR_PROFILE: &[u8] = include_bytes!("../../../assets/srgb.icc");

/// Objects in one compressed group: few groups compress well, small ones open fast.
const OBJECTS_PER_GROUP: usize = 200;

/// Writes the file.
pub(super) fn finish(document: &Document, canvas: Canvas, outline: &[OutlineEntry]) -> Result<Vec<u8>, RenderError> {
    if canvas.has_failed {
        return Err(RenderError::Drawing);
    }
    // The letters of all pages on the first one: what printpdf tells of the fonts rests on what it sees. The drawing itself follows below.
    let mut pages = vec![Vec::new(); canvas.pages.len()];
    pages[0] = canvas.specimen();
    let mut file = draw(pages).ok_or(RenderError::Drawing)?;
    file.version = "1.7".to_owned();
    compress(&mut file);
    let page_ids: Vec<ObjectId> = file.page_iter().collect();
    for (index, id) in page_ids.iter().enumerate() {
        let page = file.get_dictionary_mut(*id)?;
        page.remove(b"Annots");
        page.set("StructParents", int(index));
        page.set("Tabs", "S");
        let content = page.get(b"Contents")?.as_reference()?;
        let stream = file.get_object_mut(content)?.as_stream_mut()?;
        stream.set_content(deflate(&canvas.pages[index].content));
    }
    let root = structure::add(&mut file, &canvas, &page_ids)?;
    let contents = outline::add(&mut file, outline, &page_ids);
    catalog(&mut file, document, root, contents)?;
    let mut bytes = Vec::new();
    let options = SaveOptions::builder()
        .use_object_streams(true)
        .use_xref_streams(true)
        .max_objects_per_stream(OBJECTS_PER_GROUP)
        .compression_level(6)
        .build();
    file.save_with_options(&mut bytes, options)?;
    Ok(bytes)
}

/// What pages of such operations become in a file; nothing where printpdf did not take them as they were meant.
pub(super) fn contents(pages: Vec<Vec<Op>>) -> Option<Vec<Vec<u8>>> {
    let mut file = draw(pages)?;
    let ids: Vec<ObjectId> = file.page_iter().collect();
    let content = |id: ObjectId| {
        let content = file
            .get_dictionary(id)
            .ok()?
            .get(b"Contents")
            .ok()?
            .as_reference()
            .ok()?;
        let stream = file.get_object_mut(content).ok()?.as_stream_mut().ok()?;
        Some(std::mem::take(&mut stream.content))
    };
    ids.into_iter().map(content).collect()
}

/// Hands pages to printpdf.
fn draw(pages: Vec<Vec<Op>>) -> Option<File> {
    let mut pdf = PdfDocument::new("");
    for face in Face::ALL {
        pdf.resources.fonts.map.insert(face.id(), face.resource());
    }
    for ops in pages {
        let mut drawn = PdfPage::new(Mm(0.0), Mm(0.0), ops);
        let paper = Rect::from_wh(printpdf::Pt(PAGE_WIDTH), printpdf::Pt(PAGE_HEIGHT));
        (drawn.media_box, drawn.trim_box, drawn.crop_box) = (paper.clone(), paper.clone(), paper);
        pdf.pages.push(drawn);
    }
    let options = PdfSaveOptions {
        optimize: false,
        subset_fonts: false,
        secure: true,
        image_optimization: None,
    };
    let mut warnings = Vec::new();
    let file = printpdf::serialize::to_lopdf_doc(&pdf, &options, &mut warnings);
    warnings.is_empty().then_some(file)
}

/// Compresses every stream; the fonts are compressed already, once for all receipts.
fn compress(file: &mut File) {
    for object in file.objects.values_mut() {
        if let Object::Stream(stream) = object {
            let font = Face::ALL
                .map(Face::font)
                .into_iter()
                .find(|font| font.parsed.original_bytes == stream.content);
            let content = font.map_or_else(|| deflate(&stream.content), |font| font.program.clone());
            stream.set_content(content);
            stream.dict.set("Filter", "FlateDecode");
        }
    }
}

fn catalog(
    file: &mut File,
    document: &Document,
    structure: ObjectId,
    outline: Option<ObjectId>,
) -> Result<(), RenderError> {
    let language = match document.language {
        Language::Da => "da-DK",
        Language::En => "en-GB",
    };
    let metadata = metadata::add(file, document, language);
    let intent = output_intent(file);
    let attachment = document
        .attachment
        .as_ref()
        .map(|attachment| attach(file, attachment, document));
    let catalog = file.catalog_mut()?;
    catalog.set("Metadata", metadata);
    catalog.set("Lang", text_string(language));
    catalog.set("MarkInfo", dictionary! { "Marked" => true });
    catalog.set("ViewerPreferences", dictionary! { "DisplayDocTitle" => true });
    catalog.set("StructTreeRoot", structure);
    catalog.set("OutputIntents", vec![Object::Reference(intent)]);
    if let Some(outline) = outline {
        catalog.set("Outlines", outline);
    }
    if let (Some(id), Some(attachment)) = (attachment, &document.attachment) {
        let names = vec![text_string(&attachment.name), id.into()];
        catalog.set("AF", vec![Object::Reference(id)]);
        catalog.set(
            "Names",
            dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } },
        );
    }
    Ok(())
}

fn output_intent(file: &mut File) -> ObjectId {
    let mut profile = Stream::new(dictionary! { "N" => 3, "Filter" => "FlateDecode" }, Vec::new());
    profile.set_content(deflate(COLOUR_PROFILE));
    let profile = file.add_object(profile);
    file.add_object(dictionary! {
        "Type" => "OutputIntent",
        "S" => "GTS_PDFA1",
        "OutputConditionIdentifier" => text_string("sRGB"),
        "Info" => text_string("sRGB IEC61966-2.1"),
        "DestOutputProfile" => profile,
    })
}

/// Adds the attached file and gives its specification.
fn attach(file: &mut File, attachment: &Attachment, document: &Document) -> ObjectId {
    let mut content = Stream::new(
        dictionary! {
            "Type" => "EmbeddedFile",
            "Subtype" => attachment.mime.as_str(),
            "Filter" => "FlateDecode",
            "Params" => dictionary! {
                "Size" => int(attachment.content.size()),
                "ModDate" => metadata::pdf_time(document.created),
            },
        },
        Vec::new(),
    );
    content.set_content(attachment.content.bytes().to_vec());
    let content = file.add_object(content);
    file.add_object(dictionary! {
        "Type" => "Filespec",
        "F" => text_string(&attachment.name),
        "UF" => text_string(&attachment.name),
        "Desc" => text_string(&attachment.description),
        "AFRelationship" => "Data",
        "EF" => dictionary! { "F" => content, "UF" => content },
    })
}
