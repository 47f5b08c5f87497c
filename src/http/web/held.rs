//! The reports for which no municipality was found: the list, and the form by which a person decides.

use askama::Template;
use axum::{
    extract::State,
    http::Uri,
    response::{IntoResponse, Response},
};

use super::{
    Frame, Page,
    behind::Behind,
    frame::query_of,
    inbox::kind_label,
    kept_form::{self, Again, OurForm},
    posted::Posted,
    redirect, session,
    ui::{Choice, Fault, Input, Question},
};
use crate::{
    access::Grant,
    app::App,
    clock::in_denmark,
    fields,
    http::{Problem, ProblemType, RequestContext},
    record::{Answers, HeldReason, MunicipalityAnswer, ReportState},
    reference,
    store::{QuestionState, ReportDetail},
    value::{FreeText, MunicipalityCode, Refusal, ReportId, date_to_text},
};

const PATH: &str = "/kl/holdte";
/// What the address says after a decision.
const DONE: &str = "fundet";
/// The word of the address and of the form: younger than this report.
const AFTER: &str = "efter";
const ROWS: u32 = 50;

#[derive(Template)]
#[template(path = "held.html")]
struct HeldPage {
    frame: Frame,
    /// Whether a decision was just stored.
    done: bool,
    faults: Vec<Fault>,
    /// What was typed and not carried out.
    again: Again,
    /// Those that wait longest first.
    rows: Vec<Row>,
    place: Place,
    /// The last report of the page, when younger ones follow.
    younger: Option<ReportId>,
    questions: [Question; 3],
    behind: Vec<Behind>,
}

/// Which part of the queue: what was held after this report; the whole from its beginning for `None`.
type Place = Option<ReportId>;

fn place(text: Option<&str>) -> Result<Place, Problem> {
    let id = text.filter(|text| !text.is_empty()).map(str::parse).transpose();
    id.map_err(|_| Problem::new(ProblemType::InvalidParameter))
}

/// One report: what it takes to find the municipality, and no amount.
struct Row {
    id: ReportId,
    employee: String,
    cpr: String,
    /// What the employer says about where the employee lives, and what that leaves open.
    residence: Vec<String>,
    kind: String,
    employer: String,
    since: String,
    why: String,
    /// How the question to the residence register stands; empty where none is asked.
    register: String,
}

/// How far the residence register has come with a report, in words.
fn register_words(app: &App, state: Option<QuestionState>, frame: &Frame) -> String {
    if app.register.is_off() {
        return String::new();
    }
    match state {
        None => frame
            .t(
                "Bopælsregistret bliver spurgt.",
                "The residence register is being asked.",
            )
            .to_owned(),
        Some(QuestionState::Waiting { attempts }) => format!(
            "{} {attempts} {}",
            frame.t(
                "Bopælsregistret er ikke nået efter",
                "The residence register was not reached after"
            ),
            frame.t("forsøg. Vi prøver igen.", "tries. We try again."),
        ),
        Some(QuestionState::LeftToPeople) => frame
            .t(
                "Bopælsregistret oplyser ingen kommune.",
                "The residence register tells no municipality.",
            )
            .to_owned(),
    }
}

/// What the form asks for.
struct Decision {
    report: ReportId,
    to: MunicipalityCode,
    reason: FreeText,
}

/// `GET /kl/holdte`
pub async fn list(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    uri: Uri,
) -> Result<Response, Problem> {
    let asked = query_of(&uri).find(|(name, _)| name == AFTER);
    let place = place(asked.as_ref().map(|(_, id)| id.as_str()))?;
    let again = Again::of(&app, &frame, &uri).await?;
    let mut page = HeldPage::read(&app, &context, &grant, frame, place).await?;
    page.done = query_of(&uri).any(|(name, _)| name == DONE);
    page.put_back(again);
    Ok(Page(page).into_response())
}

/// `POST /kl/holdte`: decides one report and shows what is left.
pub async fn decide(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    OurForm(posted): OurForm,
) -> Result<Response, Problem> {
    let place = place(Some(posted.get(AFTER)))?;
    let Some(decision) = read(&posted, &frame, &mut questions(&frame, &posted)) else {
        let page = place.map_or_else(|| PATH.to_owned(), |id| format!("{PATH}?{AFTER}={id}"));
        return kept_form::faulty(&app, &frame, &page, &posted).await;
    };
    let Decision { report, to, reason } = decision;
    let audit = app.store.step_entry(&grant, context.transaction_id, report);
    app.store.assign_held(report, &to, reason, audit).await?;
    kept_form::carried_out(&app, &frame, &posted).await;
    let back = place.map(|id| format!("&{AFTER}={id}")).unwrap_or_default();
    Ok(redirect(&format!("{PATH}?{DONE}=1{back}")))
}

/// The decision; else the questions say what is wrong.
fn read(posted: &Posted, frame: &Frame, questions: &mut [Question; 3]) -> Option<Decision> {
    let [of_report, of_municipality, of_reason] = questions;
    let report = answer(posted, frame, of_report);
    let to = answer(posted, frame, of_municipality);
    let reason = answer(posted, frame, of_reason);
    Some(Decision {
        report: report?,
        to: to?,
        reason: reason?,
    })
}

fn answer<T: std::str::FromStr<Err: Refusal>>(posted: &Posted, frame: &Frame, question: &mut Question) -> Option<T> {
    let text = posted.get(&question.name);
    if text.is_empty() {
        let message = frame.t(
            "Udfyld feltet, før du fordeler indberetningen.",
            "Fill in the field before you assign the report.",
        );
        question.errors.push(message.to_owned());
        return None;
    }
    let parsed: Result<T, _> = text.parse();
    parsed
        .map_err(|refusal| question.errors.push(refusal.message().get(frame.language).to_owned()))
        .ok()
}

