//! What has happened in the line of a report, with what each correction changed and who handed it on to whom.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::moment;
use crate::{
    access::Grant,
    app::App,
    form::Form,
    http::{
        Problem, RequestContext,
        web::{
            Frame,
            calculation::kroner,
            standing::{self, Standing},
        },
    },
    record::{CorrectionAction, Difference, Handover, ReportState, StoredOutcome, StoredReport},
    reference,
    store::{Link, ReportDetail},
    value::{Money, ReportId},
};

/// One report of the line.
pub struct Chapter {
    pub id: ReportId,
    pub title: String,
    /// Whether the page shows this one.
    pub is_here: bool,
    /// Whether there is a page of it to go to.
    pub is_seen: bool,
    pub state: Option<Standing>,
    pub events: Vec<Event>,
    pub changes: Vec<Changed>,
}

/// Something that happened.
pub struct Event {
    pub at: String,
    pub what: String,
}

/// One answer or amount before and after.
pub struct Changed {
    pub label: String,
    pub before: String,
    pub after: String,
}

/// The line of a report that the caller has opened. Each other report of it that is read is written down as one.
pub async fn chapters(
    app: &App,
    context: &RequestContext,
    grant: &Grant,
    opened: &ReportDetail,
    frame: &Frame,
) -> Result<Vec<Chapter>, Problem> {
    let here = opened.report.id;
    let links = app.store.chain_of(&grant.scope, here).await?;
    let mut told = Vec::with_capacity(links.len());
    let mut seen: BTreeMap<ReportId, ReportDetail> = BTreeMap::new();
    for link in &links {
        let detail = match link {
            Link { id, .. } if *id == here => Some(opened.clone()),
            Link { id, is_seen: true } => {
                let read = app.store.read_report(grant, context.transaction_id, *id).await;
                read?
            }
            Link { is_seen: false, .. } => None,
        };
        let Some(detail) = detail else {
            told.push(elsewhere(*link, frame));
            continue;
        };
        let report = &detail.report;
        let outcomes = app.store.outcomes_of(report).await?;
        let handovers = app.store.handovers_of(report).await?;
        let before = report
            .report
            .correction
            .and_then(|correction| seen.get(&correction.corrects));
        let changes = before.map(|before| changes(app, &before.report, &detail, frame));
        told.push(Chapter {
            id: link.id,
            title: title(report, frame),
            is_here: link.id == here,
            is_seen: true,
            state: Some(Standing::new(&report.state, frame)),
            events: events(report, &outcomes, &handovers, frame),
            changes: changes.unwrap_or_default(),
        });
        seen.insert(link.id, detail);
    }
    Ok(told)
}

fn elsewhere(link: Link, frame: &Frame) -> Chapter {
    Chapter {
        id: link.id,
        title: frame
            .t(
                "En indberetning, som en anden kommune har",
                "A report that another municipality has",
            )
            .to_owned(),
        is_here: false,
        is_seen: false,
        state: None,
        events: Vec::new(),
        changes: Vec::new(),
    }
}

fn title(report: &StoredReport, frame: &Frame) -> String {
    let title = match report.report.correction.map(|correction| correction.action) {
        None => frame.t("Første indberetning", "First report"),
        Some(CorrectionAction::Replace { .. }) => frame.t("Rettelse", "Correction"),
        Some(CorrectionAction::Withdraw) => frame.t("Tilbagetrækning", "Withdrawal"),
    };
    title.to_owned()
}

fn events(report: &StoredReport, outcomes: &[StoredOutcome], handovers: &[Handover], frame: &Frame) -> Vec<Event> {
    let mut all = vec![(report.received_at, frame.t("Modtaget", "Received").to_owned())];
    for outcome in outcomes {
        all.push((outcome.at, standing::outcome_words(&outcome.outcome, frame)));
        let answered = outcome.answer.as_ref().map(|answer| answer.at);
        all.extend(answered.map(|at| {
            (
                at,
                frame.t("Arbejdsgiveren svarede", "The employer answered").to_owned(),
            )
        }));
    }
    all.extend(
        handovers
            .iter()
            .map(|handover| (handover.at, handover_words(handover, frame))),
    );
    all.extend(from_state(&report.state, frame));
    all.sort_by_key(|(at, _)| *at);
    let event = |(at, what): (Timestamp, String)| Event {
        at: moment(at, frame),
        what,
    };
    all.into_iter().map(event).collect()
}

