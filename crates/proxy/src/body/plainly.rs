//! An origin's body off a connection that is read as bytes.

use std::{
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, ReadBuf};

use super::BodyError;
use crate::{pool::PlainStream, relay::body::Body, reverse::Worker};

/// Bytes of one piece: each is held until the client has room for it.
const MOST: usize = 64 * 1024;

/// What is to come of it, and what came with the head.
pub(crate) struct Plainly {
    worker: Rc<Worker>,
    body: Body,
    first: Bytes,
}

impl Plainly {
    pub(crate) fn new(worker: Rc<Worker>, body: Body, first: Bytes) -> Self {
        Self { worker, body, first }
    }
    pub(super) fn is_over(&self) -> bool {
        self.first.is_empty() && self.body.is_over()
    }
    pub(super) fn lasts(&self) -> bool {
        self.body.is_over() && self.body.lasts()
    }
    pub(super) fn size_hint(&self) -> SizeHint {
        let first = self.first.len() as u64;
        match self.body.left() {
            _ if self.body.is_over() => SizeHint::with_exact(first),
            Some(left) => SizeHint::with_exact(first + left),
            None => SizeHint::default(),
        }
    }

    /// The next piece, from there.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, stream: Option<&mut PlainStream>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if !self.first.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.first)))));
        }
        let Some(stream) = stream.filter(|_| !self.body.is_over()) else { return Poll::Ready(None) };
        let mut room = self.worker.scratch().read.borrow_mut();
        loop {
            let mut buffer = ReadBuf::new(&mut room[..MOST]);
            ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                let ended = self.body.closed(&mut Vec::new()).map_err(|_| io::Error::from(io::ErrorKind::UnexpectedEof));
                return Poll::Ready(ended.err().map(|error| Err(error.into())));
            }
            let content = self.body.content(buffer.filled())?;
            if !content.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(content))));
            }
            if self.body.is_over() {
                return Poll::Ready(None);
            }
        }
    }
}
