//! What an operator is told of the facts: in words, with what to do.

use super::{
    facts::{Facts, Known},
    words::{at, both, clock, high_water, mail, municipalities, plain, unknown},
};
use crate::{
    reference,
    store::{OverdueAt, Waiting},
    value::{Localized, MunicipalityCode},
};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stays the same.
    pub code: &'static str,
    pub what: Localized,
    /// Whether a person has to look.
    pub look: bool,
    pub said: Localized,
    /// What a person can do; empty where there is nothing to be done.
    pub todo: Localized,
    /// The page where it is done; empty where it is done elsewhere.
    pub href: &'static str,
}

/// What was found and whether a person has to look.
pub(super) struct Said {
    pub look: bool,
    pub said: Localized,
}

impl Said {
    pub fn well(said: Localized) -> Self {
        Self { look: false, said }
    }

    pub fn look(said: Localized) -> Self {
        Self { look: true, said }
    }

    /// What is said of a fact, or that it is not known.
    fn of<T>(known: &Known<T>, say: impl FnOnce(&T) -> Self) -> Self {
        match known {
            Ok(fact) => say(fact),
            Err(why) => Self::look(unknown(why)),
        }
    }
}

/// All of it, what everything stands on first.
#[must_use]
pub fn findings(facts: &Facts) -> Vec<Finding> {
    vec![
        database(facts),
        schema(facts),
        writer(facts),
        keys(facts),
        ground(facts),
        unreadable(facts),
        doubted(facts),
        outbox(facts),
        pings(facts),
        held(facts),
        unfetched(facts),
        readers_ahead(facts),
        unanswered(facts),
        alarms(facts),
    ]
}

fn finding(code: &'static str, what: Localized, said: Said, todo: Localized, href: &'static str) -> Finding {
    Finding {
        code,
        what,
        look: said.look,
        said: said.said,
        // Who needs not look needs no advice.
        todo: if said.look { todo } else { both("", "") },
        href,
    }
}

fn database(facts: &Facts) -> Finding {
    let vital = &facts.vital;
    let said = match (&vital.reads, &vital.writes) {
        (Err(why), _) | (_, Err(why)) => Said::look(unknown(why)),
        _ if vital.disk_is_low => Said::look(both(
            "Disken har mindre plads end database.disk_reserve_bytes: intet bliver skrevet",
            "its disk has less room than database.disk_reserve_bytes: nothing is written",
        )),
        _ => Said::well(both("svarer", "answers")),
    };
    let todo = both(
        "Se efter database, netværk og disk; docs/operations.md siger, hvad der sker imens",
        "See to the database, the network and the disk; docs/operations.md says what happens meanwhile",
    );
    finding("database", both("Database", "database"), said, todo, "")
}

fn schema(facts: &Facts) -> Finding {
    let fits = both("den, som programmet passer til", "the one of this program");
    let said = Said::of(&facts.vital.schema, |()| Said::well(fits));
    let todo = both(
        "Kør `fleksport migrate`, eller start programmet i den rigtige version",
        "Run `fleksport migrate`, or start the program in the right version",
    );
    finding("schema", both("Skema", "schema"), said, todo, "")
}

fn writer(facts: &Facts) -> Finding {
    let (waiting, room) = facts.writer_queue;
    let queue = both(
        format!("{waiting} af højst {room} indberetninger venter på at blive skrevet"),
        format!("{waiting} of at most {room} reports wait to be written"),
    );
    let said = if !facts.vital.writer_goes_on {
        Said::look(both("står stille", "stands still"))
    } else if waiting >= room {
        Said::look(queue)
    } else {
        Said::well(queue)
    };
    let todo = both(
        "Se efter databasen; start programmet igen, hvis databasen svarer",
        "See to the database; start the program anew if the database answers",
    );
    finding("writer", both("Skriveren", "writer"), said, todo, "")
}

fn keys(facts: &Facts) -> Finding {
    let ids: Vec<_> = facts.keys.iter().map(ToString::to_string).collect();
    let (ids, current) = (ids.join(", "), ids.last().cloned().unwrap_or_default());
    let fit = both(
        format!("nummer {ids} er læst, {current} forsegler, og de passer til databasen"),
        format!("number {ids} loaded, {current} seals, and they fit the database"),
    );
    let said = Said::of(&facts.keys_fit, |()| Said::well(fit));
    let todo = both(
        "Læg den rigtige keys.toml tilbage fra kopien",
        "Put the right keys.toml back from its copy",
    );
    finding("keys", both("Nøgler", "keys"), said, todo, "")
}

