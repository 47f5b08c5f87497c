//! What is true: a page of plain bookkeeping beside the store, which the store's answers and every copy must agree with.

use std::collections::BTreeMap;

use fleksport::{
    fields,
    record::{Answer, EntryDetail, FeedEvent, MunicipalityAnswer},
    value::{Money, OutcomeId, ReportId},
};

use super::script::{Deed, Name, Sent, Verdict};
use crate::reader::Told;

/// Where a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Held,
    At(&'static str),
    /// Replaced or withdrawn; where it was.
    Gone(Option<&'static str>),
}

/// What the municipality that has it has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Nothing,
    Asked,
    Answered,
    Accepted,
    Rejected,
}

/// What an entry has to tell of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub event: FeedEvent,
    pub wage: i64,
    pub lives: String,
    pub form: String,
    /// With an answer: question and answer. With a transfer: from, to and reason.
    pub words: Option<String>,
}

/// What is true of a report.
#[derive(Debug, Clone)]
pub struct Truth {
    pub id: ReportId,
    pub place: Place,
    pub said: Said,
    /// The question asked last, with its words.
    pub question: Option<(OutcomeId, String)>,
    pub sent: Sent,
    /// The form version that was in force when it was sent.
    pub form: String,
    /// People decided where it goes.
    decided: bool,
    /// It only takes another one back.
    pub withdrawal: bool,
    /// The report that it replaces or takes back.
    pub corrects: Option<Name>,
    /// It was settled and has been deleted: who has it keeps it, and nobody can do anything about it any more.
    pub purged: bool,
    /// What each feed has told of it, in order.
    pub told: BTreeMap<&'static str, Vec<Line>>,
}

/// All reports of a life.
#[derive(Default)]
pub struct Ledger(pub BTreeMap<Name, Truth>);

/// What came of a deed, as far as the ledger needs it.
pub enum News<'a> {
    Sent {
        ids: &'a [ReportId],
        form: &'a str,
    },
    Decided {
        id: OutcomeId,
        words: &'a str,
    },
    Answered {
        words: &'a str,
    },
    /// Handed on, or found for one that was held.
    Handed {
        words: &'a str,
    },
}

impl Truth {
    fn new(id: ReportId, sent: Sent, form: &str) -> Self {
        Self {
            id,
            place: if sent.held { Place::Held } else { Place::At(sent.lives) },
            said: Said::Nothing,
            question: None,
            sent,
            form: form.to_owned(),
            decided: false,
            withdrawal: false,
            corrects: None,
            purged: false,
            told: BTreeMap::new(),
        }
    }

    /// A feed tells of it.
    fn tell(&mut self, code: &'static str, event: FeedEvent, words: Option<String>) {
        let line = Line {
            event,
            wage: self.sent.wage,
            lives: self.sent.lives.to_owned(),
            form: self.form.clone(),
            words,
        };
        self.told.entry(code).or_default().push(line);
    }

    /// What the municipality that has it still has of it: from the entry that last gave it on.
    pub fn current(&self, code: &str) -> &[Line] {
        let told = self.told.get(code).map_or(&[][..], Vec::as_slice);
        let gives = |line: &Line| {
            use FeedEvent::{Available, Corrected, TransferredIn};
            matches!(line.event, Available | Corrected | TransferredIn)
        };
        let from = told.iter().rposition(gives).unwrap_or(told.len());
        if self.place == Place::At(place_code(code)) {
            &told[from..]
        } else {
            &[]
        }
    }
}

fn place_code(code: &str) -> &'static str {
    super::script::CODES
        .into_iter()
        .find(|known| *known == code)
        .expect("a municipality of the model")
}

impl Ledger {
    /// Whether it must succeed.
    pub fn allows(&self, deed: &Deed) -> bool {
        let Some(truth) = deed.target().map(|target| &self.0[&target]) else {
            return true;
        };
        if truth.purged {
            return false;
        }
        let open = !truth.withdrawal;
        match deed {
            Deed::Submit(_) => true,
            Deed::Replace { .. } | Deed::Withdraw { .. } => open && !matches!(truth.place, Place::Gone(_)),
            Deed::Transfer { from, to, .. } => open && truth.place == Place::At(from) && from != to,
            Deed::Assign { .. } => open && truth.place == Place::Held,
            Deed::Answer { .. } => matches!(truth.place, Place::At(_)) && truth.said == Said::Asked,
            Deed::Decide { by, verdict, .. } => {
                let had = matches!(truth.place, Place::At(at) | Place::Gone(Some(at)) if at == *by);
                let accepted_again = truth.said == Said::Accepted && *verdict == Verdict::Accept;
                let goes_on = match truth.said {
                    Said::Nothing | Said::Answered => true,
                    Said::Asked => *verdict != Verdict::Ask,
                    Said::Accepted | Said::Rejected => false,
                };
                open && had && (accepted_again || (goes_on && matches!(truth.place, Place::At(_))))
            }
        }
    }

