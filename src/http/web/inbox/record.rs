//! One report: what was answered, why it came here, what follows from it. Opening it is written down by the store.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::Uri,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    handed_on,
    history::{self, Chapter},
    list::kind_label,
    moment, own_code,
    steps::{Steps, is_handover},
};
use crate::{
    access::Grant,
    app::App,
    fields, find_residence,
    form::{Form, Section},
    http::{
        Problem, ProblemType, RequestContext,
        web::{
            Frame, Page,
            calculation::Calculation,
            kept_form::Again,
            reporting::sentence,
            session,
            standing::Standing,
            ui::{Fact, Fault},
        },
    },
    record::{Answer, Employer, Handover, Report, StoredOutcome},
    reference,
    store::ReportDetail,
    value::{FreeText, Language, MunicipalityCode, ReportId},
};

#[derive(Template)]
#[template(path = "inbox-record.html")]
struct RecordPage {
    frame: Frame,
    faults: Vec<Fault>,
    id: ReportId,
    /// What can be done with the report; none where nothing can.
    steps: Option<Steps>,
    /// What was typed and not carried out.
    again: Again,
    /// Whether it was to hand the report on.
    is_handing_on: bool,
    messages: Vec<Message>,
    kind: String,
    state: Standing,
    groups: Vec<Group>,
    employer: Vec<Fact>,
    reason: String,
    calculation: Calculation,
    notices: Vec<Notice>,
    history: Vec<Chapter>,
    receipt_number: String,
    /// When the page was made, for paper.
    printed: String,
    form: String,
}

/// The answers of one section.
struct Group {
    title: String,
    answers: Vec<Answered>,
}

impl Group {
    /// Whether anything came in other characters than it is shown in.
    fn came_otherwise(&self) -> bool {
        self.answers.iter().any(|answer| !answer.raw.is_empty())
    }
}

/// One answer as it is understood, beside what was sent; empty where that was the same, or where it was worked out from others.
struct Answered {
    label: String,
    value: String,
    raw: String,
}

/// A warning or hint, and what the employer answered to it.
struct Notice {
    text: String,
    answer: Option<String>,
}

/// What one side wrote to the other.
struct Message {
    at: String,
    from: String,
    text: String,
}

/// `GET /kommune/{id}`
pub async fn show(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let id: ReportId = id.parse().map_err(|_| Problem::new(ProblemType::NotFound))?;
    let found = app.store.read_report(&grant, context.transaction_id, id).await;
    match found? {
        Some(detail) => {
            let again = Again::of(&app, &frame, &uri).await?;
            Ok(Page(page_of(&app, &context, &grant, frame, &detail, again).await?).into_response())
        }
        None => {
            let gone = handed_on::page_of(&app, own_code(&grant)?, id, frame).await?;
            gone.ok_or_else(|| Problem::new(ProblemType::NotFound))
        }
    }
}

async fn page_of(
    app: &App,
    context: &RequestContext,
    grant: &Grant,
    frame: Frame,
    detail: &ReportDetail,
    again: Again,
) -> Result<RecordPage, Problem> {
    let form = app.forms.find(&detail.form.id, &detail.form.version);
    let form = form.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    let outcomes = app.store.outcomes_of(&detail.report).await?;
    let handovers = app.store.handovers_of(&detail.report).await?;
    let others = app.store.others_of_person(own_code(grant)?, detail.report.id);
    let others = others.await?;
    let steps = Steps::of(&detail.report, others, again.posted(), &frame);
    let mut page = RecordPage::new(app, form, detail, frame);
    page.put_back(steps, again);
    page.history = history::chapters(app, context, grant, detail, &page.frame).await?;
    page.messages = messages(&outcomes, &detail.employer, &handovers, &page.frame);
    Ok(page)
}

impl RecordPage {
    /// Takes the forms with what was typed into them, and what is wrong with it once somebody tried to send it.
    fn put_back(&mut self, mut steps: Option<Steps>, mut again: Again) {
        if let Some(steps) = &mut steps {
            steps.tell(&again, &self.frame);
            self.faults = steps.faults();
        }
        let has_place = steps.as_ref().is_some_and(|steps| steps.has_place(&again));
        if again.posted().is_some() && !has_place {
            again.comes_too_late(&self.frame);
        }
        self.is_handing_on = is_handover(&again);
        (self.steps, self.again) = (steps, again);
    }

