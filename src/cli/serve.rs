use std::{io::Write, net::SocketAddr, process::ExitCode};

use clap::Args;

use super::Failure;
use crate::{app, clock::Clock, config::Config, entropy::Entropy};

#[derive(Args)]
pub struct ServeArgs {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Offer a login that asks for no proof, to try the pages; only where nobody elsewhere can reach them
    #[arg(long)]
    pub demo: bool,
}

/// Serves until told to stop, then finishes what is under way.
pub async fn run(config: Config) -> Result<ExitCode, Failure> {
    if config.has_login() {
        tracing::warn!("the demo login is on: who uses this machine can log in as anybody");
    }
    let running = app::start(config, Clock::System, Entropy::System).await?;
    println!("listening on http://{}", running.address);
    // Whoever started us waits for that line, through a pipe too.
    let _ = std::io::stdout().flush();
    asked_to_stop().await;
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Ends when somebody presses Ctrl-C or sends SIGTERM.
pub async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
