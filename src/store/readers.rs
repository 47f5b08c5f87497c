//! The connections that read: a few, lent for one statement each. One that does not come back in order is thrown away and its place
//! is free at once, whatever the other side does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use deadpool::{
    Runtime,
    managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult, TimeoutType},
};
use futures_util::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    Any, Either, Error, Execute, Executor, SqlStr,
    any::{AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo},
};
use tokio::sync::mpsc;

use super::{
    StoreError,
    cause::{Cause, late},
    connection::Connection,
    database::{Address, For, Kind, WAIT},
};

/// A connection that has rested longer than this is asked whether it is still there, and has this long to answer.
const ASK: Duration = Duration::from_secs(1);

/// A connection to PostgreSQL is used no longer than this: what the server keeps for one grows with time.
const OLDEST: Duration = Duration::from_secs(30 * 60);

/// Rows that wait between a statement and who reads them one by one.
const AHEAD: usize = 64;

/// Connections that read. Cheap to clone; `&Readers` runs statements as sqlx's own pool would.
#[derive(Clone)]
pub(super) struct Readers(Pool<Opening>);

/// Opens connections and decides which may be lent again.
struct Opening {
    address: Arc<Address>,
    /// Goes up with every fault: what was opened before it is not trusted any more.
    generation: AtomicU64,
}

struct Lent {
    connection: Connection,
    generation: u64,
}

impl Manager for Opening {
    type Type = Lent;
    type Error = Error;

    async fn create(&self) -> Result<Lent, Error> {
        let generation = self.generation.load(Ordering::Relaxed);
        let connection = self.address.connect(For::Reading).await?;
        Ok(Lent { connection, generation })
    }

    async fn recycle(&self, lent: &mut Lent, _: &Metrics) -> RecycleResult<Error> {
        let connection = &mut lent.connection;
        let old = self.address.is_remote() && connection.age() > OLDEST;
        if old || !connection.is_sound() || lent.generation != self.generation.load(Ordering::Relaxed) {
            return Err(RecycleError::message("not to be used again"));
        }
        if self.address.is_remote() && connection.idle() > ASK {
            connection.ping().await.inspect_err(|_| self.distrust())?;
        }
        Ok(())
    }
}

impl Opening {
    fn distrust(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }
}

impl Readers {
    /// Opens the first, so that a database that can't be reached is told at once.
    pub async fn open(address: Arc<Address>, count: u32) -> Result<Self, StoreError> {
        let opening = Opening {
            address,
            generation: AtomicU64::new(0),
        };
        let pool = Pool::builder(opening)
            .max_size(usize::try_from(count).unwrap_or(usize::MAX))
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(WAIT))
            .recycle_timeout(Some(ASK))
            .runtime(Runtime::Tokio1)
            // The one used last is the one whose thread and pages are still at hand.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(|_| StoreError::Broken)?;
        let readers = Self(pool);
        readers
            .lend()
            .await
            .map_err(|error| StoreError::Connect(Arc::new(error)))?
            .back(true);
        Ok(readers)
    }

    /// Says goodbye to those that rest and lends no more.
    pub async fn close(&self) {
        let resting = self.0.retain(|_, _| false).removed;
        self.0.close();
        for lent in resting {
            lent.connection.close().await;
        }
    }

    /// Which database it is.
    pub fn kind(&self) -> Kind {
        self.0.manager().address.kind()
    }

    /// One connection for several statements in a row.
    pub async fn lend_one(&self) -> Result<Loan<'_>, StoreError> {
        self.lend().await.map_err(StoreError::at("-- store::readers::lend"))
    }

    async fn lend(&self) -> Result<Loan<'_>, Error> {
        let lent = self.0.get().await.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => Error::PoolTimedOut,
            PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle) => late(),
            PoolError::Backend(error) => error,
            PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => Error::PoolClosed,
        })?;
        Ok(Loan {
            lent: Some(lent),
            opening: self.0.manager(),
        })
    }
}

