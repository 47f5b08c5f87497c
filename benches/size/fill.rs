//! Many rows between the real ones, made inside the database.

use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use super::{CODE, Failure, clients::served::Ground};
use fleksport::reference;

/// Reports a submission.
const REPORTS: i64 = 10;
/// Reports a statement.
const STEP: i64 = 100_000;
/// Bytes of a sealed column. Real ones are larger and lie on pages of their own beside the tree, so that they change no depth.
const SEALED: usize = 160;

/// A connection that fills fast.
async fn connect(ground: &Ground) -> Result<AnyConnection, Failure> {
    let mut connection = ground.connect().await?;
    if ground.url.is_none() {
        let settings = "PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000; PRAGMA foreign_keys = OFF;";
        sqlx::raw_sql(settings).execute(&mut connection).await?;
    }
    Ok(connection)
}

/// Adds so many reports behind what is there; `half` keeps the ids of two calls apart.
pub async fn fill(ground: &Ground, half: i64, reports: i64) -> Result<(), Failure> {
    let mut connection = connect(ground).await?;
    name_municipalities(&mut connection).await?;
    let words = Words {
        postgres: ground.url.is_some(),
        half,
        prefix: latest_prefix(&mut connection).await?,
    };
    for first in (0..reports).step_by(usize::try_from(STEP)?) {
        let last = (first + STEP).min(reports);
        let mut step = connection.begin().await?;
        for sql in words.statements(first, last) {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *step).await?;
        }
        step.commit().await?;
    }
    let analyze = if ground.url.is_some() {
        "VACUUM ANALYZE"
    } else {
        "PRAGMA wal_checkpoint(TRUNCATE)"
    };
    sqlx::raw_sql(analyze).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// A table of the codes: number 0 is the one asked for.
async fn name_municipalities(connection: &mut AnyConnection) -> Result<(), Failure> {
    let codes = reference::municipalities().iter().map(|one| one.code.as_str());
    let rows: Vec<String> = std::iter::once(CODE)
        .chain(codes.filter(|code| *code != CODE))
        .enumerate()
        .map(|(number, code)| format!("({number}, '{code}')"))
        .collect();
    let sql = format!(
        "DROP TABLE IF EXISTS bench_code; CREATE TABLE bench_code (number BIGINT PRIMARY KEY, code TEXT);
        INSERT INTO bench_code VALUES {}",
        rows.join(", ")
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

/// The first twelve digits of the newest id: its moment. What is filled in sorts right behind it.
async fn latest_prefix(connection: &mut AnyConnection) -> Result<String, Failure> {
    let id: String = sqlx::query_scalar("SELECT MAX(id) FROM submission")
        .fetch_one(connection)
        .await?;
    Ok(id[..13].to_owned())
}

/// What the statements are put together from.
struct Words {
    postgres: bool,
    half: i64,
    prefix: String,
}

impl Words {
    /// An id like those of the service, in the order of `number`.
    fn id(&self, kind: char, number: &str) -> String {
        format!(
            "'{}-7fff-{kind}ff{}-' || SUBSTR(CAST(1000000000000 + {number} AS TEXT), 2)",
            self.prefix, self.half
        )
    }

    /// So many bytes that look random: 32, or a sealed column's.
    fn bytes(&self, length: usize, seed: &str) -> String {
        if self.postgres {
            let hashes = length.div_ceil(32);
            let all: Vec<String> = (0..hashes)
                .map(|at| {
                    format!(
                        "sha256(convert_to(CAST({seed} AS TEXT) || '-{at}-{}', 'UTF8'))",
                        self.half
                    )
                })
                .collect();
            all.join(" || ")
        } else {
            format!("randomblob({length})")
        }
    }

    /// A time one to three years ago, later for later numbers: what is older is deleted by the service itself.
    fn time(&self) -> String {
        format!("({} + i * 5)", self.begin())
    }

    /// Of this half, milliseconds since 1970.
    fn begin(&self) -> i64 {
        1_700_000_000_000 + self.half * 40_000_000_000
    }

    fn statements(&self, first: i64, last: i64) -> [String; 5] {
        let numbers = |first: i64, last: i64| {
            format!(
                "WITH RECURSIVE n (i) AS (SELECT CAST({first} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {last})"
            )
        };
        // SQLite takes the WITH in front of the INSERT, PostgreSQL too.
        let (submissions, reports) = (numbers(first / REPORTS, last / REPORTS), numbers(first, last));
        let (time, hash, sealed) = (self.time(), self.bytes(32, "i"), self.bytes(SEALED, "i"));
        let (submission, report, transfer) = (self.id('8', "i"), self.id('9', "i"), self.id('a', "i"));
        let own = self.id('8', &format!("i / {REPORTS}"));
        let municipality = "CASE WHEN i % 10 = 0 THEN 0 ELSE 1 + (i * 7) % 97 END";
        [
            format!(
                "{submissions} INSERT INTO submission SELECT {submission}, 'F' || {submission}, {time}, 'file', '24256790', NULL, {key}, {content},
                {submission}, '24256790', 'fleksjob-wage', '1.0', 'sha256:none', {digest}, {sealed}, {sealed} FROM n",
                key = self.bytes(32, "i + 1000000000"), content = self.bytes(32, "i + 2000000000"), digest = hash,
            ),
            format!(
                "{reports} INSERT INTO report (id, submission_id, position, employer_cvr, kind, content_kind, state, state_at, municipality,
                version, cpr_index, content_digest, sealed, route_sealed)
                SELECT {report}, {own}, i % {REPORTS}, '24256790', 'full_time_wage', 'full_time_wage',
                CASE WHEN i % 3 = 0 THEN 'fetched' ELSE 'accepted' END, {time}, c.code, 2, {hash}, {hash}, {sealed}, {sealed}
                FROM n JOIN bench_code c ON c.number = {municipality}"
            ),
            "INSERT INTO municipality_feed (municipality, last_sequence, head_digest) SELECT code, 0, CAST('' AS BLOB) FROM bench_code
                WHERE code NOT IN (SELECT municipality FROM municipality_feed)"
                .replace("CAST('' AS BLOB)", if self.postgres { "''::bytea" } else { "CAST('' AS BLOB)" }),
            format!(
                "{reports} INSERT INTO feed_entry (municipality, sequence, event, transfer_id, report_id, appended_at, digest)
                SELECT c.code, f.last_sequence + ROW_NUMBER() OVER (PARTITION BY c.code ORDER BY i), 'report.available', {transfer}, {report},
                {time}, {hash} FROM n JOIN bench_code c ON c.number = {municipality} JOIN municipality_feed f ON f.municipality = c.code"
            ),
            format!(
                "UPDATE municipality_feed SET last_sequence = (SELECT MAX(sequence) FROM feed_entry e
                    WHERE e.municipality = municipality_feed.municipality);
                INSERT INTO acknowledgement SELECT {ack} || municipality, municipality, last_sequence, {begin} + {last} * 5 FROM municipality_feed
                WHERE last_sequence > 0",
                ack = self.id('b', &last.to_string()),
                begin = self.begin(),
            ),
        ]
    }
}
