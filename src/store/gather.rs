//! Group look-up, the reading counterpart of group commit: whoever asks while a look-up is under way is asked for together with all
//! others that wait, in the next one. There is no timer, and one alone is asked for at once.

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::{mpsc, oneshot};

use super::{StoreError, cause::Outage, readers::Readers};

/// Looks up some things on one way to the database; gives as many answers, in their order.
pub(super) type LookUp<K, A> = fn(Readers, Vec<K>) -> BoxFuture<'static, Result<Vec<A>, StoreError>>;

/// The way to those that look up. Cheap to clone.
pub(super) struct Gather<K, A>(mpsc::UnboundedSender<Waiting<K, A>>);

struct Waiting<K, A> {
    things: Vec<K>,
    answer: Answer<A>,
}

/// The way back to one that asks.
type Answer<A> = oneshot::Sender<Result<Vec<A>, StoreError>>;

impl<K: Send + 'static, A: Send + 'static> Gather<K, A> {
    /// Starts the task, which ends with the last handle. `most` things are looked up at once, or those of one who asks for more.
    pub fn start(readers: Readers, most: usize, look_up: LookUp<K, A>) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        tokio::spawn(run(readers, waiting, most, look_up));
        Self(queue)
    }

    /// The answers to these, in their order.
    pub async fn ask(&self, things: Vec<K>) -> Result<Vec<A>, StoreError> {
        let (answer, answered) = oneshot::channel();
        let sent = self.0.send(Waiting { things, answer });
        sent.map_err(|_| StoreError::Closed)?;
        answered.await.unwrap_or(Err(StoreError::Closed))
    }

    /// The answer to one.
    pub async fn ask_one(&self, thing: K) -> Result<A, StoreError> {
        self.ask(vec![thing]).await?.pop().ok_or(StoreError::Broken)
    }
}

async fn run<K: Send + 'static, A: Send + 'static>(
    readers: Readers,
    mut waiting: mpsc::UnboundedReceiver<Waiting<K, A>>,
    most: usize,
    look_up: LookUp<K, A>,
) {
    let mut next = None;
    loop {
        let Some(first) = (match next.take() {
            Some(first) => Some(first),
            None => waiting.recv().await,
        }) else {
            return;
        };
        let mut things = Vec::with_capacity(most);
        let mut askers = Vec::new();
        let mut join = |one: Waiting<K, A>| {
            askers.push((one.things.len(), one.answer));
            things.extend(one.things);
            things.len()
        };
        let mut gathered = join(first);
        while let Ok(one) = waiting.try_recv() {
            // Who has gone meanwhile is not asked for.
            if one.answer.is_closed() {
                continue;
            }
            if gathered + one.things.len() > most {
                next = Some(one);
                break;
            }
            gathered = join(one);
        }
        let found = AssertUnwindSafe(look_up(readers.clone(), things)).catch_unwind().await;
        answer(askers, found.unwrap_or(Err(StoreError::Broken)));
    }
}

fn answer<A>(askers: Vec<(usize, Answer<A>)>, found: Result<Vec<A>, StoreError>) {
    // An asker that has gone needs no answer.
    match found {
        Ok(found) => {
            let mut found = found.into_iter();
            for (things, answer) in askers {
                let _ = answer.send(Ok(found.by_ref().take(things).collect()));
            }
        }
        Err(error) => {
            let outage = Outage::of(&error);
            let mut error = Some(error);
            for (_, answer) in askers {
                let same = outage.clone().map_or(StoreError::Broken, StoreError::from);
                let _ = answer.send(Err(error.take().unwrap_or(same)));
            }
        }
    }
}
