//! The rest of an answer, from the origin's socket to the client's.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use guard::Cut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::sending::Begun;
use crate::{
    body::Vigil,
    patience::{Patience, Waiting},
    pool::Lease,
    relay::{Held, Side, Watch, body::Body},
    reverse::Worker,
};

/// Bytes that are read at a time for a client that does not keep up.
const WHEN_SLOW: usize = 64 * 1024;

/// It ended before it was whole.
pub(super) struct Ended;

/// An answer that is being passed on.
pub(super) struct Passing<'a> {
    worker: &'a Rc<Worker>,
    /// Until everything was read from it.
    lease: Option<Lease>,
    idle: Option<Duration>,
    body: Body,
    unsent: Vec<u8>,
    sent: usize,
    cut: Cut,
    patience: Waiting<Rc<Patience>>,
    vigil: Option<Vigil>,
    /// The client takes less than there is.
    slow: bool,
}

impl<'a> Passing<'a> {
    pub(super) fn new(worker: &'a Rc<Worker>, begun: Begun, cut: Cut) -> Self {
        let Begun { lease, body, unsent, at, .. } = begun;
        let patience = Waiting::new(worker.patience.clone());
        let idle = lease.upstream().idle_timeout_ms.map(|ms| Duration::from_millis(u64::from(ms)));
        let slow = !unsent.is_empty();
        let mut passing = Self { worker, lease: Some(lease), idle, body, unsent, sent: 0, cut, patience, vigil: None, slow };
        passing.give_back(|| at);
        passing
    }

    /// Once everything is read the connection to the origin is there for others, however long the client takes.
    fn give_back(&mut self, now: impl FnOnce() -> Instant) {
        if self.body.is_over()
            && let Some(lease) = self.lease.take().filter(|_| self.body.lasts())
        {
            lease.give_back(now());
        }
    }

    /// Passes it on to its end. It was not flushed then.
    pub(super) async fn run<C, W>(mut self, client: &mut C, held: &mut Held, watch: &mut W) -> Result<(), Ended>
    where
        C: AsyncRead + AsyncWrite + Unpin,
        W: Watch,
    {
        std::future::poll_fn(|cx| self.poll(cx, client, held, watch)).await
    }

    fn poll<C, W>(&mut self, cx: &mut Context<'_>, client: &mut C, held: &mut Held, watch: &mut W) -> Poll<Result<(), Ended>>
    where
        C: AsyncRead + AsyncWrite + Unpin,
        W: Watch,
    {
        loop {
            while self.sent < self.unsent.len() {
                match Pin::new(&mut *client).poll_write(cx, &self.unsent[self.sent..]) {
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(Ended)),
                    Poll::Ready(Ok(taken)) => self.sent += taken,
                    Poll::Pending => {
                        watch.waits_for(Side::Client);
                        return self.poll_vigil(cx, Side::Client);
                    }
                }
            }
            (self.unsent, self.sent) = (Vec::new(), 0);
            if self.body.is_over() {
                return Poll::Ready(Ok(()));
            }
            if self.cut.is_cut() {
                return Poll::Ready(Err(Ended));
            }
            ready!(self.poll_more(cx, client, held, watch))?;
        }
    }

    fn poll_more<C, W>(&mut self, cx: &mut Context<'_>, client: &mut C, held: &mut Held, watch: &mut W) -> Poll<Result<(), Ended>>
    where
        C: AsyncRead + AsyncWrite + Unpin,
        W: Watch,
    {
        let Some(origin) = self.lease.as_mut().and_then(Lease::plain) else { return Poll::Ready(Err(Ended)) };
        let scratch = self.worker.scratch();
        let mut read = scratch.read.borrow_mut();
        // What a slow client does not take is held for it.
        let room = if self.slow { WHEN_SLOW } else { read.len() };
        let mut buffer = ReadBuf::new(&mut read[..room]);
        let Poll::Ready(result) = Pin::new(origin).poll_read(cx, &mut buffer) else {
            watch.waits_for(Side::Origin);
            let _ = Pin::new(&mut *client).poll_flush(cx);
            if held.poll_ahead(cx, client, &mut read) {
                return Poll::Ready(Err(Ended));
            }
            return self.poll_vigil(cx, Side::Origin);
        };
        result.map_err(|_| Ended)?;
        let bytes = buffer.filled();
        if let Some(vigil) = &mut self.vigil {
            vigil.heard();
        }
        let mut write = scratch.write.borrow_mut();
        write.clear();
        let out = if bytes.is_empty() {
            self.body.closed(&mut write).map_err(|_| Ended)?;
            &write
        } else if let Some(plain) = self.body.plain(bytes) {
            plain
        } else {
            self.body.encode(bytes, &mut write).map_err(|_| Ended)?;
            &write
        };
        watch.passed(self.body.take_count());
        if out.is_empty() {
            self.give_back(Instant::now);
            return Poll::Ready(Ok(()));
        }
        match Pin::new(&mut *client).poll_write(cx, out) {
            Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(Ended)),
            Poll::Ready(Ok(taken)) => self.unsent.extend_from_slice(&out[taken..]),
            Poll::Pending => self.unsent.extend_from_slice(out),
        }
        self.slow = !self.unsent.is_empty();
        self.give_back(Instant::now);
        Poll::Ready(Ok(()))
    }

    /// Only an answer that has to wait for long pays for watching what let it in.
    fn poll_vigil(&mut self, cx: &mut Context<'_>, waits_for: Side) -> Poll<Result<(), Ended>> {
        if self.vigil.is_none() {
            ready!(self.patience.poll(cx));
            self.vigil = Some(Vigil::new(&self.cut, self.idle));
        }
        let Some(vigil) = &mut self.vigil else { return Poll::Pending };
        let over = if waits_for == Side::Origin { vigil.poll(cx).is_ready() } else { vigil.poll_cut(cx).is_ready() };
        if over { Poll::Ready(Err(Ended)) } else { Poll::Pending }
    }
}
