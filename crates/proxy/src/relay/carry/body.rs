//! The rest of an answer, from the origin's socket to the client's.

use std::{
    io::Write,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use guard::Cut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::sending::Begun;
use crate::{
    body::Vigil,
    patience::{Patience, Waiting},
    pool::Lease,
    relay::{
        Held, Side, Watch,
        answer::{Answer, Follows, Unreadable},
        dechunk::Piece,
    },
    reverse::Worker,
};

/// A body, as far as the origin has sent it.
pub(super) struct Body {
    follows: Follows,
    lasts: bool,
    over: bool,
    /// Data since it was last asked for.
    count: usize,
}

impl Body {
    pub(super) fn new(answer: &Answer) -> Self {
        Self { follows: answer.follows, lasts: answer.lasts, over: answer.follows == Follows::Nothing, count: 0 }
    }

    /// What of these bytes is the client's as it stands; `None` where it has to be put into chunks.
    pub(super) fn plain<'b>(&mut self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let left = match &mut self.follows {
            Follows::Nothing => &mut 0,
            Follows::Length(left) => left,
            Follows::Chunks(_) | Follows::All => return None,
        };
        let now = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
        *left -= now as u64;
        self.over = *left == 0;
        // More than was announced is nobody's answer.
        self.lasts &= now == bytes.len();
        self.count += now;
        Some(&bytes[..now])
    }

    /// Appends what the client gets of these bytes, in chunks.
    pub(super) fn encode(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Unreadable> {
        let Follows::Chunks(chunks) = &mut self.follows else {
            chunk(out, bytes);
            self.count += bytes.len();
            return Ok(());
        };
        let mut from = 0;
        loop {
            match chunks.next(bytes, from).map_err(|_| Unreadable::Body)? {
                Piece::Data(range) => {
                    (from, self.count) = (range.end, self.count + range.len());
                    chunk(out, &bytes[range]);
                }
                Piece::Read => return Ok(()),
                Piece::Over(at) => {
                    out.extend_from_slice(b"0\r\n\r\n");
                    self.over = true;
                    self.lasts &= at == bytes.len();
                    return Ok(());
                }
            }
        }
    }

    /// The origin has closed: that is the end, or it is broken.
    fn closed(&mut self, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        if self.follows != Follows::All {
            return Err(Unreadable::Body);
        }
        out.extend_from_slice(b"0\r\n\r\n");
        self.over = true;
        Ok(())
    }

    pub(super) fn take_count(&mut self) -> usize {
        std::mem::take(&mut self.count)
    }
}

fn chunk(out: &mut Vec<u8>, data: &[u8]) {
    if !data.is_empty() {
        // Writing into memory does not fail.
        let _ = write!(out, "{:x}\r\n", data.len());
        out.extend_from_slice(data);
        out.extend_from_slice(b"\r\n");
    }
}

/// It ended before it was whole.
pub(super) struct Ended;

/// An answer that is being passed on.
pub(super) struct Passing<'a> {
    worker: &'a Rc<Worker>,
    lease: Lease,
    body: Body,
    unsent: Vec<u8>,
    sent: usize,
    cut: Cut,
    patience: Waiting<Rc<Patience>>,
    vigil: Option<Vigil>,
}

impl<'a> Passing<'a> {
    pub(super) fn new(worker: &'a Rc<Worker>, begun: Begun, cut: Cut) -> Self {
        let Begun { lease, body, unsent, .. } = begun;
        let patience = Waiting::new(worker.patience.clone());
        Self { worker, lease, body, unsent, sent: 0, cut, patience, vigil: None }
    }

    /// Passes it on to its end; then the connection to the origin is there for others.
    pub(super) async fn run<C, W>(mut self, client: &mut C, held: &mut Held, watch: &mut W) -> Result<(), Ended>
    where
        C: AsyncRead + AsyncWrite + Unpin,
        W: Watch,
    {
        std::future::poll_fn(|cx| self.poll(cx, client, held, watch)).await?;
        watch.complete();
        if self.body.lasts {
            self.lease.give_back();
        }
        Ok(())
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
            if self.body.over {
                watch.waits_for(Side::Client);
                return Pin::new(client).poll_flush(cx).map_err(|_| Ended);
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
        let Some(origin) = self.lease.plain() else { return Poll::Ready(Err(Ended)) };
        let scratch = self.worker.scratch();
        let mut read = scratch.read.borrow_mut();
        let mut buffer = ReadBuf::new(&mut read);
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
            return Poll::Ready(Ok(()));
        }
        match Pin::new(&mut *client).poll_write(cx, out) {
            Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(Ended)),
            Poll::Ready(Ok(taken)) => self.unsent.extend_from_slice(&out[taken..]),
            Poll::Pending => self.unsent.extend_from_slice(out),
        }
        Poll::Ready(Ok(()))
    }

    /// Only an answer that has to wait for long pays for watching what let it in.
    fn poll_vigil(&mut self, cx: &mut Context<'_>, waits_for: Side) -> Poll<Result<(), Ended>> {
        if self.vigil.is_none() {
            ready!(self.patience.poll(cx));
            let silent = self.lease.upstream().idle_timeout_ms.map(|ms| Duration::from_millis(u64::from(ms)));
            self.vigil = Some(Vigil::new(&self.cut, silent));
        }
        let Some(vigil) = &mut self.vigil else { return Poll::Pending };
        let over = if waits_for == Side::Origin { vigil.poll(cx).is_ready() } else { vigil.poll_cut(cx).is_ready() };
        if over { Poll::Ready(Err(Ended)) } else { Poll::Pending }
    }
}
