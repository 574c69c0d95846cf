//! An answer on its way: until it is whole or broken off, its connection does not rest.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::{
    roster::{Side, UnderWay},
    watched::Watched,
};

/// An answer: its request is under way until this is dropped.
pub(super) struct Answer {
    body: Watched,
    request: Option<UnderWay>,
}

impl Answer {
    pub(super) fn new(body: Watched, request: Option<UnderWay>) -> Self {
        let mut answer = Self { body, request };
        answer.waits_for(Side::Client);
        answer
    }

    fn waits_for(&mut self, side: Side) {
        if let Some(request) = &mut self.request {
            request.waits_for(side);
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = <Watched as Body>::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        self.waits_for(if polled.is_pending() { Side::Door } else { Side::Client });
        polled
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
