//! The municipalities that somebody should call: what has waited too long there, or a system that can't be woken.

use std::collections::BTreeMap;

use super::Frame;
use crate::{
    app::App,
    clock::in_denmark,
    reference,
    store::{StoreError, Waiting},
    value::{Email, MunicipalityCode, date_to_text},
};

/// One municipality, and whom to tell there.
pub struct Behind {
    pub municipality: String,
    /// What waits, or that nothing does.
    pub unfetched: String,
    pub pings: &'static str,
    /// The mail address that it has given; empty for none.
    pub contact: String,
}

impl Behind {
    /// Those that wait longest first, then those whose pings are lost.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(app: &App, frame: &Frame) -> Result<Vec<Self>, StoreError> {
        let before = app.clock.now() - app.config.feed.alarm_unfetched;
        let (behind, pings, contacts) =
            tokio::try_join!(app.store.behind(before), app.store.ping_counts(), app.store.contacts())?;
        let mut named: Vec<(MunicipalityCode, Option<Waiting>)> = behind
            .into_iter()
            .map(|(code, waiting)| (code, Some(waiting)))
            .collect();
        for code in &pings.lost {
            if !named.iter().any(|(known, _)| known == code) {
                named.push((*code, None));
            }
        }
        let one = |(code, waiting): &(MunicipalityCode, Option<Waiting>)| {
            Self::new(code, waiting.as_ref(), pings.lost.contains(code), &contacts, frame)
        };
        Ok(named.iter().map(one).collect())
    }

    fn new(
        code: &MunicipalityCode,
        waiting: Option<&Waiting>,
        lost: bool,
        contacts: &BTreeMap<MunicipalityCode, Email>,
        frame: &Frame,
    ) -> Self {
        let since = waiting.and_then(|waiting| Some((waiting.count, waiting.since?)));
        let unfetched = since.map(|(count, since)| {
            let date = date_to_text(in_denmark(since).date(), frame.language);
            format!("{count} {} {date}", frame.t("siden", "since"))
        });
        let (da, en) = if lost {
            ("Opgivet", "Given up")
        } else {
            ("Når frem, eller er ikke ønsket", "Arrive, or are not wanted")
        };
        Self {
            municipality: reference::municipality(code).full_name.to_owned(),
            unfetched: unfetched.unwrap_or_else(|| "–".to_owned()),
            pings: if frame.is_danish() { da } else { en },
            contact: contacts
                .get(code)
                .map(|email| email.expose().to_owned())
                .unwrap_or_default(),
        }
    }
}
