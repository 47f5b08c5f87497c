//! The main menu: one list of where it leads, what it says and who sees it.

use super::Frame;
use crate::access::Role;

/// One place that the menu leads to.
struct Place {
    href: &'static str,
    danish: &'static str,
    english: &'static str,
    /// Who sees it; empty for everybody.
    roles: &'static [Role],
}

const fn place(href: &'static str, danish: &'static str, english: &'static str, roles: &'static [Role]) -> Place {
    Place {
        href,
        danish,
        english,
        roles,
    }
}

const EMPLOYER: &[Role] = &[Role::Employer];
const MUNICIPALITY: &[Role] = &[Role::Municipality];
const KL: &[Role] = &[Role::Kl, Role::Operator];
const EVERYBODY: &[Role] = &[];

/// Everything, in the order of the menu. The first of a role is where it begins.
const PLACES: [Place; 11] = [
    place("/indberet", "Indberet løn", "Report a wage", EMPLOYER),
    place("/kommune", "Indbakke", "Inbox", MUNICIPALITY),
    place("/kommune/oversendt", "Sendt videre", "Handed on", MUNICIPALITY),
    place(
        "/kommune/oversigt",
        "Overblik og indstillinger",
        "Overview and settings",
        MUNICIPALITY,
    ),
    place("/kl/drift", "Drift", "Operations", KL),
    place("/kl/holdte", "Uden kommune", "Without a municipality", KL),
    place("/kl/post", "Opgivne mails", "Mails given up", KL),
    place("/beregner", "Beregner", "Calculator", EVERYBODY),
    place("/blanket", "Blanketten", "The form", EVERYBODY),
    place("/kvittering", "Tjek en kvittering", "Check a receipt", EVERYBODY),
    place("/api", "Til udviklere", "For developers", EVERYBODY),
];

/// One entry of the main menu.
#[derive(Debug)]
pub struct MenuEntry {
    pub href: &'static str,
    pub text: &'static str,
    pub current: bool,
    exact: bool,
}

impl MenuEntry {
    /// `page` on the page itself, `true` on the pages below it.
    pub fn aria(&self) -> &'static str {
        if self.exact { "page" } else { "true" }
    }
}

/// What a visitor of this role finds in the menu; `None` where nobody is logged in.
pub fn entries(frame: &Frame, role: Option<Role>, path: &str) -> Vec<MenuEntry> {
    let seen = |place: &&Place| place.roles.is_empty() || role.is_some_and(|role| place.roles.contains(&role));
    let seen: Vec<&Place> = PLACES.iter().filter(seen).collect();
    let here = seen
        .iter()
        .filter(|place| leads_to(place.href, path))
        .map(|place| place.href);
    let here = here.max_by_key(|href| href.len());
    let entry = |place: &&Place| MenuEntry {
        href: place.href,
        text: frame.t(place.danish, place.english),
        current: here == Some(place.href),
        exact: path == place.href,
    };
    seen.iter().map(entry).collect()
}

fn leads_to(href: &str, path: &str) -> bool {
    path.strip_prefix(href)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Where a role begins.
pub fn home(role: Role) -> &'static str {
    let own = PLACES.iter().find(|place| place.roles.contains(&role));
    own.map_or("/", |place| place.href)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_place_of_its_own_and_nobody_sees_anothers() {
        let homes = [
            Role::Employer,
            Role::Municipality,
            Role::Kl,
            Role::Operator,
            Role::Anonymous,
        ]
        .map(home);
        assert_eq!(homes, ["/indberet", "/kommune", "/kl/drift", "/kl/drift", "/"]);
    }
}
