//! Requests without a body that a library took in are sent to origins over HTTP/1.1 as bytes, like those that are relayed: no task drives
//! the connection, and nothing passes through channels.

use std::{
    ops::ControlFlow,
    pin::pin,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use model::{AppId, upstream::Upstream};

use super::{ForwardError, Search, is_harmless};
use crate::{
    body::Plainly,
    pool::{Lease, Want},
    relay::{
        Unreadable,
        answer::{self, Answer, Heads},
        asking::{self, Asking},
        body::Body,
        speaks_http1,
    },
    reverse::Worker,
};

/// Room for a request's head.
const USUAL: usize = 3 * 1024;

/// A request as bytes, when it can be sent as such. Who wants trailers is given them by the library.
pub(crate) fn written<B>(request: &Request<B>, upstream: &Upstream) -> Option<Vec<u8>> {
    let headers = request.headers();
    let plain = speaks_http1(upstream)
        && is_harmless(request.method())
        && *request.method() != Method::OPTIONS
        && ![header::UPGRADE, header::EXPECT, header::CONTENT_LENGTH, header::TRANSFER_ENCODING]
            .iter()
            .any(|name| headers.contains_key(name));
    if !plain {
        return None;
    }
    let mut out = Vec::with_capacity(USUAL);
    out.extend_from_slice(request.method().as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(request.uri().path_and_query()?.as_str().as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    for (name, value) in headers {
        answer::field(&mut out, name.as_str(), value.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    Some(out)
}

/// Sends it, once more or to another origin where that is as good as once.
pub(crate) async fn exchange(
    worker: &Rc<Worker>,
    app: AppId,
    upstream: &Arc<Upstream>,
    (method, request): (&Method, &[u8]),
) -> Result<(Response<Plainly>, Lease), ForwardError> {
    let pool = worker.pool.of(app, upstream);
    let limit = Duration::from_millis(u64::from(upstream.response_timeout_ms));
    let mut search = Search::new(worker, &pool, (Want::Plain, Instant::now()));
    loop {
        let (mut lease, fresh) = search.next().await?;
        let origin = lease.origin();
        let mut asking = Asking::default();
        let asked = std::future::poll_fn(|cx| match lease.plain() {
            Some(stream) => asking.poll(cx, (stream, asking::Request::Bytes(request), worker.scratch()), |_, bytes, head| {
                read(worker, method, &bytes[head.clone()], &bytes[head.end..])
            }),
            None => std::task::Poll::Pending,
        });
        let asked = pin!(asked);
        match worker.patience.run(asked, |waited| tokio::time::sleep(limit.saturating_sub(waited))).await {
            Ok(Ok(response)) => {
                pool.answered(origin);
                return Ok((response, lease));
            }
            Ok(Err(broke)) => search.broke(broke, &lease, fresh)?,
            Err(()) => {
                pool.failed(origin);
                return Err(ForwardError::Slow(upstream.response_timeout_ms));
            }
        }
    }
}

fn read(worker: &Rc<Worker>, method: &Method, head: &[u8], rest: &[u8]) -> Result<ControlFlow<Response<Plainly>, usize>, ForwardError> {
    let head = Bytes::copy_from_slice(head);
    let mut heads = Collected { head: &head, headers: HeaderMap::new() };
    let Answer { status, follows, lasts, .. } = match answer::parse(&head, method, &mut heads)? {
        ControlFlow::Break(answer) => answer,
        ControlFlow::Continue(interim) => return Ok(ControlFlow::Continue(interim)),
    };
    if status == 101 {
        return Err(ForwardError::Switched);
    }
    let mut body = Body::new(follows, lasts);
    let first = body.content(rest)?;
    let mut response = Response::new(Plainly::new(worker.clone(), body, first));
    *response.status_mut() = StatusCode::from_u16(status).map_err(|_| Unreadable::Head)?;
    *response.headers_mut() = heads.headers;
    Ok(ControlFlow::Break(response))
}

struct Collected<'a> {
    /// The values are parts of it.
    head: &'a Bytes,
    headers: HeaderMap,
}

impl Heads for Collected<'_> {
    fn status(&mut self, _: u16, _: &str) {
        self.headers.reserve(16);
    }
    fn field(&mut self, name: &str, value: &[u8]) -> Result<(), Unreadable> {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Unreadable::Head)?;
        let (all, part) = (self.head.as_ptr_range(), value.as_ptr_range());
        let within = all.start <= part.start && part.end <= all.end;
        let value = if within { self.head.slice_ref(value) } else { Bytes::copy_from_slice(value) };
        let value = HeaderValue::from_maybe_shared(value).map_err(|_| Unreadable::Head)?;
        self.headers.try_append(name, value).map_err(|_| Unreadable::TooLarge)?;
        Ok(())
    }
}
