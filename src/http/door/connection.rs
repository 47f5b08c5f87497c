//! One connection, from its first byte to its end.

use std::{
    convert::Infallible,
    net::IpAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderValue, Response, header},
};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::sleep};
use tower::ServiceExt;

use super::{
    Door, InClear, forwarded,
    places::{Phase, Place, Progress},
    timed::Timed,
};
use crate::stop::StopSignal;

/// Longest head of a request, in bytes; a body is read in pieces of this size at most.
const LONGEST_HEAD: usize = 64 * 1024;
/// A request that was sent just before the door closed may still lie in the machine.
const LAST_MOMENT: Duration = Duration::from_millis(300);

/// Answers what comes on a connection until either side ends it, its place is given to another, or the door has closed and what was
/// under way is done.
pub async fn serve(stream: TcpStream, peer: IpAddr, place: Place, door: Door, router: Router, closing: StopSignal) {
    let progress = &place.progress;
    // An answer goes out as it is written, not when the next one fills the packet. Without it, it only goes out later.
    let _ = stream.set_nodelay(true);
    let stream = TokioIo::new(Timed::new(stream, door.limits, progress.clone()));
    let answer = service_fn(|request| answer(request, peer, &door, progress.clone(), router.clone()));
    let mut http = http1::Builder::new();
    // Our own stream keeps the times.
    http.header_read_timeout(None).max_buf_size(LONGEST_HEAD);
    let mut connection = pin!(http.serve_connection(stream, answer));
    let mut given_up = pin!(progress.given_up());
    // That a peer is gone, too slow or speaks no HTTP is its affair and ends here.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = given_up.as_mut() => return,
        () = closing.given() => {}
    }
    if progress.phase() == Phase::First {
        tokio::select! {
            _ = connection.as_mut() => return,
            () = sleep(LAST_MOMENT) => {}
        }
    }
    if matches!(progress.phase(), Phase::First | Phase::Idle) {
        return;
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        _ = connection => {}
        () = given_up => {}
    }
}

async fn answer(
    request: hyper::Request<Incoming>,
    peer: IpAddr,
    door: &Door,
    progress: Arc<Progress>,
    router: Router,
) -> Result<Response<Answer>, Infallible> {
    progress.set(Phase::Busy);
    let mut request: Request = request.map(Body::new);
    let caller = forwarded::peer_of(peer, request.headers(), &door.trusted);
    if forwarded::is_in_clear(peer, request.headers(), &door.trusted) {
        request.extensions_mut().insert(InClear);
    }
    request.extensions_mut().insert(caller);
    let mut response = router.oneshot(request).await?;
    if door.stop.is_given() {
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| Answer { body, progress }))
}

/// The body of an answer. Dropped when hyper has taken it all.
struct Answer {
    body: Body,
    progress: Arc<Progress>,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.progress.set(Phase::Answered);
    }
}
