//! A request's body on its way to a control surface, which may leave it unread.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::notice::Notice;

/// Tells the connection's reader when all of it was read: only then may another request come on an HTTP/1.1 connection.
pub(super) struct Upload<B> {
    body: B,
    notice: Option<Arc<Notice>>,
}

impl<B: Body> Upload<B> {
    pub(super) fn new(body: B, notice: Option<Arc<Notice>>) -> Self {
        Self { body, notice }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Upload<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if (frame.is_none() || self.body.is_end_stream())
            && let Some(notice) = self.notice.take()
        {
            notice.body_read();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
