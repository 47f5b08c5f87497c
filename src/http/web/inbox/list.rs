//! What has come in, newest first, or what there is on one person. Personal numbers are left to the single record.

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, civil::Date};

use super::{counted, export::PURPOSES, filter::Filter, handed_on, own_code};
use crate::{
    access::Grant,
    app::App,
    audit::Purpose,
    clock::in_denmark,
    http::{
        Problem, ProblemType, RequestContext,
        web::{
            Frame, Page,
            alarm::Alarm,
            frame::query_of,
            paging::{self, Turns},
            posted::Posted,
            session,
            standing::Standing,
            ui::{Fault, Input, Question, TextInput, Width},
        },
    },
    store::{self, MunicipalityWaiting, PageRequest, ReportDetail, Waiting},
    value::{Cpr, MunicipalityCode, Refusal, ReportId, date_to_text},
};

const PATH: &str = "/kommune";
const ROWS: u32 = 25;
/// The name of the field of the search.
const CPR: &str = "employee_cpr";

#[derive(Template)]
#[template(path = "inbox-list.html")]
pub struct ListPage {
    frame: Frame,
    municipality: String,
    faults: Vec<Fault>,
    /// The number to look for.
    question: Question,
    /// What waits too long.
    alarms: Vec<Alarm>,
    /// What waits, in a sentence each.
    waiting: Vec<String>,
    /// Whether the rows are what was looked for.
    searched: bool,
    rows: Vec<Row>,
    /// What has been handed on of the person that was looked for.
    handed_on: Vec<handed_on::Row>,
    turns: Turns,
    /// Where a search goes on, when it found more.
    search_on: Option<SearchOn>,
    filter: Filter,
}

/// What the form for the older reports of a search sends: the number again, in the body.
struct SearchOn {
    cpr: String,
    before: ReportId,
}

/// One report in the list.
struct Row {
    id: ReportId,
    employee: String,
    kind: String,
    employer: String,
    received: String,
    age: String,
    state: Standing,
}

/// `GET /kommune`
pub async fn list(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    uri: Uri,
) -> Result<Response, Problem> {
    let code = own_code(&grant)?;
    let query: Vec<_> = query_of(&uri).collect();
    let filter = Filter::read(&app, &frame, |name| word(&query, name));
    if !filter.faults().is_empty() {
        let page = ListPage::refused(code, frame, filter);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
    }
    let mut page = ListPage::new(code, frame, filter);
    let request = paging::asked(&uri, ROWS)?;
    let found = app
        .store
        .read_inbox(&grant, context.transaction_id, code, &page.filter.asked, request)
        .await;
    let found = found?;
    page.show(&app, &found);
    page.turns = Turns::of(PATH, &page.filter.pairs(), &request, &found, |detail| detail.report.id);
    let waiting = app.store.waiting_at(code).await;
    page.tell(&waiting?, app.clock.today());
    let alarms = Alarm::read(&app, code, &page.frame).await;
    page.alarms = alarms?;
    Ok(Page(page).into_response())
}