/// What only the state tells.
fn from_state(state: &ReportState, frame: &Frame) -> Option<(Timestamp, String)> {
    let (at, what) = match state {
        ReportState::Held { since, .. } => (since, frame.t("Holdt tilbage", "Held")),
        ReportState::Available { since, .. } => (since, frame.t("Lagt til kommunen", "Put up for the municipality")),
        ReportState::Fetched { at, .. } => (
            at,
            frame.t("Kommunens system kvitterede", "The municipality's system confirmed"),
        ),
        ReportState::Replaced { at, .. } => (at, frame.t("Erstattet af en rettelse", "Replaced by a correction")),
        ReportState::Withdrawn { at, .. } => (at, frame.t("Trukket tilbage", "Withdrawn")),
        ReportState::Accepted { .. }
        | ReportState::Rejected { .. }
        | ReportState::Questioned { .. }
        | ReportState::Answered { .. }
        | ReportState::Transferred { .. } => return None,
    };
    Some((*at, what.to_owned()))
}

fn handover_words(handover: &Handover, frame: &Frame) -> String {
    let to = reference::municipality(&handover.to).full_name;
    match handover.from {
        Some(from) => format!(
            "{} {} {} {to}",
            frame.t("Sendt videre fra", "Handed on from"),
            reference::municipality(&from).full_name,
            frame.t("til", "to"),
        ),
        None => format!("{} {to}", frame.t("Kommunen er fundet:", "The municipality was found:")),
    }
}

/// What the correction changed, in the words of its form.
fn changes(app: &App, before: &StoredReport, after: &ReportDetail, frame: &Frame) -> Vec<Changed> {
    if after.report.report.is_withdrawal() {
        return Vec::new();
    }
    let form = app.forms.find(&after.form.id, &after.form.version);
    let difference = Difference::between(before, &after.report);
    let fields = difference.fields.iter().map(|change| Changed {
        label: label(form, &change.name, frame),
        before: shown(form, before, &change.name, frame),
        after: shown(form, &after.report, &change.name, frame),
    });
    let amount = |amount: Option<Money>| amount.map_or_else(nothing, |amount| kroner(amount, frame));
    let amounts = difference.amounts.iter().map(|change| Changed {
        label: amount_label(&change.name, frame).to_owned(),
        before: amount(change.before),
        after: amount(change.after),
    });
    fields.chain(amounts).collect()
}

fn nothing() -> String {
    "–".to_owned()
}

fn label(form: Option<&Form>, name: &str, frame: &Frame) -> String {
    let field = form.and_then(|form| form.field(name));
    field.map_or(name, |field| field.label.get(frame.language)).to_owned()
}

fn shown(form: Option<&Form>, report: &StoredReport, name: &str, frame: &Frame) -> String {
    let answer = report.report.answers.get(name);
    let field = form.and_then(|form| form.field(name));
    match (field, answer) {
        (Some(field), Some(answer)) => field.display(answer, frame.language),
        _ => nothing(),
    }
}

/// The amounts of [`Difference`] in words.
fn amount_label<'a>(name: &'a str, frame: &Frame) -> &'a str {
    match name {
        "wage_ceiling" => frame.t("Lønloft", "Ceiling"),
        "amount" => frame.t("Engangsbeløb", "One-off amount"),
        "deduction_30" => frame.t("Fradrag, lav sats", "Deduction, low rate"),
        "deduction_55" => frame.t("Fradrag, høj sats", "Deduction, high rate"),
        "subsidy_before_ceiling" => frame.t("Tilskud før lønloft", "Subsidy before the ceiling"),
        "ceiling_room" => frame.t("Plads op til lønloftet", "Room below the ceiling"),
        "subsidy" => frame.t("Fleksløntilskud", "Subsidy"),
        "atp" => frame.t("ATP af tilskuddet", "ATP of the subsidy"),
        "paid_before_tax" => frame.t("Udbetales før skat", "Paid before tax"),
        other => other,
    }
}