    fn new(app: &App, form: &Form, detail: &ReportDetail, frame: Frame) -> Self {
        let stored = &detail.report;
        let language = frame.language;
        Self {
            id: stored.id,
            faults: Vec::new(),
            steps: None,
            again: Again::default(),
            is_handing_on: false,
            messages: Vec::new(),
            kind: kind_label(app, detail, &frame),
            state: Standing::new(&stored.state, &frame),
            groups: groups(form, &stored.report, language),
            employer: employer_facts(form, &detail.employer, language),
            reason: stored.route.reason().get(language).to_owned(),
            calculation: Calculation::of_report(&stored.assessment, &frame),
            notices: notices(&stored.report, language),
            history: Vec::new(),
            printed: moment(app.clock.now(), &frame),
            receipt_number: detail.receipt_number.to_string(),
            form: format!("{} {}", form.title().get(language), detail.form.version),
            frame,
        }
    }
}

fn notices(report: &Report, language: Language) -> Vec<Notice> {
    let notices = report.notices.iter().map(|notice| Notice {
        text: sentence(notice, language),
        answer: report.answer_to(notice).map(|answer| answer.in_words(language)),
    });
    notices.collect()
}

/// The answers in the order of the form, those of a replaced kind after those of the correction itself.
fn groups(form: &Form, report: &Report, language: Language) -> Vec<Group> {
    let mut told = BTreeSet::new();
    let kinds = [report.kind, report.content_kind()];
    let sections = kinds
        .into_iter()
        .filter_map(|kind| form.kind(kind))
        .flat_map(|kind| &kind.sections);
    let group = |section: &Section| {
        let fields = section
            .fields
            .iter()
            .filter(|id| told.insert((*id).clone()) && !matches!(report.answers.get(id), Some(Answer::Report(_))))
            .filter_map(|id| form.field(id));
        let answers: Vec<Answered> = fields
            .filter_map(|field| {
                let answer = report.answers.get(&field.id)?;
                let value = field.display(answer, language);
                Some(Answered {
                    label: field.label.get(language).to_owned(),
                    raw: came_as(answer, report.raw.expose().get(&field.id), &value),
                    value,
                })
            })
            .collect();
        (!answers.is_empty()).then(|| Group {
            title: section.label.get(language).to_owned(),
            answers,
        })
    };
    sections.filter_map(group).collect()
}

/// What was sent, where it differs from what is shown. Codes of the form are no person's writing: their words stand in the form.
fn came_as(answer: &Answer, raw: Option<&Value>, shown: &str) -> String {
    match answer {
        Answer::Choice(_) | Answer::Choices(_) | Answer::YesNo(_) | Answer::Report(_) | Answer::Municipality(_) => {
            String::new()
        }
        _ => Some(as_sent(raw))
            .filter(|sent| sent.trim() != shown)
            .unwrap_or_default(),
    }
}

/// An answer in the characters it came in.
fn as_sent(raw: Option<&Value>) -> String {
    match raw {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts
            .iter()
            .map(|part| as_sent(Some(part)))
            .collect::<Vec<_>>()
            .join(", "),
        Some(other) => other.to_string(),
    }
}

fn employer_facts(form: &Form, employer: &Employer, language: Language) -> Vec<Fact> {
    let mut answers = employer.answers();
    let cvr = form.field(fields::EMPLOYER_CVR.id()).map(|field| Fact {
        label: field.label.get(language).to_owned(),
        value: session::company(&employer.cvr),
    });
    answers.remove(fields::EMPLOYER_CVR);
    let others = form
        .shown_once(&answers, language)
        .map(|(label, value)| Fact { label, value });
    cvr.into_iter().chain(others).collect()
}

/// What was asked, answered and given as reasons, in the order it was written.
fn messages(outcomes: &[StoredOutcome], employer: &Employer, handovers: &[Handover], frame: &Frame) -> Vec<Message> {
    let municipality = |code: &MunicipalityCode| reference::municipality(code).full_name.to_owned();
    let message = |at: Timestamp, from: String, text: &FreeText| {
        let text = text.expose().to_owned();
        let written = moment(at, frame);
        (
            at,
            Message {
                at: written,
                from,
                text,
            },
        )
    };
    let asked = outcomes.iter().filter_map(|one| {
        let text = one.outcome.text()?;
        Some(message(one.at, municipality(&one.municipality), text))
    });
    let answered = outcomes.iter().filter_map(|one| {
        let answer = one.answer.as_ref()?;
        Some(message(answer.at, session::company(&employer.cvr), &answer.text))
    });
    let handed = handovers.iter().map(|one| {
        let by_service = [find_residence::FOUND, find_residence::STATED].contains(&one.reason.expose());
        let staff = if by_service { "Fleksport" } else { "KL" };
        let from = one.from.as_ref().map_or_else(|| staff.to_owned(), municipality);
        message(one.at, from, &one.reason)
    });
    let mut all: Vec<_> = asked.chain(answered).chain(handed).collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, message)| message).collect()
}
