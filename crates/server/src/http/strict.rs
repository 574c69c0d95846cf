//! The bytes of an HTTP/1.1 connection on their way to the HTTP library: [`proxy::Framing`] reads them first, and only what has one
//! reading gets there (decision 0017).
//!
//! A head is held back until it is whole. In the place of one that is refused the library gets a request that stands in for it, so
//! that the refusal is answered in its turn, logged like any other, and the connection ended; nothing behind it is read.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use proxy::{
    Framing,
    framing::{Limits, Rest},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::notice::Notice;

/// What the library gets for a head that is refused. No client can write it: outside of ASCII nothing passes.
const STAND_IN: &[u8] = "GET /\u{fffd} HTTP/1.1\r\nhost: refused\r\n\r\n".as_bytes();

/// A connection whose requests are read before they are passed on.
pub(super) struct Strict<S> {
    inner: S,
    framing: Framing,
    /// Read and not passed on.
    held: Vec<u8>,
    /// So many of the held bytes may pass.
    pass: usize,
    stand: Stand,
    notice: Arc<Notice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Reading,
    /// A request for a WebSocket waits for its answer.
    Undecided,
    /// A head was refused.
    Refused,
    /// A body was.
    Broken,
}

impl<S> Strict<S> {
    /// For a connection of which so much was read before.
    pub(super) fn new(held: Vec<u8>, inner: S, limits: Limits, notice: Arc<Notice>) -> Self {
        let mut strict = Self { inner, framing: Framing::new(limits), held, pass: 0, stand: Stand::Reading, notice };
        strict.read_held();
        strict
    }

    /// Does what a step of reading says about the bytes that may not pass.
    fn follow(&mut self, rest: Rest) {
        match rest {
            Rest::Begun => {}
            Rest::Undecided => {
                self.notice.socket_asked();
                self.stand = Stand::Undecided;
            }
            Rest::Refused(fault) => {
                self.notice.refuse_head(fault);
                self.held.truncate(self.pass);
                self.held.extend_from_slice(STAND_IN);
                self.pass = self.held.len();
                self.stand = Stand::Refused;
            }
            Rest::Broken(fault) => {
                self.notice.refuse_body(fault);
                self.held.truncate(self.pass);
                self.stand = Stand::Broken;
            }
        }
    }

    fn read_held(&mut self) {
        if !self.held.is_empty() {
            let step = self.framing.read(&self.held);
            self.pass = step.pass;
            self.follow(step.rest);
        }
    }

    fn pass_held(&mut self, into: &mut ReadBuf<'_>) {
        let now = self.pass.min(into.remaining());
        into.put_slice(&self.held[..now]);
        self.pass -= now;
        if now == self.held.len() {
            // Most connections never hold anything: they shall not keep the memory.
            self.held = Vec::new();
        } else {
            self.held.drain(..now);
        }
    }

