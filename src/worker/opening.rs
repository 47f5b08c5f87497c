//! What is done before anybody is let in: a database that was put back from a backup loses again what had been deleted since, and what
//! has grown old meanwhile.

use std::time::Duration;

use crate::{
    app::App,
    ground::GroundError,
    store::{Deleted, DeletionPace, StoreError},
    value::SubmissionId,
    worker::retention,
};

/// Ids that are looked up together.
const AT_ONCE: usize = 1_000;

/// Why the service stays closed.
#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    #[error("the list of what was deleted can't be used")]
    List(#[source] GroundError),
    #[error("the database did not do it")]
    Store(#[source] StoreError),
}

/// Deletes what the list beside the keys names, then all that is due by age.
///
/// # Errors
/// When the list can't be read or the database does not answer.
pub async fn before_opening(app: &App) -> Result<(), OpeningError> {
    let again = delete_again(app).await?;
    if again > 0 {
        tracing::warn!(
            submissions = again,
            "deleted again what a restored backup had brought back"
        );
    }
    // What the list does not name has grown old since: after a restore all of it goes at once, else at the usual pace.
    let pace = match again {
        0 => DeletionPace::Paced {
            running: Duration::ZERO,
        },
        _ => DeletionPace::Uncapped,
    };
    // A round looks at so many submissions at most; the next one finds what is left.
    while retention::work_off(app, pace).await.map_err(OpeningError::Store)? != Deleted::default() {}
    Ok(())
}

async fn delete_again(app: &App) -> Result<usize, OpeningError> {
    let list = app.ground.deleted(app.clock.now()).await.map_err(OpeningError::List)?;
    if list.bad_lines > 0 {
        tracing::error!(
            lines = list.bad_lines,
            "the list of what was deleted has lines that are not ours; they are left out"
        );
    }
    let ids: Vec<SubmissionId> = list.deleted.into_iter().map(|(_, id)| id).collect();
    let mut deleted = 0;
    // Later ones first: a correction goes before what it corrects. What one in an earlier part of the list has kept goes in the next turn.
    loop {
        let before = deleted;
        for some in ids.rchunks(AT_ONCE) {
            deleted += app.store.delete_again(some).await.map_err(OpeningError::Store)?;
        }
        if deleted == before {
            break;
        }
    }
    Ok(deleted)
}