    /// Enters what was done.
    pub fn learn(&mut self, deed: &Deed, news: &News<'_>) {
        match (deed, news) {
            (Deed::Submit(reports), News::Sent { ids, form }) => {
                for (sent, id) in reports.iter().zip(*ids) {
                    self.came_in(Truth::new(*id, *sent, form), FeedEvent::Available);
                }
            }
            (Deed::Replace { target, by }, News::Sent { ids, form }) => {
                self.replaced(*target, Truth::new(ids[0], *by, form));
            }
            (Deed::Withdraw { target, by }, News::Sent { ids, form }) => {
                let at = self.closed(*target);
                if let Some(code) = at {
                    self.of(*target).tell(code, FeedEvent::Withdrawn, None);
                }
                let sent = Sent {
                    name: *by,
                    ..self.0[target].sent
                };
                let withdrawal = Truth {
                    place: Place::Gone(at),
                    withdrawal: true,
                    corrects: Some(*target),
                    ..Truth::new(ids[0], sent, form)
                };
                self.0.insert(*by, withdrawal);
            }
            (Deed::Transfer { target, from, to }, News::Handed { words }) => {
                let words = Some(format!("{from} {to} {words}"));
                let truth = self.of(*target);
                truth.tell(from, FeedEvent::TransferredOut, words.clone());
                truth.tell(to, FeedEvent::TransferredIn, words);
                (truth.place, truth.said, truth.decided) = (Place::At(to), Said::Nothing, true);
            }
            (Deed::Assign { target, to }, News::Handed { .. }) => {
                let truth = self.of(*target);
                let event = match truth.corrects {
                    Some(_) => FeedEvent::Corrected,
                    None => FeedEvent::Available,
                };
                truth.tell(to, event, None);
                (truth.place, truth.decided) = (Place::At(to), true);
            }
            (Deed::Decide { target, verdict, .. }, News::Decided { id, words }) => {
                let truth = self.of(*target);
                truth.said = match verdict {
                    Verdict::Accept => Said::Accepted,
                    Verdict::Reject => Said::Rejected,
                    Verdict::Ask => Said::Asked,
                };
                if *verdict == Verdict::Ask {
                    truth.question = Some((*id, (*words).to_owned()));
                }
            }
            (Deed::Answer { target }, News::Answered { words }) => self.answered(*target, words),
            _ => panic!("an answer of another kind"),
        }
    }

    fn of(&mut self, name: Name) -> &mut Truth {
        self.0.get_mut(&name).expect("a report that is there")
    }

    fn came_in(&mut self, mut truth: Truth, event: FeedEvent) {
        if let Place::At(code) = truth.place {
            truth.tell(code, event, None);
        }
        self.0.insert(truth.sent.name, truth);
    }

    /// The report gives way; where it was.
    fn closed(&mut self, target: Name) -> Option<&'static str> {
        let truth = self.of(target);
        let at = match truth.place {
            Place::At(code) => Some(code),
            Place::Held => None,
            Place::Gone(_) => panic!("what is gone gives way to nothing"),
        };
        truth.place = Place::Gone(at);
        at
    }

    /// A correction follows what people decided, unless the employer answers something new. A feed that had the old report and does not
    /// get the new one is told that the old one falls away.
    fn replaced(&mut self, target: Name, new: Truth) {
        let at = self.closed(target);
        let before = self.of(target);
        let decided = before.decided && before.sent.lives == new.sent.lives;
        let place = at.filter(|_| decided).map_or(new.place, Place::At);
        if let Some(code) = at.filter(|code| place != Place::At(code)) {
            before.tell(code, FeedEvent::Withdrawn, None);
        }
        let new = Truth {
            place,
            decided,
            corrects: Some(target),
            ..new
        };
        self.came_in(new, FeedEvent::Corrected);
    }

    fn answered(&mut self, target: Name, words: &str) {
        let truth = self.of(target);
        let Place::At(code) = truth.place else {
            panic!("only what is somewhere is asked about")
        };
        let (_, asked) = truth.question.as_ref().expect("a question was asked");
        let words = format!("{asked} {words}");
        truth.said = Said::Answered;
        truth.tell(code, FeedEvent::Answered, Some(words));
    }
}

impl From<&Told> for Line {
    fn from(told: &Told) -> Self {
        let lives = match told.answers.read(fields::MUNICIPALITY_CODE) {
            Some(MunicipalityAnswer::One(code)) => code.to_string(),
            _ => String::new(),
        };
        let wage = told.answers.read(fields::FULL_TIME_TOTAL_MONTHLY_WAGE);
        let words = told.detail.as_ref().map(|detail| match detail {
            EntryDetail::Answer { asked, answer, .. } => format!("{} {}", asked.expose(), answer.text.expose()),
            EntryDetail::Handover(handover) => {
                let from = handover.from.expect("a transfer is from somewhere");
                format!("{from} {} {}", handover.to, handover.reason.expose())
            }
        });
        Self {
            event: told.event,
            wage: wage.map_or(0, |wage| wage.ore() / 100),
            lives,
            form: told.form.version.clone(),
            words,
        }
    }
}

/// The answers that make a report say what the model wants.
pub fn answers(sent: Sent) -> [(&'static str, Answer); 2] {
    let code = crate::fixture::municipality(sent.lives);
    [
        ("municipality_code", Answer::Municipality(MunicipalityAnswer::One(code))),
        (
            "full_time_total_monthly_wage",
            Answer::Money(Money::from_ore(sent.wage * 100)),
        ),
    ]
}
