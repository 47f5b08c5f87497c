//! The questions of the page, and what stands beside them.

use jiff::civil::Date;

use super::words::moment;
use crate::{
    clock::in_denmark,
    http::web::{
        Frame,
        inbox::counted,
        ui::{Fact, Input, Need, Question, TextInput},
    },
    store::{MunicipalityWaiting, PingRegistration, Waiting},
};

/// Names of the fields.
pub const CONTACT: &str = "contact_email";
pub const ADDRESS: &str = "ping_url";

fn question(name: &str, label: &str, hint: &str, need: Need, value: &str) -> Question {
    Question {
        id: name.to_owned(),
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        errors: Vec::new(),
        need,
        input: Input::Text(TextInput {
            value: value.to_owned(),
            autocomplete: "off",
            ..TextInput::default()
        }),
    }
}

pub fn contact(value: &str, frame: &Frame) -> Question {
    let label = frame.t("Mailadresse", "Mail address");
    let hint = frame.t(
        "Helst en fælles postkasse. Den får én mail, når noget begynder at vente for længe, og driften kan se den.",
        "A shared mailbox rather than a person's. It gets one mail when something begins to wait too long, and operations see it.",
    );
    question(CONTACT, label, hint, Need::Optional, value)
}

pub fn address(value: &str, frame: &Frame) -> Question {
    let label = frame.t("Adresse, der skal vækkes", "Address to wake");
    let hint = frame.t(
        "Begynder med https:// og ligger på det åbne internet. Hver registrering giver en ny hemmelighed; den gamle gælder også det næste døgn.",
        "Begins with https:// and lies on the open internet. Each registration gives a new secret; the old one holds for a day besides.",
    );
    question(ADDRESS, label, hint, Need::Required, value)
}

/// What was changed, in a sentence.
pub fn done(what: &str, frame: &Frame) -> &'static str {
    let (da, en) = match what {
        "kontakt" => ("Kontakten er gemt.", "The contact is kept."),
        "fjernet" => ("Der sendes ikke flere ping.", "No more pings are sent."),
        "proeve" => (
            "Prøven er på vej. Genindlæs siden om lidt, og se i listen, om den nåede frem.",
            "The test is on its way. Reload the page in a while and see in the list whether it arrived.",
        ),
        "igen" => ("Pinget sendes igen.", "The ping is sent again."),
        _ => ("", ""),
    };
    if frame.is_danish() { da } else { en }
}

/// Where pings go now.
pub fn registered(ping: &PingRegistration, frame: &Frame) -> Vec<Fact> {
    let fact = |label: &str, value: String| Fact {
        label: label.to_owned(),
        value,
    };
    let mut facts = vec![
        fact(frame.t("Adresse", "Address"), ping.address.expose().to_owned()),
        fact(frame.t("Registreret", "Registered"), moment(ping.changed_at, frame)),
    ];
    if let Some(until) = ping.old_secret_until {
        let label = frame.t("Den gamle hemmelighed gælder til", "The old secret holds until");
        facts.push(fact(label, moment(until, frame)));
    }
    facts
}

/// What waits, and how old the oldest is.
pub fn waiting(waiting: &MunicipalityWaiting, today: Date, frame: &Frame) -> Vec<Fact> {
    let told = |label: &str, waiting: &Waiting| Fact {
        label: label.to_owned(),
        value: match waiting.since.filter(|_| waiting.count > 0) {
            None => frame.t("Ingen", "None").to_owned(),
            Some(since) => {
                let days = in_denmark(since).date().until(today).map_or(0, |span| span.get_days());
                let oldest = frame.t("den ældste er", "the oldest is");
                let age = match days {
                    ..=0 => frame.t("fra i dag", "from today").to_owned(),
                    1 => frame.t("fra i går", "from yesterday").to_owned(),
                    days => format!("{days} {}", frame.t("dage gammel", "days old")),
                };
                format!("{}; {oldest} {age}", counted(waiting, frame))
            }
        },
    };
    let number = |label: &str, number: i64| Fact {
        label: label.to_owned(),
        value: number.to_string(),
    };
    vec![
        told(
            frame.t("Indberetninger, der venter på jer", "Reports that wait for you"),
            &waiting.unfetched,
        ),
        told(
            frame.t(
                "Spørgsmål, der venter på arbejdsgiveren",
                "Questions that wait for the employer",
            ),
            &waiting.unanswered,
        ),
        number(
            frame.t("Sidste nummer i jeres liste", "Last number of your feed"),
            waiting.latest_sequence,
        ),
        number(
            frame.t("Kvitteret til og med nummer", "Acknowledged up to number"),
            waiting.acknowledged,
        ),
    ]
}
