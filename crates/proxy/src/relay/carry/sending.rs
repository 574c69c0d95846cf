//! The request on its way to an origin, until the head of its answer is on its way to the client.

use std::{
    cell::Cell,
    io::IoSlice,
    ops::ControlFlow,
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
        asking::{Asking, Broke},
        body::Body,
    },
    reverse::OriginTime,
};

/// What follows a head is written in one piece with it up to here: putting it beside costs less than handing over two pieces.
const SMALL: usize = 4096;

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
        self.exchange.closes || self.watch.is_last()
    }

    fn poll(&mut self, cx: &mut Context<'_>, lease: &mut Lease, asking: &mut Asking) -> Poll<Result<First, Broke>> {
        let exchange = self.exchange;
        let Some(origin) = lease.plain() else { return Poll::Pending };
        let scratch = exchange.worker.scratch();
        let polled = asking.poll(cx, (origin, &exchange.out, scratch), |cx, head, rest| self.take(cx, head, rest));
        if polled.is_pending() && self.is_client_gone(cx) {
            return Poll::Ready(Ok(None));
        }
        polled
    }

    /// Passes a head on, and what came with it.
    fn take(&mut self, cx: &mut Context<'_>, head: &[u8], rest: &[u8]) -> Result<ControlFlow<First, usize>, ForwardError> {
        let mut out = self.exchange.worker.scratch().write.borrow_mut();
        out.clear();
        let by = Writing { permit: &self.exchange.permit, method: &self.exchange.method, last: self.is_last() };
        let answer = match answer::read(head, &mut out, &by)? {
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
        let mut direct: &[u8] = &[];
        match body.plain(rest) {
            Some(data) if data.len() > SMALL && self.client.is_write_vectored() => direct = data,
            Some(data) => out.extend_from_slice(data),
            None => body.encode(rest, &mut out)?,
        }
        self.watch.passed(body.take_count());
        let written = if direct.is_empty() {
            Pin::new(&mut *self.client).poll_write(cx, &out)
        } else {
            Pin::new(&mut *self.client).poll_write_vectored(cx, &[IoSlice::new(&out), IoSlice::new(direct)])
        };
        let taken = match written {
            Poll::Ready(Ok(0) | Err(_)) => return Ok(ControlFlow::Break(None)),
            Poll::Ready(Ok(taken)) => taken,
            Poll::Pending => 0,
        };
        let mut unsent = out.get(taken..).unwrap_or_default().to_vec();
        unsent.extend_from_slice(direct.get(taken.saturating_sub(out.len())..).unwrap_or_default());
        Ok(ControlFlow::Break(Some((body, unsent, now))))
    }
}
