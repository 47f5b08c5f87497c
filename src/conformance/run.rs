//! Starting the client under test, hearing what it prints, and ending it.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::{Child, Command},
    sync::Notify,
};

use super::{KitError, judge::Fault};

/// How long what the client has started may go on printing after its end.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Most bytes that are kept of what a command prints.
const KEPT: usize = 16 << 20;

/// How a run of the client ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Well,
    /// With an exit code that tells that something is wrong.
    Badly,
    /// It was still at work when its time was up, and was ended.
    TooLate,
    /// The scenario ended it, as a power cut does.
    Killed,
}

/// What came of a run.
pub struct Ran {
    pub ended: Ended,
    /// What it printed to standard output.
    pub printed: Vec<u8>,
    /// What it should not have printed.
    pub faults: BTreeSet<Secret>,
}

/// What a client must not print: logs and mails of a timer keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secret {
    CprNumber,
    Key,
}

impl From<Secret> for Fault {
    fn from(secret: Secret) -> Self {
        match secret {
            Secret::CprNumber => Self::PrintedCpr,
            Secret::Key => Self::PrintedKey,
        }
    }
}

impl Ran {
    /// The words that it printed, if it ended well.
    pub fn words(&self) -> Option<BTreeSet<String>> {
        let printed = String::from_utf8_lossy(&self.printed);
        let words = printed.split_whitespace().map(str::to_owned).collect();
        (self.ended == Ended::Well).then_some(words)
    }
}

/// Runs a command to its end, until its time is up, or until `kill` is told. What it prints goes on to where the kit prints, where
/// `shown`.
///
/// # Errors
/// When it can't be started.
pub async fn run(
    mut command: Command,
    secrets: &[(Secret, String)],
    patience: Duration,
    kill: &Notify,
    shown: bool,
) -> Result<Ran, KitError> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // The shell and what it starts are ended together.
        .process_group(0)
        .kill_on_drop(true);
    let mut child = command.spawn()?;
    let group = child.id();
    let out = child.stdout.take().map(|out| {
        let onward = shown.then(io::stdout);
        tokio::spawn(listen(out, onward, Ear::new(secrets)))
    });
    let err = child.stderr.take().map(|err| {
        let onward = Some(io::stderr());
        tokio::spawn(listen(err, onward, Ear::new(secrets)))
    });
    let ended = end(&mut child, patience, kill).await?;
    kill_group(group);
    let (mut printed, mut faults) = (Vec::new(), BTreeSet::new());
    for (listening, is_out) in [(out, true), (err, false)] {
        let Some(mut listening) = listening else { continue };
        match tokio::time::timeout(LAST_WORDS, &mut listening).await {
            Ok(Ok((text, heard))) => {
                faults.extend(heard);
                if is_out {
                    printed = text;
                }
            }
            Ok(Err(_)) | Err(_) => listening.abort(),
        }
    }
    Ok(Ran { ended, printed, faults })
}

async fn end(child: &mut Child, patience: Duration, kill: &Notify) -> Result<Ended, KitError> {
    let group = child.id();
    let ended = tokio::select! {
        status = child.wait() => return Ok(if status?.success() { Ended::Well } else { Ended::Badly }),
        () = kill.notified() => Ended::Killed,
        () = tokio::time::sleep(patience) => Ended::TooLate,
    };
    kill_group(group);
    child.wait().await?;
    Ok(ended)
}

/// Ends what is left of a command and of all that it has started.
fn kill_group(leader: Option<u32>) {
    let pid = leader.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    // An error says that nothing is left.
    if let Some(pid) = pid {
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

/// Reads to the end and hands on; what was printed, and what of it is secret.
async fn listen(
    mut from: impl AsyncRead + Unpin,
    mut onward: Option<impl Write>,
    mut ear: Ear,
) -> (Vec<u8>, BTreeSet<Secret>) {
    let (mut all, mut chunk) = (Vec::new(), vec![0; 64 << 10]);
    while let Ok(read @ 1..) = from.read(&mut chunk).await {
        let heard = &chunk[..read];
        ear.hear(heard);
        if all.len() < KEPT {
            all.extend_from_slice(heard);
        }
        if let Some(onward) = &mut onward {
            // Where nobody reads what the kit prints, the client is judged all the same.
            let _ = onward.write_all(heard).and_then(|()| onward.flush());
        }
    }
    (all, ear.heard)
}

/// Listens for secrets, also across the borders of what is read at a time.
struct Ear {
    secrets: Vec<(Secret, String)>,
    before: Vec<u8>,
    heard: BTreeSet<Secret>,
}

impl Ear {
    fn new(secrets: &[(Secret, String)]) -> Self {
        Self {
            secrets: secrets.to_vec(),
            before: Vec::new(),
            heard: BTreeSet::new(),
        }
    }

    fn hear(&mut self, chunk: &[u8]) {
        self.before.extend_from_slice(chunk);
        for (secret, text) in &self.secrets {
            if self.before.windows(text.len()).any(|window| window == text.as_bytes()) {
                self.heard.insert(*secret);
            }
        }
        let longest = self.secrets.iter().map(|(_, text)| text.len()).max().unwrap_or(0);
        let known = self.before.len().saturating_sub(longest);
        self.before.drain(..known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_heard_in_one_piece_or_two() {
        let secrets = [
            (Secret::CprNumber, "251248-9996".to_owned()),
            (Secret::Key, "fp_key".to_owned()),
        ];
        for pieces in [
            &["x 251248-9996 y"][..],
            &["x 2512", "48-9", "996"],
            &["251248-999", "6"],
        ] {
            let mut ear = Ear::new(&secrets);
            pieces.iter().for_each(|piece| ear.hear(piece.as_bytes()));
            assert_eq!(ear.heard, BTreeSet::from([Secret::CprNumber]), "{pieces:?}");
        }
        let mut ear = Ear::new(&secrets);
        ear.hear(b"251248 fp-key 9996 fp_");
        assert_eq!(ear.heard, BTreeSet::new());
        ear.hear(b"key");
        assert_eq!(ear.heard, BTreeSet::from([Secret::Key]));
    }
}
