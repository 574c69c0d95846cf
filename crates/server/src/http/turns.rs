//! What an HTTP/2 connection says in one turn goes out in one piece: the library hands each frame of data over by itself, and each would be
//! a TLS record, a system call and a wake-up of the client.
//!
//! Nothing waits longer than until the connection was polled. Whoever says more than is held, or says it to a client that takes nothing, is
//! told to wait as ever.

use std::{
    cell::RefCell,
    error::Error,
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::held::Held;

/// Most bytes that are held. More goes out at once: there is nothing to be gained beyond a TLS record (RFC 8446 section 5.1).
const MOST: usize = 16 * 1024;
/// Room for some answers.
const USUAL: usize = 8 * 1024;

/// A socket that is flushed at the end of a turn.
pub(super) struct Socket<S>(Rc<RefCell<Said<S>>>);

struct Said<S> {
    inner: S,
    held: Held,
    flush: Flush,
}

/// What is to be flushed, and when.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flush {
    Nothing,
    /// What is held, at the end of the turn.
    Later,
    /// What did not fit, or was not taken: the library is to wait for that.
    Now,
}

/// A connection that the library made of the other half of the socket.
pub(super) struct Turns<'a, C, S> {
    served: Pin<&'a mut C>,
    socket: Socket<S>,
}

impl<S> Socket<S> {
    /// One half for the library, one for [`Turns`].
    pub(super) fn halves(inner: S) -> (Self, Self) {
        let said = Rc::new(RefCell::new(Said { inner, held: Held::new(), flush: Flush::Nothing }));
        (Self(said.clone()), Self(said))
    }
}

impl<'a, C, S> Turns<'a, C, S> {
    pub(super) const fn new(served: Pin<&'a mut C>, socket: Socket<S>) -> Self {
        Self { served, socket }
    }

    pub(super) fn served(&mut self) -> Pin<&mut C> {
        self.served.as_mut()
    }
}

impl<S: AsyncWrite + Unpin> Said<S> {
    fn poll_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.flush == Flush::Nothing {
            return Poll::Ready(Ok(()));
        }
        self.flush = Flush::Now;
        ready!(self.held.poll_out(&mut self.inner, cx))?;
        ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
        self.flush = Flush::Nothing;
        Poll::Ready(Ok(()))
    }
}

impl<C, S, E> Future for Turns<'_, C, S>
where
    C: Future<Output = Result<(), E>>,
    S: AsyncWrite + Unpin,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = self.served.as_mut().poll(cx);
        let out = self.socket.0.borrow_mut().poll_out(cx);
        match (polled, out) {
            (Poll::Ready(ended), _) => Poll::Ready(ended.map_err(io::Error::other)),
            // Nobody is there to read what comes: all streams end with the connection.
            (Poll::Pending, Poll::Ready(Err(broke))) => Poll::Ready(Err(broke)),
            (Poll::Pending, _) => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.borrow_mut().inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }
    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let Said { inner, held, flush } = &mut *self.0.borrow_mut();
        let length = pieces.iter().map(|piece| piece.len()).sum::<usize>();
        if length + held.bytes().len() > MOST {
            *flush = Flush::Now;
            return held.poll_through(inner, cx, pieces);
        }
        if *flush == Flush::Nothing {
            *flush = Flush::Later;
        }
        held.hold(pieces, USUAL);
        Poll::Ready(Ok(length))
    }
    fn is_write_vectored(&self) -> bool {
        self.0.borrow().inner.is_write_vectored()
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut said = self.0.borrow_mut();
        if said.flush == Flush::Now { said.poll_out(cx) } else { Poll::Ready(Ok(())) }
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut said = self.0.borrow_mut();
        ready!(said.poll_out(cx))?;
        Pin::new(&mut said.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
