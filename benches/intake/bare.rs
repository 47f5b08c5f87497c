//! The bare insert that ours is held against: one row a call into a table with one key, committed in groups as our writer does it, on the
//! same kind of database, as durable. No HTTP, no checks, no sealing, no other tables.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use tokio::{
    sync::{mpsc, oneshot},
    task::LocalSet,
};

use crate::clients::{Failure, served::Ground};

/// Rows a statement, as in ours.
const CHUNKS: [usize; 4] = [32, 8, 2, 1];
/// Rows a commit at the most.
const BATCH: usize = 256;

struct Row {
    id: String,
    bytes: Vec<u8>,
    written: oneshot::Sender<()>,
}

/// A table of its own on a ground of its own.
pub struct Bare {
    connection: AnyConnection,
    begin: &'static str,
    rows: u64,
}

impl Bare {
    pub async fn new() -> Result<Self, Failure> {
        let ground = Ground::new("bare").await?;
        let postgres = ground.url.is_some();
        if !postgres {
            std::fs::File::create(ground.folder.join("fleksport.db"))?;
        }
        let mut connection = ground.connect().await?;
        let settings = if postgres {
            "CREATE TABLE bare (id TEXT PRIMARY KEY, bytes BYTEA NOT NULL)"
        } else {
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
            CREATE TABLE bare (id TEXT PRIMARY KEY, bytes BLOB NOT NULL)"
        };
        sqlx::raw_sql(settings).execute(&mut connection).await?;
        let begin = if postgres { "BEGIN" } else { "BEGIN IMMEDIATE" };
        Ok(Self {
            connection,
            begin,
            rows: 0,
        })
    }

    /// So many callers insert rows of so many bytes for so long, each waiting for its commit; rows a second.
    pub async fn insert(&mut self, callers: usize, bytes: usize, length: Duration) -> Result<f64, Failure> {
        let (queue, waiting) = mpsc::unbounded_channel();
        let began = Instant::now();
        let tasks = LocalSet::new();
        let first = self.rows;
        let ids = Rc::new(std::cell::Cell::new(first));
        for _ in 0..callers {
            let (queue, ids) = (queue.clone(), ids.clone());
            tasks.spawn_local(async move {
                while began.elapsed() < length {
                    let id = ids.get();
                    ids.set(id + 1);
                    let (written, answered) = oneshot::channel();
                    let row = Row {
                        id: format!("{id:036}"),
                        bytes: vec![id.to_le_bytes()[0]; bytes],
                        written,
                    };
                    if queue.send(row).is_err() || answered.await.is_err() {
                        return;
                    }
                }
            });
        }
        drop(queue);
        let written = tasks.run_until(self.write(waiting)).await?;
        tasks.await;
        self.rows = ids.get();
        if written != self.rows - first {
            return Err("a row of the bare insert was not written".into());
        }
        Ok(written as f64 / began.elapsed().as_secs_f64())
    }

    async fn write(&mut self, mut waiting: mpsc::UnboundedReceiver<Row>) -> Result<u64, Failure> {
        let mut rows = 0;
        while let Some(first) = waiting.recv().await {
            let mut batch = vec![first];
            while batch.len() < BATCH
                && let Ok(row) = waiting.try_recv()
            {
                batch.push(row);
            }
            sqlx::query(self.begin).execute(&mut self.connection).await?;
            let mut rest = batch.as_slice();
            for size in CHUNKS {
                while let Some((now, later)) = rest.split_at_checked(size) {
                    let query = now.iter().fold(sqlx::query(AssertSqlSafe(sql(size))), |query, row| {
                        query.bind(row.id.as_str()).bind(row.bytes.as_slice())
                    });
                    query.execute(&mut self.connection).await?;
                    rest = later;
                }
            }
            sqlx::query("COMMIT").execute(&mut self.connection).await?;
            for row in batch {
                rows += 1;
                let _ = row.written.send(());
            }
        }
        Ok(rows)
    }

    pub async fn close(self) -> Result<(), Failure> {
        Ok(self.connection.close().await?)
    }
}

fn sql(rows: usize) -> String {
    let values: Vec<String> = (0..rows)
        .map(|row| format!("(${}, ${})", 2 * row + 1, 2 * row + 2))
        .collect();
    format!("INSERT INTO bare (id, bytes) VALUES {}", values.join(", "))
}
