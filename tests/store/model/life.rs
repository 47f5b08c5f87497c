//! One life: its steps are played on two nodes, beside the ledger of what is true.

use tokio::task::JoinHandle;

use fleksport::{
    access::Scope,
    store::{DeletionPace, Store},
};
use jiff::SignedDuration;

use super::{
    call::{Call, Done},
    client::{Client, Unheard},
    script::{Act, CODES, Deed, Node, Step},
    truth::{Ledger, Place, Said},
};
use crate::{
    fixture::municipality,
    ground::{Ground, start},
};

pub struct Life<'g> {
    pub ground: &'g Ground,
    pub nodes: Vec<Store>,
    pub ledger: Ledger,
    pub clients: Vec<Client>,
    /// The form version in force.
    form: String,
    /// Deeds so far: each is another act, with a key and words of its own.
    deeds: u32,
    played: Vec<Step>,
    /// Of the dice; 0 without.
    seed: u64,
}

/// A deed under way.
struct Begun {
    deed: Deed,
    call: Call,
    again: Option<Node>,
    first: JoinHandle<Done>,
}

impl<'g> Life<'g> {
    pub async fn begin(ground: &'g Ground, seed: u64) -> Self {
        Self {
            ground,
            nodes: nodes(ground).await,
            ledger: Ledger::default(),
            clients: CODES.map(Client::new).into(),
            form: "1.0".to_owned(),
            deeds: 0,
            played: Vec::new(),
            seed,
        }
    }

    pub async fn play(&mut self, step: Step) {
        self.played.push(step.clone());
        match step {
            Step::AtOnce(acts) => self.at_once(acts, None).await,
            Step::Lost(after_us, acts) => self.at_once(acts, Some(after_us)).await,
            Step::Crash => self.crash().await,
            Step::Publish(version) => self.form = version,
            Step::Purge => self.purge().await,
        }
    }

    async fn at_once(&mut self, acts: Vec<(Node, Act)>, lost_after_us: Option<u64>) {
        let (mut begun, mut runs) = (Vec::new(), Vec::new());
        for (node, act) in acts {
            match act {
                Act::Do(deed, again) => begun.push(self.begin_deed(node, deed, again)),
                Act::Pull { code, limit, ends } => {
                    let (client, store) = (self.client(code), self.nodes[node.0].clone());
                    runs.push(tokio::spawn(async move { client.run(&store, limit, ends).await }));
                }
            }
        }
        if let Some(after_us) = lost_after_us {
            tokio::time::sleep(std::time::Duration::from_micros(after_us)).await;
            begun.iter().for_each(|deed| deed.first.abort());
            runs.iter().for_each(JoinHandle::abort);
            self.crash().await;
        }
        for run in runs {
            match run.await {
                Ok(heard) => assert!(heard != Err(Unheard) || lost_after_us.is_some(), "the node is not down"),
                Err(error) => assert!(error.is_cancelled(), "{error}"),
            }
        }
        for deed in begun {
            self.end_deed(deed, lost_after_us.is_some()).await;
        }
    }

    fn begin_deed(&mut self, node: Node, deed: Deed, again: Option<Node>) -> Begun {
        self.deeds += 1;
        let call = Call::of(&deed, self.deeds, &self.form, &self.ledger);
        let first = tokio::spawn(call.clone().make(self.nodes[node.0].clone()));
        Begun {
            deed,
            call,
            again,
            first,
        }
    }

    /// What came of a deed must be what the ledger says; who has not heard it, or asks again, hears the same.
    async fn end_deed(&mut self, begun: Begun, lost: bool) {
        let Begun {
            deed,
            call,
            again,
            first,
        } = begun;
        let mut done = match first.await {
            Ok(done) if !lost => Some(done),
            Ok(_) => None,
            Err(error) => {
                assert!(lost && error.is_cancelled(), "{error}");
                None
            }
        };
        if done.is_none() || again.is_some() {
            let node = again.unwrap_or(Node(0));
            let second = call.make(self.nodes[node.0].clone()).await;
            assert_eq!(
                *done.get_or_insert(second.clone()),
                second,
                "the same again is the same"
            );
        }
        let news = done.as_ref().and_then(Done::news);
        assert_eq!(news.is_some(), self.ledger.allows(&deed), "{deed}");
        if let Some(news) = news {
            self.ledger.learn(&deed, &news);
        }
    }

    /// Deletes all that may go, and sees to it that nothing went that waits for somebody.
    async fn purge(&mut self) {
        let store = &self.nodes[0];
        store
            .delete_before(start() + SignedDuration::from_secs(1), DeletionPace::Uncapped)
            .await
            .unwrap();
        for truth in self.ledger.0.values_mut().filter(|truth| !truth.purged) {
            truth.purged = store.report(&Scope::System, truth.id).await.unwrap().is_none();
            let waits = truth.place == Place::Held || truth.said == Said::Asked;
            assert!(!(truth.purged && waits), "{} waited for somebody", truth.sent.name);
        }
        for client in &self.clients {
            let code = municipality(client.code);
            let (floor, acknowledged) = (
                store.feed_ends(&code).await.unwrap().floor,
                store.acknowledged(&code).await.unwrap(),
            );
            assert!(
                floor <= acknowledged,
                "{}: what was not acknowledged is gone",
                client.code
            );
        }
    }

    fn client(&self, code: &str) -> Client {
        let client = self.clients.iter().find(|client| client.code == code);
        client.expect("a municipality of the model").clone()
    }

    /// What a node has promised it still writes; a node that is killed is another test's.
    async fn crash(&mut self) {
        for node in self.nodes.drain(..) {
            node.close().await;
        }
        self.nodes = nodes(self.ground).await;
    }
}

async fn nodes(ground: &Ground) -> Vec<Store> {
    vec![ground.store().await, ground.store().await]
}

/// Whoever sees a life go wrong can keep it.
impl Drop for Life<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!(
                "this life (seed {}) went wrong; it can be cut down and kept in tests/store/model/kept.rs:",
                self.seed
            );
            self.played.iter().for_each(|step| println!("{step}"));
        }
    }
}
