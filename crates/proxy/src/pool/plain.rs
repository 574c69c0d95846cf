//! Connections to origins that are spoken on as bytes.

use std::{
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    task::unconstrained,
};
use tokio_rustls::client::TlsStream;

use super::slots::Slot;

/// One of them. Closed when dropped.
pub(crate) struct Plain {
    pub(super) stream: PlainStream,
    _slot: Slot,
}

/// Its stream.
pub(crate) enum PlainStream {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Plain {
    pub(super) const fn new(stream: PlainStream, slot: Slot) -> Self {
        Self { stream, _slot: slot }
    }

    /// True when the origin has neither closed it nor sent anything since its last answer.
    pub(super) fn is_quiet(&mut self) -> bool {
        let mut room = [0];
        // Not to be held off for the sake of other tasks: then nothing would have been looked at.
        let looked = pin!(unconstrained(poll_fn(|cx| {
            Poll::Ready(Pin::new(&mut self.stream).poll_read(cx, &mut ReadBuf::new(&mut room)).is_pending())
        })));
        // Nobody waits for it: whoever uses it next asks for themselves.
        looked.poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(true)
    }
}

impl AsyncRead for PlainStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::Tls(tls) => Pin::new(&mut **tls).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for PlainStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Self::Tls(tls) => Pin::new(&mut **tls).poll_write(cx, buf),
        }
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(&mut **tls).poll_flush(cx),
        }
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(&mut **tls).poll_shutdown(cx),
        }
    }
}
