//! One connection. Every statement on it has a limit, and one that did not end well is never followed by another: the connection is
//! thrown away, not repaired (decision 0028).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    Any, AnyConnection, Connection as _, Either, Error, Execute, Executor, SqlStr,
    any::{AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo},
};
use tokio::time::timeout;

use super::{
    cause::{Cause, late},
    pulse::Pulse,
};

/// A connection with its limit. Dropping it closes it at once, without a word to the other side, which may not listen any more.
pub(super) struct Connection {
    any: AnyConnection,
    limit: Duration,
    /// False while a statement is under way, and for ever after one that broke off, ran out of time or met a fault of the database:
    /// nobody knows what such a connection would answer next.
    sound: bool,
    opened: Instant,
    used: Instant,
    /// Told of each statement.
    pulse: Option<Arc<Pulse>>,
}

impl Connection {
    pub fn new(any: AnyConnection, limit: Duration) -> Self {
        let now = Instant::now();
        Self {
            any,
            limit,
            sound: true,
            opened: now,
            used: now,
            pulse: None,
        }
    }

    #[must_use]
    pub fn with_pulse(mut self, pulse: Arc<Pulse>) -> Self {
        self.pulse = Some(pulse);
        self
    }

    pub fn is_sound(&self) -> bool {
        self.sound
    }

    pub fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    pub fn idle(&self) -> Duration {
        self.used.elapsed()
    }

    /// Whether the other side answers.
    pub async fn ping(&mut self) -> Result<(), Error> {
        let limit = self.limit;
        self.begin();
        let done = timeout(limit, self.any.ping()).await.unwrap_or_else(|_| Err(late()));
        self.end(&done);
        done
    }

    /// Says goodbye. What goes wrong with it changes nothing.
    pub async fn close(self) {
        if self.sound {
            let _ = timeout(self.limit, self.any.close()).await;
        }
    }

    /// The one inside, for work that has no limit (migrations).
    pub fn unlimited(&mut self) -> &mut AnyConnection {
        &mut self.any
    }

    fn begin(&mut self) {
        self.sound = false;
        if let Some(pulse) = &self.pulse {
            pulse.beat();
        }
    }

    /// A statement that the database refused leaves the connection as it was.
    fn end<T>(&mut self, done: &Result<T, Error>) {
        self.sound = match done {
            Ok(_) => true,
            Err(error) => Cause::of(error) == Cause::Ours,
        };
        self.used = Instant::now();
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("sound", &self.sound)
            .finish_non_exhaustive()
    }
}

impl<'c> Executor<'c> for &'c mut Connection {
    type Database = Any;

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<AnyQueryResult, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        Box::pin(async move {
            self.begin();
            let done = timeout(self.limit, self.any.execute(query)).await;
            let done = done.unwrap_or_else(|_| Err(late()));
            self.end(&done);
            done
        })
    }

    /// The limit is that of each row.
    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        self.begin();
        let Connection {
            any,
            limit,
            sound,
            used,
            ..
        } = self;
        let (rows, limit) = (any.fetch_many(query), *limit);
        stream::unfold(Some((rows, sound)), move |reading| async move {
            let (mut rows, sound) = reading?;
            match timeout(limit, rows.next()).await {
                Ok(Some(Ok(row))) => Some((Ok(row), Some((rows, sound)))),
                Ok(None) => {
                    *sound = true;
                    None
                }
                Ok(Some(Err(error))) => {
                    *sound = Cause::of(&error) == Cause::Ours;
                    Some((Err(error), None))
                }
                Err(_) => Some((Err(late()), None)),
            }
        })
        .inspect(move |_| *used = Instant::now())
        .boxed()
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        Box::pin(async move {
            self.begin();
            let done = timeout(self.limit, self.any.fetch_all(query)).await;
            let done = done.unwrap_or_else(|_| Err(late()));
            self.end(&done);
            done
        })
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        Box::pin(async move {
            self.begin();
            let done = timeout(self.limit, self.any.fetch_optional(query)).await;
            let done = done.unwrap_or_else(|_| Err(late()));
            self.end(&done);
            done
        })
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [AnyTypeInfo]) -> BoxFuture<'e, Result<AnyStatement, Error>>
    where
        'c: 'e,
    {
        Box::pin(async move {
            self.begin();
            let done = timeout(self.limit, self.any.prepare_with(sql, parameters)).await;
            let done = done.unwrap_or_else(|_| Err(late()));
            self.end(&done);
            done
        })
    }
}
