//! From page to page: what is sent is kept, then the browser is led to the page that comes next. So every page of the flow is one that can
//! be fetched again, and going back sends nothing.

use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, Uri, header::RETRY_AFTER},
    response::Response,
};

use super::{
    entry::Entry,
    kept::{self, Kept, NotSaved, Saved, TO_CHECK, address, fresh_address},
    notice::Notice,
    questions::{self, Faults},
    scene::{Scene, reply_faults},
    steps::Step,
};
use crate::{
    app::App,
    form::Scope,
    http::{
        Problem, ProblemType, RequestContext,
        web::{Frame, frame::query_of, posted::Posted, redirect},
    },
    record::Channel,
    store::{DraftFound, DraftId, DraftOwner, DraftVersion, Session, TakeInError},
    submit::{self, Incoming, SubmitError},
};

/// When somebody who could not be served is to try again, in seconds.
const WAIT: u32 = 5;

/// `GET /indberet/ny`: a draft of its own for each report. Nothing is kept before something was typed.
pub async fn start(State(app): State<App>) -> Result<Response, Problem> {
    Ok(redirect(&fresh_address(&app, None)?))
}

/// `GET /indberet/ny/{draft}/{step}`
pub async fn show(
    State(app): State<App>,
    Extension(session): Extension<Session>,
    frame: Frame,
    Path(place): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    let (id, step) = read_place(&place)?;
    let owner = kept::owner_of(&session).ok_or_else(|| Problem::new(ProblemType::Forbidden))?;
    let word = |name: &str| query_of(&uri).find(|(known, _)| known == name).map(|(_, value)| value);
    let notice = word(kept::NOTICE).and_then(|code| Notice::from_code(&code));
    let kept = Kept { app: &app, id, owner };
    let entry = match kept.load().await? {
        DraftFound::Open(draft) => draft.content,
        DraftFound::Sent(submission) => return Ok(redirect(&format!("/indberet/{submission}"))),
        DraftFound::Nothing if step == Step::Kind && notice != Some(Notice::LoggedInAnew) => kept::fresh_entry(&app)?,
        DraftFound::Nothing => return Ok(redirect(&fresh_address(&app, Some(Notice::Gone))?)),
    };
    let scene = Scene::new(&kept, &entry, word(kept::RETURN).as_deref() == Some(TO_CHECK))?;
    if !scene.steps.contains(&step) {
        return Ok(redirect(&address(id, &Step::Kind, None, false)));
    }
    scene.page(frame, step, notice).await
}

/// `POST /indberet/ny/{draft}/{step}`: keeps what was typed and does what the pressed button says. Where the login has ended meanwhile, the
/// page itself shows whose it is: then what was typed is kept, and nothing else done.
pub async fn advance(
    State(app): State<App>,
    context: RequestContext,
    frame: Frame,
    session: Option<Extension<Session>>,
    Path(place): Path<(String, String)>,
    posted: Result<Posted, Problem>,
) -> Result<Response, Problem> {
    // What can't be read shows nothing of whose it is either.
    let denied = || {
        Problem::new(match session {
            Some(_) => ProblemType::Forbidden,
            None => ProblemType::Unauthenticated,
        })
    };
    let posted = posted.map_err(|problem| if session.is_some() { problem } else { denied() })?;
    let (id, here) = read_place(&place)?;
    let visitor = session.as_ref().and_then(|session| kept::owner_of(session));
    let is_ours = visitor.is_some() && posted.is_ours(&frame);
    let of_page = || {
        app.store
            .draft_ticket_owner(posted.get("ticket"), id, kept::since(&app))
    };
    let owner = visitor
        .clone()
        .filter(|_| is_ours)
        .or_else(of_page)
        .ok_or_else(denied)?;
    let act = Act {
        kept: &Kept { app: &app, id, owner },
        here,
        returns: posted.get(kept::RETURN) == TO_CHECK,
        is_ours,
        posted: &posted,
    };
    act.carry_out(frame, visitor.as_ref(), &context).await
}

/// The draft and the page that an address names.
fn read_place((id, step): &(String, String)) -> Result<(DraftId, Step), Problem> {
    let place = id.parse().ok().zip(Step::of_code(step));
    place.ok_or_else(|| Problem::new(ProblemType::NotFound))
}

/// What a page sent.
struct Act<'a> {
    kept: &'a Kept<'a>,
    here: Step,
    /// Whether the page was come to from the check.
    returns: bool,
    /// Whether it was drawn for the login that sends it.
    is_ours: bool,
    posted: &'a Posted,
}