fn ground(facts: &Facts) -> Finding {
    let said = Said::of(&facts.high_water, |then| high_water(then.as_ref()));
    let todo = both(
        "Se efter high-water.json i datamappen",
        "See to high-water.json in the data folder",
    );
    let what = both("Hvor langt databasen er kommet", "how far the database has come");
    finding("high-water", what, said, todo, "")
}

fn unreadable(facts: &Facts) -> Finding {
    let said = Said::of(&facts.vital.unreadable, |(count, first)| match count {
        0 => Said::well(both("ingen fundet", "none found")),
        count => {
            let first: Vec<_> = first.iter().map(ToString::to_string).collect();
            let first = first.join("; ");
            Said::look(both(
                format!("{count} rækker kan ikke læses og holdes tilbage: {first}"),
                format!("{count} rows can't be read and are withheld: {first}"),
            ))
        }
    });
    let todo = both(
        "Kør `fleksport verify`; læg en sikkerhedskopi tilbage, hvis rækkerne er ødelagt",
        "Run `fleksport verify`; restore a backup if the rows are damaged",
    );
    let what = both("Rækker, der ikke kan læses", "rows that can't be read");
    finding("rows-unreadable", what, said, todo, "")
}

fn doubted(facts: &Facts) -> Finding {
    let said = Said::of(&facts.vital.clock, |doubt| clock(doubt.as_ref()));
    let todo = both(
        "Stil maskinens ur; er det rigtigt, så sig det med `fleksport verify --accept`",
        "Set the machine's clock; if it is right, say so with `fleksport verify --accept`",
    );
    finding("clock", both("Ur", "clock"), said, todo, "")
}

fn outbox(facts: &Facts) -> Finding {
    let said = Said::of(&facts.vital.outbox, |counts| {
        let last = facts.last_given_up.as_ref().ok().and_then(Option::as_ref);
        mail(&facts.vital, counts, last)
    });
    let todo = both(
        "Send igen eller afvis her eller med `fleksport mail`; prøv mailserveren med `fleksport doctor --mail-to ADRESSE`",
        "Send again or dismiss on /kl/post or with `fleksport mail`; try the relay with `fleksport doctor --mail-to ADDRESS`",
    );
    finding("mail", both("Udgående mail", "outgoing mail"), said, todo, "/kl/post")
}

fn pings(facts: &Facts) -> Finding {
    let said = Said::of(&facts.pings, |counts| {
        if counts.lost.is_empty() {
            let (waiting, failing) = (counts.waiting, counts.failing);
            return Said::well(both(
                format!("{waiting} venter, {failing} af dem fejler, ingen er opgivet, siden en kom frem"),
                format!("{waiting} waiting, {failing} of them failing, none given up since one arrived"),
            ));
        }
        let names = counts.lost.iter().map(named).collect::<Vec<_>>().join("; ");
        Said::look(both(
            format!("opgivet, og ingen er kommet frem siden: {names}"),
            format!("given up, and none has arrived since: {names}"),
        ))
    });
    let todo = both(
        "Ring til kommunen: adressen svarer ikke. Kommunen sender selv igen på sin oversigt",
        "Call the municipality: its address does not answer. It sends again by itself on its overview",
    );
    let what = both("Ping til kommunerne", "pings to municipalities");
    finding("pings", what, said, todo, "/kl/holdte")
}

fn held(facts: &Facts) -> Finding {
    let said = Said::of(&facts.overdue, |overdue| match overdue.held {
        Waiting { count: 0, .. } => Said::well(both("ingen", "none")),
        Waiting { count, since } => {
            let since = since.map(at).unwrap_or_default();
            Said::look(both(
                format!("{count} venter på, at nogen finder kommunen, den ældste siden {since}"),
                format!("{count} wait for a person to find the municipality, the oldest since {since}"),
            ))
        }
    });
    let todo = both("Find kommunen", "Find the municipality on /kl/holdte");
    let what = both("Indberetninger uden kommune", "held reports");
    finding("held", what, said, todo, "/kl/holdte")
}

