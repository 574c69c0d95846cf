//! How HTTP is spoken with clients: hyper's settings for each version.

use std::{
    future::Future,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use hyper::server::conn::{http1, http2};
use hyper_util::rt::TokioTimer;

use super::patience::Patience;

const HEADER_TIME: Duration = Duration::from_secs(30);
const IDLE_TIME: Duration = Duration::from_secs(75);
const PING_TIME: Duration = Duration::from_secs(10);
const MOST_HEADERS: usize = 100;
const MOST_HEADER_BYTES: usize = 64 * 1024;
const MOST_STREAMS: u32 = 256;

/// HTTP/1.1 on a connection whose bytes set this flag.
pub(super) fn http1(heard: Arc<AtomicBool>) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(Patience { header: HEADER_TIME, idle: IDLE_TIME, heard, begun: AtomicBool::new(false) });
    builder.header_read_timeout(HEADER_TIME).max_headers(MOST_HEADERS).max_buf_size(MOST_HEADER_BYTES);
    builder
}

/// HTTP/2.
pub(super) fn http2() -> http2::Builder<LocalExecutor> {
    let mut builder = http2::Builder::new(LocalExecutor);
    builder.timer(TokioTimer::new()).max_concurrent_streams(MOST_STREAMS).max_header_list_size(MOST_HEADER_BYTES as u32);
    // WebSockets over HTTP/2 (RFC 8441).
    builder.enable_connect_protocol();
    builder.keep_alive_interval(Some(HEADER_TIME)).keep_alive_timeout(PING_TIME);
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
