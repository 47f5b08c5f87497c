//! A connection that ends when its peer keeps it waiting. hyper has one timer, for the head, that also cuts short who is merely idle,
//! and none for writing; here each has its own.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

use super::{
    TimeLimits,
    places::{Phase, Progress},
};

/// A peer that takes less than this of its answer within the time for writing takes too little; in bytes.
const LEAST_TAKEN: usize = 16 * 1024;
/// After the last answer, what the peer still sends is read and thrown away for so long, and as long as it sends something at least
/// this often: closing earlier would reset the connection, and the peer would lose the answer that tells it why.
const LINGER: Duration = Duration::from_secs(10);
const LINGER_GAP: Duration = Duration::from_secs(1);

/// A connection with limits of time.
pub struct Timed {
    stream: TcpStream,
    limits: TimeLimits,
    progress: Arc<Progress>,
    opened: Instant,
    /// Runs while the peer is waited for, and in which phase it was begun.
    reading: Option<(Phase, Pin<Box<Sleep>>)>,
    /// Runs while the peer takes nothing, and what it has taken since.
    writing: Option<Pin<Box<Sleep>>>,
    taken: usize,
    closing: Option<Closing>,
}

/// The last answer is sent; the peer has not closed yet.
struct Closing {
    until: Instant,
    gap: Pin<Box<Sleep>>,
}

impl Timed {
    pub fn new(stream: TcpStream, limits: TimeLimits, progress: Arc<Progress>) -> Self {
        Self {
            stream,
            limits,
            progress,
            opened: Instant::now(),
            reading: None,
            writing: None,
            taken: 0,
            closing: None,
        }
    }

    /// Ready when the peer has kept the connection waiting for too long.
    fn poll_read_limit(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let phase = self.progress.phase();
        let until = match phase {
            Phase::First => self.opened + self.limits.head,
            Phase::Head => Instant::now() + self.limits.head,
            Phase::Idle | Phase::Answered => Instant::now() + self.limits.idle,
            Phase::Busy => {
                self.reading = None;
                return Poll::Pending;
            }
        };
        if self.reading.as_ref().is_none_or(|(begun, _)| *begun != phase) {
            self.reading = Some((phase, Box::pin(sleep_until(until))));
        }
        match &mut self.reading {
            Some((_, limit)) => limit.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }

    fn note_read(&mut self) {
        if matches!(self.progress.phase(), Phase::Idle | Phase::Answered) {
            self.progress.set(Phase::Head);
            self.reading = None;
        }
    }

    fn note_written(&mut self, count: usize) {
        self.taken += count;
        if self.taken >= LEAST_TAKEN {
            self.writing = None;
        }
    }

    /// Ready when the peer has taken too little for too long.
    fn poll_write_limit(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.writing.is_none() {
            self.taken = 0;
        }
        let until = Instant::now() + self.limits.write;
        let limit = self.writing.get_or_insert_with(|| Box::pin(sleep_until(until)));
        limit.as_mut().poll(cx)
    }

    fn poll_written(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(count)) => {
                self.note_written(count);
                Poll::Ready(Ok(count))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                ready!(self.poll_write_limit(cx));
                // What the peer does not take is not kept for it after the end.
                let _ = self.stream.set_zero_linger();
                Poll::Ready(Err(too_late()))
            }
        }
    }

    fn note_flushed(&mut self) {
        self.writing = None;
        if self.progress.phase() == Phase::Answered {
            self.progress.set(Phase::Idle);
        }
    }

    /// Reads what still comes and throws it away; ready when the peer has closed or has had its time.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let closing = self.closing.get_or_insert_with(|| Closing {
            until: now + LINGER,
            gap: Box::pin(sleep_until(now + LINGER_GAP)),
        });
        let mut waste = [0; 8 * 1024];
        // A few rounds only: others want to be served too.
        for _ in 0..16 {
            let mut buffer = ReadBuf::new(&mut waste);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    closing.gap.as_mut().reset((now + LINGER_GAP).min(closing.until));
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return closing.gap.as_mut().poll(cx),
            }
        }
        if now >= closing.until {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

fn too_late() -> io::Error {
    io::Error::from(io::ErrorKind::TimedOut)
}

impl AsyncRead for Timed {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Ready(read) => {
                self.note_read();
                Poll::Ready(read)
            }
            Poll::Pending => {
                ready!(self.poll_read_limit(cx));
                Poll::Ready(Err(too_late()))
            }
        }
    }
}

impl AsyncWrite for Timed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.poll_written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.poll_written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes when it has handed over everything.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.note_flushed();
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closing.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        ready!(self.poll_linger(cx));
        Poll::Ready(Ok(()))
    }
}
