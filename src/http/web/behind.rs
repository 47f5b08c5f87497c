//! The municipalities that somebody should call: what has waited too long there, on either side, or a system that can't be woken.

use std::collections::BTreeMap;

use super::Frame;
use crate::{
    app::App,
    clock::in_denmark,
    reference,
    store::{Alarm, Neglect, StoreError, Told, Waiting},
    value::{Email, MunicipalityCode, date_to_text},
};

/// One municipality, and whom to tell there.
pub struct Behind {
    pub municipality: String,
    /// What waits, or that nothing does.
    pub unfetched: String,
    /// Its questions that wait for employers, or that none does.
    pub unanswered: String,
    pub pings: &'static str,
    /// The mail address that it has given; empty for none.
    pub contact: String,
    /// Whether it has been told by mail.
    pub told: String,
}

/// What there is on the municipalities.
struct Known {
    alarms: Vec<Alarm>,
    lost: Vec<MunicipalityCode>,
    contacts: BTreeMap<MunicipalityCode, Email>,
}

impl Behind {
    /// Those with reports that wait longest first, then those whose questions do, then those whose pings are lost.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(app: &App, frame: &Frame) -> Result<Vec<Self>, StoreError> {
        let (now, feed, store) = (app.clock.now(), &app.config.feed, &app.store);
        let (behind, without_answers, pings, contacts, alarms) = tokio::try_join!(
            store.behind(now - feed.alarm_unfetched),
            store.without_answers(now - feed.alarm_unanswered),
            store.ping_counts(),
            store.contacts(),
            store.alarms_under_way(),
        )?;
        let mut named: Vec<(MunicipalityCode, Neglect)> = Vec::new();
        for (code, unfetched) in behind {
            of(&mut named, code).unfetched = unfetched;
        }
        for (code, unanswered) in without_answers {
            of(&mut named, code).unanswered = unanswered;
        }
        for code in &pings.lost {
            of(&mut named, *code);
        }
        let known = Known {
            alarms,
            lost: pings.lost,
            contacts,
        };
        let one = |(code, neglect): &(MunicipalityCode, Neglect)| Self::new(code, neglect, &known, frame);
        Ok(named.iter().map(one).collect())
    }

    fn new(code: &MunicipalityCode, neglect: &Neglect, known: &Known, frame: &Frame) -> Self {
        let (da, en) = if known.lost.contains(code) {
            ("Opgivet", "Given up")
        } else {
            ("Når frem, eller er ikke ønsket", "Arrive, or are not wanted")
        };
        let contact = known.contacts.get(code).map(|email| email.expose().to_owned());
        Self {
            municipality: reference::municipality(code).full_name.to_owned(),
            unfetched: waiting(&neglect.unfetched, frame),
            unanswered: waiting(&neglect.unanswered, frame),
            pings: if frame.is_danish() { da } else { en },
            contact: contact.unwrap_or_default(),
            told: told(code, &known.alarms, frame),
        }
    }
}

/// The municipality's place in the list, made where it has none.
fn of(named: &mut Vec<(MunicipalityCode, Neglect)>, code: MunicipalityCode) -> &mut Neglect {
    let at = named.iter().position(|(known, _)| *known == code);
    let at = at.unwrap_or_else(|| {
        named.push((code, Neglect::default()));
        named.len() - 1
    });
    &mut named[at].1
}

fn waiting(waiting: &Waiting, frame: &Frame) -> String {
    match waiting.since {
        None => "–".to_owned(),
        Some(since) => {
            let date = date_to_text(in_denmark(since).date(), frame.language);
            format!("{} {} {date}", waiting.count, frame.t("siden", "since"))
        }
    }
}

/// How the last mail to the municipality fared; empty where nothing is too old.
fn told(code: &MunicipalityCode, alarms: &[Alarm], frame: &Frame) -> String {
    let last = alarms.iter().rev().find(|alarm| alarm.municipality == *code);
    match last.map(|alarm| alarm.told) {
        None | Some(Told::NoAddress) => String::new(),
        Some(Told::OnItsWay) => frame.t("Mail er på vej", "A mail is on its way").to_owned(),
        Some(Told::GivenUp) => frame.t("Mail opgivet", "Mail given up").to_owned(),
        Some(Told::At(at)) => {
            let date = date_to_text(in_denmark(at).date(), frame.language);
            format!("{} {date}", frame.t("Mail sendt", "Mail sent"))
        }
    }
}
