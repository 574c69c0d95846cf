//! `Expect: 100-continue`: the client asks before it sends a body, and the origin is the one to say (RFC 9110 section 10.1.1).
//!
//! The expectation goes on to the origin. The client is told to go on when its body is read for the first time, so the body is held
//! until the origin said the same; an early refusal then comes before a byte of the upload was sent.

use http::{HeaderValue, Request, header};
use hyper::body::{Body, Incoming};
use tokio_util::sync::CancellationToken;

/// What the body waits for, when there is something to wait for. Over HTTP/2 no interim answer can be given, so the expectation
/// ends here and the body flows at once.
pub(crate) fn hold(request: &mut Request<Incoming>, was_http2: bool) -> Option<CancellationToken> {
    let expects = request.headers().get(header::EXPECT).is_some_and(is_continue);
    if !expects {
        return None;
    }
    if was_http2 || request.body().is_end_stream() {
        request.headers_mut().remove(header::EXPECT);
        return None;
    }
    let word = CancellationToken::new();
    let said = word.clone();
    hyper::ext::on_informational(request, move |answer| {
        if answer.status() == http::StatusCode::CONTINUE {
            said.cancel();
        }
    });
    Some(word)
}

fn is_continue(value: &HeaderValue) -> bool {
    value.as_bytes().eq_ignore_ascii_case(b"100-continue")
}