impl Act<'_> {
    async fn carry_out(
        &self,
        frame: Frame,
        visitor: Option<&DraftOwner>,
        context: &RequestContext,
    ) -> Result<Response, Problem> {
        let (entry, version) = match self.save().await {
            Ok(Saved::Kept(entry, version)) => (entry, version),
            Ok(Saved::Sent(submission)) => return Ok(redirect(&format!("/indberet/{submission}"))),
            Ok(Saved::Foreign) => return Ok(redirect(&fresh_address(self.kept.app, Some(Notice::Gone))?)),
            Err(NotSaved::Away(entry)) if self.is_ours => return self.wait(frame, *entry).await,
            Err(NotSaved::Away(_)) => return Err(Problem::new(ProblemType::Busy).with_retry_after(WAIT)),
            Err(NotSaved::Problem(problem)) => return Err(problem),
        };
        if !self.is_ours {
            return Ok(self.after_login(visitor));
        }
        if self.posted.get("action") == "send" {
            return self.send(frame, entry, version, context).await;
        }
        self.onward(&entry)
    }

    async fn save(&self) -> Result<Saved, NotSaved> {
        let (action, is_ours) = (self.posted.get("action"), self.is_ours);
        self.kept
            .save(|form, entry| {
                entry.take(form, &self.here, self.posted);
                // What is wrong is told of the questions that the page showed, once somebody wants to leave it.
                let shown: Vec<&str> = self.posted.get("shown").split(' ').collect();
                let of_page = form.fields().iter().filter(|field| shown.contains(&field.id.as_str()));
                match action {
                    "send" if is_ours => entry.tell(form.fields_of(Scope::Submission)),
                    "next" | "" if is_ours => entry.tell(of_page),
                    _ => {}
                }
            })
            .await
    }

    fn to(&self, step: &Step, notice: Option<Notice>, returns: bool) -> Response {
        redirect(&address(self.kept.id, step, notice, returns))
    }

    /// The page that the pressed button leads to.
    fn onward(&self, entry: &Entry) -> Result<Response, Problem> {
        let scene = Scene::new(self.kept, entry, self.returns)?;
        let (all, action) = (&scene.steps, self.posted.get("action"));
        if let Some(there) = action.strip_prefix("to:") {
            let there = Step::named(all, there).unwrap_or(Step::Kind);
            return Ok(self.to(&there, None, self.here == Step::Review));
        }
        // Another page of the same draft has chosen another kind meanwhile.
        if !all.contains(&self.here) {
            return Ok(self.to(all.get(1).unwrap_or(&Step::Kind), None, false));
        }
        let there = match action {
            "update" => return Ok(self.to(&self.here, None, self.returns)),
            "back" if !self.returns => self.here.before(all),
            "back" => Step::Review,
            _ => {
                if let Some(notice) = scene.stays(&self.here, self.posted.get("shown")) {
                    return Ok(self.to(&self.here, notice, self.returns));
                }
                if self.returns {
                    Step::Review
                } else {
                    self.here.after(all)
                }
            }
        };
        Ok(self.to(&there, None, false))
    }

    /// What was typed is kept; who may see it has to show that it is them.
    fn after_login(&self, visitor: Option<&DraftOwner>) -> Response {
        let page = address(self.kept.id, &self.here, Some(Notice::LoggedInAnew), self.returns);
        if visitor.is_some() {
            return redirect(&page);
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("videre", &page);
        redirect(&format!("/log-ind?{}", query.finish()))
    }

    /// The same page with everything that was typed, where it can't be kept just now.
    async fn wait(&self, frame: Frame, entry: Entry) -> Result<Response, Problem> {
        let scene = Scene::new(self.kept, &entry, self.returns)?;
        let mut page = scene.page(frame, self.here.clone(), Some(Notice::Away)).await?;
        *page.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        page.headers_mut().insert(RETRY_AFTER, HeaderValue::from(WAIT));
        Ok(page)
    }

    /// Sends the report; a second press of the button leads to the same receipt.
    async fn send(
        &self,
        frame: Frame,
        entry: Entry,
        version: DraftVersion,
        context: &RequestContext,
    ) -> Result<Response, Problem> {
        let kept = self.kept;
        let scene = Scene::new(kept, &entry, false)?;
        let incoming = Incoming {
            raw: entry.submission(scene.form, &kept.owner.cvr),
            channel: Channel::Web,
            sender: scene.sender(),
            idempotency_key: kept.id.idempotency_key(),
            transaction_id: context.transaction_id,
            seen_version: None,
        };
        match submit::submit(kept.app, incoming).await {
            Ok(accepted) => {
                kept.sent(version, accepted.submission.id).await;
                Ok(redirect(&format!("/indberet/{}", accepted.submission.id)))
            }
            Err(SubmitError::Invalid(found)) => {
                let mut faults: Faults = questions::faults(scene.form, &found, frame.language);
                let gone = reply_faults(&entry, &found, &mut faults, frame.language);
                Ok(self.to(&Step::Review, gone.then_some(Notice::HintsChanged), false))
            }
            Err(SubmitError::TakeIn(TakeInError::Store(error))) if error.passes() => self.wait(frame, entry).await,
            Err(SubmitError::TakeIn(error)) => match Notice::of_refusal(&error) {
                Some(notice) => Ok(self.to(&Step::Review, Some(notice), false)),
                None => Err(error.into()),
            },
            Err(error) => Err(error.into()),
        }
    }
}
