//! Runs the programs that judge a PDF. They come with `scripts/setup test`.

use std::process::{Command, Output};

/// What veraPDF said.
pub struct Verdict {
    pub passed: bool,
    pub output: String,
}

/// Runs a program that must succeed, and gives what it printed.
pub fn output(program: &str, arguments: &[&str]) -> String {
    let result = run(Command::new(program).args(arguments).env("TZ", "UTC"), program);
    let printed = String::from_utf8_lossy(&result.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&result.stderr);
    assert!(result.status.success(), "{program}: {printed}{complaint}");
    printed
}

/// Asks veraPDF about PDF/UA-1 and PDF/A-3a.
pub fn verapdf(paths: &[String]) -> Verdict {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/verapdf");
    let result = run(Command::new(script).args(paths), script);
    let printed = String::from_utf8_lossy(&result.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&result.stderr);
    let code = result.status.code();
    assert!(
        matches!(code, Some(0 | 1)),
        "veraPDF did not run; scripts/setup test installs it: {complaint}"
    );
    Verdict {
        passed: code == Some(0),
        output: printed,
    }
}

fn run(command: &mut Command, program: &str) -> Output {
    command
        .output()
        .unwrap_or_else(|fault| panic!("{program} cannot be run ({fault}); scripts/setup test installs it"))
}
