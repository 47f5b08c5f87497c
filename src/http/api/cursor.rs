//! The cursor of a feed: opaque to the reader, bound to the municipality it was made for. It holds no more than where to go on, so it
//! never dies; one that can't be honoured is an error that says how to go on.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::value::MunicipalityCode;

const VERSION: &str = "1";

/// Makes the cursor that continues after `sequence`.
pub fn write(municipality: &MunicipalityCode, sequence: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{VERSION}:{}:{sequence}", municipality.as_str()))
}

/// Where to go on: from a cursor of this municipality, or from a plain number (0 gives everything). `None` for anything else.
pub fn read(municipality: &MunicipalityCode, text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return (number >= 0).then_some(number);
    }
    let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let mut parts = decoded.split(':');
    let (version, code, sequence) = (parts.next()?, parts.next()?, parts.next()?);
    let ours = version == VERSION && code == municipality.as_str() && parts.next().is_none();
    if ours {
        sequence.parse().ok().filter(|sequence| *sequence >= 0)
    } else {
        None
    }
}

/// Where a reader is in a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotCursor {
    /// The number of the snapshot.
    pub as_of: i64,
    /// The number of the last entry read.
    pub after: i64,
}

impl SnapshotCursor {
    /// Makes the cursor that continues here.
    pub fn write(self, municipality: &MunicipalityCode) -> String {
        let Self { as_of, after } = self;
        URL_SAFE_NO_PAD.encode(format!("S{VERSION}:{}:{as_of}:{after}", municipality.as_str()))
    }

    /// From a cursor of this municipality's snapshots; `None` for anything else.
    pub fn read(municipality: &MunicipalityCode, text: &str) -> Option<Self> {
        let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let of_ours = decoded.strip_prefix(&format!("S{VERSION}:{}:", municipality.as_str()))?;
        let (as_of, after) = of_ours.split_once(':')?;
        let (as_of, after) = (as_of.parse().ok()?, after.parse().ok()?);
        (0 <= after && after <= as_of).then_some(Self { as_of, after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_continued_in_its_own_municipality_only() {
        let (copenhagen, frederiksberg) = ("0101".parse().unwrap(), "0147".parse().unwrap());
        let at = SnapshotCursor { as_of: 9, after: 4 };
        assert_eq!(SnapshotCursor::read(&copenhagen, &at.write(&copenhagen)), Some(at));
        assert_eq!(SnapshotCursor::read(&frederiksberg, &at.write(&copenhagen)), None);
        assert_eq!(SnapshotCursor::read(&copenhagen, &write(&copenhagen, 4)), None);
        assert_eq!(read(&copenhagen, &at.write(&copenhagen)), None);
        let beyond = SnapshotCursor { as_of: 4, after: 9 };
        assert_eq!(SnapshotCursor::read(&copenhagen, &beyond.write(&copenhagen)), None);
    }

    #[test]
    fn a_cursor_leads_back_to_its_number_in_its_own_municipality_only() {
        let (copenhagen, frederiksberg) = ("0101".parse().unwrap(), "0147".parse().unwrap());
        let cursor = write(&copenhagen, 42);
        assert_eq!(read(&copenhagen, &cursor), Some(42));
        assert_eq!(read(&frederiksberg, &cursor), None);
        assert_eq!(read(&copenhagen, "7"), Some(7));
        for broken in ["", "-1", "x", "MTowMTAx", &format!("{cursor}A")] {
            assert_eq!(read(&copenhagen, broken), None, "{broken}");
        }
    }
}
