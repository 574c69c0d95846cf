//! What a client sends and takes, noted for the roster; floods of HTTP/2 end the connection.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    ending::{Ends, OverTcp},
    frames::Frames,
    roster::State,
};
use crate::limits::Lease;

/// A socket.
pub(super) struct Receiving<S> {
    inner: S,
    state: Arc<State>,
    /// HTTP/2 only.
    frames: Option<Frames>,
    /// Counted as open for as long as the socket is, whatever is spoken on it.
    _lease: Option<Arc<Lease>>,
}

impl<S> Receiving<S> {
    pub(super) fn http1(inner: S, state: Arc<State>) -> Self {
        Self { inner, state, frames: None, _lease: None }
    }
    pub(super) fn http2(inner: S, state: Arc<State>, frames: Frames) -> Self {
        Self { inner, state, frames: Some(frames), _lease: None }
    }
    /// The same, which counts as an open connection to its end.
    pub(super) fn holding(self, lease: Arc<Lease>) -> Self {
        Self { _lease: Some(lease), ..self }
    }
}

impl<S: OverTcp> Receiving<Ends<S>> {
    /// The next answer is the last one.
    pub(super) fn last_answer(&mut self) {
        self.inner.last_answer();
    }
    /// Says goodbye after it.
    pub(super) async fn goodbye(&mut self) -> io::Result<()> {
        self.inner.goodbye().await
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Receiving<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        let received = &buf.filled()[before..];
        if received.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let Self { state, frames, .. } = &mut *self;
        match frames {
            None => {
                if state.is_resting() {
                    state.received(true);
                }
            }
            Some(frames) => {
                frames.feed(received, state.second()).map_err(|flood| io::Error::new(io::ErrorKind::ConnectionAborted, flood))?;
                state.received(frames.in_head());
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Receiving<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.state.sent(&polled);
        polled
    }
    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.state.sent(&polled);
        polled
    }
    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
