//! Response bodies: the origin's, streamed and cut when the session ends; the door's own; those of other surfaces.

mod plainly;

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use guard::Cut;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

pub(crate) use self::plainly::Plainly;
use crate::{
    patience::{Patience, Waiting},
    pool::Lease,
    trailers,
};

/// Any error of a body.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;
/// A body of another surface.
pub type BoxedBody = http_body_util::combinators::UnsyncBoxBody<Bytes, BodyError>;

/// The session behind a response ended while it was being sent.
#[derive(Debug, thiserror::Error)]
#[error("the session behind this response has ended")]
pub struct SessionEnded;

/// The origin went silent in the middle of its answer.
#[derive(Debug, thiserror::Error)]
#[error("the origin sent nothing of its answer for {0:?}")]
pub struct OriginSilent(Duration);

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
    source: Source,
    lease: Option<Lease>,
    cut: Cut,
    patience: Waiting<Rc<Patience>>,
    watched: Option<Vigil>,
}

/// What a body that has to wait for long watches; one that flows freely never makes it.
pub(crate) struct Vigil {
    cut: Pin<Box<dyn Future<Output = ()>>>,
    silent: Option<Silence>,
}

/// The time that the origin may be silent.
struct Silence {
    limit: Duration,
    sleep: Pin<Box<Sleep>>,
    /// The sleep counts from before the last piece.
    stale: bool,
}

impl Vigil {
    pub(crate) fn new(cut: &Cut, limit: Option<Duration>) -> Self {
        let silent = limit.map(|limit| Silence { limit, sleep: Box::pin(tokio::time::sleep(limit)), stale: false });
        Self { cut: Box::pin(cut.clone().wait()), silent }
    }
    pub(crate) fn heard(&mut self) {
        if let Some(silent) = &mut self.silent {
            silent.stale = true;
        }
    }
    /// Ready when what let it in has ended.
    pub(crate) fn poll_cut(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.cut.as_mut().poll(cx)
    }
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<BodyError> {
        if self.poll_cut(cx).is_ready() {
            return Poll::Ready(Box::new(SessionEnded));
        }
        let Some(silent) = &mut self.silent else { return Poll::Pending };
        if std::mem::take(&mut silent.stale) {
            silent.sleep.as_mut().reset(Instant::now() + silent.limit);
        }
        silent.sleep.as_mut().poll(cx).map(|()| OriginSilent(silent.limit).into())
    }
}

/// Whence its bytes come.
pub(crate) enum Source {
    Library(Incoming),
    Plain(Box<Plainly>),
}

impl Source {
    fn is_end_stream(&self) -> bool {
        match self {
            Self::Library(incoming) => incoming.is_end_stream(),
            Self::Plain(plainly) => plainly.is_over(),
        }
    }
    fn lasts(&self) -> bool {
        match self {
            Self::Library(_) => true,
            Self::Plain(plainly) => plainly.lasts(),
        }
    }
    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Library(incoming) => incoming.size_hint(),
            Self::Plain(plainly) => plainly.size_hint(),
        }
    }
    fn poll_frame(&mut self, cx: &mut Context<'_>, lease: Option<&mut Lease>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self {
            Self::Library(incoming) => Pin::new(incoming).poll_frame(cx).map_err(Into::into),
            Self::Plain(plainly) => plainly.poll(cx, lease.and_then(Lease::plain)),
        }
    }
}

impl OriginBody {
    pub(crate) fn new(source: Source, lease: Lease, cut: Cut, patience: &Rc<Patience>) -> Self {
        let patience = Waiting::new(patience.clone());
        let mut body = Self { source, lease: Some(lease), cut, patience, watched: None };
        if body.source.is_end_stream() {
            body.finish();
        }
        body
    }
    fn finish(&mut self) {
        if let Some(lease) = self.lease.take().filter(|_| self.source.lasts()) {
            lease.give_back(std::time::Instant::now());
        }
    }
    fn fail(&mut self, error: BodyError) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.lease = None;
        Poll::Ready(Some(Err(error)))
    }
    fn poll_watched(&mut self, cx: &mut Context<'_>) -> Poll<BodyError> {
        if self.watched.is_none() {
            ready!(self.patience.poll(cx));
            let ms = self.lease.as_ref().and_then(|lease| lease.upstream().idle_timeout_ms);
            self.watched = Some(Vigil::new(&self.cut, ms.map(|ms| Duration::from_millis(u64::from(ms)))));
        }
        self.watched.as_mut().map_or(Poll::Pending, |watched| watched.poll(cx))
    }
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.cut.is_cut() {
            return self.fail(Box::new(SessionEnded));
        }
        match self.source.poll_frame(cx, self.lease.as_mut()) {
            // Only a body that has to wait for long pays for watching its session.
            Poll::Pending => match self.poll_watched(cx) {
                Poll::Ready(error) => self.fail(error),
                Poll::Pending => Poll::Pending,
            },
            Poll::Ready(None) => {
                self.finish();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => self.fail(error),
            Poll::Ready(Some(Ok(mut frame))) => {
                if let Some(trailers) = frame.trailers_mut() {
                    trailers::scrub(trailers, &[]);
                }
                if let Some(watched) = &mut self.watched {
                    watched.heard();
                }
                if self.source.is_end_stream() {
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
            Self::Origin(body) => body.source.is_end_stream(),
            Self::Surface(body) => body.is_end_stream(),
        }
    }
    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Self::Origin(body) => body.source.size_hint(),
            Self::Surface(body) => body.size_hint(),
        }
    }
}
