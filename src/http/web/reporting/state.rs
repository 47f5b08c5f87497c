//! How the reports of a submission stand, for its employer: one line a report, or a count where many stand alike.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    app::App,
    http::web::{
        Frame,
        standing::{self, Standing},
    },
    record::StoredReport,
    store::{MOST_NAMED, Standings},
    value::SubmissionId,
};

/// One report as a line of a list.
pub struct ReportLine {
    pub submission: SubmissionId,
    /// Where the page of the submission has it, from 1.
    pub number: usize,
    pub employee: String,
    pub kind: String,
    pub standing: Standing,
}

impl ReportLine {
    pub fn new(report: &StoredReport, app: &App, frame: &Frame) -> Self {
        let kind = report.report.kind;
        let form = app.forms.current(crate::fields::FORM, app.clock.today());
        let label = form
            .and_then(|form| form.kind(kind))
            .map(|kind| kind.label.get(frame.language));
        Self {
            submission: report.submission_id,
            number: report.position + 1,
            employee: report.report.employee.name.expose().clone(),
            kind: label.unwrap_or_default().to_owned(),
            standing: Standing::new(&report.state, frame),
        }
    }
}

/// The reports of a submission that stand alike.
pub struct Part {
    pub count: usize,
    pub text: &'static str,
    pub badge: &'static str,
    /// Those that are told one by one; empty where a count is enough.
    pub lines: Vec<ReportLine>,
    /// How many there are besides those that are named.
    pub more: usize,
}

impl Part {
    /// Whether the count says it all.
    pub fn is_counted(&self) -> bool {
        self.lines.is_empty()
    }
}

/// What stands for the reports of a submission: those that wait for the employer and those that stand unlike the most are named, the
/// others counted where that `is_enough`.
pub fn parts(is_enough: bool, groups: &[Standings], app: &App, frame: &Frame) -> Vec<Part> {
    let part = |(place, group): (usize, &Standings)| {
        let lines = group.named.iter().map(|report| ReportLine::new(report, app, frame));
        let mut lines: Vec<ReportLine> = lines.collect();
        let wanted = lines.iter().any(|line| line.standing.is_wanted());
        let few = place > 0 && group.count <= MOST_NAMED;
        if is_enough && !wanted && !few {
            lines.clear();
        }
        let (badge, text) = standing::short(&group.code, frame);
        Part {
            count: group.count,
            text,
            badge,
            more: if lines.is_empty() {
                0
            } else {
                group.count.saturating_sub(lines.len())
            },
            lines,
        }
    };
    let mut parts: Vec<Part> = groups.iter().enumerate().map(part).collect();
    parts.sort_by_key(|part| !part.lines.iter().any(|line| line.standing.is_wanted()));
    parts
}

/// How a submission stands now, whatever its receipt says of then.
pub struct Now {
    /// What the employer has to do, first.
    pub wanted: Vec<ReportLine>,
    pub parts: Vec<Part>,
    /// What there is to expect, where nothing is to be done.
    pub calm: &'static str,
    by_report: BTreeMap<String, Standing>,
    /// Those that can be corrected: nothing stands in their place.
    newest: BTreeSet<String>,
}

/// So many reports that want something are named above a receipt; the list below counts the others.
const MOST_WANTED: usize = 20;

impl Now {
    /// Of a submission of which these reports are at hand; the groups tell of all of them.
    pub fn of(reports: &[StoredReport], groups: &[Standings], app: &App, frame: &Frame) -> Self {
        let named = groups.iter().flat_map(|group| &group.named);
        let all: BTreeMap<usize, &StoredReport> = reports.iter().chain(named).map(|one| (one.position, one)).collect();
        let lines = all.values().map(|report| ReportLine::new(report, app, frame));
        let wanted = lines.filter(|line| line.standing.is_wanted());
        let count: usize = groups.iter().map(|group| group.count).sum();
        Self {
            wanted: wanted.take(MOST_WANTED).collect(),
            parts: parts(count > MOST_NAMED, groups, app, frame),
            calm: calm(groups, frame),
            by_report: reports
                .iter()
                .map(|report| (report.id.to_string(), Standing::new(&report.state, frame)))
                .collect(),
            newest: reports
                .iter()
                .filter(|report| report.state.is_newest() && !report.report.is_withdrawal())
                .map(|report| report.id.to_string())
                .collect(),
        }
    }

    /// Whether it can be corrected or withdrawn.
    pub fn can_be_corrected(&self, id: &str) -> bool {
        self.newest.contains(id)
    }

    /// How one report stands.
    pub fn of_report(&self, id: &str) -> Option<&Standing> {
        self.by_report.get(id)
    }
}

/// True of every report of the submission, or it says less.
fn calm(groups: &[Standings], frame: &Frame) -> &'static str {
    let all = |codes: [&str; 2]| groups.iter().all(|group| codes.contains(&group.code.as_str()));
    if all(["available", "transferred"]) {
        frame.t(
            "Du behøver ikke gøre mere. Kommunen henter den, og du kan følge det her på siden.",
            "You need do nothing more. The municipality fetches it, and you can follow that on this page.",
        )
    } else if all(["replaced", "withdrawn"]) {
        frame.t(
            "Den gælder ikke længere: den er rettet eller trukket tilbage. Du behøver ikke gøre mere.",
            "It no longer stands: it has been corrected or withdrawn. You need do nothing more.",
        )
    } else {
        frame.t(
            "Du behøver ikke gøre mere lige nu. Nedenfor står, hvor langt den er.",
            "You need do nothing more just now. Below it says how far it is.",
        )
    }
}
