//! The municipality's own page: what waits, whom to tell, where pings go and how they fared, and its deliveries over time.

mod figures;
mod forms;
mod plot;
mod words;

use std::str::FromStr;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::Uri,
    response::{IntoResponse, Response},
};

use self::{
    figures::Day,
    plot::{Counts, Size, Times},
    words::PingRow,
};
use super::inbox::own_code;
use crate::{
    access::Grant,
    app::App,
    audit::Deed,
    http::{
        Problem, ProblemType, RequestContext,
        web::{
            Frame, Page,
            alarm::Alarm,
            frame::query_of,
            kept_form::{self, Again, OurForm},
            posted::Posted,
            redirect,
            ui::{Fact, Fault, Question},
        },
    },
    ping::PingAddress,
    reference,
    store::{MunicipalitySettings, StoreError},
    value::{Email, MunicipalityCode, Refusal, date_to_text},
};

const PATH: &str = "/kommune/oversigt";
/// Stands in the address after a change.
const DONE: &str = "gjort";
/// Pings in the list.
const PINGS: u32 = 20;

#[derive(Template)]
#[template(path = "municipality.html")]
struct OverviewPage {
    frame: Frame,
    municipality: String,
    /// What was changed just now, in a sentence; empty for nothing.
    done: &'static str,
    faults: Vec<Fault>,
    /// What was typed and not carried out.
    again: Again,
    /// What waits too long.
    alarms: Vec<Alarm>,
    waiting: Vec<Fact>,
    contact: Question,
    address: Question,
    /// Where pings go now; empty where none are wanted.
    ping: Vec<Fact>,
    /// A new secret, shown this once; empty otherwise.
    secret: String,
    pings: Vec<PingRow>,
    days: Vec<Day>,
    counts: [Counts; 2],
    times: [Times; 2],
}

/// `GET /kommune/oversigt`
pub async fn show(State(app): State<App>, grant: Grant, frame: Frame, uri: Uri) -> Result<Response, Problem> {
    let again = Again::of(&app, &frame, &uri).await?;
    let mut page = OverviewPage::read(&app, own_code(&grant)?, frame).await?;
    page.put_back(again, &app);
    let done = query_of(&uri).find(|(name, _)| name == DONE);
    page.done = done.map_or("", |(_, what)| forms::done(&what, &page.frame));
    Ok(Page(page).into_response())
}

/// `POST /kommune/oversigt/kontakt`: whom to tell; nothing typed for nobody.
pub async fn set_contact(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    OurForm(posted): OurForm,
) -> Result<Response, Problem> {
    let code = *own_code(&grant)?;
    let Ok(email) = contact_of(&posted) else {
        return kept_form::faulty(&app, &frame, PATH, &posted).await;
    };
    let audit = app
        .store
        .settings_entry(&grant, context.transaction_id, Deed::ContactChanged);
    let done = app.store.set_contact(&code, email.as_ref(), audit).await;
    done?;
    kept_form::carried_out(&app, &frame, &posted).await;
    Ok(back("kontakt"))
}

/// `POST /kommune/oversigt/ping`: where pings go, with a new secret. Shows it at once: it can't be read back.
pub async fn register_ping(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    OurForm(posted): OurForm,
) -> Result<Response, Problem> {
    let code = *own_code(&grant)?;
    let Ok(address) = PingAddress::register(posted.get(forms::ADDRESS), app.ping_reach()) else {
        return kept_form::faulty(&app, &frame, PATH, &posted).await;
    };
    let audit = app
        .store
        .settings_entry(&grant, context.transaction_id, Deed::PingRegistered);
    let secret = app.store.register_ping(&code, address, audit).await;
    let secret = secret?;
    kept_form::carried_out(&app, &frame, &posted).await;
    let mut page = OverviewPage::read(&app, &code, frame).await?;
    page.again = Again::beginning(&app, &page.frame, PATH)?;
    page.secret.clone_from(secret.text().expose());
    Ok(Page(page).into_response())
}

/// `POST /kommune/oversigt/ping/fjern`
pub async fn remove_ping(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Problem> {
    let code = own(&grant, &posted, &frame)?;
    let audit = app
        .store
        .settings_entry(&grant, context.transaction_id, Deed::PingRemoved);
    app.store.remove_ping(code, audit).await?;
    Ok(back("fjernet"))
}

/// `POST /kommune/oversigt/ping/proev`
pub async fn test_ping(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Problem> {
    let code = own(&grant, &posted, &frame)?;
    let audit = app
        .store
        .settings_entry(&grant, context.transaction_id, Deed::PingTested);
    if !app.store.test_ping(code, audit).await? {
        return Err(Problem::new(ProblemType::NoPingAddress));
    }
    app.ping_wakeup.notify_one();
    Ok(back("proeve"))
}

/// `POST /kommune/oversigt/ping/{id}/igen`
pub async fn ping_again(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let code = own(&grant, &posted, &frame)?;
    let id = id.parse().map_err(|_| Problem::new(ProblemType::NotFound))?;
    let audit = app
        .store
        .settings_entry(&grant, context.transaction_id, Deed::PingSentAgain);
    if !app.store.ping_again(code, id, audit).await? {
        return Err(Problem::new(ProblemType::NotFound));
    }
    app.ping_wakeup.notify_one();
    Ok(back("igen"))
}

/// The contact that was typed; nothing for nobody.
fn contact_of(posted: &Posted) -> Result<Option<Email>, <Email as FromStr>::Err> {
    let typed = posted.get(forms::CONTACT).trim();
    (!typed.is_empty()).then(|| typed.parse()).transpose()
}

/// The municipality, when the form is ours.
fn own<'a>(grant: &'a Grant, posted: &Posted, frame: &Frame) -> Result<&'a MunicipalityCode, Problem> {
    if !posted.is_ours(frame) {
        return Err(Problem::new(ProblemType::Forbidden));
    }
    own_code(grant)
}