fn questions(frame: &Frame, posted: &Posted) -> [Question; 3] {
    let municipalities = reference::municipalities().iter().map(|municipality| Choice {
        code: municipality.code.to_string(),
        label: municipality.full_name.to_owned(),
        hint: String::new(),
        chosen: municipality.code.as_str() == posted.get("municipality"),
    });
    let question = |name: &str, label: &str, hint: &str, input| Question {
        id: name.to_owned(),
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        input,
        ..Question::default()
    };
    let reason = Input::Area {
        value: posted.get("reason").to_owned(),
        rows: 3,
    };
    let hint = frame.t(
        "Kommunen kan læse grunden. Den bliver gemt sammen med indberetningen.",
        "The municipality can read the reason. It is kept with the report.",
    );
    [
        question(
            "report",
            frame.t("Indberetning", "Report"),
            "",
            Input::Select(Vec::new()),
        ),
        question(
            "municipality",
            frame.t("Kommunen, der skal have den", "The municipality that shall have it"),
            "",
            Input::Select(municipalities.collect()),
        ),
        question("reason", frame.t("Grunden", "The reason"), hint, reason),
    ]
}

impl HeldPage {
    async fn read(
        app: &App,
        context: &RequestContext,
        grant: &Grant,
        frame: Frame,
        place: Place,
    ) -> Result<Self, Problem> {
        let found = app
            .store
            .read_held_oldest(grant, context.transaction_id, place, ROWS)
            .await;
        let found = found?;
        let behind = Behind::read(app, &frame).await;
        let behind = behind?;
        let shown: Vec<_> = found.items.iter().map(|detail| detail.report.id).collect();
        let asked = app.store.residence_states(&shown).await;
        let asked = asked?;
        let told = |detail: &ReportDetail| register_words(app, asked.get(&detail.report.id).copied(), &frame);
        let rows = found
            .items
            .iter()
            .filter_map(|detail| Row::new(app, detail, told(detail), &frame));
        let mut page = Self {
            done: false,
            faults: Vec::new(),
            again: Again::default(),
            rows: rows.collect(),
            place,
            younger: shown.last().copied().filter(|_| found.has_more),
            questions: questions(&frame, &Posted::default()),
            behind,
            frame,
        };
        page.offer("");
        Ok(page)
    }

    /// The reports to choose from.
    fn offer(&mut self, chosen: &str) {
        let options = self.rows.iter().map(|row| Choice {
            code: row.id.to_string(),
            label: format!("{}, {}, {}", row.employee, row.employer, row.since),
            hint: String::new(),
            chosen: row.id.to_string() == chosen,
        });
        self.questions[0].input = Input::Select(options.collect());
    }

    /// The form as it was typed, with what is wrong with it once somebody tried to send it.
    fn put_back(&mut self, mut again: Again) {
        if let Some(posted) = again.posted() {
            let asked = posted.get("report").to_owned();
            let mut questions = questions(&self.frame, posted);
            if let Some(tried) = again.tried() {
                read(tried, &self.frame, &mut questions);
            }
            self.faults = Fault::of(&questions);
            self.questions = questions;
            self.offer(&asked);
            if !asked.is_empty() && !self.rows.iter().any(|row| row.id.to_string() == asked) {
                again.comes_too_late(&self.frame);
            }
        }
        self.again = again;
    }
}

/// What the employer answered about where the employee lives, and which municipalities that leaves.
fn residence(answers: &Answers, reason: &HeldReason, frame: &Frame) -> Vec<String> {
    let name = |code: &MunicipalityCode| reference::municipality(code).full_name;
    let postcode = answers.read(fields::EMPLOYEE_POSTCODE).map(ToString::to_string);
    let named = answers.read(fields::MUNICIPALITY_CODE).map(|named| match named {
        MunicipalityAnswer::One(code) => name(code).to_owned(),
        MunicipalityAnswer::Christianso => "Christiansø".to_owned(),
    });
    let possible = match reason {
        HeldReason::PostcodeInSeveral { candidates } => candidates.iter().map(name).collect(),
        _ => Vec::new(),
    };
    let possible = (!possible.is_empty()).then(|| possible.join(", "));
    let lines = [
        (frame.t("Postnummer", "Postcode"), postcode),
        (frame.t("Nævnt", "Named"), named),
        (frame.t("Muligt", "Possible"), possible),
    ];
    let told = lines
        .into_iter()
        .filter_map(|(label, value)| Some(format!("{label}: {}", value?)));
    told.collect()
}

impl Row {
    /// `None` when somebody has decided in between.
    fn new(app: &App, detail: &ReportDetail, register: String, frame: &Frame) -> Option<Self> {
        let ReportState::Held { reason, since } = &detail.report.state else {
            return None;
        };
        let report = &detail.report.report;
        Some(Self {
            id: detail.report.id,
            employee: report.employee.name.expose().clone(),
            cpr: report.employee.cpr.expose_formatted(),
            residence: residence(&report.answers, reason, frame),
            kind: kind_label(app, detail, frame),
            employer: session::company(&detail.employer.cvr),
            since: date_to_text(in_denmark(*since).date(), frame.language),
            why: reason.explanation().get(frame.language).to_owned(),
            register,
        })
    }
}
