use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::{Failure, Lang, open};
use crate::{
    access::Scope,
    app::App,
    config::Config,
    finding::{Level, Places, Violation},
    give_receipt,
    http::api::SubmissionAnswer,
    receive::{self, FileChoices, HiddenRows, RawSubmission},
    record::{Channel, Sender, StoredSubmission, to_hex},
    reference,
    submit::{self, Accepted, Incoming, SubmitError},
    value::{Cvr, Language, Localized},
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
    /// The sheet of a workbook; the only one with headings when absent
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// What becomes of rows that the file hides; asked when absent
    #[arg(long, value_name = "CHOICE")]
    hidden_rows: Option<Hidden>,
    /// Leave out columns that the form does not know
    #[arg(long)]
    ignore_unknown_columns: bool,
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
enum Hidden {
    Send,
    Skip,
}

impl SubmitArgs {
    fn choices(&self) -> FileChoices {
        FileChoices {
            hidden_rows: self.hidden_rows.map(|choice| match choice {
                Hidden::Send => HiddenRows::Send,
                Hidden::Skip => HiddenRows::LeaveOut,
            }),
            ignore_unknown_columns: self.ignore_unknown_columns,
            sheet: self.sheet.clone(),
        }
    }
}

/// Sends a file as the employer it names: whoever may read the data folder may act for anybody in it.
pub async fn run(config: Config, args: SubmitArgs) -> Result<ExitCode, Failure> {
    let app = open(config).await?;
    let outcome = match read(&app, &args) {
        Ok(Ok(raw)) => perform(&app, raw, &args).await,
        Ok(Err(violations)) => Ok(refused(&violations, args.lang.into())),
        Err(failure) => Err(failure),
    };
    app.close().await;
    outcome
}

async fn perform(app: &App, raw: RawSubmission, args: &SubmitArgs) -> Result<ExitCode, Failure> {
    let outcome = match employer(app, &raw) {
        Ok(cvr) if args.check => check(app, &raw, cvr, args.lang.into()).await.map(|()| None),
        Ok(cvr) => send(app, raw, cvr, args).await.map(Some),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(Some(accepted)) => hand_over(app, accepted, args).await?,
        Ok(None) => {}
        Err(SubmitError::Invalid(violations)) => return Ok(refused(&violations, args.lang.into())),
        Err(error) => {
            return Err(Failure::because(
                "The file was not taken in; nothing was stored.",
                error,
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(app: &App, args: &SubmitArgs) -> Result<Result<RawSubmission, Vec<Violation>>, Failure> {
    let bytes = std::fs::read(&args.file)
        .map_err(|error| Failure::because(format!("{} can't be read.", args.file.display()), error))?;
    let ending = args
        .file
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let format = args.format.or(match ending.as_str() {
        "json" => Some(Format::Json),
        "csv" | "txt" => Some(Format::Csv),
        "xlsx" => Some(Format::Xlsx),
        _ => None,
    });
    let form = app.forms.current(crate::fields::FORM, app.clock.today());
    let form = form.ok_or_else(|| Failure::new("No version of the form is in force today."))?;
    match format {
        Some(Format::Json) => Ok(receive::json(&bytes)),
        Some(Format::Csv) => Ok(receive::csv(&bytes, form, &args.choices())),
        Some(Format::Xlsx) => Ok(receive::xlsx(&bytes, form, &args.choices())),
        None => Err(Failure::new("Say what the file is with --format json, csv or xlsx.")),
    }
}

/// The employer that the file names. Where that can't be read, everything that is wrong with the file is told.
fn employer(app: &App, raw: &RawSubmission) -> Result<Cvr, SubmitError> {
    let named = raw
        .body
        .pointer("/employer/cvr")
        .and_then(Value::as_str)
        .and_then(|text| Cvr::try_from(text).ok());
    named.map_or_else(
        || submit::validated(app, raw).map(|submission| submission.employer.cvr),
        Ok,
    )
}

async fn check(app: &App, raw: &RawSubmission, cvr: Cvr, language: Language) -> Result<(), SubmitError> {
    let checked = submit::check(app, raw.clone(), &Sender { cvr, credential: None }).await?;
    let mut submission = checked.submission;
    let reports = submission.reports.iter_mut().map(|report| &mut report.notices);
    name_places(&raw.places, &mut submission.notices, reports);
    let reports = submission.reports.iter().flat_map(|report| &report.notices);
    tell(submission.notices.iter().chain(reports), language);
    let words = match checked.reports.len() {
        1 => Localized::new(
            "1 indberetning kan sendes, som den er; der er ikke gemt noget.",
            "1 report can be sent as it is; nothing was stored.",
        ),
        count => Localized::new(
            format!("{count} indberetninger kan sendes, som de er; der er ikke gemt noget."),
            format!("{count} reports can be sent as they are; nothing was stored."),
        ),
    };
    println!("{}", words.get(language));
    Ok(())
}

async fn send(app: &App, raw: RawSubmission, cvr: Cvr, args: &SubmitArgs) -> Result<Accepted, SubmitError> {
    let places = raw.places.clone();
    let by_content = || format!("file-{}", to_hex(&receive::content_digest(&raw)));
    let incoming = Incoming {
        idempotency_key: args.idempotency_key.clone().unwrap_or_else(by_content),
        raw,
        channel: Channel::File,
        sender: Sender { cvr, credential: None },
        transaction_id: app.entropy.uuid(app.clock.now())?,
        seen_version: None,
    };
    let mut accepted = submit::submit(app, incoming).await?;
    let submission = &mut accepted.submission;
    let reports = submission.reports.iter_mut().map(|stored| &mut stored.report.notices);
    name_places(&places, &mut submission.notices, reports);
    Ok(accepted)
}

/// Puts to what was noticed where it stands in the file.
fn name_places<'v>(
    places: &Places,
    own: &'v mut Vec<Violation>,
    of_reports: impl Iterator<Item = &'v mut Vec<Violation>>,
) {
    for list in std::iter::once(own).chain(of_reports) {
        *list = places.add_to(std::mem::take(list));
    }
}

/// Prints the receipt; draws it too when a file is named for it.
async fn hand_over(app: &App, accepted: Accepted, args: &SubmitArgs) -> Result<(), Failure> {
    let language = Language::from(args.lang);
    if args.json {
        let answer = SubmissionAnswer::new(&accepted.submission, &app.public_url, language);
        println!(
            "{:#}",
            serde_json::to_value(&answer).expect("an answer has a JSON form")
        );
    } else {
        print_receipt(&accepted.submission, accepted.repeated, language);
    }
    let Some(path) = &args.receipt else { return Ok(()) };
    let (id, scope) = (accepted.submission.id, Scope::System);
    drop(accepted);
    let first = app.store.submission_part(&scope, id, give_receipt::FIRST).await;
    let first = first.ok().flatten();
    let first = first.ok_or_else(|| Failure::new("The receipt could not be read back; the reports are stored."))?;
    let pdf = app.receipt_pdf(&scope, first, language).await;
    let pdf = pdf.map_err(|error| Failure::because("The receipt could not be drawn.", error))?;
    std::fs::write(path, pdf).map_err(|error| Failure::because("The receipt could not be written.", error))
}

/// What was noticed, and the receipt.
fn print_receipt(submission: &StoredSubmission, repeated: bool, language: Language) {
    let reports = submission.reports.iter().flat_map(|stored| &stored.report.notices);
    tell(submission.notices.iter().chain(reports), language);
    let again = Localized::new(" (sendt før; intet er ændret)", " (sent before; nothing was changed)");
    let words = Localized::new("Kvittering", "Receipt");
    let again = if repeated { again.get(language) } else { "" };
    println!("{} {}{again}", words.get(language), submission.receipt_number);
    let (at, count) = (submission.received_at, submission.reports.len());
    let (da, en) = match count {
        1 => ("indberetning", "report"),
        _ => ("indberetninger", "reports"),
    };
    let received = Localized::new(
        format!("Modtaget {at}, {count} {da}"),
        format!("Received {at}, {count} {en}"),
    );
    println!("{}", received.get(language));
    let held = Localized::new("holdes tilbage", "held");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for stored in &submission.reports {
        let place = match stored.route.municipality() {
            Some(code) => format!("{code} {}", reference::municipality(code).full_name),
            None => format!("{}: {}", held.get(language), stored.route.code()),
        };
        *counts.entry(place).or_default() += 1;
    }
    for (place, count) in counts {
        println!("{count:>6}  {place}");
    }
}

/// All findings, one a line; the exit code says that nothing was stored.
fn refused(violations: &[Violation], language: Language) -> ExitCode {
    tell(violations.iter(), language);
    let errors = violations.iter().filter(|violation| violation.is_error()).count();
    let en = if errors == 1 { "error" } else { "errors" };
    let words = Localized::new(
        format!("Der er ikke gemt noget: {errors} fejl at rette."),
        format!("Nothing was stored: {errors} {en} to correct."),
    );
    eprintln!("{}", words.get(language));
    ExitCode::FAILURE
}

fn tell<'v>(violations: impl Iterator<Item = &'v Violation>, language: Language) {
    for violation in violations {
        let view = violation.in_language(language);
        let place = if view.pointer.is_empty() { "/" } else { view.pointer };
        let hint = view.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        let level = match violation.level {
            Level::Error => Localized::new("fejl", "error"),
            Level::Warning => Localized::new("advarsel", "warning"),
            Level::Hint => Localized::new("bemærkning", "hint"),
        };
        eprintln!(
            "{:<10} {place}: {} [{}]{hint}",
            level.get(language),
            view.message,
            view.code
        );
    }
}
