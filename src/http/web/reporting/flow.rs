//! From page to page.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    entry::{Entry, reply_names},
    questions::{self, Faults, Questions},
    review::Review,
    steps::Step,
};
use crate::{
    access::{Caller, Grant},
    app::App,
    form::Form,
    http::{
        Problem, ProblemType, RequestContext,
        web::{
            Frame, Page,
            posted::Posted,
            redirect,
            ui::{Fault, Question, StepView},
        },
    },
    record::{Channel, Sender},
    store::TakeInError,
    submit::{self, Incoming, SubmitError},
    validate::{self, Violation},
    value::{Cvr, Language},
};

/// The form as the page carries it; also named by the buttons outside of it.
const FORM_ID: &str = "report";

#[derive(Template)]
#[template(path = "report-step.html")]
struct StepPage<'a> {
    frame: Frame,
    steps: Vec<StepView>,
    step: Step,
    title: String,
    intro: String,
    faults: Vec<Fault>,
    notice: Option<&'static str>,
    questions: Vec<Question>,
    /// Which questions the page shows: an error is told only about those.
    shown: String,
    carried: Vec<(&'a str, &'a str)>,
    form_version: &'a str,
    key: &'a str,
    review: Option<Review>,
}

/// Something to tell that is no fault of an answer.
#[derive(Clone, Copy)]
enum Notice {
    /// An answer brought further questions.
    MoreQuestions,
    /// The login had ended and was made anew in between.
    LoggedInAnew,
    /// The same page was sent before, with other answers.
    SentBefore,
    /// The report to correct is not there, or is corrected already.
    NothingToCorrect,
    Busy,
    /// The database or its disk is away; it may have been stored.
    Away,
    /// A hint that was answered is not given any more.
    HintsChanged,
}

impl Notice {
    fn text(self, frame: &Frame) -> &'static str {
        match self {
            Self::MoreQuestions => frame.t(
                "Dit svar giver flere spørgsmål. Svar på dem, og gå videre.",
                "Your answer brings more questions. Answer them and go on.",
            ),
            Self::LoggedInAnew => frame.t(
                "Dit login blev fornyet undervejs. Det, du har skrevet, er her endnu. Se det efter, og gå videre.",
                "Your login was renewed in between. What you typed is still here. Look it over and go on.",
            ),
            Self::SentBefore => frame.t(
                "Denne indberetning er allerede sendt med andre svar. Find den på listen, og lav en rettelse i stedet.",
                "This report has already been sent with other answers. Find it on the list and make a correction instead.",
            ),
            Self::NothingToCorrect => frame.t(
                "Den indberetning, der skal rettes, findes ikke, eller den er allerede rettet. Tag id fra den nyeste kvittering.",
                "The report to correct does not exist or is already corrected. Take the id from the newest receipt.",
            ),
            Self::Busy => frame.t(
                "Der er meget travlt lige nu. Intet er sendt. Vent et øjeblik, og send igen.",
                "It is very busy just now. Nothing was sent. Wait a moment and send again.",
            ),
            Self::Away => frame.t(
                "Tjenesten kan ikke nå sine data lige nu. Det, du har skrevet, er her endnu. Vent et øjeblik, gå videre, og send igen: \
                 var det gemt, får du den samme kvittering.",
                "The service can't reach its data just now. What you typed is still here. Wait a moment, go on and send again: if it was \
                 stored you get the same receipt.",
            ),
            Self::HintsChanged => frame.t(
                "Bemærkningerne har ændret sig, siden du svarede. Intet er sendt. Se dem efter, og send igen.",
                "The hints have changed since you answered. Nothing was sent. Look them over and send again.",
            ),
        }
    }
}

/// What a page is drawn from.
struct Scene<'a> {
    app: &'a App,
    form: &'a Form,
    entry: Entry,
    cvr: Cvr,
}

/// `GET /indberet/ny`
pub async fn start(State(app): State<App>, grant: Grant, frame: Frame) -> Result<Response, Problem> {
    let form = app
        .forms
        .current("fleksjob-wage", app.clock.today())
        .ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    let key = app
        .entropy
        .uuid(app.clock.now())
        .map_err(|error| Problem::internal(&error))?
        .to_string();
    let scene = Scene {
        app: &app,
        form,
        entry: Entry::new(key),
        cvr: cvr_of(&grant)?,
    };
    scene.go(frame, Step::Kind, None).await
}

