use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::Failure;
use crate::{
    calculate::{RecalculationCase, Replay, ReplayError, RuleBook, SchemeAssessment, SchemeCase, replay, replay_list},
    finding::{Findings, Violation},
    receive,
    value::Localized,
};

/// Lines between two words of progress.
const PROGRESS_EVERY: u64 = 10_000;
/// Bytes of a line. A stored assessment with every kind of income is a tenth of it; reading a value takes some thirty times its text in memory, so
/// a line without end would take all there is.
const LONGEST_LINE: usize = 1 << 20;

#[derive(Args)]
pub struct CalculateArgs {
    /// JSON file with one case or a list of cases, or JSON lines; `-` reads standard input
    file: PathBuf,
    /// The file holds stored assessments: calculate them again from what they carry, and say whether they come out the same
    #[arg(long)]
    replay: bool,
    /// The file says what became known when about one person: show the months whose subsidy differs between two days
    #[arg(long, conflicts_with_all = ["replay", "lines"])]
    recalculate: bool,
    /// Folder with other rule files, of the names in config/rules, instead of those of this program
    #[arg(long, value_name = "DIR", conflicts_with = "replay")]
    rules: Option<PathBuf>,
    /// With --recalculate: the rule files as they were known then, for a rate that was changed backwards
    #[arg(long, value_name = "DIR", requires = "recalculate")]
    rules_then: Option<PathBuf>,
    /// One case on each line, as many as there are; told by the ending .jsonl or .ndjson too
    #[arg(long)]
    lines: bool,
}

/// What is written for a case that cannot be read.
#[derive(Serialize)]
struct Refused<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    violations: &'a [Violation],
}

pub fn run(args: &CalculateArgs) -> Result<ExitCode, Failure> {
    let rules = rules_of(args.rules.as_deref())?;
    let rules_then = args
        .rules_then
        .as_deref()
        .map(|folder| rules_of(Some(folder)))
        .transpose()?;
    let input = open(&args.file)?;
    let mut output = BufWriter::new(io::stdout().lock());
    let in_lines = args.lines
        || args
            .file
            .extension()
            .is_some_and(|ending| ending == "jsonl" || ending == "ndjson");
    let all_good = match (in_lines, args.replay) {
        _ if args.recalculate => whole(input, &mut output, |bytes| {
            recalculated(rules_then.as_ref().unwrap_or(&rules), &rules, bytes)
        }),
        (true, true) => each_line(input, &mut output, &mut io::stderr(), replayed_line),
        (true, false) => each_line(input, &mut output, &mut io::stderr(), |line, _| {
            calculated(&rules, line)
        }),
        (false, true) => whole(input, &mut output, replayed),
        (false, false) => whole(input, &mut output, |bytes| document(&rules, bytes)),
    }
    .map_err(|error| Failure::because("The file could not be read or the result not written.", error))?;
    output
        .flush()
        .map_err(|error| Failure::because("The result could not be written.", error))?;
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(file: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let opened =
        File::open(file).map_err(|error| Failure::because(format!("{} cannot be opened.", file.display()), error))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, opened)))
}

/// What came of one input, as text, and whether all of it was good.
struct Answer {
    text: String,
    good: bool,
}

impl Answer {
    fn refused(violations: &[Violation]) -> io::Result<Self> {
        Ok(Self {
            text: serde_json::to_string(&refused(violations))?,
            good: false,
        })
    }
}

/// Reads everything, answers once.
fn whole(
    mut input: impl Read,
    output: &mut impl Write,
    answer: impl Fn(&[u8]) -> io::Result<Answer>,
) -> io::Result<bool> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let answer = answer(&bytes)?;
    writeln!(output, "{}", answer.text)?;
    Ok(answer.good)
}

