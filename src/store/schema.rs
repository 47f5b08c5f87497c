//! Whether the tables are those that this program works with: neither a migration behind, nor one ahead, nor one that broke off.

use sqlx::any::AnyRow;

use super::{Store, StoreError, connection::Connection, database::Kind, row::Reader};

/// The same question in the words of each database.
const HAS_TABLES_SQLITE: &str = "-- store::schema::has_tables
SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'";
const HAS_TABLES_POSTGRES: &str = "-- store::schema::has_tables
SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'";

const APPLIED: &str = "-- store::schema::applied
SELECT version, CASE WHEN success THEN 1 ELSE 0 END AS done FROM _sqlx_migrations ORDER BY version";

/// Whether there are tables of ours at all.
pub(super) async fn has_tables(connection: &mut Connection, kind: Kind) -> Result<bool, StoreError> {
    let sql = match kind {
        Kind::Sqlite => HAS_TABLES_SQLITE,
        Kind::Postgres => HAS_TABLES_POSTGRES,
    };
    let count: i64 = sqlx::query_scalar(sql)
        .fetch_one(&mut *connection)
        .await
        .map_err(StoreError::at(sql))?;
    Ok(count > 0)
}

/// Refuses a database that this program does not know how to work with.
pub(super) async fn check(connection: &mut Connection, kind: Kind) -> Result<(), StoreError> {
    let (found, needed) = (found(connection, kind).await?, kind.newest_migration());
    if found == needed {
        Ok(())
    } else {
        Err(StoreError::Schema { found, needed })
    }
}

/// Refuses one that a newer program has made; one that is behind can be brought up to date.
pub(super) async fn refuse_newer(connection: &mut Connection, kind: Kind) -> Result<(), StoreError> {
    let (found, needed) = (found(connection, kind).await?, kind.newest_migration());
    if found > needed {
        Err(StoreError::Schema { found, needed })
    } else {
        Ok(())
    }
}

/// The last migration up to which all have been applied whole; the newest of all when a later program has been there. 0: no tables.
async fn found(connection: &mut Connection, kind: Kind) -> Result<i64, StoreError> {
    if !has_tables(connection, kind).await? {
        return Ok(0);
    }
    let rows = sqlx::query(APPLIED)
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::at(APPLIED))?;
    let read = |row: &AnyRow| {
        let row = Reader::named(row, "_sqlx_migrations", "?".into());
        Ok((row.get::<i64>("version")?, row.get::<i64>("done")? == 1))
    };
    let applied: Vec<(i64, bool)> = rows.iter().map(read).collect::<Result<_, StoreError>>()?;
    let newest = applied.last().map_or(0, |(version, _)| *version);
    if newest > kind.newest_migration() {
        return Ok(newest);
    }
    let whole = applied
        .iter()
        .zip(kind.migration_numbers())
        .take_while(|((version, done), due)| version == due && *done);
    Ok(whole.last().map_or(0, |((version, _), _)| *version))
}

impl Store {
    /// Whether the tables are still those that this program works with. Cheap: asked for each "are you ready".
    ///
    /// # Errors
    /// [`StoreError::Schema`] when they are not; others when the database does not answer.
    pub async fn schema_ok(&self) -> Result<(), StoreError> {
        let mut loan = self.readers().lend_one().await?;
        let checked = check(loan.connection(), self.readers().kind()).await;
        loan.back_after(&checked);
        checked
    }
}
