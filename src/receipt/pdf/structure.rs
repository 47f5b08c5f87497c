//! Writes the logical structure into the file: the tree of elements, and for every page the way back from
//! its marked contents to the elements.

use lopdf::{Dictionary, Document as File, Object, ObjectId, dictionary, text_string};

use super::canvas::{Area, Canvas, Link, Page};
use super::style::PAGE_HEIGHT;
use super::tags::{Element, ElementId, Kid, Tags};
use super::{RenderError, int};

/// Adds the tree to the file and gives its root.
pub(super) fn add(file: &mut File, canvas: &Canvas, page_ids: &[ObjectId]) -> Result<ObjectId, RenderError> {
    let Canvas { tags, pages, .. } = canvas;
    let root = file.new_object_id();
    let ids: Vec<ObjectId> = tags.elements().iter().map(|_| file.new_object_id()).collect();
    let tree = Tree {
        ids: &ids,
        page_ids,
        root,
    };
    for (element, id) in tags.elements().iter().zip(&ids) {
        file.objects.insert(*id, Object::Dictionary(tree.element(element)));
    }
    let document = tree.id(Tags::DOCUMENT);
    let mut numbers = tree.parents(pages);
    for (place, link) in canvas.links.iter().enumerate() {
        numbers.push(int(pages.len() + place));
        numbers.push(tree.id(link.element).into());
        add_link(
            file,
            link,
            pages.len() + place,
            page_ids[link.page],
            tree.id(link.element),
        )?;
    }
    let parents = file.add_object(dictionary! { "Nums" => numbers });
    file.objects.insert(
        root,
        Object::Dictionary(dictionary! {
            "Type" => "StructTreeRoot",
            "K" => document,
            "ParentTree" => parents,
            "ParentTreeNextKey" => int(pages.len() + canvas.links.len()),
        }),
    );
    Ok(root)
}

/// The place on the page that can be clicked, as a part of its element.
fn add_link(file: &mut File, link: &Link, key: usize, page: ObjectId, element: ObjectId) -> Result<(), RenderError> {
    let Area {
        left,
        top,
        width,
        height,
    } = link.area;
    let rect = [left, PAGE_HEIGHT - top - height, left + width, PAGE_HEIGHT - top];
    let rect: Vec<Object> = rect.map(|length| length.round().into()).into();
    let annotation = file.add_object(dictionary! {
        "Type" => "Annot",
        "Subtype" => "Link",
        "Rect" => rect,
        "Border" => vec![int(0), int(0), int(0)],
        // printed too, as PDF/A demands
        "F" => 4,
        "Contents" => text_string(&link.text),
        "StructParent" => int(key),
        "A" => dictionary! { "S" => "URI", "URI" => Object::string_literal(link.address.as_str()) },
    });
    let drawn = file.get_dictionary_mut(page)?;
    let mut annotations = drawn
        .get(b"Annots")
        .and_then(Object::as_array)
        .cloned()
        .unwrap_or_default();
    annotations.push(annotation.into());
    drawn.set("Annots", annotations);
    let element = file.get_dictionary_mut(element)?;
    let mut kids = match element.get(b"K") {
        Ok(Object::Array(kids)) => kids.clone(),
        Ok(kid) => vec![kid.clone()],
        Err(_) => Vec::new(),
    };
    kids.push(dictionary! { "Type" => "OBJR", "Obj" => annotation, "Pg" => page }.into());
    element.set("K", kids);
    Ok(())
}

/// The objects that elements and pages have become.
struct Tree<'a> {
    ids: &'a [ObjectId],
    page_ids: &'a [ObjectId],
    root: ObjectId,
}

impl Tree<'_> {
    fn id(&self, element: ElementId) -> ObjectId {
        self.ids[element.index()]
    }

    fn element(&self, element: &Element) -> Dictionary {
        let parent = element.parent.map_or(self.root, |parent| self.id(parent));
        let mut dictionary = dictionary! { "S" => element.kind.name(), "P" => parent };
        let page = home_page(element);
        if let Some(page) = page {
            dictionary.set("Pg", self.page_ids[page]);
        }
        let mut kids: Vec<Object> = element.kids.iter().map(|kid| self.kid(*kid, page)).collect();
        match kids.len() {
            0 => {}
            1 => dictionary.set("K", kids.remove(0)),
            _ => dictionary.set("K", kids),
        }
        if let Some(scope) = element.kind.scope() {
            dictionary.set("A", dictionary! { "O" => "Table", "Scope" => scope });
        }
        dictionary
    }

    fn kid(&self, kid: Kid, home: Option<usize>) -> Object {
        match kid {
            Kid::Element(element) => self.id(element).into(),
            Kid::Content { page, mcid } if Some(page) == home => int(mcid),
            Kid::Content { page, mcid } => dictionary! {
                "Type" => "MCR",
                "Pg" => self.page_ids[page],
                "MCID" => int(mcid),
            }
            .into(),
        }
    }

    /// For each page the elements of its marked contents, by their number.
    fn parents(&self, pages: &[Page]) -> Vec<Object> {
        let mut numbers = Vec::with_capacity(2 * pages.len());
        for (index, page) in pages.iter().enumerate() {
            let owners: Vec<Object> = page.owners.iter().map(|owner| self.id(*owner).into()).collect();
            numbers.push(int(index));
            numbers.push(owners.into());
        }
        numbers
    }
}

/// The page of the first content of an element: contents on it are named by their number alone.
fn home_page(element: &Element) -> Option<usize> {
    element.kids.iter().find_map(|kid| match kid {
        Kid::Content { page, .. } => Some(*page),
        Kid::Element(_) => None,
    })
}