    /// Takes what was just read, from `before` on; true when something of it passed.
    fn take(&mut self, buf: &mut ReadBuf<'_>, before: usize) -> bool {
        if self.held.is_empty() {
            let step = self.framing.read(&buf.filled()[before..]);
            let passed = before + step.pass;
            self.held.extend_from_slice(&buf.filled()[passed..]);
            buf.set_filled(passed);
            self.follow(step.rest);
            step.pass > 0
        } else {
            self.held.extend_from_slice(&buf.filled()[before..]);
            buf.set_filled(before);
            self.read_held();
            false
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Strict<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if this.pass > 0 {
                this.pass_held(buf);
                return Poll::Ready(Ok(()));
            }
            match this.stand {
                Stand::Reading => {}
                Stand::Undecided => {
                    if ready!(this.notice.poll_socket(cx)) {
                        this.framing.granted();
                    } else {
                        this.framing.declined();
                    }
                    this.stand = Stand::Reading;
                    this.read_held();
                    continue;
                }
                // The answer ends the connection.
                Stand::Refused => return Poll::Pending,
                Stand::Broken => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
            }
            let before = buf.filled().len();
            let polled = Pin::new(&mut this.inner).poll_read(cx, buf);
            this.notice.set_quiet(polled.is_pending() && this.held.is_empty() && this.framing.is_between());
            ready!(polled)?;
            if buf.filled().len() == before || (this.framing.is_opaque() && this.held.is_empty()) || this.take(buf, before) {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Strict<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.notice.set_flushed(false);
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }
    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.notice.set_flushed(false);
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }
    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(cx);
        if matches!(polled, Poll::Ready(Ok(()))) {
            self.notice.set_flushed(true);
        }
        polled
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.notice.set_closing();
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proxy::Malformed;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const LIMITS: Limits = Limits { bytes: 4096, fields: 50 };

    /// What passes of these writes, one after the other, to a reader with room for `room` bytes at a time; and what was refused.
    async fn passed(writes: &[&[u8]], room: usize) -> (Vec<u8>, Option<Malformed>) {
        let (mut client, server) = tokio::io::duplex(1 << 16);
        let notice = Arc::<Notice>::default();
        let mut strict = Strict::new(Vec::new(), server, LIMITS, notice.clone());
        let mut all = Vec::new();
        for bytes in writes {
            client.write_all(bytes).await.unwrap();
            let mut piece = vec![0; room];
            while let Ok(Ok(length @ 1..)) = tokio::time::timeout(Duration::from_millis(1), strict.read(&mut piece)).await {
                all.extend_from_slice(&piece[..length]);
            }
        }
        (all, notice.refused_head().or(notice.refused_body()))
    }

    #[tokio::test(start_paused = true)]
    async fn heads_pass_when_they_are_whole_however_they_come_and_however_little_room_there_is() {
        let head = b"GET /a HTTP/1.1\r\nHost: a.b\r\n\r\n".as_slice();
        for room in [1, 7, 4096] {
            assert_eq!(passed(&[head, head], room).await, ([head, head].concat(), None));
            assert_eq!(passed(&[&head[..9]], room).await, (Vec::new(), None), "held back");
            assert_eq!(passed(&[&head[..9], &head[9..]], room).await, (head.to_vec(), None));
            let one_and_a_half = [head, &head[..20]].concat();
            assert_eq!(passed(&[&one_and_a_half, &head[20..]], room).await, ([head, head].concat(), None));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_head_is_replaced_and_nothing_behind_it_passes() {
        let good = b"GET /a HTTP/1.1\r\nHost: a.b\r\n\r\n".as_slice();
        let bad = b"GET /b HTTP/1.1\r\nHost: a.b\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n".as_slice();
        let all = [good, bad, good].concat();
        for writes in [&[all.as_slice()][..], &[&all[..40], &all[40..60], &all[60..]], &[&all[..good.len()], &all[good.len()..], good]] {
            let expected = [good, STAND_IN].concat();
            assert_eq!(passed(writes, 4096).await, (expected, Some(Malformed::LengthAndCoding)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_broken_body_ends_in_an_error() {
        let (mut client, server) = tokio::io::duplex(1 << 16);
        let notice = Arc::<Notice>::default();
        let mut strict = Strict::new(Vec::new(), server, LIMITS, notice.clone());
        client.write_all(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nx\r\n").await.unwrap();
        let mut all = Vec::new();
        assert_eq!(strict.read_to_end(&mut all).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert!(all.ends_with(b"chunked\r\n\r\n"), "of what came with the fault nothing passes");
        assert_eq!(notice.refused_body(), Some(Malformed::Chunk));
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_behind_a_request_for_a_websocket_wait_for_its_answer() {
        let ask = b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n".as_slice();
        for granted in [true, false] {
            let (mut client, server) = tokio::io::duplex(1 << 16);
            let notice = Arc::<Notice>::default();
            let mut strict = Strict::new(Vec::new(), server, LIMITS, notice.clone());
            client.write_all(&[ask, b"\x81\x00GET\n"].concat()).await.unwrap();
            let mut buffer = vec![0; 4096];
            assert_eq!(strict.read(&mut buffer).await.unwrap(), ask.len());
            let waiting = tokio::spawn(async move { strict.read(&mut buffer).await.map(|length| buffer[..length].to_vec()) });
            tokio::time::sleep(Duration::from_secs(5)).await;
            assert!(!waiting.is_finished());
            notice.answer_socket(granted);
            let next = waiting.await.unwrap().unwrap();
            if granted {
                assert_eq!(next, b"\x81\x00GET\n");
            } else {
                assert_eq!(next, STAND_IN);
            }
        }
    }
}
