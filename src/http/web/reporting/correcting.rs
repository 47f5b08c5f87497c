//! A correction is begun on the page of the report that it is about: the report's own answers are filled in, and no id is copied.

use axum::{Extension, extract::State, response::Response};

use super::{
    entry::Entry,
    kept::{self, Kept, NotSaved, Saved, address},
    steps::Step,
};
use crate::{
    access::Grant,
    app::App,
    form::{Field, Form, Scope},
    http::{
        Problem, ProblemType, RequestContext,
        web::{kept_form::OurForm, redirect},
    },
    record::{Answer, Employer, MunicipalityAnswer, ReportKind},
    store::{DraftId, ReportDetail, Session},
    value::{ReportId, date_to_danish},
};

/// The fields of the form that say which report is corrected, and how.
const CORRECTS: &str = "corrects_report_id";
const ACTION: &str = "correction_action";
const AS_KIND: &str = "corrected_report_kind";

/// What the employer wants to do with a report that was sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// *Ret*: other answers shall stand in its place.
    Replace,
    /// *Træk tilbage*: it should never have been sent.
    Withdraw,
}

impl Wanted {
    fn from_code(code: &str) -> Option<Self> {
        match code {
            "ret" => Some(Self::Replace),
            "traek" => Some(Self::Withdraw),
            _ => None,
        }
    }

    /// As the form says it.
    fn action(self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Withdraw => "withdraw",
        }
    }
}

/// `POST /indberet/ny`: begins a correction of a report of the caller's, filled in with what the report says.
pub async fn correct(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    Extension(session): Extension<Session>,
    OurForm(posted): OurForm,
) -> Result<Response, Problem> {
    let owner = kept::owner_of(&session).ok_or_else(|| Problem::new(ProblemType::Forbidden))?;
    let id: ReportId = posted
        .get("report")
        .parse()
        .map_err(|_| Problem::new(ProblemType::NotFound))?;
    let wanted = Wanted::from_code(posted.get("hvad")).ok_or_else(|| Problem::new(ProblemType::InvalidParameter))?;
    let found = app.store.read_report(&grant, context.transaction_id, id).await;
    let detail = found?.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    let draft = app.entropy.bytes().map_err(|error| Problem::internal(&error))?;
    let kept = Kept {
        app: &app,
        id: DraftId::from_random(draft),
        owner,
    };
    match kept.save(|form, entry| fill_in(form, entry, &detail, wanted)).await {
        Ok(Saved::Kept(entry, _)) => {
            let step = first_step(kept::form_of(&app, &entry)?, &entry, wanted);
            Ok(redirect(&address(kept.id, &step, None, false)))
        }
        Ok(Saved::Sent(_) | Saved::Foreign) => Err(Problem::new(ProblemType::NotFound)),
        Err(NotSaved::Away(_)) => Err(Problem::new(ProblemType::Busy).with_retry_after(5)),
        Err(NotSaved::Problem(problem)) => Err(problem),
    }
}

/// Puts what the report says into the answers, as a person would have typed it.
fn fill_in(form: &Form, entry: &mut Entry, detail: &ReportDetail, wanted: Wanted) {
    let report = &detail.report.report;
    for (id, answer) in report.answers.iter() {
        entry.put(id, typed(answer));
    }
    for field in form.fields_of(Scope::Employer) {
        entry.put(&field.id, of_employer(field, &detail.employer));
    }
    let as_kind = match wanted {
        Wanted::Replace => report.content_kind().as_str(),
        Wanted::Withdraw => "",
    };
    for (id, text) in [
        ("report_kind", ReportKind::Correction.as_str()),
        (ACTION, wanted.action()),
        (AS_KIND, as_kind),
    ] {
        entry.put(id, text.to_owned());
    }
    entry.put(CORRECTS, detail.report.id.to_string());
}

/// What was answered about whom to ask; the company itself is known from the login.
fn of_employer(field: &Field, employer: &Employer) -> String {
    let text = match field.key.as_str() {
        "se_number" => employer.se_number.as_ref().map(|number| number.as_str().to_owned()),
        "contact_name" => Some(employer.contact_name.expose().clone()),
        "contact_email" => employer.contact_email.as_ref().map(|email| email.expose().to_owned()),
        "contact_phone" => employer.contact_phone.as_ref().map(|phone| phone.expose().to_owned()),
        _ => None,
    };
    text.unwrap_or_default()
}

/// An answer in the characters that a page would send.
fn typed(answer: &Answer) -> String {
    match answer {
        Answer::Text(text) | Answer::Choice(text) => text.clone(),
        Answer::Choices(codes) => codes.join("|"),
        Answer::YesNo(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Answer::Date(date) => date_to_danish(*date),
        Answer::Money(amount) => amount.to_danish(),
        Answer::Percent(percent) => percent.to_danish(),
        Answer::Hours(hours) => hours.to_danish(),
        Answer::Cpr(cpr) => cpr.0.expose_formatted(),
        Answer::Cvr(number) => number.as_str().to_owned(),
        Answer::SeNumber(number) => number.as_str().to_owned(),
        Answer::PNumber(number) => number.as_str().to_owned(),
        Answer::Municipality(MunicipalityAnswer::One(code)) => code.as_str().to_owned(),
        Answer::Municipality(MunicipalityAnswer::Christianso) => "0411".to_owned(),
        Answer::Postcode(code) => code.as_str().to_owned(),
        Answer::Email(email) => email.expose().to_owned(),
        Answer::Phone(phone) => phone.expose().to_owned(),
        Answer::Report(id) => id.to_string(),
    }
}

/// Which report and how is settled; what follows is the answers one by one, or, to withdraw it, all of them to look at.
fn first_step(form: &Form, entry: &Entry, wanted: Wanted) -> Step {
    let about_the_correction = |step: &Step| step.fields(form, entry).iter().any(|field| field.id == CORRECTS);
    let of_answers = |step: &Step| matches!(step, Step::Section(..)) && !about_the_correction(step);
    match wanted {
        Wanted::Withdraw => Step::Review,
        Wanted::Replace => Step::all(form, entry)
            .into_iter()
            .find(of_answers)
            .unwrap_or(Step::Review),
    }
}
