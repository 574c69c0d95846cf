//! The request on its way to an origin, until the head of its answer is on its way to the client.

use std::{
    cell::Cell,
    ops::{ControlFlow, Range},
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Instant,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant as Now,
};

use super::{Exchange, Sent};
use crate::{
    exchange::{ForwardError, Search},
    pool::{Lease, Want},
    relay::{
        Held, Watch,
        answer::{self, Writing},
        asking::{Asking, Broke, Request},
        body::Body,
    },
    reverse::OriginTime,
};

/// There is no answer to pass on.
pub(super) enum Stop {
    /// The client has gone.
    Gone,
    Failed(ForwardError),
}

/// An answer of which the first bytes were passed on.
pub(super) struct Begun {
    pub lease: Lease,
    pub body: Body,
    /// What the client did not take yet.
    pub unsent: Vec<u8>,
    /// It said that it is the connection's last.
    pub last: bool,
    /// When the head was there.
    pub at: Instant,
}

pub(super) struct Sending<'a, C, W> {
    exchange: &'a Exchange,
    client: &'a mut C,
    held: &'a mut Held,
    watch: &'a mut W,
    began: Instant,
}

/// The first of an answer, and what the client did not take of it; nothing when the client has gone.
type First = Option<(Body, Vec<u8>, Instant)>;

impl<'a, C: AsyncRead + AsyncWrite + Unpin, W: Watch> Sending<'a, C, W> {
    /// Sends it, to another origin or once more where that is as good as once.
    pub(super) async fn run(
        exchange: &'a Exchange,
        (client, held, watch): (&'a mut C, &'a mut Held, &'a mut W),
        (began, sent): (Instant, &'a Cell<Option<Sent>>),
    ) -> Result<Begun, Stop> {
        let Some(upstream) = exchange.permit.upstream() else { return Err(Stop::Failed(ForwardError::Switched)) };
        let pool = exchange.worker.pool.of(exchange.permit.app(), upstream);
        let mut search = Search::new(&exchange.worker, &pool, (Want::Plain, began));
        let mut sending = Self { exchange, client, held, watch, began };
        loop {
            let (mut lease, fresh) = sending.connection(&mut search).await?;
            sent.set(Some(Sent { at: if fresh { Instant::now() } else { sending.began }, origin: lease.origin() }));
            let mut asking = Asking::default();
            match std::future::poll_fn(|cx| sending.poll(cx, &mut lease, &mut asking)).await {
                Ok(Some((body, unsent, at))) => {
                    pool.answered(lease.origin());
                    let last = sending.is_last();
                    return Ok(Begun { lease, body, unsent, last, at });
                }
                Ok(None) => return Err(Stop::Gone),
                Err(broke) => search.broke(broke, &lease, fresh).map_err(Stop::Failed)?,
            }
        }
    }

    async fn connection(&mut self, search: &mut Search<'_>) -> Result<(Lease, bool), Stop> {
        let mut next = pin!(search.next());
        let connected = |cx: &mut Context<'_>| match next.as_mut().poll(cx) {
            Poll::Ready(connected) => Poll::Ready(connected.map_err(Stop::Failed)),
            Poll::Pending if self.is_client_gone(cx) => Poll::Ready(Err(Stop::Gone)),
            Poll::Pending => Poll::Pending,
        };
        std::future::poll_fn(connected).await
    }

    /// The client may go while nothing comes from the origin.
    fn is_client_gone(&mut self, cx: &mut Context<'_>) -> bool {
        self.held.poll_ahead(cx, self.client, &mut self.exchange.worker.scratch().read.borrow_mut())
    }

    fn is_last(&self) -> bool {
        self.exchange.head.closes || self.watch.is_last()
    }

    fn poll(&mut self, cx: &mut Context<'_>, lease: &mut Lease, asking: &mut Asking) -> Poll<Result<First, Broke>> {
        let exchange = self.exchange;
        let Some(origin) = lease.plain() else { return Poll::Pending };
        let scratch = exchange.worker.scratch();
        let write = |out: &mut Vec<u8>| exchange.write(out);
        let polled = asking.poll(cx, (origin, Request::Written(&write), scratch), |cx, bytes, head| self.take(cx, bytes, head));
        if polled.is_pending() && self.is_client_gone(cx) {
            return Poll::Ready(Ok(None));
        }
        polled
    }

    /// Passes a head on, and what came with it.
    fn take(&mut self, cx: &mut Context<'_>, bytes: &mut [u8], head: Range<usize>) -> Result<ControlFlow<First, usize>, ForwardError> {
        let mut out = self.exchange.worker.scratch().write.borrow_mut();
        out.clear();
        let by = Writing { permit: &self.exchange.permit, method: &self.exchange.head.method, last: self.is_last() };
        let answer = match answer::read(&bytes[head.clone()], &mut out, &by)? {
            ControlFlow::Break(answer) => answer,
            ControlFlow::Continue(interim) => return Ok(ControlFlow::Continue(interim)),
        };
        if answer.status == 101 {
            return Err(ForwardError::Switched);
        }
        // Whoever was ended while the origin was asked gets nothing of its answer.
        let now = Now::now();
        if self.exchange.permit.cut().is_cut_at(now) {
            return Err(ForwardError::Cut);
        }
        let now = now.into_std();
        self.watch.outcome().origin = Some(OriginTime { sent: self.began, took: now.saturating_duration_since(self.began) });
        self.watch.answered(answer.status, now);
        let mut body = Body::new(answer.follows, answer.lasts);
        let rest = head.end..bytes.len();
        let all = match body.plain(&bytes[rest.clone()]).map(<[u8]>::len) {
            // What follows stays where it is, and the head is put before it.
            Some(length) if out.len() <= rest.start => {
                let begin = rest.start - out.len();
                bytes[begin..rest.start].copy_from_slice(&out);
                &bytes[begin..rest.start + length]
            }
            Some(length) => {
                out.extend_from_slice(&bytes[rest][..length]);
                &out
            }
            None => {
                body.encode(&bytes[rest], &mut out)?;
                &out
            }
        };
        self.watch.passed(body.take_count());
        let taken = match Pin::new(&mut *self.client).poll_write(cx, all) {
            Poll::Ready(Ok(0) | Err(_)) => return Ok(ControlFlow::Break(None)),
            Poll::Ready(Ok(taken)) => taken,
            Poll::Pending => 0,
        };
        let unsent = all.get(taken..).unwrap_or_default().to_vec();
        Ok(ControlFlow::Break(Some((body, unsent, now))))
    }
}
