use std::io::{BufRead, BufReader, Cursor, Read, Result as IoResult};

use zip::ZipArchive;

use super::{Stop, broken};
use crate::receive::messages::{self, OtherFile};

/// Unpacked, a file of ten thousand reports has some tens of megabytes.
const MAX_UNPACKED: u64 = 200_000_000;

/// A workbook has some dozens of parts; each takes memory before anything is read.
const MAX_PARTS: usize = 10_000;

/// The parts of a workbook, with one limit for all that is unpacked of them.
pub(super) struct Package<'b> {
    archive: ZipArchive<Cursor<&'b [u8]>>,
    /// How many bytes may still be unpacked.
    left: u64,
}

impl<'b> Package<'b> {
    /// # Errors
    /// Where it is no package, says that it has more in it than any submission, or is another kind of spreadsheet.
    pub fn open(bytes: &'b [u8]) -> Result<Self, Stop> {
        let entries = bytes
            .windows(4)
            .filter(|window| *window == b"PK\x01\x02")
            .take(MAX_PARTS + 1);
        if entries.count() > MAX_PARTS {
            return Err(messages::file_is(OtherFile::TooLarge));
        }
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
        let mut declared: u64 = 0;
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(broken)?;
            declared = declared.saturating_add(entry.size());
        }
        if declared > MAX_UNPACKED {
            return Err(messages::file_is(OtherFile::TooLarge));
        }
        let has = |name: &str| archive.index_for_name(name).is_some();
        if has("xl/workbook.bin") {
            return Err(messages::file_is(OtherFile::BinaryWorkbook));
        }
        if has("content.xml") {
            return Err(messages::file_is(OtherFile::OpenDocument));
        }
        Ok(Self {
            archive,
            left: MAX_UNPACKED,
        })
    }

    /// The part of that name, capital letters apart. Nothing where there is none.
    ///
    /// # Errors
    /// Where it is packed in a way that is not read.
    pub fn part(&mut self, name: &str) -> Result<Option<Part<'_, 'b>>, Stop> {
        let name = name.trim_start_matches('/');
        let found = self.archive.index_for_name(name).or_else(|| {
            let mut names = self.archive.file_names().filter_map(Result::ok);
            let exact = names.find(|other| other.eq_ignore_ascii_case(name))?.into_owned();
            self.archive.index_for_name(&exact)
        });
        let Some(index) = found else { return Ok(None) };
        let file = self.archive.by_index(index).map_err(broken)?;
        let counted = Counted {
            inner: file,
            left: &mut self.left,
        };
        Ok(Some(BufReader::new(counted)))
    }
}

/// A part as it is unpacked.
pub(super) type Part<'p, 'b> = BufReader<Counted<'p, zip::read::ZipFile<'p, Cursor<&'b [u8]>>>>;

/// Counts what is really unpacked, whatever the file says of itself.
pub(super) struct Counted<'p, R> {
    inner: R,
    left: &'p mut u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let count = self.inner.read(buffer)?;
        *self.left = self
            .left
            .checked_sub(u64::try_from(count).unwrap_or(u64::MAX))
            .ok_or_else(|| std::io::Error::other("more than may be unpacked"))?;
        Ok(count)
    }
}

/// What the readers of parts need.
pub(super) trait Source: BufRead {}

impl<R: BufRead> Source for R {}
