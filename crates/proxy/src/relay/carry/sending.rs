//! The request on its way to an origin, until the head of its answer is on its way to the client.

use std::{
    cell::Cell,
    io::{self, IoSlice},
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Exchange, body::Body};
use crate::{
    exchange::{ForwardError, Search},
    pool::{Lease, PlainStream, Want},
    relay::{
        Held, Watch,
        answer::{self, Unreadable, Writing},
    },
    reverse::OriginTime,
};

/// Bytes of an answer's head.
const MOST_HEAD: usize = 72 * 1024;
/// Interim answers before the one that counts.
const MOST_INTERIM: u32 = 16;
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
    pub closes: bool,
}

/// A connection on which no answer came.
struct Broke {
    error: ForwardError,
    /// Nothing of the request was taken.
    unsent: bool,
    heard: bool,
}

pub(super) struct Sending<'a, C, W> {
    exchange: &'a Exchange,
    client: &'a mut C,
    held: &'a mut Held,
    watch: &'a mut W,
    sent: usize,
    partial: Vec<u8>,
    interim: u32,
    began: Instant,
}

impl<'a, C: AsyncRead + AsyncWrite + Unpin, W: Watch> Sending<'a, C, W> {
    /// Sends it, to another origin or once more where that is as good as once.
    pub(super) async fn run(
        exchange: &'a Exchange,
        (client, held, watch): (&'a mut C, &'a mut Held, &'a mut W),
        sent_at: &'a Cell<Option<Instant>>,
    ) -> Result<Begun, Stop> {
        let Some(upstream) = exchange.permit.upstream() else { return Err(Stop::Failed(ForwardError::Switched)) };
        let pool = exchange.worker.pool.of(exchange.permit.app(), upstream);
        let mut search = Search::new(&exchange.worker, &pool, Want::Plain);
        let mut sending = Self { exchange, client, held, watch, sent: 0, partial: Vec::new(), interim: 0, began: Instant::now() };
        sent_at.set(None);
        loop {
            let (mut lease, fresh) = search.next().await.map_err(Stop::Failed)?;
            sent_at.set(Some(if fresh { Instant::now() } else { sending.began }));
            (sending.sent, sending.interim) = (0, 0);
            sending.partial.clear();
            let tried = std::future::poll_fn(|cx| sending.poll(cx, &mut lease)).await?;
            match tried {
                Ok((body, unsent)) => {
                    pool.answered(lease.origin());
                    let closes = sending.closes();
                    return Ok(Begun { lease, body, unsent, closes });
                }
                Err(Broke { error, unsent, heard }) => search.broke(error, &lease, (fresh, unsent, heard)).map_err(Stop::Failed)?,
            }
        }
    }

    fn closes(&self) -> bool {
        self.exchange.closes || self.watch.is_last()
    }

    fn poll(&mut self, cx: &mut Context<'_>, lease: &mut Lease) -> Poll<Result<Result<(Body, Vec<u8>), Broke>, Stop>> {
        let Some(origin) = lease.plain() else { return Poll::Ready(Err(Stop::Failed(ForwardError::Switched))) };
        match self.poll_send(cx, origin) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => {
                let unsent = self.sent == 0;
                return Poll::Ready(Ok(Err(Broke { error: ForwardError::Broke(error), unsent, heard: false })));
            }
            Poll::Pending => return self.poll_client(cx),
        }
        self.poll_answer(cx, origin)
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, origin: &mut PlainStream) -> Poll<io::Result<()>> {
        let out = &self.exchange.out;
        if self.sent == out.len() {
            return Poll::Ready(Ok(()));
        }
        while self.sent < out.len() {
            match ready!(Pin::new(&mut *origin).poll_write(cx, &out[self.sent..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                taken => self.sent += taken,
            }
        }
        // Encrypted, it may still wait here; reading on sends it as well.
        let _ = Pin::new(origin).poll_flush(cx)?;
        Poll::Ready(Ok(()))
    }

    /// The client may go while nothing comes from the origin.
    fn poll_client<T>(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, Stop>> {
        let mut scratch = self.exchange.worker.scratch().read.borrow_mut();
        if self.held.poll_ahead(cx, self.client, &mut scratch) { Poll::Ready(Err(Stop::Gone)) } else { Poll::Pending }
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>, origin: &mut PlainStream) -> Poll<Result<Result<(Body, Vec<u8>), Broke>, Stop>> {
        loop {
            let mut scratch = self.exchange.worker.scratch().read.borrow_mut();
            let mut buffer = ReadBuf::new(&mut scratch);
            let read = match Pin::new(&mut *origin).poll_read(cx, &mut buffer) {
                Poll::Pending => {
                    drop(scratch);
                    return self.poll_client(cx);
                }
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => buffer.filled().len(),
                Poll::Ready(ended) => {
                    let error = ended.err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into());
                    let heard = !self.partial.is_empty() || self.interim > 0;
                    return Poll::Ready(Ok(Err(Broke { error: ForwardError::Broke(error), unsent: false, heard })));
                }
            };
            let taken = if self.partial.is_empty() {
                self.take(cx, &scratch[..read], 0)
            } else {
                let (from, mut bytes) = (self.partial.len(), std::mem::take(&mut self.partial));
                bytes.extend_from_slice(&scratch[..read]);
                self.take(cx, &bytes, from)
            };
            match taken {
                Ok(None) => {}
                Ok(Some(begun)) => return Poll::Ready(Ok(Ok(begun))),
                Err(Stop::Failed(error)) => return Poll::Ready(Ok(Err(Broke { error, unsent: false, heard: true }))),
                Err(gone) => return Poll::Ready(Err(gone)),
            }
        }
    }

    /// Takes in what came of an answer; nothing before `from` ends its head.
    fn take(&mut self, cx: &mut Context<'_>, mut bytes: &[u8], mut from: usize) -> Result<Option<(Body, Vec<u8>)>, Stop> {
        let failed = |error: Unreadable| Stop::Failed(error.into());
        let mut out = self.exchange.worker.scratch().write.borrow_mut();
        out.clear();
        let by = Writing { permit: &self.exchange.permit, method: &self.exchange.method, last: self.closes() };
        let answer = loop {
            let Some(end) = answer::end(bytes, from) else {
                if bytes.len() > MOST_HEAD {
                    return Err(failed(Unreadable::TooLarge));
                }
                self.partial = bytes.to_vec();
                return Ok(None);
            };
            match answer::read(&bytes[..end], &mut out, &by).map_err(failed)? {
                ControlFlow::Break(answer) => break answer,
                ControlFlow::Continue(interim) => {
                    self.interim += 1;
                    if self.interim > MOST_INTERIM {
                        return Err(failed(Unreadable::Head));
                    }
                    (bytes, from) = (&bytes[interim..], 0);
                }
            }
        };
        if answer.status == 101 {
            return Err(Stop::Failed(ForwardError::Switched));
        }
        // Whoever was ended while the origin was asked gets nothing of its answer.
        if self.exchange.permit.cut().is_cut() {
            return Err(Stop::Failed(ForwardError::Cut));
        }
        self.watch.outcome().origin = Some(OriginTime { sent: self.began, took: self.began.elapsed() });
        self.watch.answered(answer.status);
        let mut body = Body::new(&answer);
        let rest = &bytes[answer.length..];
        let mut direct: &[u8] = &[];
        match body.plain(rest) {
            Some(data) if data.len() > SMALL && self.client.is_write_vectored() => direct = data,
            Some(data) => out.extend_from_slice(data),
            None => body.encode(rest, &mut out).map_err(failed)?,
        }
        self.watch.passed(body.take_count());
        let mut unsent = Vec::new();
        let pieces = [IoSlice::new(&out), IoSlice::new(direct)];
        let written = if direct.is_empty() {
            Pin::new(&mut *self.client).poll_write(cx, &out)
        } else {
            Pin::new(&mut *self.client).poll_write_vectored(cx, &pieces)
        };
        let taken = match written {
            Poll::Ready(Ok(0) | Err(_)) => return Err(Stop::Gone),
            Poll::Ready(Ok(taken)) => taken,
            Poll::Pending => 0,
        };
        unsent.extend_from_slice(out.get(taken..).unwrap_or_default());
        unsent.extend_from_slice(direct.get(taken.saturating_sub(out.len())..).unwrap_or_default());
        Ok(Some((body, unsent)))
    }
}
