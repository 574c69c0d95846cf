//! How HTTP is spoken with clients: hyper's settings for each version.

use std::{future::Future, time::Duration};

use hyper::server::conn::{http1, http2};
use hyper_util::rt::TokioTimer;
use proxy::framing;

use crate::config::Limits;

const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIME: Duration = Duration::from_secs(10);
/// Streams that the client reset before they were looked at.
const MOST_UNSEEN_RESETS: usize = 20;
/// Streams that were reset for the client's own faults.
const MOST_FAULTS: usize = 100;
/// Read buffer beyond the head itself.
const LEAST_BUFFER: usize = 8192;

/// HTTP/1.1. How long a head may take is the roster's to watch.
pub(super) fn http1(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(None).max_headers(limits.headers).max_header_size(limits.header_bytes);
    builder.max_buf_size(limits.header_bytes + LEAST_BUFFER);
    builder
}

/// Bounds of a head over HTTP/1.1, for whoever reads it before hyper.
pub(super) fn head(limits: &Limits) -> framing::Limits {
    framing::Limits { bytes: limits.header_bytes, fields: limits.headers }
}

/// HTTP/2.
pub(super) fn http2(limits: &Limits) -> http2::Builder<LocalExecutor> {
    let mut builder = http2::Builder::new(LocalExecutor);
    builder.timer(TokioTimer::new()).max_concurrent_streams(limits.h2_streams);
    builder.max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX));
    builder.max_pending_accept_reset_streams(MOST_UNSEEN_RESETS).max_local_error_reset_streams(MOST_FAULTS);
    // WebSockets over HTTP/2 (RFC 8441).
    builder.enable_connect_protocol();
    builder.keep_alive_interval(Some(PING_EVERY)).keep_alive_timeout(PING_TIME);
    builder
}

/// Runs HTTP/2 streams on this thread.
#[derive(Clone)]
pub(super) struct LocalExecutor;

impl<F> hyper::rt::Executor<F> for LocalExecutor
where
    F: Future + 'static,
    F::Output: 'static,
{
    fn execute(&self, future: F) {
        tokio::task::spawn_local(future);
    }
}