/// `POST /indberet/ny`: the page that the pressed button leads to.
pub async fn advance(
    State(app): State<App>,
    context: RequestContext,
    grant: Grant,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Problem> {
    let version = posted.get("form_version");
    let form = app
        .forms
        .find("fleksjob-wage", version)
        .ok_or_else(|| Problem::new(ProblemType::InvalidRequest))?;
    let scene = Scene {
        app: &app,
        form,
        entry: Entry::read(form, &posted),
        cvr: cvr_of(&grant)?,
    };
    let all = Step::all(form, &scene.entry);
    let here = Step::named(&all, posted.get("step"));
    if !posted.is_ours(&frame) {
        return scene.go(frame, here, Some(Notice::LoggedInAnew)).await;
    }
    let action = posted.get("action");
    match (action, action.strip_prefix("to:")) {
        (_, Some(there)) => scene.go(frame, Step::named(&all, there), None).await,
        ("update", _) => scene.go(frame, here, None).await,
        ("back", _) => scene.go(frame, here.before(&all), None).await,
        ("send", _) => scene.send(frame, &context).await,
        _ => scene.next(frame, &here, &all, posted.get("shown")).await,
    }
}

fn cvr_of(grant: &Grant) -> Result<Cvr, Problem> {
    match &grant.caller {
        Caller::Employer { cvr, .. } => Ok(cvr.clone()),
        _ => Err(Problem::new(ProblemType::Forbidden)),
    }
}

impl Scene<'_> {
    /// The next step, if this one is in order. Where an answer brought questions that the page did not show yet, the page comes back
    /// with them first.
    async fn next(&self, frame: Frame, here: &Step, all: &[Step], shown: &str) -> Result<Response, Problem> {
        let shown: Vec<&str> = shown.split(' ').collect();
        let fields = here.asked(self.form, &self.entry);
        let mut faults = questions::faults(self.form, &self.violations(), frame.language);
        faults.retain(|id, _| shown.contains(&id.as_str()) && fields.iter().any(|(field, _)| field.id == *id));
        if !faults.is_empty() {
            return Ok(self.draw(frame, here.clone(), &faults, None, None));
        }
        if fields.iter().any(|(field, _)| !shown.contains(&field.id.as_str())) {
            return self.go(frame, here.clone(), Some(Notice::MoreQuestions)).await;
        }
        self.go(frame, here.after(all), None).await
    }

    /// A step as it is, without a word about what is missing.
    async fn go(&self, frame: Frame, step: Step, notice: Option<Notice>) -> Result<Response, Problem> {
        match step {
            Step::Review => self.review(frame, &Faults::new(), notice).await,
            other => Ok(self.draw(frame, other, &Faults::new(), notice, None)),
        }
    }

    /// The last page; or the first one on which something is still missing.
    async fn review(&self, frame: Frame, faults: &Faults, notice: Option<Notice>) -> Result<Response, Problem> {
        match submit::check(
            self.app,
            self.entry.declared(self.form).submission(self.form, &self.cvr),
            &self.sender(),
        )
        .await
        {
            Ok(checked) => {
                let review = Review::new(self.form, &self.entry, &checked, faults, &frame);
                Ok(self.draw(frame, Step::Review, faults, notice, Some(review)))
            }
            Err(SubmitError::Invalid(found)) => {
                let faults = questions::faults(self.form, &found, frame.language);
                match self.first_faulty(&faults) {
                    Some(step) => Ok(self.draw(frame, step, &faults, None, None)),
                    None => Err(Problem::new(ProblemType::InvalidSubmission)),
                }
            }
            Err(SubmitError::TakeIn(TakeInError::Store(error))) if error.passes() => Ok(self.wait(frame)),
            Err(error) => Err(error.into()),
        }
    }

    /// The last page that can be drawn without the database, with everything that was typed.
    fn wait(&self, frame: Frame) -> Response {
        let all = Step::all(self.form, &self.entry);
        self.draw(
            frame,
            Step::Review.before(&all),
            &Faults::new(),
            Some(Notice::Away),
            None,
        )
    }

    fn first_faulty(&self, faults: &Faults) -> Option<Step> {
        let mut steps = Step::all(self.form, &self.entry).into_iter();
        steps.find(|step| {
            step.fields(self.form, &self.entry)
                .iter()
                .any(|field| faults.contains_key(&field.id))
        })
    }

    fn violations(&self) -> Vec<Violation> {
        let raw = self.entry.submission(self.form, &self.cvr);
        validate::validate(self.form, &self.app.rules, &raw, self.app.clock.today())
            .err()
            .unwrap_or_default()
    }

    /// The company itself; who of it is logged in is in the audit.
    fn sender(&self) -> Sender {
        Sender {
            cvr: self.cvr.clone(),
            credential: None,
        }
    }

    /// Sends the report; a second press of the button leads to the same receipt.
    async fn send(&self, frame: Frame, context: &RequestContext) -> Result<Response, Problem> {
        let incoming = Incoming {
            raw: self.entry.submission(self.form, &self.cvr),
            channel: Channel::Web,
            sender: self.sender(),
            idempotency_key: self.entry.key.clone(),
            transaction_id: context.transaction_id,
            seen_version: None,
        };
        match submit::submit(self.app, incoming).await {
            Ok(accepted) => Ok(redirect(&format!("/indberet/{}", accepted.submission.id))),
            Err(SubmitError::Invalid(found)) => {
                let mut faults = questions::faults(self.form, &found, frame.language);
                let gone = self.reply_faults(&found, &mut faults, frame.language);
                self.review(frame, &faults, gone.then_some(Notice::HintsChanged)).await
            }
            Err(SubmitError::TakeIn(TakeInError::Store(error))) if error.passes() => Ok(self.wait(frame)),
            Err(SubmitError::TakeIn(error)) => match refused(&error) {
                Some(notice) => self.review(frame, &Faults::new(), Some(notice)).await,
                None => Err(error.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Sorts what is wrong with the answers to hints by their fields. Tells whether a hint that was answered is no longer given.
    fn reply_faults(&self, found: &[Violation], faults: &mut Faults, language: Language) -> bool {
        let replied = self.entry.replied();
        let mut gone = false;
        for violation in found {
            let rest = violation
                .pointer
                .strip_prefix("/reports/0/hint_answers/")
                .unwrap_or_default();
            let hint = rest
                .split('/')
                .next()
                .and_then(|index| replied.get(index.parse::<usize>().ok()?));
            if let (Some(hint), true) = (hint, rest.ends_with("/text")) {
                let [_, name] = reply_names(hint, "");
                faults
                    .entry(name)
                    .or_default()
                    .push(questions::sentence(violation, language));
            } else {
                gone |= hint.is_some();
            }
        }
        gone
    }

    fn draw(
        &self,
        mut frame: Frame,
        step: Step,
        faults: &Faults,
        notice: Option<Notice>,
        review: Option<Review>,
    ) -> Response {
        frame.language_form = Some(FORM_ID);
        let fields = step.asked(self.form, &self.entry);
        let ids: Vec<&str> = fields.iter().map(|(field, _)| field.id.as_str()).collect();
        let questions = Questions::new(self.form, &self.entry, frame.language).all(&fields, faults);
        let mut replies = review.as_ref().map(Review::questions).unwrap_or_default();
        replies.extend(questions.iter().cloned());
        let faults = Fault::of(&replies);
        let status = if faults.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let page = StepPage {
            steps: self.step_views(&step, &frame),
            title: step.title(self.form, frame.language),
            intro: self.intro(&step, &frame),
            notice: notice.map(|notice| notice.text(&frame)),
            shown: ids.join(" "),
            carried: self.entry.carried(self.form, &ids, review.is_none()),
            form_version: &self.form.reference().version,
            key: &self.entry.key,
            faults,
            questions,
            review,
            step,
            frame,
        };
        (status, Page(page)).into_response()
    }

    fn intro(&self, step: &Step, frame: &Frame) -> String {
        let text = match step {
            Step::Kind => Some(self.form.intro()),
            Step::Section(_) | Step::Employer | Step::Review => None,
        };
        text.map(|text| text.get(frame.language).to_owned()).unwrap_or_default()
    }

    fn step_views(&self, current: &Step, frame: &Frame) -> Vec<StepView> {
        let all = Step::all(self.form, &self.entry);
        let at = all.iter().position(|step| step == current).unwrap_or_default();
        let view = |(index, step): (usize, &Step)| StepView {
            title: match step {
                Step::Kind => frame.t("Slags", "Kind").to_owned(),
                other => other.title(self.form, frame.language),
            },
            action: format!("to:{}", step.code()),
            form: FORM_ID,
            done: index < at,
            current: index == at,
        };
        all.iter().enumerate().map(view).collect()
    }
}

/// What the store said no to that the employer can do something about.
fn refused(error: &TakeInError) -> Option<Notice> {
    match error {
        TakeInError::KeyReused => Some(Notice::SentBefore),
        TakeInError::CorrectionTargetUnknown { .. } | TakeInError::CorrectionTargetClosed { .. } => {
            Some(Notice::NothingToCorrect)
        }
        TakeInError::Busy => Some(Notice::Busy),
        TakeInError::Stale { .. } | TakeInError::Store(_) => None,
    }
}