/// Answers line by line and keeps none: memory stays the same however many there are, and however long one is.
fn each_line(
    mut input: impl BufRead,
    output: &mut impl Write,
    progress: &mut impl Write,
    answer: impl Fn(&[u8], &mut Vec<String>) -> io::Result<Answer>,
) -> io::Result<bool> {
    let (mut line, mut number, mut wrong) = (Vec::new(), 0_u64, 0_u64);
    while let Some(length) = read_line(&mut input, &mut line)? {
        number += 1;
        let mut said = Vec::new();
        let answered = match length {
            Length::Whole if line.trim_ascii().is_empty() => None,
            Length::Whole => Some(answer(line.trim_ascii(), &mut said)?),
            Length::TooLong => Some(too_long()?),
        };
        for sentence in said {
            writeln!(progress, "line {number}: {sentence}")?;
        }
        if let Some(answer) = answered {
            wrong += u64::from(!answer.good);
            writeln!(output, "{}", with_line(answer, number))?;
        }
        if number.is_multiple_of(PROGRESS_EVERY) {
            writeln!(progress, "{number} lines read, {wrong} not calculated")?;
        }
    }
    writeln!(progress, "{number} lines read, {wrong} not calculated: done")?;
    Ok(wrong == 0)
}

/// Whether a line was read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    Whole,
    TooLong,
}

/// Reads the next line into `line`; nothing at the end of the input. Of a line that is too long only the beginning is kept.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<Length>> {
    line.clear();
    let (mut length, mut read_any) = (Length::Whole, false);
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok(read_any.then_some(length));
        }
        read_any = true;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or(chunk);
        if line.len() + part.len() > LONGEST_LINE {
            length = Length::TooLong;
        } else {
            line.extend_from_slice(part);
        }
        let consumed = part.len() + usize::from(end.is_some());
        input.consume(consumed);
        if end.is_some() {
            return Ok(Some(length));
        }
    }
}

fn too_long() -> io::Result<Answer> {
    let violation = Violation::error(
        "",
        "line-too-long",
        Localized::new(
            format!("Linjen er længere end {LONGEST_LINE} tegn og er ikke læst: skriv én sag på hver linje."),
            format!("The line is longer than {LONGEST_LINE} bytes and was not read: write one case on each line."),
        ),
    );
    Answer::refused(&[violation])
}

/// A refusal among many lines tells which line it is about.
fn with_line(answer: Answer, number: u64) -> String {
    match answer.text.strip_prefix("{\"violations\":") {
        Some(rest) if !answer.good => format!("{{\"line\":{number},\"violations\":{rest}"),
        _ => answer.text,
    }
}

fn calculated(rules: &RuleBook, line: &[u8]) -> io::Result<Answer> {
    match receive::json_value(line).and_then(|value| SchemeCase::from_json(&value, "")) {
        Ok(case) => Ok(Answer {
            text: serde_json::to_string(&case.calculate(rules))?,
            good: true,
        }),
        Err(violations) => Answer::refused(&violations),
    }
}

fn refused(violations: &[Violation]) -> Refused<'_> {
    Refused { line: None, violations }
}

/// One case gives one assessment, a list gives a list; with anything wrong, everything wrong and no assessment.
fn document(rules: &RuleBook, bytes: &[u8]) -> io::Result<Answer> {
    let (cases, in_list) = match receive::json_value(bytes) {
        Ok(Value::Array(items)) => (read_list(&items), true),
        Ok(value) => (SchemeCase::from_json(&value, "").map(|case| vec![case]), false),
        Err(violations) => (Err(violations), false),
    };
    let assessments: Vec<SchemeAssessment> = match cases {
        Ok(cases) => cases.iter().map(|case| case.calculate(rules)).collect(),
        Err(violations) => {
            return Ok(Answer {
                text: serde_json::to_string_pretty(&refused(&violations))?,
                good: false,
            });
        }
    };
    let text = match assessments.as_slice() {
        [one] if !in_list => serde_json::to_string_pretty(one)?,
        all => serde_json::to_string_pretty(all)?,
    };
    Ok(Answer { text, good: true })
}

fn read_list(items: &[Value]) -> Result<Vec<SchemeCase>, Vec<Violation>> {
    let (mut cases, mut violations) = (Vec::with_capacity(items.len()), Findings::new());
    for (index, item) in items.iter().enumerate() {
        if violations.is_full() {
            break;
        }
        match SchemeCase::from_json(item, &format!("/{index}")) {
            Ok(case) => cases.push(case),
            Err(found) => found.into_iter().for_each(|violation| violations.push(violation)),
        }
    }
    if violations.is_empty() {
        Ok(cases)
    } else {
        Err(violations.into())
    }
}

