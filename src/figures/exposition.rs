//! The figures as Prometheus reads them. `docs/figures.md` lists each.

use std::fmt;

use prometheus_client::{
    encoding::prometheus_text,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use super::{
    checks::{CHECKS, Found},
    facts::{Facts, Known, Unknown, Vital},
};
use crate::{
    app::App,
    reference,
    store::{ClockDoubt, FeedStanding, OutboxCounts, StoreError, Waiting},
};

/// What the text is.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that is known. What is not, for the database does not answer, is left out: a figure that stands at an old value would be
/// taken for true.
///
/// # Errors
/// When the text can't be made, which takes a fault in the program.
pub fn exposition(app: &App, facts: &Facts) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("fleksport");
    let into = &mut registry;
    vital(into, &facts.vital);
    mail(into, facts);
    waiting(into, facts);
    feeds(into, facts);
    ground(into, facts);
    writer(into, app, facts);
    app.calls.register(into);
    let mut text = String::new();
    prometheus_text::encode(&mut text, &registry)?;
    Ok(text)
}

/// One figure; nothing where it is not known.
fn tell(into: &mut Registry, name: &str, help: &str, value: Option<i64>) {
    if let Some(value) = value {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        into.register(name, help, gauge);
    }
}

/// A figure for each of some things of ours, named by a label.
fn tell_each(
    into: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    values: impl Iterator<Item = (String, i64)>,
) {
    let family = Family::<[(&'static str, String); 1], Gauge>::default();
    for (of, value) in values {
        family.get_or_create(&[(label, of)]).set(value);
    }
    into.register(name, help, family);
}

fn of<T>(known: &Known<T>, figure: impl FnOnce(&T) -> i64) -> Option<i64> {
    known.as_ref().ok().map(figure)
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn vital(into: &mut Registry, vital: &Vital) {
    let answers = [("read", &vital.reads), ("write", &vital.writes)];
    let answers = answers.map(|(way, known)| (way.to_owned(), i64::from(known.is_ok())));
    let help = "1 while the database answers";
    tell_each(into, "database_up", help, "way", answers.into_iter());
    let checks = CHECKS.iter().map(|(code, judge)| {
        let value = match judge(vital) {
            Found::Fine => 0,
            Found::Degraded => 1,
            Found::Unavailable => 2,
        };
        ((*code).to_owned(), value)
    });
    let help = "The checks of /health/ready: 0 fine, 1 a person has to look, 2 it can't take in or hand out";
    tell_each(into, "check", help, "check", checks);
    let schema = match &vital.schema {
        Ok(()) => Some(1),
        Err(Unknown::Failed(StoreError::Schema { .. })) => Some(0),
        Err(_) => None,
    };
    tell(
        into,
        "schema_fits",
        "1 while the tables are those of this program",
        schema,
    );
    let unreadable = of(&vital.unreadable, |(count, _)| *count);
    tell(
        into,
        "rows_unreadable",
        "Rows that can't be read and are withheld",
        unreadable,
    );
    let doubted = of(&vital.clock, |doubt| i64::from(doubt.is_some()));
    let help = "1 while the machine's clock does not fit the newest entry";
    tell(into, "clock_doubted", help, doubted);
    let off = of(&vital.clock, |doubt| match doubt {
        Some(ClockDoubt::Ahead(by)) => by.as_secs(),
        Some(ClockDoubt::Back(by)) => -by.as_secs(),
        None => 0,
    });
    let help = "How far a doubted clock is ahead of the newest entry, negative: behind it; 0 while it is not doubted";
    tell(into, "clock_off_seconds", help, off);
}

fn mail(into: &mut Registry, facts: &Facts) {
    let vital = &facts.vital;
    let outbox = |figure: fn(&OutboxCounts) -> i64| of(&vital.outbox, figure);
    tell(
        into,
        "outbox_waiting",
        "Rows of the outbox that wait",
        outbox(|counts| counts.waiting),
    );
    let given_up = outbox(|counts| counts.given_up);
    tell(
        into,
        "outbox_given_up",
        "Rows of the outbox that were given up",
        given_up,
    );
    let since = |moment| vital.seconds_since(moment);
    let oldest = of(&vital.outbox, |counts| counts.oldest.map_or(0, since));
    let help = "Age of the oldest waiting row in seconds";
    tell(into, "outbox_oldest_seconds", help, oldest);
    let lag = of(&vital.outbox, |counts| counts.due.map_or(0, since));
    let help = "How long the mail that is due first has been due";
    tell(into, "mail_lag_seconds", help, lag);
    let left = vital.outbox.as_ref().ok().and_then(|counts| counts.left).map(since);
    tell(
        into,
        "mail_left_seconds",
        "How long ago the newest mail left; none: no mail has",
        left,
    );
    let Ok(kinds) = &facts.mails else { return };
    let waiting = kinds.iter().map(|mail| (mail.kind.to_owned(), mail.waiting));
    tell_each(into, "mails_waiting", "Mails that wait, by kind", "kind", waiting);
    let given_up = kinds.iter().map(|mail| (mail.kind.to_owned(), mail.given_up));
    tell_each(
        into,
        "mails_given_up",
        "Mails that were given up, by kind",
        "kind",
        given_up,
    );
    let oldest = kinds
        .iter()
        .map(|mail| (mail.kind.to_owned(), mail.oldest.map_or(0, since)));
    let help = "Age of the oldest waiting mail, by kind";
    tell_each(into, "mails_oldest_seconds", help, "kind", oldest);
}

fn waiting(into: &mut Registry, facts: &Facts) {
    let vital = &facts.vital;
    let since = |waiting: &Waiting| waiting.since.map_or(0, |moment| vital.seconds_since(moment));
    let (overdue, pings, alarms) = (&facts.overdue, &facts.pings, &vital.alarms);
    for (name, help, value) in [
        (
            "reports_unfetched_overdue",
            "Reports that their municipality has not taken in time",
            of(overdue, |overdue| overdue.unfetched.count),
        ),
        (
            "municipalities_behind",
            "Municipalities with such reports",
            of(overdue, |overdue| overdue.municipalities),
        ),
        (
            "questions_unanswered_overdue",
            "Questions that the employer has not answered in time",
            of(overdue, |overdue| overdue.unanswered.count),
        ),
        (
            "reports_held",
            "Reports that wait for a person to find their municipality",
            of(overdue, |overdue| overdue.held.count),
        ),
        (
            "reports_held_oldest_seconds",
            "Age of the oldest of these",
            of(overdue, |overdue| since(&overdue.held)),
        ),
        (
            "alarms",
            "Municipalities where something has waited too long, counted for each side that is waited for",
            of(alarms, |alarms| alarms.under_way),
        ),
        (
            "alarm_mails_given_up",
            "Mails about it that were given up",
            of(alarms, |alarms| alarms.given_up),
        ),
        ("pings_waiting", "Pings that wait", of(pings, |pings| pings.waiting)),
        (
            "pings_oldest_seconds",
            "Age of the oldest waiting ping",
            of(pings, |pings| {
                pings.oldest.map_or(0, |moment| vital.seconds_since(moment))
            }),
        ),
        (
            "pings_failing",
            "Waiting pings that have failed at least once",
            of(pings, |pings| pings.failing),
        ),
        (
            "pings_given_up",
            "Pings that were given up, of those that are kept for the municipalities",
            of(pings, |pings| pings.given_up),
        ),
        (
            "ping_receivers_lost",
            "Municipalities of which a ping was given up and none has arrived since",
            of(pings, |pings| count(pings.lost.len())),
        ),
    ] {
        tell(into, name, help, value);
    }
}

/// As people call the municipality.
fn name(feed: &FeedStanding) -> String {
    reference::municipality(&feed.municipality).name.to_owned()
}

fn feeds(into: &mut Registry, facts: &Facts) {
    let ahead = of(&facts.readers_ahead, |found| count(found.len()));
    let help = "Municipalities whose own system is further on than its feed, as after the service was set back";
    tell(into, "readers_ahead", help, ahead);
    let Ok(feeds) = &facts.feeds else { return };
    let lag = feeds
        .iter()
        .map(|feed| (name(feed), feed.latest_sequence - feed.acknowledged));
    let help = "Entries of its feed that a municipality has not acknowledged";
    tell_each(into, "feed_lag_entries", help, "municipality", lag);
    let oldest = feeds.iter().map(|feed| {
        let since = feed
            .unfetched_since
            .map_or(0, |moment| facts.vital.seconds_since(moment));
        (name(feed), since)
    });
    let help = "Age of the oldest report that nobody at the municipality has taken";
    tell_each(into, "feed_oldest_unfetched_seconds", help, "municipality", oldest);
}

fn ground(into: &mut Registry, facts: &Facts) {
    let then = facts.high_water.as_ref().ok().and_then(Option::as_ref);
    let age = then.map(|then| facts.vital.seconds_since(then.written_at));
    let help = "How long ago it was written down how far the database has come; none: it was not, or can't be read";
    tell(into, "high_water_age_seconds", help, age);
    tell(
        into,
        "sealing_keys",
        "Sealing keys that are loaded",
        Some(count(facts.keys.len())),
    );
    let current = facts.keys.last().map(|id| i64::from(*id));
    tell(into, "sealing_key_current", "Number of the key that seals now", current);
}

fn writer(into: &mut Registry, app: &App, facts: &Facts) {
    let (waiting, room) = facts.writer_queue;
    let help = "What waits for the writer, in reports";
    tell(into, "writer_queue", help, Some(count(waiting)));
    let help = "What may wait for the writer before callers are told to come again, in reports";
    tell(into, "writer_queue_room", help, Some(count(room)));
    let figures = app.store.writer_figures();
    let help = "From the queue into a batch";
    into.register("writer_wait_seconds", help, figures.waited.clone());
    into.register("writer_batch_jobs", "Jobs of a batch", figures.batch_jobs.clone());
    let help = "What a batch took, commit and repeats included";
    into.register("writer_batch_seconds", help, figures.batch_seconds.clone());
    let help = "Jobs that found the queue full";
    into.register("writer_refused", help, figures.refused.clone());
}
