//! Writes the logical structure into the file: the tree of elements, and for every page the way back from
//! its marked contents to the elements.

use lopdf::{Dictionary, Document as File, Object, ObjectId, dictionary};

use super::canvas::Page;
use super::int;
use super::tags::{Element, ElementId, Kid, Tags};

/// Adds the tree to the file and gives its root.
pub(super) fn add(file: &mut File, tags: &Tags, pages: &[Page], page_ids: &[ObjectId]) -> ObjectId {
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
    let parents = file.add_object(dictionary! { "Nums" => tree.parents(pages) });
    file.objects.insert(
        root,
        Object::Dictionary(dictionary! {
            "Type" => "StructTreeRoot",
            "K" => document,
            "ParentTree" => parents,
            "ParentTreeNextKey" => int(pages.len()),
        }),
    );
    root
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