/// A connection for one statement. Dropped before it was given back, by a caller that went away, it is thrown away.
pub(super) struct Loan<'a> {
    lent: Option<Object<Opening>>,
    opening: &'a Opening,
}

impl Loan<'_> {
    pub fn connection(&mut self) -> &mut Connection {
        let lent = self.lent.as_mut().expect("a loan is given back once, by value");
        &mut lent.connection
    }

    /// Gives it back; `trusted` is false after a fault that its neighbours have too.
    fn back(mut self, trusted: bool) {
        if !trusted {
            self.opening.distrust();
        }
        if let Some(lent) = self.lent.take_if(|lent| lent.connection.is_sound()) {
            drop(lent);
        }
    }

    /// Gives it back after work of several statements. Its connection knows itself whether each of them ended well.
    pub fn back_after<T>(self, done: &Result<T, StoreError>) {
        let trusted = !matches!(done, Err(StoreError::Connect(_) | StoreError::TimedOut));
        self.back(trusted);
    }

    fn back_after_one<T>(self, done: &Result<T, Error>) {
        let trusted = match done {
            Ok(_) => true,
            Err(error) => match Cause::of(error) {
                Cause::Away | Cause::Late => false,
                Cause::Rival | Cause::Full | Cause::Closing | Cause::Ours => true,
            },
        };
        self.back(trusted);
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        if let Some(lent) = self.lent.take() {
            drop(Object::take(lent));
        }
    }
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Readers").field(&self.0.status()).finish()
    }
}

impl<'c> Executor<'c> for &'c Readers {
    type Database = Any;

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<AnyQueryResult, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        Box::pin(async move {
            let mut loan = self.lend().await?;
            let done = loan.connection().execute(query).await;
            loan.back_after_one(&done);
            done
        })
    }

    /// Row by row, for what is too much to hold: the statement as a whole has no limit then, only each row.
    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let (out, rows) = mpsc::channel(AHEAD);
        let reading = async move {
            let done = self.read_through(query, &out).await;
            if let Err(error) = done {
                // Whoever read has gone; there is nobody to tell.
                let _ = out.send(Err(error)).await;
            }
        };
        let rows = stream::unfold(rows, |mut rows| async move { rows.recv().await.map(|row| (row, rows)) });
        let reading = reading.into_stream().filter_map(|()| async { None });
        stream::select(rows, reading).boxed()
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        Box::pin(async move {
            let mut loan = self.lend().await?;
            let done = loan.connection().fetch_all(query).await;
            loan.back_after_one(&done);
            done
        })
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        Box::pin(async move {
            let mut loan = self.lend().await?;
            let done = loan.connection().fetch_optional(query).await;
            loan.back_after_one(&done);
            done
        })
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [AnyTypeInfo]) -> BoxFuture<'e, Result<AnyStatement, Error>>
    where
        'c: 'e,
    {
        Box::pin(async move {
            let mut loan = self.lend().await?;
            let done = loan.connection().prepare_with(sql, parameters).await;
            loan.back_after_one(&done);
            done
        })
    }
}

impl Readers {
    /// Sends what a statement gives, as fast as it is taken.
    async fn read_through<'q, E: Execute<'q, Any> + 'q>(
        &self,
        query: E,
        out: &mpsc::Sender<Result<Either<AnyQueryResult, AnyRow>, Error>>,
    ) -> Result<(), Error> {
        let mut loan = self.lend().await?;
        let address = &self.0.manager().address;
        let mut done = address.lift_limit(loan.connection()).await;
        if done.is_ok() {
            let mut rows = loan.connection().fetch_many(query);
            while let Some(row) = rows.next().await {
                match row {
                    Ok(row) => {
                        if out.send(Ok(row)).await.is_err() {
                            return Ok(());
                        }
                    }
                    Err(error) => {
                        done = Err(error);
                        break;
                    }
                }
            }
        }
        if done.is_ok() {
            done = address.set_limit(loan.connection()).await;
        }
        loan.back_after_one(&done);
        done
    }
}
