//! A life as text, one step a line, so that one that went wrong can be read, cut down by hand and kept.
//!
//! ```text
//! a submit r1=0101:30001 r2=held:0147:30002 again b & b pull 0101 3     at once, `a` and `b` being the nodes
//! lost 300: a replace r1 by r3=0851:30003 & b accept r2 in 0147         after 300 µs both nodes go down; nobody hears
//! publish 1.1
//! purge
//! crash
//! ```

use std::fmt;

pub const CODES: [&str; 3] = ["0101", "0147", "0851"];

/// The name of a report: `r7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(pub u32);

/// One of the two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node(pub usize);

/// A report as the employer sends it: `r7=0101:30001`, or `r7=held:0101:30001` where a person has to find the municipality.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    pub name: Name,
    pub held: bool,
    /// What the employer answers to where the employee lives.
    pub lives: &'static str,
    /// In whole kroner; no two reports of a life have the same.
    pub wage: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Accept,
    Reject,
    Ask,
}

/// Something that somebody does to reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    Submit(Vec<Sent>),
    Replace {
        target: Name,
        by: Sent,
    },
    Withdraw {
        target: Name,
        by: Name,
    },
    Transfer {
        target: Name,
        from: &'static str,
        to: &'static str,
    },
    Assign {
        target: Name,
        to: &'static str,
    },
    Decide {
        target: Name,
        by: &'static str,
        verdict: Verdict,
    },
    /// To the question that was asked last.
    Answer {
        target: Name,
    },
}

/// How far a run of a client comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    Well,
    /// The answer is lost, or the client crashes before it has written.
    BeforeWriting,
    BeforeAcknowledging,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// With the node on which the same call is made once more, to be answered the same.
    Do(Deed, Option<Node>),
    /// A municipality's client fetches at most `limit` entries. Twice in a step: two clients at once on one copy.
    Pull { code: &'static str, limit: u32, ends: Ends },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// No two on one report.
    AtOnce(Vec<(Node, Act)>),
    /// The same, but nobody hears the answers: after so many microseconds both nodes go down with whatever they are doing. Then every deed
    /// is done again.
    Lost(u64, Vec<(Node, Act)>),
    /// Both nodes end and begin again.
    Crash,
    /// What is submitted from now on names this form version.
    Publish(String),
    /// Everything so far has been kept long enough: what is settled and acknowledged is deleted.
    Purge,
}

impl Deed {
    pub fn target(&self) -> Option<Name> {
        match self {
            Self::Submit(_) => None,
            Self::Replace { target, .. }
            | Self::Withdraw { target, .. }
            | Self::Transfer { target, .. }
            | Self::Assign { target, .. }
            | Self::Decide { target, .. }
            | Self::Answer { target } => Some(*target),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(["a", "b"][self.0])
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = if self.held { "held:" } else { "" };
        write!(f, "{}={held}{}:{}", self.name, self.lives, self.wage)
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Submit(reports) => {
                f.write_str("submit")?;
                reports.iter().try_for_each(|report| write!(f, " {report}"))
            }
            Self::Replace { target, by } => write!(f, "replace {target} by {by}"),
            Self::Withdraw { target, by } => write!(f, "withdraw {target} by {by}"),
            Self::Transfer { target, from, to } => write!(f, "transfer {target} from {from} to {to}"),
            Self::Assign { target, to } => write!(f, "assign {target} to {to}"),
            Self::Decide { target, by, verdict } => {
                let verb = match verdict {
                    Verdict::Accept => "accept",
                    Verdict::Reject => "reject",
                    Verdict::Ask => "ask",
                };
                write!(f, "{verb} {target} in {by}")
            }
            Self::Answer { target } => write!(f, "answer {target}"),
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Do(deed, None) => write!(f, "{deed}"),
            Self::Do(deed, Some(node)) => write!(f, "{deed} again {node}"),
            Self::Pull { code, limit, ends } => {
                let ends = match ends {
                    Ends::Well => "",
                    Ends::BeforeWriting => " before-writing",
                    Ends::BeforeAcknowledging => " before-acknowledging",
                };
                write!(f, "pull {code} {limit}{ends}")
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let acts = match self {
            Self::AtOnce(acts) => acts,
            Self::Lost(after_us, acts) => {
                write!(f, "lost {after_us}: ")?;
                acts
            }
            Self::Crash => return f.write_str("crash"),
            Self::Purge => return f.write_str("purge"),
            Self::Publish(version) => return write!(f, "publish {version}"),
        };
        for (at, (node, act)) in acts.iter().enumerate() {
            let and = if at == 0 { "" } else { " & " };
            write!(f, "{and}{node} {act}")?;
        }
        Ok(())
    }
}

/// Reads a life back. Empty lines and what begins with `#` are left out.
pub fn read(text: &str) -> Vec<Step> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| step(line).unwrap_or_else(|| panic!("this is no step: {line}")))
        .collect()
}

