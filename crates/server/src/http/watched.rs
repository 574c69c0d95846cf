//! A response's body under observation: when it has ended, whole or not, the request is over and its line is written.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use proxy::{ProxyBody, body::BodyError};

use super::local::Local;
use crate::access_log::Record;

/// A body and what will be told of it.
pub(crate) struct Watched {
    body: ProxyBody,
    watch: Box<Watch>,
}

struct Watch {
    record: Record,
    local: Rc<Local>,
}

impl Watched {
    pub(crate) fn new(body: ProxyBody, mut record: Record, local: Rc<Local>) -> Self {
        record.complete = body.is_end_stream();
        Self { body, watch: Box::new(Watch { record, local }) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.local.lines.write(&self.record, Instant::now());
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        let record = &mut self.watch.record;
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                record.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                if frame.is_trailers() || self.body.is_end_stream() {
                    self.watch.record.complete = true;
                }
            }
            Poll::Ready(None) => record.complete = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
