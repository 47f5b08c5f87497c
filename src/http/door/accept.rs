//! Takes connections in until the door closes.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    time::Duration,
};

use axum::Router;
use futures_util::FutureExt;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{Door, connection, forwarded, places::Places};
use crate::stop::StopSignal;

/// Rest after the machine had no file or memory for a connection: they come free when others end.
const PAUSE: Duration = Duration::from_millis(50);
/// What goes on happening is told this often.
const TELL_EVERY: Duration = Duration::from_secs(10);
/// What a caller gets for whom there is no place.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Takes connections and hands them on.
struct Doorkeeper {
    door: Door,
    router: Router,
    closing: StopSignal,
    places: Places,
    connections: JoinSet<()>,
    told: Option<Instant>,
}

impl Door {
    /// Answers callers of this listener until `closing` is given; then takes nothing new, closes what is idle and finishes what is
    /// under way.
    pub async fn serve(self, listener: TcpListener, router: Router, closing: StopSignal) {
        let finish = self.finish;
        let mut keeper = Doorkeeper {
            places: Places::new(self.most, self.most_per_peer),
            door: self,
            router,
            closing: closing.clone(),
            connections: JoinSet::new(),
            told: None,
        };
        loop {
            tokio::select! {
                biased;
                () = closing.given() => break,
                Some(_ended) = keeper.connections.join_next() => {}
                accepted = listener.accept() => keeper.take(accepted).await,
            }
        }
        // The machine has said yes to these already.
        for _ in 0..keeper.door.most.get() {
            let Some(accepted) = listener.accept().now_or_never() else {
                break;
            };
            keeper.take(accepted).await;
        }
        drop(listener);
        keeper.finish(finish).await;
    }

    /// How many connections it takes at a time.
    pub fn most(&self) -> NonZeroUsize {
        self.most
    }
}

impl Doorkeeper {
    async fn take(&mut self, accepted: io::Result<(TcpStream, SocketAddr)>) {
        match accepted {
            Ok((stream, peer)) => self.admit(stream, peer.ip().to_canonical()),
            // The caller went away before it was its turn.
            Err(error) if is_callers(&error) => {}
            Err(error) => {
                if self.may_tell() {
                    tracing::error!(cause = %error, "the machine has nothing left for another connection");
                }
                self.places.free_one();
                sleep(PAUSE).await;
            }
        }
    }

    fn admit(&mut self, stream: TcpStream, peer: IpAddr) {
        let counted = (!forwarded::is_trusted(peer, &self.door.trusted)).then_some(peer);
        let Some(place) = self.places.take(counted) else {
            if self.may_tell() {
                tracing::warn!("callers are turned away: as many connections are under way as the settings allow");
            }
            // Where the machine does not take it at once, closing says it too.
            let _ = stream.try_write(FULL);
            return;
        };
        let (door, router, closing) = (self.door.clone(), self.router.clone(), self.closing.clone());
        self.connections
            .spawn(connection::serve(stream, peer, place, door, router, closing));
    }

    async fn finish(mut self, longest: Duration) {
        let all = async { while self.connections.join_next().await.is_some() {} };
        if timeout(longest, all).await.is_err() {
            tracing::warn!(
                connections = self.connections.len(),
                "requests were still under way when the time for stopping ran out"
            );
            self.connections.shutdown().await;
        }
    }

    fn may_tell(&mut self) -> bool {
        let now = Instant::now();
        let due = self.told.is_none_or(|told| now - told >= TELL_EVERY);
        if due {
            self.told = Some(now);
        }
        due
    }
}

fn is_callers(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}
