//! One request as bytes on one connection to an origin, until the head of the answer that counts is there.

use std::{
    io,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Scratch, Unreadable, answer};
use crate::{exchange::ForwardError, pool::PlainStream};

/// Bytes of an answer's head.
const MOST_HEAD: usize = 72 * 1024;
/// Interim answers before the one that counts.
const MOST_INTERIM: u32 = 16;

/// How far it is.
#[derive(Default)]
pub(crate) struct Asking {
    sent: usize,
    /// Nothing of it waits in between, where it is encrypted.
    flushed: bool,
    partial: Vec<u8>,
    interim: u32,
}

/// A connection on which no answer came.
pub(crate) struct Broke {
    pub(crate) error: ForwardError,
    /// Nothing of the request was taken.
    pub(crate) unsent: bool,
    /// Something of an answer was heard.
    pub(crate) heard: bool,
}

/// What came of some bytes.
enum Taken<T> {
    Answer(T),
    /// A head that is not whole begins there.
    Partial(usize),
}

impl Broke {
    fn heard(error: impl Into<ForwardError>) -> Self {
        Self { error: error.into(), unsent: false, heard: true }
    }
}

impl Asking {
    /// Goes on. `take` is given each head that is whole, with whatever came behind it: `Continue` passes an interim answer of so many
    /// bytes over.
    pub(crate) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        (origin, request, scratch): (&mut PlainStream, &[u8], &Scratch),
        mut take: impl FnMut(&mut Context<'_>, &[u8], &[u8]) -> Result<ControlFlow<T, usize>, ForwardError>,
    ) -> Poll<Result<T, Broke>> {
        if let Err(error) = ready!(self.poll_send(cx, origin, request)) {
            return Poll::Ready(Err(Broke { error: ForwardError::Broke(error), unsent: self.sent == 0, heard: false }));
        }
        loop {
            let mut room = scratch.read.borrow_mut();
            let mut buffer = ReadBuf::new(&mut room);
            if let Err(error) = ready!(Pin::new(&mut *origin).poll_read(cx, &mut buffer))
                .and_then(|()| if buffer.filled().is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) })
            {
                let heard = !self.partial.is_empty() || self.interim > 0;
                return Poll::Ready(Err(Broke { error: ForwardError::Broke(error), unsent: false, heard }));
            }
            if self.partial.is_empty() {
                match self.take(cx, buffer.filled(), 0, &mut take)? {
                    Taken::Answer(answer) => return Poll::Ready(Ok(answer)),
                    Taken::Partial(begin) => self.partial.extend_from_slice(&buffer.filled()[begin..]),
                }
            } else {
                let (from, mut bytes) = (self.partial.len(), std::mem::take(&mut self.partial));
                bytes.extend_from_slice(buffer.filled());
                match self.take(cx, &bytes, from, &mut take)? {
                    Taken::Answer(answer) => return Poll::Ready(Ok(answer)),
                    Taken::Partial(begin) => drop(bytes.drain(..begin)),
                }
                self.partial = bytes;
            }
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, origin: &mut PlainStream, request: &[u8]) -> Poll<io::Result<()>> {
        while self.sent < request.len() {
            match ready!(Pin::new(&mut *origin).poll_write(cx, &request[self.sent..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                taken => self.sent += taken,
            }
        }
        // An answer may come before all of it has gone out.
        self.flushed = self.flushed || Pin::new(origin).poll_flush(cx)?.is_ready();
        Poll::Ready(Ok(()))
    }

    /// Takes in what came; nothing before `from` ends the first head.
    fn take<T>(
        &mut self,
        cx: &mut Context<'_>,
        all: &[u8],
        mut from: usize,
        take: &mut impl FnMut(&mut Context<'_>, &[u8], &[u8]) -> Result<ControlFlow<T, usize>, ForwardError>,
    ) -> Result<Taken<T>, Broke> {
        let mut bytes = all;
        loop {
            let Some(end) = answer::end(bytes, from) else {
                if bytes.len() > MOST_HEAD {
                    return Err(Broke::heard(Unreadable::TooLarge));
                }
                return Ok(Taken::Partial(all.len() - bytes.len()));
            };
            let (head, rest) = bytes.split_at(end);
            match take(cx, head, rest).map_err(Broke::heard)? {
                ControlFlow::Break(answer) => return Ok(Taken::Answer(answer)),
                ControlFlow::Continue(_) if self.interim == MOST_INTERIM => return Err(Broke::heard(Unreadable::Head)),
                ControlFlow::Continue(interim) => {
                    self.interim += 1;
                    (bytes, from) = (&bytes[interim..], 0);
                }
            }
        }
    }
}
