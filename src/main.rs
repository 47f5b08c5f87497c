//! The command `fleksport`: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    fleksport::cli::run()
}
