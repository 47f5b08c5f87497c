//! Stage 2: form and answers in, a [`Submission`] or everything that is wrong out. Pure.
//!
//! The form is interpreted, not compiled in: a field that KL adds is checked, kept and shown without a change here. Everything wrong is
//! told at once, by JSON pointer; the value that was wrong is never repeated. What depends on earlier reports is not known here, so the
//! same body means the same on every channel.

mod across;
mod build_up;
mod envelope;
mod facts;
mod hint_answers;
mod join;
pub(crate) mod messages;
mod probable;
mod report;
mod rules;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Map, Value};

pub use build_up::build_up_of;
pub use facts::facts;
pub use hint_answers::settle as settle_hint_answers;
pub use join::join_hints;
pub use messages::ENGINE_CODES;

use crate::{
    calculate::RuleBook,
    fields,
    finding::{Findings, Violation, pointer},
    form::{Finding, Form, Reading, Scope, Sheet},
    receive::RawSubmission,
    record::{Answers, Employer, Submission},
    value::{NumberFormat, Redacted},
};
use report::Draft;

/// Checks a submission against a form.
///
/// `rules` work out a full-time wage that is built up from its parts. `today` is the day in Denmark; deadlines and "in the future" are
/// measured from it.
///
/// # Errors
/// All findings, warnings and hints included, when at least one of them is an error; sorted by pointer.
pub fn validate(form: &Form, rules: &RuleBook, raw: &RawSubmission, today: Date) -> Result<Submission, Vec<Violation>> {
    let mut findings = raw.findings.clone();
    let reading = Reading {
        format: raw.number_format,
        today,
        is_percent: false,
    };
    let Some(envelope) = envelope::open(form, &raw.body, &mut findings) else {
        return Err(told(findings, raw));
    };
    let employer = envelope
        .employer
        .map(|object| scope_answers(form, Scope::Employer, object, reading, &mut findings));
    let of_sending = scope_answers(form, Scope::Submission, envelope.top, reading, &mut findings);
    let mut drafts = Vec::new();
    for (position, value) in envelope.reports.iter().enumerate() {
        if findings.is_full() {
            return Err(told(findings, raw));
        }
        drafts.extend(report::check(form, rules, position, value, reading, &mut findings));
    }
    if !findings.is_full() {
        across::check(form, &drafts, &mut findings);
    }
    let (Some(employer), true) = (employer, findings.are_harmless()) else {
        return Err(told(findings, raw));
    };
    // What is kept with the reports says the same on every channel; a file's rows are told to who sends it (see `Places::add_to`).
    Ok(submission(form, (employer, of_sending), drafts, findings.into_sorted()))
}

/// Everything found, in the words of the channel: by its places in a file, with amounts as it takes them.
fn told(findings: Findings, raw: &RawSubmission) -> Vec<Violation> {
    let mut list = raw.places.add_to(findings.into_sorted());
    if raw.number_format == NumberFormat::Machine {
        list.iter_mut()
            .filter(|one| one.is_error())
            .for_each(messages::in_machine_form);
    }
    list
}

/// Reads the answers that stand once per submission.
fn scope_answers(
    form: &Form,
    scope: Scope,
    object: &Map<String, Value>,
    reading: Reading,
    findings: &mut Findings,
) -> Answers {
    let mut sheet = Sheet::new(form, reading);
    sheet.fill(&form.fields_of(scope).map(|field| field.id.as_str()).collect(), object);
    tell(std::mem::take(&mut sheet.findings), 0, findings);
    rules::check(form.fields_of(scope), &sheet, 0, reading.today, findings);
    probable::check(form.fields_of(scope), &sheet.answers, 0, reading.today, findings);
    sheet.answers
}

/// Puts what was found while reading into words.
fn tell(found: Vec<Finding<'_>>, position: usize, findings: &mut Findings) {
    for finding in found {
        findings.push(match finding {
            Finding::Missing { field } => messages::missing(field, position),
            Finding::NotApplicable { field } => messages::condition_fails(field, position),
            Finding::Misread { field, fault } => messages::misread(field, position, fault),
        });
    }
}

/// The typed submission. Nothing is wrong any more, so whatever lint promises is there.
fn submission(
    form: &Form,
    (employer, of_sending): (Answers, Answers),
    drafts: Vec<Draft<'_>>,
    notices: Vec<Violation>,
) -> Submission {
    let mut own = Vec::new();
    let mut of_reports: Vec<Vec<Violation>> = drafts.iter().map(|_| Vec::new()).collect();
    for notice in notices {
        let position = pointer::report_position(&notice.pointer);
        match position.and_then(|position| of_reports.get_mut(position)) {
            Some(list) => list.push(notice),
            None => own.push(notice),
        }
    }
    let reports = drafts.into_iter().zip(of_reports).map(|(draft, notices)| {
        draft
            .into_report(notices)
            .expect("lint holds the fields of every report in place, and none of them was wrong")
    });
    let employer = typed_employer(&employer, &of_sending)
        .expect("lint holds the fields of the employer in place, and none of them was wrong");
    Submission {
        form: form.reference().clone(),
        employer,
        reports: reports.collect(),
        notices: own,
    }
}

fn typed_employer(answers: &Answers, of_sending: &Answers) -> Option<Employer> {
    let read: BTreeSet<&str> = fields::anchors().iter().map(|anchor| anchor.id).collect();
    let mut more = Answers::default();
    for (id, answer) in answers
        .iter()
        .chain(of_sending.iter())
        .filter(|(id, _)| !read.contains(id))
    {
        more.insert(id, answer.clone());
    }
    Some(Employer {
        more,
        cvr: answers.read(fields::EMPLOYER_CVR)?.clone(),
        se_number: answers.read(fields::EMPLOYER_SE_NUMBER).cloned(),
        contact_name: Redacted::new(answers.read(fields::CONTACT_NAME)?.to_owned()),
        contact_email: answers.read(fields::CONTACT_EMAIL).cloned(),
        contact_phone: answers.read(fields::CONTACT_PHONE).cloned(),
    })
}
