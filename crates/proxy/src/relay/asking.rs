//! One request as bytes on one connection to an origin, until the head of the answer that counts is there.

use std::{
    io,
    ops::{ControlFlow, Range},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{FRONT, Scratch, Unreadable, answer};
use crate::{exchange::ForwardError, pool::PlainStream};

/// Bytes of an answer's head.
const MOST_HEAD: usize = 72 * 1024;
/// Interim answers before the one that counts.
const MOST_INTERIM: u32 = 16;

/// How far it is.
#[derive(Default)]
pub(crate) struct Asking {
    /// What the origin did not take yet; none before the request was written.
    rest: Option<Vec<u8>>,
    /// It took something.
    taken: bool,
    /// Nothing of it waits in between, where it is encrypted.
    flushed: bool,
    partial: Vec<u8>,
    interim: u32,
}

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) enum Request<'a> {
    Bytes(&'a [u8]),
    /// Bytes that are written when they are sent.
    Written(&'a dyn Fn(&mut Vec<u8>)),
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
    /// Goes on. `take` is told where a head is that is whole, with whatever came behind it. What stands there up to the head's end is its
    /// own. `Continue` passes an interim answer of so many bytes over.
    pub(crate) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        (origin, request, scratch): (&mut PlainStream, Request<'_>, &Scratch),
        mut take: impl FnMut(&mut Context<'_>, &mut [u8], Range<usize>) -> Result<ControlFlow<T, usize>, ForwardError>,
    ) -> Poll<Result<T, Broke>> {
        if let Err(error) = ready!(self.poll_send(cx, origin, request, scratch)) {
            return Poll::Ready(Err(Broke { error: ForwardError::Broke(error), unsent: !self.taken, heard: false }));
        }
        loop {
            let mut room = scratch.read.borrow_mut();
            let mut buffer = ReadBuf::new(&mut room[FRONT..]);
            if let Err(error) = ready!(Pin::new(&mut *origin).poll_read(cx, &mut buffer))
                .and_then(|()| if buffer.filled().is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) })
            {
                let heard = !self.partial.is_empty() || self.interim > 0;
                return Poll::Ready(Err(Broke { error: ForwardError::Broke(error), unsent: false, heard }));
            }
            let read = FRONT..FRONT + buffer.filled().len();
            if self.partial.is_empty() {
                match self.take(cx, &mut room[..read.end], (FRONT, 0), &mut take)? {
                    Taken::Answer(answer) => return Poll::Ready(Ok(answer)),
                    Taken::Partial(begin) => self.partial.extend_from_slice(&room[begin..read.end]),
                }
            } else {
                let (from, mut bytes) = (self.partial.len(), std::mem::take(&mut self.partial));
                bytes.extend_from_slice(&room[read]);
                match self.take(cx, &mut bytes, (0, from), &mut take)? {
                    Taken::Answer(answer) => return Poll::Ready(Ok(answer)),
                    Taken::Partial(begin) => drop(bytes.drain(..begin)),
                }
                self.partial = bytes;
            }
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        origin: &mut PlainStream,
        request: Request<'_>,
        scratch: &Scratch,
    ) -> Poll<io::Result<()>> {
        let rest = if let Some(mut rest) = self.rest.take() {
            drop(rest.drain(..self.send(cx, origin, &rest)?));
            rest
        } else {
            // Most origins take all of it at once, so that it needs no memory of its own.
            let mut room = scratch.write.borrow_mut();
            let bytes = match request {
                Request::Bytes(bytes) => bytes,
                Request::Written(write) => {
                    room.clear();
                    write(&mut room);
                    &room
                }
            };
            bytes[self.send(cx, origin, bytes)?..].to_vec()
        };
        if !self.rest.insert(rest).is_empty() {
            return Poll::Pending;
        }
        // An answer may come before all of it has gone out.
        self.flushed = self.flushed || Pin::new(origin).poll_flush(cx)?.is_ready();
        Poll::Ready(Ok(()))
    }

    /// As many bytes as the origin takes now.
    fn send(&mut self, cx: &mut Context<'_>, origin: &mut PlainStream, bytes: &[u8]) -> io::Result<usize> {
        let mut sent = 0;
        while sent < bytes.len() {
            match Pin::new(&mut *origin).poll_write(cx, &bytes[sent..])? {
                Poll::Pending => break,
                Poll::Ready(0) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(taken) => (sent, self.taken) = (sent + taken, true),
            }
        }
        Ok(sent)
    }

    /// Takes in what came; the first head begins there, and so many of its bytes do not end it.
    fn take<T>(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &mut [u8],
        (mut begin, mut from): (usize, usize),
        take: &mut impl FnMut(&mut Context<'_>, &mut [u8], Range<usize>) -> Result<ControlFlow<T, usize>, ForwardError>,
    ) -> Result<Taken<T>, Broke> {
        loop {
            let Some(length) = answer::end(&bytes[begin..], from) else {
                if bytes.len() - begin > MOST_HEAD {
                    return Err(Broke::heard(Unreadable::TooLarge));
                }
                return Ok(Taken::Partial(begin));
            };
            match take(cx, bytes, begin..begin + length).map_err(Broke::heard)? {
                ControlFlow::Break(answer) => return Ok(Taken::Answer(answer)),
                ControlFlow::Continue(_) if self.interim == MOST_INTERIM => return Err(Broke::heard(Unreadable::Head)),
                ControlFlow::Continue(interim) => {
                    self.interim += 1;
                    (begin, from) = (begin + interim, 0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future::poll_fn};

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpSocket, TcpStream},
    };

    use super::*;

    /// A connection that takes a few KiB before somebody reads.
    async fn narrow() -> (PlainStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(4096).unwrap();
        let stream = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        (PlainStream::Tcp(stream), listener.accept().await.unwrap().0)
    }

    fn whole(_: &mut Context<'_>, bytes: &mut [u8], head: Range<usize>) -> Result<ControlFlow<(usize, usize), usize>, ForwardError> {
        Ok(ControlFlow::Break((head.len(), bytes.len() - head.end)))
    }

    #[tokio::test]
    async fn a_request_that_is_taken_piece_by_piece_is_written_once_and_arrives_whole() {
        let (mut stream, mut origin) = narrow().await;
        let request: Vec<u8> = (0..1024 * 1024).map(|n: u32| n.to_le_bytes()[(n % 3) as usize]).collect();
        let (scratch, mut asking, written) = (Scratch::default(), Asking::default(), Cell::new(0));
        let asked = poll_fn(|cx| {
            let write = |out: &mut Vec<u8>| {
                written.set(written.get() + 1);
                out.extend_from_slice(&request);
            };
            let polled = asking.poll(cx, (&mut stream, Request::Written(&write), &scratch), whole);
            // Others of the thread write there meanwhile.
            *scratch.write.borrow_mut() = vec![0; 100];
            polled
        });
        let read = async {
            let mut got = vec![0; request.len()];
            origin.read_exact(&mut got).await.unwrap();
            origin.write_all(b"HTTP/1.1 200 OK\r\n\r\nhello").await.unwrap();
            got
        };
        let (answer, got) = tokio::join!(asked, read);
        assert!(got == request && written.get() == 1);
        assert_eq!(answer.ok(), Some((19, 5)));
    }

    #[tokio::test]
    async fn it_is_known_whether_an_origin_that_goes_has_taken_something() {
        for (size, taken) in [(1024 * 1024, true), (100, false)] {
            let (mut stream, origin) = narrow().await;
            if !taken {
                stream.shutdown().await.unwrap();
            }
            let mut origin = Some(origin);
            let (scratch, mut asking) = (Scratch::default(), Asking::default());
            let request = vec![b'x'; size];
            let broke = poll_fn(|cx| {
                let polled = asking.poll(cx, (&mut stream, Request::Bytes(&request), &scratch), whole);
                drop(origin.take());
                polled
            })
            .await;
            assert_eq!(broke.err().map(|broke| broke.unsent), Some(!taken), "{size}");
        }
    }
}
