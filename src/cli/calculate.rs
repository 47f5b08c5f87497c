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
    calculate::{RecalculationCase, Replay, RuleBook, SchemeAssessment, SchemeCase, replay},
    receive,
    validate::Violation,
};

/// Lines between two words of progress.
const PROGRESS_EVERY: u64 = 10_000;

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
    let rules = RuleBook::embedded().map_err(|faults| {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Failure::new(format!("The rules of this program are not right: {}", told.join("; ")))
    })?;
    let input = open(&args.file)?;
    let mut output = BufWriter::new(io::stdout().lock());
    let in_lines = args.lines
        || args
            .file
            .extension()
            .is_some_and(|ending| ending == "jsonl" || ending == "ndjson");
    let all_good = match (in_lines, args.replay) {
        _ if args.recalculate => whole(input, &mut output, |bytes| recalculated(&rules, bytes)),
        (true, _) => each_line(input, &mut output, |line| {
            if args.replay {
                replayed(line)
            } else {
                calculated(&rules, line)
            }
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

/// Answers line by line and keeps none: memory stays the same however many there are.
fn each_line(
    mut input: impl BufRead,
    output: &mut impl Write,
    answer: impl Fn(&[u8]) -> io::Result<Answer>,
) -> io::Result<bool> {
    let (mut line, mut number, mut wrong) = (Vec::new(), 0_u64, 0_u64);
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        number += 1;
        if !line.trim_ascii().is_empty() {
            let answer = answer(line.trim_ascii())?;
            wrong += u64::from(!answer.good);
            writeln!(output, "{}", with_line(answer, number))?;
        }
        if number.is_multiple_of(PROGRESS_EVERY) {
            eprintln!("{number} lines read, {wrong} not calculated");
        }
    }
    eprintln!("{number} lines read, {wrong} not calculated: done");
    Ok(wrong == 0)
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
        Err(violations) => Ok(Answer {
            text: serde_json::to_string(&refused(&violations))?,
            good: false,
        }),
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
    let (mut cases, mut violations) = (Vec::with_capacity(items.len()), Vec::new());
    for (index, item) in items.iter().enumerate() {
        match SchemeCase::from_json(item, &format!("/{index}")) {
            Ok(case) => cases.push(case),
            Err(found) => violations.extend(found),
        }
    }
    if violations.is_empty() {
        Ok(cases)
    } else {
        Err(violations)
    }
}

/// The months whose subsidy differs, or everything that is wrong.
fn recalculated(rules: &RuleBook, bytes: &[u8]) -> io::Result<Answer> {
    match receive::json_value(bytes).and_then(|value| RecalculationCase::from_json(&value)) {
        Ok(case) => Ok(Answer {
            text: serde_json::to_string_pretty(&case.calculate(rules))?,
            good: true,
        }),
        Err(violations) => Ok(Answer {
            text: serde_json::to_string_pretty(&refused(&violations))?,
            good: false,
        }),
    }
}

/// The assessment as it comes out now, and whether that is what was stored.
fn replayed(stored: &[u8]) -> io::Result<Answer> {
    let text = String::from_utf8_lossy(stored);
    match replay(&text) {
        Ok(Replay::Same) => Ok(Answer {
            text: text.trim_end().to_owned(),
            good: true,
        }),
        Ok(Replay::Differs(now)) => {
            eprintln!("the assessment comes out otherwise than it was stored");
            Ok(Answer { text: now, good: false })
        }
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    }
}
