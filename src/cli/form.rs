use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand, ValueEnum};

use super::{Failure, Lang};
use crate::form::{self, Form, FormFault, FormLibrary, Sources};

#[derive(Args)]
pub struct FormArgs {
    #[command(subcommand)]
    command: FormCommand,
}

/// A version is named as a folder with its three files, or as `fleksjob-wage/1.0`, one that this program brings.
#[derive(Subcommand)]
enum FormCommand {
    /// Tell everything that is wrong with a version
    Lint {
        /// Folder of the version, such as forms/fleksjob-wage/1.0; those of this program when absent
        versions: Vec<PathBuf>,
    },
    /// Show what a new version changes, place by place
    Diff { old: PathBuf, new: PathBuf },
    /// Show a version as text (Markdown), as a reader of the form meets it
    Preview {
        version: PathBuf,
        #[arg(long, default_value = "da")]
        lang: Lang,
    },
    /// Write a version as one JSON document
    Export {
        version: PathBuf,
        #[arg(long, default_value = "definition")]
        what: Export,
        /// File to write; standard output when absent
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Export {
    /// Definition and texts as canonical JSON: the bytes whose SHA-256 is the version's hash
    Definition,
    /// JSON Schema (2020-12) of a submission
    Schema,
}

pub fn run(args: &FormArgs) -> Result<ExitCode, Failure> {
    match &args.command {
        FormCommand::Lint { versions } => lint(versions),
        FormCommand::Diff { old, new } => {
            let changes = form::diff(&version(old)?, &version(new)?);
            changes.iter().for_each(|change| println!("{change}"));
            println!("{} changes", changes.len());
            Ok(ExitCode::SUCCESS)
        }
        FormCommand::Preview { version: named, lang } => {
            print!("{}", form::preview(&version(named)?, (*lang).into()));
            Ok(ExitCode::SUCCESS)
        }
        FormCommand::Export {
            version: named,
            what,
            out,
        } => export(&version(named)?, *what, out.as_deref()),
    }
}

fn lint(versions: &[PathBuf]) -> Result<ExitCode, Failure> {
    if versions.is_empty() {
        let library = FormLibrary::embedded().map_err(|faults| faulty(&faults))?;
        library.iter().for_each(told_sound);
        return Ok(ExitCode::SUCCESS);
    }
    let mut sound = true;
    for folder in versions {
        match read(folder)? {
            Ok(form) => told_sound(&form),
            Err(faults) => {
                sound = false;
                faults.iter().for_each(|fault| eprintln!("{fault}"));
            }
        }
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn told_sound(form: &Form) {
    let reference = form.reference();
    println!(
        "{} {}: nothing wrong, hash {}",
        reference.id, reference.version, reference.hash
    );
}

fn export(form: &Form, what: Export, out: Option<&Path>) -> Result<ExitCode, Failure> {
    let text = match what {
        Export::Definition => form.canonical_json().to_owned(),
        Export::Schema => format!("{:#}\n", form.json_schema()),
    };
    match out {
        Some(path) => fs::write(path, text)
            .map_err(|error| Failure::because(format!("{} can't be written.", path.display()), error))?,
        None => print!("{text}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// The version in a folder, or one of this program by its name.
fn version(named: &Path) -> Result<Form, Failure> {
    if named.is_dir() {
        return read(named)?.map_err(|faults| faulty(&faults));
    }
    let library = FormLibrary::embedded().map_err(|faults| faulty(&faults))?;
    let found = named
        .to_str()
        .and_then(|name| name.split_once('/'))
        .and_then(|(id, version)| library.find(id, version));
    found.cloned().ok_or_else(|| {
        Failure::new(format!(
            "{} is neither a folder nor a version of this program; name one such as fleksjob-wage/1.0.",
            named.display()
        ))
    })
}

/// Reads and checks the three files of a folder.
fn read(folder: &Path) -> Result<Result<Form, Vec<FormFault>>, Failure> {
    let text = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).map_err(|error| Failure::because(format!("{} can't be read.", path.display()), error))
    };
    let (form, da, en) = (text("form.toml")?, text("texts.da.toml")?, text("texts.en.toml")?);
    Ok(Form::load(&Sources {
        folder: &name_of(folder),
        form: &form,
        da: &da,
        en: &en,
    }))
}

/// The last two parts of the path: the form's id and the version.
fn name_of(folder: &Path) -> String {
    let full = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let parts: Vec<_> = full
        .iter()
        .rev()
        .take(2)
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}

fn faulty(faults: &[FormFault]) -> Failure {
    let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
    Failure::new(format!("The version has faults:\n{}", lines.join("\n")))
}
