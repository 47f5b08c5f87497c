//! Stands between a store and PostgreSQL and does what networks do: falls silent with its sockets open, or cuts an answer off.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

const PASS: u8 = 0;
/// Nothing goes through any more, for connections new and old.
const HOLE: u8 = 1;
/// The next COMMIT reaches the server, its answer does not come back.
const CUT_COMMIT: u8 = 2;

pub struct Proxy {
    pub address: SocketAddr,
    mode: Arc<AtomicU8>,
}

impl Proxy {
    /// To the server of this URL.
    pub async fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mode = Arc::new(AtomicU8::new(PASS));
        let of_all = mode.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), of_all.clone()));
            }
        });
        Self { address, mode }
    }

    pub fn fall_silent(&self) {
        self.mode.store(HOLE, Ordering::SeqCst);
    }

    /// New connections work; what fell silent stays so.
    pub fn end(&self) {
        self.mode.store(PASS, Ordering::SeqCst);
    }

    pub fn cut_next_commit(&self) {
        self.mode.store(CUT_COMMIT, Ordering::SeqCst);
    }
}

async fn carry(client: TcpStream, server: String, mode: Arc<AtomicU8>) {
    let server = TcpStream::connect(server).await.unwrap();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (dead, is_dead) = watch::channel(false);
    tokio::join!(
        there(from_client, to_server, mode.clone(), dead),
        back(from_server, to_client, mode, is_dead)
    );
}

async fn silence() {
    std::future::pending::<()>().await;
}

async fn there(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mode: Arc<AtomicU8>, dead: watch::Sender<bool>) {
    let mut buffer = vec![0; 65_536];
    let mut committing = false;
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        let mode = mode.load(Ordering::SeqCst);
        if mode == HOLE {
            return silence().await;
        }
        if committing {
            dead.send_replace(true);
        }
        // The first message prepares the statement, the next one runs it.
        committing = mode == CUT_COMMIT && buffer[..count].windows(6).any(|word| word == b"COMMIT");
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

async fn back(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mode: Arc<AtomicU8>, is_dead: watch::Receiver<bool>) {
    let mut buffer = vec![0; 65_536];
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        if mode.load(Ordering::SeqCst) == HOLE {
            return silence().await;
        }
        if *is_dead.borrow() || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
