use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};

use super::{Failure, open};
use crate::{
    app::App,
    config::Config,
    http::api::SubmissionAnswer,
    receive::{self, RawSubmission},
    record::{Channel, Sender, StoredSubmission, to_hex},
    reference,
    submit::{self, Accepted, Incoming, SubmitError},
    validate::Violation,
    value::{Cvr, Language},
};

#[derive(Args)]
pub struct SubmitArgs {
    /// A JSON, CSV or XLSX file with one submission
    file: PathBuf,
    /// What the file is; told by its ending when absent
    #[arg(long)]
    format: Option<Format>,
    /// Makes a repeat the same act; made from the content when absent, so that the same file sent again changes nothing
    #[arg(long)]
    idempotency_key: Option<String>,
    /// Write the receipt as PDF to this file
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// Print the answer of the interface as JSON
    #[arg(long)]
    json: bool,
    /// Check only: say what would happen and store nothing
    #[arg(long)]
    check: bool,
    /// Language of messages and receipt
    #[arg(long, default_value = "da")]
    lang: Lang,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Json,
    Csv,
    Xlsx,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    Da,
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Da => Self::Da,
            Lang::En => Self::En,
        }
    }
}

/// Sends a file as the employer it names: whoever may read the data folder may act for anybody in it.
pub async fn run(config: Config, args: SubmitArgs) -> Result<ExitCode, Failure> {
    let language = Language::from(args.lang);
    let raw = match read(&args)? {
        Ok(raw) => raw,
        Err(violations) => return Ok(refused(&violations, language)),
    };
    let Some(cvr) = employer(&raw) else {
        return Err(Failure::new("The file must name the employer's CVR number, in employer.cvr or the column employer_cvr."));
    };
    let app = open(config).await?;
    let outcome = if args.check { check(&app, &raw, cvr, language) } else { send(&app, raw, cvr, &args).await };
    app.store.close().await;
    outcome
}

fn read(args: &SubmitArgs) -> Result<Result<RawSubmission, Vec<Violation>>, Failure> {
    let bytes = std::fs::read(&args.file)
        .map_err(|error| Failure::because(format!("{} can't be read.", args.file.display()), error))?;
    let ending = args.file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let format = args.format.or(match ending.as_str() {
        "json" => Some(Format::Json),
        "csv" | "txt" => Some(Format::Csv),
        "xlsx" => Some(Format::Xlsx),
        _ => None,
    });
    match format {
        Some(Format::Json) => Ok(receive::json(&bytes)),
        Some(Format::Csv) => Ok(receive::csv(&bytes)),
        Some(Format::Xlsx) => Ok(receive::xlsx(&bytes)),
        None => Err(Failure::new("Say what the file is with --format json, csv or xlsx.")),
    }
}

fn employer(raw: &RawSubmission) -> Option<Cvr> {
    let text = raw.body.pointer("/employer/cvr")?.as_str()?;
    Cvr::try_from(text).ok()
}

fn check(app: &App, raw: &RawSubmission, cvr: Cvr, language: Language) -> Result<ExitCode, Failure> {
    match submit::check(app, raw, &Sender { cvr, credential: None }) {
        Ok(checked) => {
            println!("{} reports can be sent as they are; nothing was stored.", checked.reports.len());
            Ok(ExitCode::SUCCESS)
        }
        Err(SubmitError::Invalid(violations)) => Ok(refused(&violations, language)),
        Err(error) => Err(Failure::because("The file could not be checked.", error)),
    }
}

async fn send(app: &App, raw: RawSubmission, cvr: Cvr, args: &SubmitArgs) -> Result<ExitCode, Failure> {
    let language = Language::from(args.lang);
    let by_content = || format!("file-{}", to_hex(&receive::content_digest(&raw)));
    let incoming = Incoming {
        idempotency_key: args.idempotency_key.clone().unwrap_or_else(by_content),
        raw,
        channel: Channel::File,
        sender: Sender { cvr, credential: None },
        transaction_id: app.entropy.uuid(app.clock.now()).map_err(SubmitError::from).map_err(not_sent)?,
        seen_version: None,
    };
    let Accepted { submission, repeated } = match submit::submit(app, incoming).await {
        Ok(accepted) => accepted,
        Err(SubmitError::Invalid(violations)) => return Ok(refused(&violations, language)),
        Err(error) => return Err(not_sent(error)),
    };
    if let Some(path) = &args.receipt {
        let pdf = app.receipt_pdf(submission.clone(), language).await.map_err(|error| Failure::because("The receipt could not be drawn.", error))?;
        std::fs::write(path, pdf).map_err(|error| Failure::because("The receipt could not be written.", error))?;
    }
    if args.json {
        let answer = SubmissionAnswer::new(&submission, &app.public_url, language);
        println!("{}", serde_json::to_string_pretty(&answer).unwrap_or_default());
    } else {
        print_receipt(&submission, repeated);
    }
    Ok(ExitCode::SUCCESS)
}

fn not_sent(error: SubmitError) -> Failure {
    Failure::because("The file was not taken in; nothing was stored.", error)
}

fn print_receipt(submission: &StoredSubmission, repeated: bool) {
    let again = if repeated { " (sent before; nothing was changed)" } else { "" };
    println!("Receipt {}{again}", submission.receipt_number);
    println!("Received {}, {} reports", submission.received_at, submission.reports.len());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for stored in &submission.reports {
        let place = match stored.route.municipality() {
            Some(code) => format!("{code} {}", reference::municipality(code).full_name),
            None => format!("held: {}", stored.route.code()),
        };
        *counts.entry(place).or_default() += 1;
    }
    for (place, count) in counts {
        println!("{count:>6}  {place}");
    }
}

/// All findings, one a line; the exit code says that nothing was stored.
fn refused(violations: &[Violation], language: Language) -> ExitCode {
    for violation in violations {
        let view = violation.in_language(language);
        let place = if view.pointer.is_empty() { "/" } else { view.pointer };
        let hint = view.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        eprintln!("{:<8}{place}: {} [{}]{hint}", violation.level.as_str(), view.message, view.code);
    }
    let errors = violations.iter().filter(|violation| violation.is_error()).count();
    eprintln!("Nothing was stored: {errors} errors to correct.");
    ExitCode::FAILURE
}
