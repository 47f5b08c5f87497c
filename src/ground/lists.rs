//! Two lists beside the keys, one signed line an event: which submissions have been deleted, so that a backup that is put back loses
//! them again, and which older database was accepted, when and why. No line of the first tells of a person.

use std::{
    fs::{self, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use jiff::{SignedDuration, Timestamp};

use super::{
    ACCEPTED, DELETED, GroundError,
    folder::{self, fault},
};
use crate::{record::to_hex, value::SubmissionId, vault::Vault};

/// Longer than any backup is kept: what was deleted before can't come back.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);

/// The list of what was deleted, read line by line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DeletedList {
    pub deleted: Vec<(Timestamp, SubmissionId)>,
    /// Lines that we have not written: nothing is deleted for them.
    pub bad_lines: usize,
}

fn sign(vault: &Vault, list: &'static str, line: &str) -> String {
    to_hex(&vault.mac(list, &[line.as_bytes()])[..16])
}

/// The line without its signature, when it is ours.
fn signed<'l>(vault: &Vault, list: &'static str, line: &'l str) -> Option<&'l str> {
    let (content, signature) = line.rsplit_once(' ')?;
    (sign(vault, list, content) == signature).then_some(content)
}

/// Adds lines, on disk when it comes back. A line that a crash has cut off is ended first.
fn append(folder: &Path, name: &'static str, vault: &Vault, lines: &[String]) -> Result<(), GroundError> {
    let path = folder.join(name);
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
        let mut text = String::new();
        if !ends_in_a_line(&path)? {
            text.push('\n');
        }
        for line in lines {
            text.push_str(&format!("{line} {}\n", sign(vault, name, line)));
        }
        file.write_all(text.as_bytes())?;
        file.sync_data()
    };
    write().map_err(fault("file", &path, "written"))
}

fn ends_in_a_line(path: &Path) -> io::Result<bool> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = fs::File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Notes submissions that are gone.
///
/// # Errors
/// When the list can't be written.
pub fn note_deleted(folder: &Path, vault: &Vault, ids: &[SubmissionId], now: Timestamp) -> Result<(), GroundError> {
    let lines: Vec<String> = ids.iter().map(|id| format!("{now} {id}")).collect();
    append(folder, DELETED, vault, &lines)
}

/// Reads what was deleted.
///
/// # Errors
/// When the list is there and can't be read.
pub fn read_deleted(folder: &Path, vault: &Vault) -> Result<DeletedList, GroundError> {
    let path = folder.join(DELETED);
    let file = match fs::File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(DeletedList::default()),
        other => other.map_err(fault("file", &path, "read"))?,
    };
    let mut list = DeletedList::default();
    for line in BufReader::new(file).split(b'\n') {
        let line = line.map_err(fault("file", &path, "read"))?;
        let text = String::from_utf8_lossy(&line);
        let entry = signed(vault, DELETED, &text).and_then(|content| {
            let (at, id) = content.split_once(' ')?;
            Some((at.parse().ok()?, id.parse().ok()?))
        });
        match entry {
            Some(entry) => list.deleted.push(entry),
            None => list.bad_lines += usize::from(!line.is_empty()),
        }
    }
    Ok(list)
}

/// Forgets what is older than any backup. Only for who holds the folder. Whether there was any.
///
/// # Errors
/// When the list can't be read or written.
pub fn trim_deleted(folder: &Path, vault: &Vault, now: Timestamp) -> Result<bool, GroundError> {
    let length = || fs::metadata(folder.join(DELETED)).map_or(0, |found| found.len());
    let before = length();
    let list = read_deleted(folder, vault)?.deleted;
    let kept: Vec<_> = list.iter().filter(|(at, _)| *at >= now - KEPT).collect();
    // Who adds a line does not wait for the folder: then it is left for the next time.
    if kept.len() == list.len() || length() != before {
        return Ok(false);
    }
    let lines = kept.iter().map(|(at, id)| {
        let line = format!("{at} {id}");
        format!("{line} {}\n", sign(vault, DELETED, &line))
    });
    folder::replace(folder, DELETED, lines.collect::<String>().as_bytes())?;
    Ok(true)
}

/// Notes why an older database was gone on with. The text stays here, beside the keys; the audit has the number of the act.
///
/// # Errors
/// When the list can't be written.
pub fn note_accepted(
    folder: &Path,
    vault: &Vault,
    reason: &Reason,
    act: uuid::Uuid,
    now: Timestamp,
) -> Result<(), GroundError> {
    append(folder, ACCEPTED, vault, &[format!("{now} {act} {}", reason.0)])
}

/// Why somebody goes on with the database as it is: one line of 1 to 200 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

/// The text is no such reason.
#[derive(Debug, thiserror::Error)]
#[error("the reason must be one line of 1 to 200 characters, and name no person")]
pub struct InvalidReason;

impl std::str::FromStr for Reason {
    type Err = InvalidReason;

    fn from_str(text: &str) -> Result<Self, InvalidReason> {
        let text = text.trim();
        let fits = (1..=200).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned())).ok_or(InvalidReason)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Entropy;

    #[test]
    fn what_was_deleted_reads_back_and_nobody_else_can_add_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open_or_make(folder.path(), &Entropy::System, Timestamp::UNIX_EPOCH).unwrap();
        let now: Timestamp = "2026-12-01T08:00:00Z".parse().unwrap();
        let ids: Vec<SubmissionId> = (1..=3)
            .map(|number| SubmissionId::from_uuid(uuid::Uuid::from_u128(number)))
            .collect();
        note_deleted(folder.path(), &vault, &ids[..1], now - KEPT - KEPT).unwrap();
        note_deleted(folder.path(), &vault, &ids[1..], now).unwrap();
        let path = folder.path().join(DELETED);
        let whole = fs::read_to_string(&path).unwrap();
        let forged = whole.lines().last().unwrap().replacen("2026", "2027", 1);
        // A line by somebody else, and one that was cut off.
        fs::write(&path, format!("{whole}{forged}\n{now} 0000")).unwrap();
        note_deleted(folder.path(), &vault, &ids[..1], now).unwrap();
        let list = read_deleted(folder.path(), &vault).unwrap();
        let told: Vec<_> = list.deleted.iter().map(|(_, id)| *id).collect();
        assert_eq!(told, [ids[0], ids[1], ids[2], ids[0]]);
        assert_eq!(list.bad_lines, 2);

        assert!(trim_deleted(folder.path(), &vault, now).unwrap());
        assert!(!trim_deleted(folder.path(), &vault, now).unwrap());
        let list = read_deleted(folder.path(), &vault).unwrap();
        let told: Vec<_> = list.deleted.iter().map(|(_, id)| *id).collect();
        assert_eq!((told, list.bad_lines), (vec![ids[1], ids[2], ids[0]], 0));
    }

    #[test]
    fn a_reason_is_one_short_line() {
        assert_eq!(" disk broke ".parse::<Reason>().unwrap().to_string(), "disk broke");
        for text in ["", "  ", "a\nb", &"x".repeat(201)] {
            assert!(text.parse::<Reason>().is_err(), "{text}");
        }
    }
}