fn back(done: &str) -> Response {
    redirect(&format!("{PATH}?{DONE}={done}"))
}

impl OverviewPage {
    async fn read(app: &App, code: &MunicipalityCode, frame: Frame) -> Result<Self, Problem> {
        let today = app.clock.today();
        let first = figures::dates(today).first().copied().unwrap_or(today);
        let zone = crate::clock::denmark();
        let since = first
            .to_zoned_datetime(zone)
            .map_err(|error| Problem::internal(&error))?;
        let (store, now) = (&app.store, app.clock.now());
        let read: Result<_, StoreError> = tokio::try_join!(
            Alarm::read(app, code, &frame),
            store.waiting_at(code),
            store.settings_of(code, now),
            store.pings_of(code, PINGS),
            store.deliveries(code, since.timestamp()),
        );
        let (alarms, waiting, settings, pings, deliveries) = read?;
        let days = figures::by_day(&deliveries, today);
        let MunicipalitySettings { contact, ping } = settings;
        let email = contact.as_ref().map_or("", Email::expose);
        let url = ping.as_ref().map_or("", |ping| ping.address.expose());
        Ok(Self {
            municipality: reference::municipality(code).full_name.to_owned(),
            done: "",
            faults: Vec::new(),
            again: Again::default(),
            alarms,
            waiting: forms::waiting(&waiting, today, &frame),
            contact: forms::contact(email, &frame),
            address: forms::address(url, &frame),
            ping: ping
                .as_ref()
                .map(|ping| forms::registered(ping, &frame))
                .unwrap_or_default(),
            secret: String::new(),
            pings: pings.iter().map(|ping| PingRow::new(ping, &frame)).collect(),
            counts: Size::ALL.map(|size| Counts::of(&days, size)),
            times: Size::ALL.map(|size| Times::of(&days, size)),
            days,
            frame,
        })
    }

    /// Puts what was typed back into its form, with what is wrong with it once somebody tried to send it.
    fn put_back(&mut self, again: Again, app: &App) {
        if let Some(posted) = again.posted() {
            let is_tried = again.tried().is_some();
            let told = |refusal: &dyn Refusal| refusal.message().get(self.frame.language).to_owned();
            if again.is_of("/kontakt") {
                self.contact = forms::contact(posted.get(forms::CONTACT), &self.frame);
                let fault = contact_of(posted).err().filter(|_| is_tried);
                self.contact.errors.extend(fault.map(|refusal| told(&refusal)));
            } else {
                let typed = posted.get(forms::ADDRESS);
                self.address = forms::address(typed, &self.frame);
                let fault = PingAddress::register(typed, app.ping_reach())
                    .err()
                    .filter(|_| is_tried);
                self.address.errors.extend(fault.map(|refusal| told(&refusal)));
            }
        }
        self.faults = Fault::of(&[self.contact.clone(), self.address.clone()]);
        self.again = again;
    }

    fn wants_pings(&self) -> bool {
        !self.ping.is_empty()
    }

    /// Whether there is anything for the picture of counts.
    fn has_counts(&self) -> bool {
        self.counts.iter().any(|counts| !counts.bars.is_empty())
    }

    fn has_waits(&self) -> bool {
        self.times.iter().any(|times| !times.spans.is_empty())
    }

    /// The day as its row and its mark name it.
    fn day(&self, number: &usize) -> String {
        let date = self.days.get(*number).map(|day| day.date);
        date.map(|date| format!("{}.{}.", date.day(), date.month()))
            .unwrap_or_default()
    }

    fn date(&self, day: &Day) -> String {
        date_to_text(day.date, self.frame.language)
    }

    fn wait(&self, time: &std::time::Duration) -> String {
        words::wait(*time, &self.frame)
    }

    /// The numbers of the picture in a sentence.
    fn counts_in_words(&self) -> String {
        let sum = |count: fn(&Day) -> i64| self.days.iter().map(count).sum::<i64>();
        let (available, fetched, answered) = (
            sum(|day| day.available),
            sum(|day| day.fetched),
            sum(|day| day.answered),
        );
        if self.frame.is_danish() {
            format!("I alt kom {available} ind i jeres liste, {fetched} blev hentet, og I gav {answered} svar.")
        } else {
            format!("In all {available} came into your feed, {fetched} were fetched, and you gave {answered} answers.")
        }
    }

    /// The waits of the picture in a sentence.
    fn times_in_words(&self) -> String {
        let longest = self
            .days
            .iter()
            .filter_map(|day| day.waits)
            .map(|waits| waits.p95)
            .max();
        match longest {
            Some(longest) if self.frame.is_danish() => {
                format!(
                    "På den langsomste dag blev 95 af 100 hentet inden for {}.",
                    self.wait(&longest)
                )
            }
            Some(longest) => format!(
                "On the slowest day 95 of 100 were fetched within {}.",
                self.wait(&longest)
            ),
            None => self
                .frame
                .t(
                    "Der er ikke hentet noget i de 30 dage.",
                    "Nothing was fetched in the 30 days.",
                )
                .to_owned(),
        }
    }
}