fn step(line: &str) -> Option<Step> {
    match line {
        "crash" => return Some(Step::Crash),
        "purge" => return Some(Step::Purge),
        _ => {}
    }
    if let Some(version) = line.strip_prefix("publish ") {
        return Some(Step::Publish(version.to_owned()));
    }
    let Some(lost) = line.strip_prefix("lost ") else {
        return acts(line).map(Step::AtOnce);
    };
    let (after_us, rest) = lost.split_once(": ")?;
    Some(Step::Lost(after_us.parse().ok()?, acts(rest)?))
}

fn acts(text: &str) -> Option<Vec<(Node, Act)>> {
    text.split(" & ").map(act).collect()
}

fn act(text: &str) -> Option<(Node, Act)> {
    let (by, rest) = text.split_once(' ')?;
    let words: Vec<_> = rest.split_whitespace().collect();
    let act = match words.as_slice() {
        ["pull", at, limit, rest @ ..] => Act::Pull {
            code: code(at)?,
            limit: limit.parse().ok()?,
            ends: ends(rest)?,
        },
        [deed_words @ .., "again", again] => Act::Do(deed(deed_words)?, Some(node(again)?)),
        deed_words => Act::Do(deed(deed_words)?, None),
    };
    Some((node(by)?, act))
}

fn ends(words: &[&str]) -> Option<Ends> {
    match words {
        [] => Some(Ends::Well),
        ["before-writing"] => Some(Ends::BeforeWriting),
        ["before-acknowledging"] => Some(Ends::BeforeAcknowledging),
        _ => None,
    }
}

fn deed(words: &[&str]) -> Option<Deed> {
    let decide = |target: &str, by: &str, verdict| {
        let (target, by) = (name(target)?, code(by)?);
        Some(Deed::Decide { target, by, verdict })
    };
    match words {
        ["submit", reports @ ..] => reports
            .iter()
            .map(|one| sent(one))
            .collect::<Option<_>>()
            .map(Deed::Submit),
        ["replace", target, "by", by] => Some(Deed::Replace {
            target: name(target)?,
            by: sent(by)?,
        }),
        ["withdraw", target, "by", by] => Some(Deed::Withdraw {
            target: name(target)?,
            by: name(by)?,
        }),
        ["transfer", target, "from", from, "to", to] => Some(Deed::Transfer {
            target: name(target)?,
            from: code(from)?,
            to: code(to)?,
        }),
        ["assign", target, "to", to] => Some(Deed::Assign {
            target: name(target)?,
            to: code(to)?,
        }),
        ["accept", target, "in", by] => decide(target, by, Verdict::Accept),
        ["reject", target, "in", by] => decide(target, by, Verdict::Reject),
        ["ask", target, "in", by] => decide(target, by, Verdict::Ask),
        ["answer", target] => Some(Deed::Answer { target: name(target)? }),
        _ => None,
    }
}

fn node(word: &str) -> Option<Node> {
    ["a", "b"].iter().position(|known| *known == word).map(Node)
}

fn code(word: &str) -> Option<&'static str> {
    CODES.into_iter().find(|known| *known == word)
}

fn name(word: &str) -> Option<Name> {
    word.strip_prefix('r')?.parse().ok().map(Name)
}

fn sent(word: &str) -> Option<Sent> {
    let (named, says) = word.split_once('=')?;
    let (held, says) = match says.strip_prefix("held:") {
        Some(rest) => (true, rest),
        None => (false, says),
    };
    let (lives, wage) = says.split_once(':')?;
    Some(Sent {
        name: name(named)?,
        held,
        lives: code(lives)?,
        wage: wage.parse().ok()?,
    })
}
