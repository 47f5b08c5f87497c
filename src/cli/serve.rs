use std::{io::Write, net::SocketAddr, process::ExitCode};

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Failure;
use crate::{clock::Clock, config::Config, entropy::Entropy, start};

#[derive(Args)]
pub struct ServeArgs {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Offer a login that asks for no proof, to try the pages; only where nobody elsewhere can reach them
    #[arg(long)]
    pub demo: bool,
}

/// Serves until told to stop, then finishes what is under way; told a second time, ends at once.
pub async fn run(config: Config) -> Result<ExitCode, Failure> {
    if config.has_login() {
        tracing::warn!("the demo login is on: who uses this machine can log in as anybody");
    }
    let mut asked = StopSignals::listen();
    let running = start::start(config, Clock::System, Entropy::System).await?;
    println!("listening on http://{}", running.address);
    // Whoever started us waits for that line, through a pipe too.
    let _ = std::io::stdout().flush();
    asked.next().await;
    tokio::select! {
        () = running.stop() => Ok(ExitCode::SUCCESS),
        () = asked.next() => {
            eprintln!("fleksport: asked to stop a second time, so nothing more is waited for");
            // Not by returning: that would wait for work on other threads.
            std::process::exit(1)
        }
    }
}

/// Ends when somebody presses Ctrl-C or sends SIGTERM.
pub async fn asked_to_stop() {
    StopSignals::listen().next().await;
}

/// Ctrl-C and SIGTERM, heard from the moment it is made.
struct StopSignals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
}

impl StopSignals {
    fn listen() -> Self {
        // A signal that can't be listened to does what it does by itself: it ends the program.
        Self {
            interrupt: signal(SignalKind::interrupt()).ok(),
            terminate: signal(SignalKind::terminate()).ok(),
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            () = heard(&mut self.interrupt) => {}
            () = heard(&mut self.terminate) => {}
        }
    }
}

async fn heard(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => _ = signal.recv().await,
        None => std::future::pending().await,
    }
}
