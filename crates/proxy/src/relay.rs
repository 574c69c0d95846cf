//! Requests that are relayed as bytes: the plain ones over HTTP/1.1, which most are. What the strict reader took apart is judged by the
//! guard and written to the origin without a library in between; everything else goes the way of the library, which knows every case
//! (decision 0025).
//!
//! There is one reading all the same: the head is the strict reader's ([`crate::framing`]), host and path are [`Canonical`]'s, the verdict
//! is the guard's, and a request of which anything is out of the ordinary is not relayed.

pub(crate) mod answer;
pub(crate) mod asking;
pub(crate) mod body;
mod carry;
mod dechunk;
mod head;
mod outgoing;

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Instant,
};

use guard::{Client, Permit, Request as Facts, Verdict};
use model::{
    Timestamp,
    upstream::{OriginProtocol, Upstream},
};

pub(crate) use self::answer::Unreadable;
pub use self::{
    carry::{After, Exchange},
    head::{Head, Held, Read},
};
use crate::{Canonical, Outcome, framing::Mark, reverse::Worker};

/// Bytes that are read from a socket at a time.
const PIECE: usize = 256 * 1024;

/// Room before what is read of an answer: the head that the client gets is put where the origin's was, and may be longer.
const FRONT: usize = 8 * 1024;

/// What one thread reads into and writes from: nothing stays here from one moment to the next, so all its connections share it.
pub(crate) struct Scratch {
    pub(crate) read: RefCell<Box<[u8]>>,
    pub(crate) write: RefCell<Vec<u8>>,
    marks: Cell<Vec<Mark>>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { read: RefCell::new(vec![0; PIECE].into()), write: RefCell::default(), marks: Cell::default() }
    }
}

/// Who watches a relayed request: for the log, for metrics and for limits of time.
pub trait Watch {
    /// An answer's head is on its way, from then on.
    fn answered(&mut self, status: u16, at: Instant);
    /// So much more of its body is.
    fn passed(&mut self, bytes: usize);
    /// All of it is.
    fn complete(&mut self);
    /// What became of the request, so far.
    fn outcome(&mut self) -> &mut Outcome;
    /// The client is waited for, or the origin.
    fn waits_for(&mut self, side: Side);
    /// The connection is not to be used again.
    fn is_last(&self) -> bool;
}

/// Who is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The client is to take what is there.
    Client,
    /// The origin is to send more.
    Origin,
}

/// A request that was let in.
pub struct Admitted {
    head: Box<Head>,
    permit: Permit,
    client: Client,
    now: Timestamp,
}

/// A request that is not relayed.
pub struct Unrelayed {
    /// As it was.
    pub head: Box<Head>,
    /// Its application's requests never are: what follows on the connection may as well stay with the library.
    pub never: bool,
}

impl Worker {
    /// Lets a request in, or gives it back: whatever is not to be relayed, and whoever is not let in, is the library's way's.
    pub fn relay(&self, head: Box<Head>, client: Client, now: Timestamp) -> Result<Admitted, Unrelayed> {
        let facts = Facts {
            host: &head.canonical.host,
            path: &head.canonical.path,
            method: &head.method,
            headers: &head.headers,
            ip: client.rule_ip,
            country: client.country.as_deref(),
            certificate: &client.certificate,
            now,
        };
        match self.proxy.guard.admit(&facts) {
            Verdict::Admit(permit) if may_relay(&permit) => Ok(Admitted { head, permit, client, now }),
            Verdict::Admit(_) => Err(Unrelayed { head, never: true }),
            _ => Err(Unrelayed { head, never: false }),
        }
    }

    /// The thread's buffers.
    pub(crate) fn scratch(&self) -> &Scratch {
        &self.scratch
    }
}

fn may_relay(permit: &Permit) -> bool {
    // Part of a shared header may have to be taken out.
    permit.token_header().is_none() && permit.upstream().is_some_and(|upstream| speaks_http1(upstream))
}

/// True when its origins are spoken with over HTTP/1.1 only.
pub(crate) fn speaks_http1(upstream: &Upstream) -> bool {
    match upstream.protocol {
        OriginProtocol::Http1 => true,
        OriginProtocol::Http2 => false,
        OriginProtocol::Auto => upstream.all_origins().all(|origin| !origin.is_https()),
    }
}

impl Admitted {
    /// What is known of the outcome.
    pub fn outcome(&self) -> Outcome {
        crate::reverse::let_in(&self.permit)
    }
    /// Its headers, as far as they are of interest to the door.
    pub fn headers(&self) -> &http::HeaderMap {
        &self.head.headers
    }
    /// The request as it was judged.
    pub fn canonical(&self) -> &Rc<Canonical> {
        &self.head.canonical
    }
    /// Who asks.
    pub fn client(&self) -> &Client {
        &self.client
    }
    /// Its method.
    pub fn method(&self) -> &http::Method {
        &self.head.method
    }
    /// The client wants no more than this answer.
    pub fn is_last(&self) -> bool {
        self.head.closes
    }
    /// The exchange with the origin.
    pub fn exchange(self, worker: &Rc<Worker>, trace: crate::trace::Trace) -> Exchange {
        Exchange::new(worker.clone(), self, trace)
    }
}