fn unfetched(facts: &Facts) -> Finding {
    let said = overdue(facts, |at| at.unfetched);
    let todo = both(
        "Ring til kommunen; adressen står på siden",
        "Call the municipality; /kl/holdte has its address",
    );
    let what = both(
        "Indberetninger, som ingen har hentet",
        "reports that nobody has fetched",
    );
    finding("unfetched", what, said, todo, "/kl/holdte")
}

fn unanswered(facts: &Facts) -> Finding {
    let said = overdue(facts, |at| at.unanswered);
    let todo = both(
        "Kommunen ringer til arbejdsgiveren eller afgør sagen uden svaret",
        "The municipality calls the employer, or decides without the answer",
    );
    let what = both("Spørgsmål til arbejdsgivere", "questions to employers");
    finding("unanswered", what, said, todo, "/kl/holdte")
}

/// Each municipality with how many, and since when, those that wait longest first.
fn overdue(facts: &Facts, of: fn(&OverdueAt) -> Waiting) -> Said {
    Said::of(&facts.overdue_at, |each| {
        let mut late: Vec<_> = each.iter().map(|at| (at.municipality, of(at))).collect();
        late.retain(|(_, waiting)| waiting.count > 0);
        late.sort_by_key(|(code, waiting)| (waiting.since, *code));
        municipalities(&late)
    })
}

/// The sign that the service was set back: somebody has more of a feed than there is.
fn readers_ahead(facts: &Facts) -> Finding {
    let said = Said::of(&facts.readers_ahead, |found| {
        if found.is_empty() {
            return Said::well(both(
                "ingen er længere fremme end sin strøm",
                "none is further on than its feed",
            ));
        }
        let line = |words: [&str; 4]| {
            let lines = found.iter().map(|one| {
                let [has, feed, noted, last] = words;
                let (name, at) = (named(&one.municipality), plain(one.last_at));
                let (reader, latest, times) = (one.reader_sequence, one.latest_sequence, one.times);
                format!("{name} {has} {reader}, {feed} {latest} ({noted} {times}, {last} {at})")
            });
            lines.collect::<Vec<_>>().join("; ")
        };
        Said::look(both(
            format!(
                "længere fremme end strømmen, så tjenesten er sat tilbage, eller de bruger den forkerte: {}",
                line(["har", "strømmen", "set, gange:", "sidst"])
            ),
            format!(
                "further on than the feed, so the service was set back or they use the wrong one: {}",
                line(["has", "the feed", "noted, times:", "last"])
            ),
        ))
    });
    let todo = both(
        "docs/pulling.md siger, hvad der skal gøres efter en genskabelse",
        "docs/pulling.md says what to do after a restore",
    );
    let what = both("Kommunernes egne systemer", "municipalities' own systems");
    finding("readers-ahead", what, said, todo, "")
}

fn alarms(facts: &Facts) -> Finding {
    let said = Said::of(&facts.vital.alarms, |counts| {
        let (under_way, given_up, refused) = (counts.under_way, counts.given_up, counts.refused);
        if given_up == 0 {
            Said::well(both(
                format!("{under_way} i gang, ingen mail opgivet"),
                format!("{under_way} under way, no mail given up"),
            ))
        } else if given_up == refused {
            Said::well(both(
                format!("{under_way} i gang; {refused} afviser mailserveren for altid: `fleksport mail list`"),
                format!("{under_way} under way; {refused} that the relay refuses for good: `fleksport mail list`"),
            ))
        } else {
            let last = counts.last_error.as_deref().unwrap_or_default();
            Said::look(both(
                format!("{given_up} opgivet, den sidste med {last}"),
                format!("{given_up} given up, the last with {last}"),
            ))
        }
    });
    let todo = both("Send igen eller afvis", "Send again or dismiss on /kl/post");
    let what = both("Mails om, hvad der venter for længe", "mails about what waits too long");
    finding("alarms", what, said, todo, "/kl/post")
}

pub(super) fn named(code: &MunicipalityCode) -> String {
    format!("{code} {}", reference::municipality(code).name)
}
