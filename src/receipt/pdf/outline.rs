//! The table of contents that readers show beside the pages, made of the headings.

use lopdf::{Dictionary, Document as File, Object, ObjectId, dictionary, text_string};

use super::blocks::OutlineEntry;
use super::int;
use super::style::{MARGIN, PAGE_HEIGHT};

/// Adds the entries to the file and gives their root, or nothing where there are none.
pub(super) fn add(file: &mut File, entries: &[OutlineEntry], pages: &[ObjectId]) -> Option<ObjectId> {
    if entries.is_empty() {
        return None;
    }
    let ids: Vec<ObjectId> = (0..=entries.len()).map(|_| file.new_object_id()).collect();
    let children = children(entries);
    for (parent, siblings) in children.iter().enumerate() {
        for (place, &child) in siblings.iter().enumerate() {
            let mut item = item(&entries[child - 1], pages);
            item.set("Parent", ids[parent]);
            if place > 0 {
                item.set("Prev", ids[siblings[place - 1]]);
            }
            if let Some(next) = siblings.get(place + 1) {
                item.set("Next", ids[*next]);
            }
            add_children(&mut item, &children[child], &ids);
            file.objects.insert(ids[child], Object::Dictionary(item));
        }
    }
    let mut root = dictionary! { "Type" => "Outlines" };
    add_children(&mut root, &children[0], &ids);
    file.objects.insert(ids[0], Object::Dictionary(root));
    Some(ids[0])
}

/// The children of the root (0) and of every entry (1, 2, …): the entries of a deeper level that follow it.
fn children(entries: &[OutlineEntry]) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); entries.len() + 1];
    let mut ancestors: Vec<(u8, usize)> = vec![(0, 0)];
    for (index, entry) in entries.iter().enumerate() {
        while ancestors.len() > 1 && ancestors.last().is_some_and(|(level, _)| *level >= entry.level) {
            ancestors.pop();
        }
        if let Some((_, parent)) = ancestors.last() {
            children[*parent].push(index + 1);
        }
        ancestors.push((entry.level, index + 1));
    }
    children
}

fn item(entry: &OutlineEntry, pages: &[ObjectId]) -> Dictionary {
    let place: Vec<Object> = vec![
        pages[entry.page].into(),
        "XYZ".into(),
        MARGIN.into(),
        (PAGE_HEIGHT - entry.top).round().into(),
        Object::Null,
    ];
    dictionary! { "Title" => text_string(&entry.text), "Dest" => place }
}

fn add_children(item: &mut Dictionary, children: &[usize], ids: &[ObjectId]) {
    if let (Some(first), Some(last)) = (children.first(), children.last()) {
        item.set("First", ids[*first]);
        item.set("Last", ids[*last]);
        item.set("Count", int(children.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_hang_under_the_last_one_of_a_higher_level() {
        let entry = |level| OutlineEntry {
            level,
            text: String::new(),
            page: 0,
            top: 0.0,
        };
        let entries: Vec<_> = [1, 2, 3, 3, 2, 1].map(entry).into();
        assert_eq!(
            children(&entries),
            [vec![1, 6], vec![2, 5], vec![3, 4], vec![], vec![], vec![], vec![]]
        );
    }
}
