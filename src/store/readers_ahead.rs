//! Readers that were further on than the feed: the sign that the service was set back, or that somebody has gone to the wrong one.
//! One row a municipality, for the operator; nothing personal is in it.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Store, StoreError,
    row::Reader,
    tx::Tx,
    writer::{Fault, Write},
};
use crate::value::MunicipalityCode;

/// A reader that asks again and again is written down no oftener than this.
const NOTED_EVERY: Duration = Duration::from_secs(60);

/// A municipality's system that was further on than the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderAhead {
    pub municipality: MunicipalityCode,
    /// The number that it named, and the last one that there was, when it was last noted.
    pub reader_sequence: i64,
    pub latest_sequence: i64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    /// How often it was noted, at most once a minute.
    pub times: i64,
}

const NOTED: &str = "-- store::readers_ahead::noted
SELECT COUNT(*) FROM reader_ahead WHERE municipality = $1 AND reader_sequence = $2 AND latest_sequence = $3 AND last_at > $4";

const NOTE: &str = "-- store::readers_ahead::note
INSERT INTO reader_ahead (municipality, reader_sequence, latest_sequence, first_at, last_at, times) VALUES ($1, $2, $3, $4, $4, 1)
ON CONFLICT (municipality) DO UPDATE SET reader_sequence = excluded.reader_sequence, latest_sequence = excluded.latest_sequence,
    last_at = excluded.last_at, times = reader_ahead.times + 1";

/// Over once the municipality has acknowledged something since: then it reads this feed.
const STANDING: &str = "-- store::readers_ahead::standing
SELECT r.municipality, r.reader_sequence, r.latest_sequence, r.first_at, r.last_at, r.times FROM reader_ahead r
WHERE NOT EXISTS (SELECT 1 FROM acknowledgement a WHERE a.municipality = r.municipality AND a.acknowledged_at > r.last_at)
ORDER BY r.municipality";

struct Note {
    municipality: MunicipalityCode,
    reader: i64,
    latest: i64,
    now: Timestamp,
}

impl Write for Note {
    type Answer = ();
    type Refusal = std::convert::Infallible;

    async fn run(&self, tx: &mut Tx) -> Result<(), Fault<Self::Refusal>> {
        let query = sqlx::query(NOTE)
            .bind(self.municipality.as_str())
            .bind(self.reader)
            .bind(self.latest)
            .bind(self.now.as_millisecond());
        query.execute(tx.connection()).await.map_err(StoreError::at(NOTE))?;
        Ok(())
    }
}

impl Store {
    /// Notes that a municipality's system named a number that its feed has not come to, unless the same was noted a moment ago.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_reader_ahead(
        &self,
        municipality: &MunicipalityCode,
        reader: i64,
        latest: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let noted = sqlx::query_scalar::<_, i64>(NOTED)
            .bind(municipality.as_str())
            .bind(reader)
            .bind(latest)
            .bind((now - NOTED_EVERY).as_millisecond())
            .fetch_one(self.readers());
        if noted.await.map_err(StoreError::at(NOTED))? > 0 {
            return Ok(());
        }
        let note = Note {
            municipality: *municipality,
            reader,
            latest,
            now,
        };
        self.writer().write(note).await.map_err(Fault::into_store_error)
    }

    /// The municipalities whose system was further on than the feed and has acknowledged nothing since.
    ///
    /// # Errors
    /// When the database does not answer or a row does not fit.
    pub async fn readers_ahead(&self) -> Result<Vec<ReaderAhead>, StoreError> {
        let rows = sqlx::query(STANDING).fetch_all(self.readers()).await;
        let rows = rows.map_err(StoreError::at(STANDING))?;
        let read = |row| {
            let row = Reader::new(row, "reader_ahead", "municipality")?;
            Ok(ReaderAhead {
                municipality: row.parse("municipality")?,
                reader_sequence: row.get("reader_sequence")?,
                latest_sequence: row.get("latest_sequence")?,
                first_at: row.time("first_at")?,
                last_at: row.time("last_at")?,
                times: row.get("times")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