fn word(query: &[(String, String)], name: &str) -> String {
    let found = query.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

/// `POST /kommune`: the reports on one person. The number comes in the body, so that it stands in no address and no history; the
/// search is written down with its purpose, the number is not.
pub async fn search(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Problem> {
    let code = own_code(&grant)?;
    if !posted.is_ours(&frame) {
        return Err(Problem::new(ProblemType::Forbidden));
    }
    let filter = Filter::none(&app, &frame);
    let mut page = ListPage::new(code, frame, filter);
    page.searched = true;
    let cpr = match Cpr::parse(posted.get(CPR), app.clock.today()) {
        Ok(cpr) => cpr,
        Err(refusal) => {
            page.refuse(refusal.message().get(page.frame.language));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
        }
    };
    let request = searched_before(&posted)?;
    let found = app
        .store
        .read_by_cpr(&grant, context.transaction_id, &cpr, request)
        .await;
    let found = found?;
    page.show(&app, &found);
    let last = found.items.last().filter(|_| found.has_more);
    page.search_on = last.map(|last| SearchOn {
        cpr: cpr.expose_formatted(),
        before: last.report.id,
    });
    let gone = app.store.handed_on_of_person(code, &cpr).await;
    let gone = gone?;
    page.handed_on = gone.iter().map(|one| handed_on::Row::new(one, &page.frame)).collect();
    Ok(Page(page).into_response())
}

/// The page of a search that is asked for; the first unless the form says where to go on.
fn searched_before(posted: &Posted) -> Result<PageRequest<ReportId>, Problem> {
    let before = Some(posted.get(paging::BEFORE)).filter(|id| !id.is_empty());
    let before = before.map(str::parse).transpose();
    let before = before.map_err(|_| Problem::new(ProblemType::InvalidParameter))?;
    Ok(PageRequest { before, limit: ROWS })
}

impl ListPage {
    fn new(code: &MunicipalityCode, frame: Frame, filter: Filter) -> Self {
        Self {
            municipality: crate::reference::municipality(code).full_name.to_owned(),
            faults: Vec::new(),
            question: Question {
                id: CPR.to_owned(),
                name: CPR.to_owned(),
                label: frame.t("Borgerens CPR-nummer", "The citizen's CPR number").to_owned(),
                hint: frame
                    .t(
                        "Søg kun, når du har en sag. Søgningen bliver skrevet i loggen.",
                        "Search only when you have a case. The search is written to the log.",
                    )
                    .to_owned(),
                input: Input::Text(TextInput {
                    width: Width::Medium,
                    numeric: false,
                    autocomplete: "off",
                    ..TextInput::default()
                }),
                ..Question::default()
            },
            alarms: Vec::new(),
            waiting: Vec::new(),
            searched: false,
            rows: Vec::new(),
            handed_on: Vec::new(),
            turns: Turns::default(),
            search_on: None,
            filter,
            frame,
        }
    }

    /// The page that says what is wrong with the filter, without a report.
    pub fn refused(code: &MunicipalityCode, frame: Frame, filter: Filter) -> Self {
        let mut page = Self::new(code, frame, filter);
        page.faults = page.filter.faults();
        page
    }

    /// What a file of the list can be for, with the words of each.
    fn purposes(&self) -> [(&'static str, &'static str); 2] {
        PURPOSES.map(|purpose| (purpose.as_str(), purpose_words(purpose, &self.frame)))
    }

    fn show(&mut self, app: &App, found: &store::Page<ReportDetail>) {
        let today = app.clock.today();
        self.rows = found
            .items
            .iter()
            .map(|detail| Row::new(app, detail, today, &self.frame))
            .collect();
    }

    /// What waits, and how old the oldest is.
    fn tell(&mut self, waiting: &MunicipalityWaiting, today: Date) {
        let frame = &self.frame;
        let line = |waiting: &Waiting, da: (&str, &str), en: (&str, &str)| {
            let since = waiting.since.filter(|_| waiting.count > 0)?;
            let (one, many) = (frame.t(da.0, en.0), frame.t(da.1, en.1));
            let what = if waiting.count == 1 { one } else { many };
            let oldest = frame.t("ældste", "oldest");
            Some(format!(
                "{} {what} ({oldest}: {}).",
                counted(waiting, frame),
                age(since, today, frame)
            ))
        };
        self.waiting = [
            line(
                &waiting.unfetched,
                ("indberetning venter på jer", "indberetninger venter på jer"),
                ("report waits for you", "reports wait for you"),
            ),
            line(
                &waiting.unanswered,
                (
                    "spørgsmål venter på arbejdsgiveren",
                    "spørgsmål venter på arbejdsgiveren",
                ),
                ("question waits for the employer", "questions wait for the employer"),
            ),
        ]
        .into_iter()
        .flatten()
        .collect();
    }

    /// Says what is wrong with the number, without repeating it.
    fn refuse(&mut self, message: &str) {
        self.question.errors.push(message.to_owned());
        self.faults = Fault::of(std::slice::from_ref(&self.question));
    }
}

impl Row {
    fn new(app: &App, detail: &ReportDetail, today: Date, frame: &Frame) -> Self {
        let report = &detail.report;
        Self {
            id: report.id,
            employee: report.report.employee.name.expose().clone(),
            kind: kind_label(app, detail, frame),
            employer: session::company(&detail.employer.cvr),
            received: date_to_text(in_denmark(report.received_at).date(), frame.language),
            age: age(report.received_at, today, frame),
            state: Standing::new(&report.state, frame),
        }
    }
}

/// What the report is, in the words of the form it was sent on.
pub fn kind_label(app: &App, detail: &ReportDetail, frame: &Frame) -> String {
    let kind = detail.report.report.kind;
    let form = app.forms.find(&detail.form.id, &detail.form.version);
    let label = form
        .and_then(|form| form.kind(kind))
        .map(|kind| kind.label.get(frame.language));
    label.unwrap_or(kind.as_str()).to_owned()
}

/// What a file is for, in words.
fn purpose_words(purpose: Purpose, frame: &Frame) -> &'static str {
    match purpose {
        Purpose::Oversight => frame.t("Ledelsestilsyn og opfølgning", "Oversight and follow-up"),
        _ => frame.t("Sagsbehandling", "Case work"),
    }
}

fn age(received_at: Timestamp, today: Date, frame: &Frame) -> String {
    let days = in_denmark(received_at)
        .date()
        .until(today)
        .map_or(0, |span| span.get_days());
    match days {
        ..=0 => frame.t("i dag", "today").to_owned(),
        1 => frame.t("i går", "yesterday").to_owned(),
        days => format!("{days} {}", frame.t("dage", "days")),
    }
}
