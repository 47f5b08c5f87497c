//! The longer sentences of the findings, in both languages.

use jiff::Timestamp;

use super::{
    facts::{Unknown, Vital},
    findings::{Said, named},
};
use crate::{
    clock::in_denmark,
    ground::HighWater,
    store::{ClockDoubt, GivenUpMail, OutboxCounts, Waiting},
    value::{Localized, MunicipalityCode},
};

pub(super) fn both(da: impl Into<String>, en: impl Into<String>) -> Localized {
    Localized::new(da, en)
}

/// A moment with its zone.
pub(super) fn at(moment: Timestamp) -> String {
    in_denmark(moment).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// A moment without.
pub(super) fn plain(moment: Timestamp) -> String {
    in_denmark(moment).strftime("%F %R").to_string()
}

pub(super) fn unknown(why: &Unknown) -> Localized {
    let da = match why {
        Unknown::TookTooLong => "vides ikke: svarede ikke i tide".to_owned(),
        Unknown::NotAsked => "vides ikke: databasen svarer ikke".to_owned(),
        Unknown::Failed(error) => format!("vides ikke: {error}"),
        Unknown::HighWater(error) => format!("vides ikke: {error}"),
    };
    both(da, why.to_string())
}

pub(super) fn high_water(then: Option<&HighWater>) -> Said {
    match then {
        Some(then) => Said::well(both(
            format!("sidst skrevet ned {}", at(then.written_at)),
            format!("last written down at {}", at(then.written_at)),
        )),
        None => Said::look(both("ikke skrevet ned", "not written down")),
    }
}

pub(super) fn clock(doubt: Option<&ClockDoubt>) -> Said {
    let Some(doubt) = doubt else {
        return Said::well(both("passer med den nyeste række", "fits the newest entry"));
    };
    let da = match doubt {
        ClockDoubt::Back(by) => format!(
            "uret er {} minutter bagud for den nyeste række; intet tages ind, før det går rigtigt",
            by.as_mins()
        ),
        ClockDoubt::Ahead(by) => format!(
            "uret er {} døgn foran den nyeste række; intet slettes, før nogen siger, at det går rigtigt",
            by.as_hours() / 24
        ),
    };
    Said::look(both(da, doubt.to_string()))
}

/// Of the outbox: what waits, what was given up, and with what the last of these ended.
pub(super) fn mail(vital: &Vital, counts: &OutboxCounts, last: Option<&GivenUpMail>) -> Said {
    let last = last.map(|mail| {
        let reply = mail.last_reply.map(|reply| format!(" {reply}")).unwrap_or_default();
        let with = format!("{}{reply}", mail.last_error);
        both(format!(", den sidste med {with}"), format!(", the last with {with}"))
    });
    let last = last.unwrap_or_else(|| both("", ""));
    let waits = match counts.oldest {
        Some(since) => both(
            format!("{} venter, den ældste siden {}", counts.waiting, at(since)),
            format!("{} waiting, the oldest since {}", counts.waiting, at(since)),
        ),
        None => both("0 venter", "0 waiting"),
    };
    if let Some(since) = counts.waits_too_long(vital.at, vital.late) {
        return Said::look(late(since, counts, &waits, &last));
    }
    match (counts.given_up, counts.concerning()) {
        (0, _) => Said::well(both(
            format!("{}, ingen opgivet", waits.da),
            format!("{}, none given up", waits.en),
        )),
        (refused, 0) => Said::well(both(
            format!(
                "{}; {refused} afviser mailserveren for altid{}: `fleksport mail list`",
                waits.da, last.da
            ),
            format!(
                "{}; {refused} that the relay refuses for good{}: fleksport mail list",
                waits.en, last.en
            ),
        )),
        (given_up, _) => Said::look(both(
            format!("{given_up} opgivet{}; {}", last.da, waits.da),
            format!("{given_up} given up{}; {}", last.en, waits.en),
        )),
    }
}

fn late(since: Timestamp, counts: &OutboxCounts, waits: &Localized, last: &Localized) -> Localized {
    let left = match counts.left {
        Some(left) => both(
            format!("den sidste er sendt {}", at(left)),
            format!("the last left at {}", at(left)),
        ),
        None => both("ingen er sendt endnu", "none has left yet"),
    };
    let (since, given_up) = (at(since), counts.given_up);
    both(
        format!(
            "venter for længe, siden {since}; {}; {}; {given_up} opgivet{}",
            left.da, waits.da, last.da
        ),
        format!(
            "waits too long, since {since}; {}; {}; {given_up} given up{}",
            left.en, waits.en, last.en
        ),
    )
}

pub(super) fn municipalities(late: &[(MunicipalityCode, Waiting)]) -> Said {
    if late.is_empty() {
        return Said::well(both("ingen for sent", "none overdue"));
    }
    let lines = |since: &str| {
        let lines = late.iter().map(|(code, waiting)| {
            let day = waiting.since.map(|at| in_denmark(at).date().to_string());
            format!("{} {} {since} {}", named(code), waiting.count, day.unwrap_or_default())
        });
        lines.collect::<Vec<_>>().join("; ")
    };
    Said::look(both(lines("siden"), lines("since")))
}
