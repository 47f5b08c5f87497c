//! Bodies that nobody has read to their end. What is left of one stands before the next request on its connection, so that such a
//! connection can't go on: small ones are read all the same, and after others the answer says that the connection ends.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, header},
    response::Response,
};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};

/// So much is read of a body that nobody wants, in bytes: less than a new connection costs.
const WORTH_READING: usize = 64 * 1_024;

/// Whether the body of a request was read to its end.
pub struct Watch(Arc<AtomicBool>);

impl Watch {
    /// Watches over the body of a request.
    pub fn over(request: &mut Request) -> Self {
        let read = Arc::new(AtomicBool::new(request.body().is_end_stream()));
        let inner = std::mem::take(request.body_mut());
        *request.body_mut() = Body::new(Watched {
            inner,
            read: read.clone(),
        });
        Self(read)
    }

    /// Says in the answer that the connection ends, where something of the body is left.
    pub fn tell(&self, response: &mut Response) {
        if !self.0.load(Ordering::Relaxed) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
    }
}

struct Watched {
    inner: Body,
    read: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.inner.is_end_stream() {
            self.read.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Reads what a refused request has brought, where that is little.
pub async fn read_to_the_end(request: Request) {
    let mut body = request.into_body();
    if body
        .size_hint()
        .exact()
        .is_none_or(|length| length > WORTH_READING as u64)
    {
        return;
    }
    while let Some(Ok(_)) = body.frame().await {}
}
