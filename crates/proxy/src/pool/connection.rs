//! Connections to origins and their use by one exchange each: whole connections (HTTP/1.1) and streams of shared ones (HTTP/2).

use std::{
    cell::Cell,
    future::Future,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use http::{HeaderValue, Request, Response, header};
use hyper::{
    body::{Body, Incoming},
    client::conn::{TrySendError, http1, http2},
};
use model::upstream::Upstream;
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;

use super::{
    AppPool,
    plain::{Plain, PlainStream},
    slots::Slot,
};
use crate::upload::UploadBody;

/// How long a connection whose answer is complete may take to become ready again. An upload that goes on after its answer
/// ends with it.
const SETTLING: Duration = Duration::from_secs(1);
/// Streams of one connection at a time, when the origin allows as many.
const MOST_STREAMS: usize = 100;

/// An HTTP/1.1 connection to an origin. Closed when dropped, whatever is still under way on it.
pub(crate) struct Connection {
    pub(crate) sender: http1::SendRequest<UploadBody>,
    heard: Arc<AtomicBool>,
    _driver: AbortOnDropHandle<()>,
    slot: Slot,
}

impl Connection {
    pub(super) fn new(sender: http1::SendRequest<UploadBody>, heard: Arc<AtomicBool>, driver: JoinHandle<()>, slot: Slot) -> Self {
        Self { sender, heard, _driver: AbortOnDropHandle::new(driver), slot }
    }
}

/// An HTTP/2 connection to an origin.
pub(crate) struct Multiplexed {
    sender: http2::SendRequest<UploadBody>,
    streams: Cell<usize>,
    /// As many as the origin allows.
    most: Rc<Cell<usize>>,
    /// A request found it closed or closing.
    spent: Cell<bool>,
    used: Cell<Instant>,
    _driver: AbortOnDropHandle<()>,
    slot: Slot,
}

impl Multiplexed {
    pub(super) fn new(sender: http2::SendRequest<UploadBody>, most: Rc<Cell<usize>>, driver: JoinHandle<()>, slot: Slot) -> Self {
        let (streams, spent, used) = (Cell::new(0), Cell::new(false), Cell::new(Instant::now()));
        Self { sender, streams, most, spent, used, _driver: AbortOnDropHandle::new(driver), slot }
    }
    pub(super) fn has_room(&self) -> bool {
        self.streams.get() < self.most.get().min(MOST_STREAMS) && !self.spent.get() && !self.sender.is_closed()
    }
    pub(super) fn is_worth_keeping(&self, now: Instant, idle_time: Duration) -> bool {
        let idle = self.streams.get() == 0 && now.duration_since(self.used.get()) > idle_time;
        !idle && !self.spent.get() && !self.sender.is_closed()
    }
}

/// One of the streams of a connection.
struct Stream(Rc<Multiplexed>);

impl Stream {
    fn new(connection: Rc<Multiplexed>) -> Self {
        connection.streams.set(connection.streams.get() + 1);
        Self(connection)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.streams.set(self.0.streams.get() - 1);
        self.0.used.set(Instant::now());
        self.0.slot.tell();
    }
}

/// Counts an exchange with an origin.
pub(super) struct Busy {
    pool: Rc<AppPool>,
    origin: usize,
}

impl Busy {
    pub(super) fn new(pool: &Rc<AppPool>, origin: usize) -> Self {
        let busy = &pool.origins[origin].busy;
        busy.set(busy.get() + 1);
        Self { pool: pool.clone(), origin }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let busy = &self.pool.origins[self.origin].busy;
        busy.set(busy.get() - 1);
    }
}

/// A body of unknown length is sent in chunks, whatever the method: of GET and HEAD hyper would drop it without a word, and the origin
/// would answer another request than the one that was made.
fn keep_body(request: &mut Request<UploadBody>) {
    let unknown = !request.body().is_end_stream() && request.body().size_hint().exact().is_none();
    if unknown && !request.headers().contains_key(header::CONTENT_LENGTH) {
        request.headers_mut().insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
}

enum Carrier {
    Own(Connection),
    Plain(Plain),
    Shared(Stream),
}

/// A connection, or a stream of one, for one exchange.
pub struct Lease {
    carrier: Carrier,
    busy: Busy,
}

/// What a WebSocket holds of the connection it took over: its place among those that there may be.
pub(crate) struct Held {
    _slot: Option<Slot>,
    _busy: Busy,
}

impl Lease {
    pub(super) fn own(connection: Connection, busy: Busy) -> Self {
        Self { carrier: Carrier::Own(connection), busy }
    }
    pub(super) fn of_plain(connection: Plain, busy: Busy) -> Self {
        Self { carrier: Carrier::Plain(connection), busy }
    }
    /// The stream of a connection that no library speaks on.
    pub(crate) fn plain(&mut self) -> Option<&mut PlainStream> {
        match &mut self.carrier {
            Carrier::Plain(plain) => Some(&mut plain.stream),
            Carrier::Own(_) | Carrier::Shared(_) => None,
        }
    }
    pub(super) fn shared(connection: Rc<Multiplexed>, busy: Busy) -> Self {
        Self { carrier: Carrier::Shared(Stream::new(connection)), busy }
    }
    /// True for a stream of a connection that others use too.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.carrier, Carrier::Shared(_))
    }
    pub(crate) fn origin(&self) -> usize {
        self.busy.origin
    }
    /// The settings that it was opened by.
    pub(crate) fn upstream(&self) -> &Upstream {
        &self.busy.pool.upstream
    }

    /// Sends a request; resolves with the answer's head.
    pub(crate) fn send(
        &mut self,
        mut request: Request<UploadBody>,
    ) -> impl Future<Output = Result<Response<Incoming>, TrySendError<Request<UploadBody>>>> + use<> {
        let (own, shared) = match &mut self.carrier {
            Carrier::Own(connection) => {
                connection.heard.store(false, Ordering::Relaxed);
                keep_body(&mut request);
                (Some(connection.sender.try_send_request(request)), None)
            }
            Carrier::Shared(stream) => (None, Some(stream.0.sender.clone().try_send_request(request))),
            // Whoever wants such a connection writes to it.
            Carrier::Plain(_) => (None, None),
        };
        async move {
            match (own, shared) {
                (Some(own), _) => own.await,
                (None, Some(shared)) => shared.await,
                (None, None) => std::future::pending().await,
            }
        }
    }

    /// True when the origin is spoken with over TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.busy.pool.url(self.busy.origin).is_https()
    }

    /// True when the origin sent anything on this connection since the request. Of shared connections nothing can be said.
    pub(crate) fn has_heard(&self) -> bool {
        match &self.carrier {
            Carrier::Own(connection) => connection.heard.load(Ordering::Relaxed),
            Carrier::Shared(_) | Carrier::Plain(_) => false,
        }
    }

    /// Takes the connection out of use for others. Streams that are under way on it go on.
    pub(crate) fn spend(&self) {
        if let Carrier::Shared(stream) = &self.carrier {
            stream.0.spent.set(true);
        }
    }

    /// Lets the connection go to the WebSocket that it became.
    pub(crate) fn switched(self) -> Held {
        let slot = match self.carrier {
            Carrier::Own(connection) => Some(connection.slot),
            Carrier::Shared(_) | Carrier::Plain(_) => None,
        };
        Held { _slot: slot, _busy: self.busy }
    }

    /// Puts the connection back for the next request, unless it is closed. One that is not ready, because its upload is still
    /// under way, goes back when it is, or not at all. With the time at which its answer was read.
    pub(crate) fn give_back(self, now: Instant) {
        let busy = self.busy;
        let mut connection = match self.carrier {
            Carrier::Own(connection) => connection,
            Carrier::Plain(plain) => return busy.pool.store_plain(busy.origin, plain, now),
            Carrier::Shared(_) => return,
        };
        if connection.sender.is_ready() {
            busy.pool.store(busy.origin, connection, now);
        } else if !connection.sender.is_closed() {
            tokio::task::spawn_local(async move {
                if let Ok(Ok(())) = tokio::time::timeout(SETTLING, connection.sender.ready()).await {
                    busy.pool.store(busy.origin, connection, Instant::now());
                }
            });
        }
    }
}
