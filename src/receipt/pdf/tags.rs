//! The logical structure of a document, as plain data: which element is part of which, and where on the
//! pages its contents are. Readers for blind people, and copying in the right order, live by it.

/// Where an element stands in [`Tags`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ElementId(usize);

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Document,
    /// A heading of level 1 to 3.
    Heading(u8),
    Paragraph,
    /// A part that stands for itself, such as a note.
    Division,
    /// Leads to an address.
    Link,
    Table,
    Caption,
    TableHead,
    TableBody,
    Row,
    /// A cell that heads its column.
    ColumnHead,
    /// A cell that heads its row.
    RowHead,
    Cell,
}

impl Kind {
    /// The name of the standard structure type.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Document => "Document",
            Self::Heading(1) => "H1",
            Self::Heading(2) => "H2",
            Self::Heading(_) => "H3",
            Self::Paragraph => "P",
            Self::Division => "Div",
            Self::Link => "Link",
            Self::Table => "Table",
            Self::Caption => "Caption",
            Self::TableHead => "THead",
            Self::TableBody => "TBody",
            Self::Row => "TR",
            Self::ColumnHead | Self::RowHead => "TH",
            Self::Cell => "TD",
        }
    }

    /// What a cell heads.
    pub(super) fn scope(self) -> Option<&'static str> {
        match self {
            Self::ColumnHead => Some("Column"),
            Self::RowHead => Some("Row"),
            _ => None,
        }
    }
}

/// An element of the structure.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) kind: Kind,
    /// Nothing for the document itself.
    pub(super) parent: Option<ElementId>,
    /// Its parts, in reading order.
    pub(super) kids: Vec<Kid>,
}

/// A part of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kid {
    Element(ElementId),
    /// The marked content `mcid` of a page; pages are counted from 0.
    Content {
        page: usize,
        mcid: usize,
    },
}

/// All elements; the first one is the document.
#[derive(Debug)]
pub(super) struct Tags {
    elements: Vec<Element>,
}

impl ElementId {
    /// Its place among [`Tags::elements`].
    pub(super) fn index(self) -> usize {
        self.0
    }
}

impl Tags {
    pub(super) const DOCUMENT: ElementId = ElementId(0);

    pub(super) fn new() -> Self {
        Self {
            elements: vec![Element {
                kind: Kind::Document,
                parent: None,
                kids: Vec::new(),
            }],
        }
    }

    /// Appends an element to the parts of another.
    pub(super) fn add(&mut self, parent: ElementId, kind: Kind) -> ElementId {
        let id = ElementId(self.elements.len());
        self.elements.push(Element {
            kind,
            parent: Some(parent),
            kids: Vec::new(),
        });
        self.elements[parent.0].kids.push(Kid::Element(id));
        id
    }

    /// Appends a piece of a page to the parts of an element.
    pub(super) fn add_content(&mut self, element: ElementId, page: usize, mcid: usize) {
        self.elements[element.0].kids.push(Kid::Content { page, mcid });
    }

    /// All elements, parents before their parts.
    pub(super) fn elements(&self) -> &[Element] {
        &self.elements
    }
}
