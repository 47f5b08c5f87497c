//! Counts every call by its endpoint. The path and the query of a caller are not looked at, only the row of the table that they fit.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};

use crate::{
    app::App,
    calls::{Call, CallFigures, Ended},
};

/// One call under way. Dropped without an answer, its caller has gone.
struct UnderWay {
    figures: CallFigures,
    call: Call,
    began: Instant,
    ended: Ended,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.figures.end(&self.call, self.ended, self.began.elapsed());
    }
}

/// Around everything else.
pub async fn each(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let call = Call::new(request.method().as_str(), route);
    app.calls.begin();
    let mut under_way = UnderWay {
        figures: app.calls,
        call,
        began: Instant::now(),
        ended: Ended::Gone,
    };
    let response = next.run(request).await;
    under_way.ended = Ended::Status(response.status().as_u16() / 100);
    response
}
