//! Response bodies: the origin's, streamed and cut when the session ends; the door's own; those of other surfaces.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use guard::Cut;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::pool::Lease;

/// Any error of a body.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;
/// A body of another surface.
pub type BoxedBody = http_body_util::combinators::UnsyncBoxBody<Bytes, BodyError>;

/// The session behind a response ended while it was being sent.
#[derive(Debug, thiserror::Error)]
#[error("the session behind this response has ended")]
pub struct SessionEnded;

/// A response body.
pub enum ProxyBody {
    /// Nothing, or one piece.
    Full(Option<Bytes>),
    /// From the origin.
    Origin(OriginBody),
    /// From another surface.
    Surface(BoxedBody),
}

impl ProxyBody {
    /// No body.
    pub const fn empty() -> Self {
        Self::Full(None)
    }
    /// A whole body.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::Full(if bytes.is_empty() { None } else { Some(bytes) })
    }
}

/// The origin's body. Its connection goes back to the pool when it ends well; when the session is cut it breaks off.
pub struct OriginBody {
    incoming: Incoming,
    lease: Option<Lease>,
    cut: Cut,
    waiting: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl OriginBody {
    pub(crate) fn new(incoming: Incoming, lease: Lease, cut: Cut) -> Self {
        let mut body = Self { incoming, lease: Some(lease), cut, waiting: None };
        if body.incoming.is_end_stream() {
            body.finish();
        }
        body
    }
    fn finish(&mut self) {
        if let Some(lease) = self.lease.take() {
            lease.give_back();
        }
    }
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.cut.is_cut() {
            self.lease = None;
            return Poll::Ready(Some(Err(Box::new(SessionEnded))));
        }
        match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Pending => {
                // Only a body that has to wait pays for watching its session.
                let cut = &self.cut;
                let waiting = self.waiting.get_or_insert_with(|| Box::pin(cut.clone().wait()));
                match waiting.as_mut().poll(cx) {
                    Poll::Ready(()) => {
                        self.lease = None;
                        Poll::Ready(Some(Err(Box::new(SessionEnded))))
                    }
                    Poll::Pending => Poll::Pending,
                }
            }
            Poll::Ready(None) => {
                self.finish();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => {
                self.lease = None;
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(Some(Ok(frame))) => {
                if self.incoming.is_end_stream() {
                    self.finish();
                }
                Poll::Ready(Some(Ok(frame)))
            }
        }
    }
}

impl Body for ProxyBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut *self {
            Self::Full(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Self::Origin(body) => body.poll(cx),
            Self::Surface(body) => Pin::new(body).poll_frame(cx),
        }
    }
    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(bytes) => bytes.is_none(),
            Self::Origin(body) => body.incoming.is_end_stream(),
            Self::Surface(body) => body.is_end_stream(),
        }
    }
    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Self::Origin(body) => body.incoming.size_hint(),
            Self::Surface(body) => body.size_hint(),
        }
    }
}
