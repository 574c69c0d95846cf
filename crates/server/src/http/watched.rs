//! A response's body under observation: when it has ended, whole or not, the request is over: it is counted and its line is written.

use std::{
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use proxy::{ProxyBody, body::BodyError};

use super::local::Local;
use crate::{
    access_log::Record,
    traces::{Span, Traces},
};

/// A body and what will be told of it.
pub(crate) struct Watched {
    body: ProxyBody,
    watch: Box<Watch>,
}

/// A record that is written when this is dropped.
pub(super) struct Watch {
    pub record: Record,
    open: Open,
}

impl Watch {
    pub(super) fn new(record: Record, open: Open) -> Self {
        Self { record, open }
    }
}

/// A request that is not over: counted as open for as long as this is held, however it ends.
pub(crate) struct Open {
    local: Rc<Local>,
    traces: Arc<Traces>,
}

impl Open {
    pub(crate) fn new(local: &Rc<Local>, traces: &Arc<Traces>) -> Self {
        local.counters.cells.open_requests.open();
        Self { local: local.clone(), traces: traces.clone() }
    }
}

impl Open {
    /// Writes down a request that has no answer, because its client went: an origin may have acted on it all the same.
    pub(crate) fn gone(&self, record: &Record) {
        let now = Instant::now();
        self.local.counters.count(record, now.saturating_duration_since(record.began));
        self.local.lines.write(record, now);
    }
}

/// Does something unless it is called off: a request's work is dropped where it stands when its client goes.
pub(crate) struct Unless<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Unless<F> {
    pub(crate) fn answered(otherwise: F) -> Self {
        Self(Some(otherwise))
    }
    pub(crate) fn call_off(mut self) {
        self.0 = None;
    }
}

impl<F: FnOnce()> Drop for Unless<F> {
    fn drop(&mut self) {
        if let Some(otherwise) = self.0.take() {
            otherwise();
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.local.counters.cells.open_requests.close();
    }
}

impl Watched {
    pub(crate) fn new(body: ProxyBody, mut record: Record, open: Open) -> Self {
        record.complete = body.is_end_stream();
        Self { body, watch: Box::new(Watch { record, open }) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let (now, local, record) = (Instant::now(), &self.open.local, &self.record);
        local.counters.count(record, now.saturating_duration_since(record.began));
        local.lines.write(record, now);
        if let Some(sampled) = &record.sampled {
            self.open.traces.end(Span { sampled, record, now });
        }
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn work_that_is_dropped_where_it_stands_is_written_down_and_answered_work_is_not() {
        let written = Cell::new(0);
        let work = |answer: bool| {
            let gone = Unless::answered(|| written.set(written.get() + 1));
            async move {
                if !answer {
                    std::future::pending::<()>().await;
                }
                gone.call_off();
            }
        };
        work(true).await;
        assert_eq!(written.get(), 0);
        let dropped = tokio::time::timeout(std::time::Duration::ZERO, work(false)).await;
        assert!(dropped.is_err());
        assert_eq!(written.get(), 1);
    }
}