/// The months whose subsidy differs, or everything that is wrong.
fn recalculated(then: &RuleBook, now: &RuleBook, bytes: &[u8]) -> io::Result<Answer> {
    match receive::json_value(bytes).and_then(|value| RecalculationCase::from_json(&value)) {
        Ok(case) => Ok(Answer {
            text: serde_json::to_string_pretty(&case.compare(then, now))?,
            good: true,
        }),
        Err(violations) => Ok(Answer {
            text: serde_json::to_string_pretty(&refused(&violations))?,
            good: false,
        }),
    }
}

/// What is said of an assessment that does not come out the same, and what is written instead of one that cannot be read.
const DIFFERS: &str = "the assessment comes out otherwise than it was stored";

/// The assessment of one line as it comes out now, and whether that is what was stored. A line that is none is told, and the next is read.
fn replayed_line(stored: &[u8], said: &mut Vec<String>) -> io::Result<Answer> {
    let text = String::from_utf8_lossy(stored);
    replay_answer(replay(&text), text.trim_end(), said)
}

fn replay_answer(replayed: Result<Replay, ReplayError>, stored: &str, said: &mut Vec<String>) -> io::Result<Answer> {
    match replayed {
        Ok(Replay::Same) => Ok(Answer {
            text: stored.to_owned(),
            good: true,
        }),
        Ok(Replay::Differs(now)) => {
            said.push(DIFFERS.to_owned());
            Ok(Answer { text: now, good: false })
        }
        Err(error) => {
            said.push(in_words(&error));
            Answer::refused(&[unreadable()])
        }
    }
}

/// The error with what lies under it. None of it repeats what stood in the text.
fn in_words(error: &ReplayError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn unreadable() -> Violation {
    Violation::error(
        "",
        "not-an-assessment",
        Localized::new(
            "Teksten er ikke en gemt beregning, som dette program kan læse.",
            "The text is not a stored assessment that this program reads.",
        ),
    )
}

/// One stored assessment, or the list that `calculate` prints: each is told by itself.
fn replayed(stored: &[u8]) -> io::Result<Answer> {
    let (text, mut said) = (String::from_utf8_lossy(stored), Vec::new());
    if !text.trim_start().starts_with('[') {
        let answer = replay_answer(replay(&text), text.trim_end(), &mut said)?;
        said.iter().for_each(|sentence| eprintln!("{sentence}"));
        return Ok(answer);
    }
    let list = match replay_list(&text) {
        Ok(list) => list,
        Err(error) => return replay_answer(Err(error), "", &mut said),
    };
    let mut good = true;
    let mut answers: Vec<String> = Vec::with_capacity(list.len());
    for (index, one) in list.into_iter().enumerate() {
        let same = matches!(one, Ok(Replay::Same));
        let answer = replay_answer(one, "\"same\"", &mut said)?;
        said.drain(..)
            .for_each(|sentence| eprintln!("assessment {index}: {sentence}"));
        good &= same;
        answers.push(answer.text);
    }
    let text = if good {
        text.trim_end().to_owned()
    } else {
        format!("[\n{}\n]", answers.join(",\n"))
    };
    Ok(Answer { text, good })
}

/// The rules in a folder, or those of this program.
fn rules_of(folder: Option<&Path>) -> Result<RuleBook, Failure> {
    let read = match folder {
        None => RuleBook::embedded(),
        Some(folder) => {
            let texts: Vec<(&str, String)> = RuleBook::embedded_files()
                .iter()
                .map(|(name, _)| Ok((*name, rule_file(&folder.join(name))?)))
                .collect::<Result<_, Failure>>()?;
            let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
            RuleBook::from_toml(&files)
        }
    };
    read.map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Failure::new(format!("The rules are not right: {}", told.join("; ")))
    })
}

fn rule_file(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::because(format!("{} cannot be read.", path.display()), error))
}

#[cfg(test)]
mod tests;
