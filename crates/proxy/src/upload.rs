//! Request bodies on their way to the origin: cut with their session, without trailers, and never standing still for ever.

use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use guard::Cut;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::{
    sync::Notify,
    time::{Instant, Sleep},
};

use crate::body::{BodyError, SessionEnded};

/// The client sent nothing of its upload for too long.
#[derive(Debug, thiserror::Error)]
#[error("the upload stood still")]
pub(crate) struct UploadStalled;

/// How far an upload is, for whoever waits for the answer to it.
pub(crate) struct Progress {
    /// When the origin was last given something, or everything; `None` while the client's next piece is awaited.
    origins_turn: Cell<Option<Instant>>,
    over: Notify,
    answered: Cell<bool>,
}

impl Progress {
    /// The origin's answer has begun: from here on the upload may rest while the answer goes on, as both-way streams do. What
    /// is left of it when the answer ends is the pool's to end.
    pub(crate) fn answered(&self) {
        self.answered.set(true);
    }

    /// Ends when the origin had its turn for longer than this: it takes nothing more of the upload, or has it whole and does not
    /// answer. While the client is awaited the upload has a limit of its own.
    pub(crate) async fn origin_is_late(&self, limit: Duration) {
        loop {
            let since = self.origins_turn.get();
            let at = since.unwrap_or_else(Instant::now) + limit;
            if since.is_some() && at <= Instant::now() {
                return;
            }
            tokio::select! {
                () = self.over.notified() => {}
                () = tokio::time::sleep_until(at) => {}
            }
        }
    }
}

/// A request's body towards the origin.
pub(crate) struct UploadBody<B = Incoming> {
    /// `None` when there is nothing to send.
    flow: Option<Flow<B>>,
}

struct Flow<B> {
    incoming: B,
    cut: Cut,
    progress: Rc<Progress>,
    idle: Duration,
    waiting: Option<Waiting>,
}

/// What a body that has to wait watches; one that flows freely never makes it.
struct Waiting {
    cut: Pin<Box<dyn Future<Output = ()>>>,
    stalled: Pin<Box<Sleep>>,
    /// The sleep counts from before the last piece.
    stale: bool,
}

impl<B: Body<Data = Bytes> + Unpin> UploadBody<B>
where
    B::Error: Into<BodyError>,
{
    /// Nothing.
    pub(crate) const fn none() -> Self {
        Self { flow: None }
    }

    /// A request's body, with its progress when it has one at all.
    pub(crate) fn new(incoming: B, cut: &Cut, idle: Duration) -> (Self, Option<Rc<Progress>>) {
        if incoming.is_end_stream() {
            return (Self::none(), None);
        }
        let progress = Rc::new(Progress { origins_turn: Cell::new(Some(Instant::now())), over: Notify::new(), answered: Cell::new(false) });
        let flow = Flow { incoming, cut: cut.clone(), progress: progress.clone(), idle, waiting: None };
        (Self { flow: Some(flow) }, Some(progress))
    }
}

impl<B> Flow<B> {
    fn finish(&self) {
        self.progress.origins_turn.set(Some(Instant::now()));
        self.progress.over.notify_one();
    }
}

impl<B> Drop for Flow<B> {
    fn drop(&mut self) {
        self.finish();
    }
}

impl<B: Body<Data = Bytes> + Unpin> Flow<B>
where
    B::Error: Into<BodyError>,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.cut.is_cut() {
            return Poll::Ready(Some(Err(Box::new(SessionEnded))));
        }
        match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) if frame.is_data() => {
                self.progress.origins_turn.set(Some(Instant::now()));
                if let Some(waiting) = &mut self.waiting {
                    waiting.stale = true;
                }
                if self.incoming.is_end_stream() {
                    self.finish();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            // Trailers could pass for headers at the origin: they are dropped, and nothing comes after them.
            Poll::Ready(Some(Ok(_)) | None) => {
                self.finish();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Pending => {
                self.progress.origins_turn.set(None);
                self.poll_waiting(cx)
            }
        }
    }

    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let (cut, idle) = (&self.cut, self.idle);
        let waiting = self.waiting.get_or_insert_with(|| Waiting {
            cut: Box::pin(cut.clone().wait()),
            stalled: Box::pin(tokio::time::sleep(idle)),
            stale: false,
        });
        if std::mem::take(&mut waiting.stale) {
            waiting.stalled.as_mut().reset(Instant::now() + idle);
        }
        if waiting.cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(Box::new(SessionEnded))));
        }
        while waiting.stalled.as_mut().poll(cx).is_ready() {
            if !self.progress.answered.get() {
                return Poll::Ready(Some(Err(Box::new(UploadStalled))));
            }
            waiting.stalled.as_mut().reset(Instant::now() + idle);
        }
        Poll::Pending
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for UploadBody<B>
where
    B::Error: Into<BodyError>,
{
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.flow.as_mut().map_or(Poll::Ready(None), |flow| flow.poll(cx))
    }
    fn is_end_stream(&self) -> bool {
        self.flow.as_ref().is_none_or(|flow| flow.incoming.is_end_stream())
    }
    fn size_hint(&self) -> SizeHint {
        self.flow.as_ref().map_or_else(|| SizeHint::with_exact(0), |flow| flow.incoming.size_hint())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use http::HeaderMap;
    use http_body_util::BodyExt;

    use super::*;

    /// Gives these frames, then never anything again.
    struct Stuck(VecDeque<Frame<Bytes>>);

    impl Body for Stuck {
        type Data = Bytes;
        type Error = BodyError;
        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
            self.0.pop_front().map_or(Poll::Pending, |frame| Poll::Ready(Some(Ok(frame))))
        }
    }

    const SOON: Duration = Duration::from_millis(5);

    #[tokio::test]
    async fn an_upload_that_stands_still_ends_with_an_error() {
        let frames = [Frame::data(Bytes::from_static(b"a"))].into();
        let (mut body, progress) = UploadBody::new(Stuck(frames), &Cut::default(), SOON);
        assert!(progress.is_some());
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "a");
        assert!(body.frame().await.unwrap().unwrap_err().is::<UploadStalled>());
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_may_rest_while_the_answer_goes_on() {
        let (mut body, progress) = UploadBody::new(Stuck(VecDeque::new()), &Cut::default(), SOON);
        progress.unwrap().answered();
        assert!(tokio::time::timeout(SOON * 1000, body.frame()).await.is_err(), "nothing ends it");
    }

    #[tokio::test]
    async fn trailers_end_the_upload_and_are_not_passed_on() {
        let frames = [Frame::data(Bytes::from_static(b"a")), Frame::trailers(HeaderMap::new())].into();
        let (mut body, _) = UploadBody::new(Stuck(frames), &Cut::default(), SOON);
        assert!(body.frame().await.unwrap().unwrap().is_data());
        assert!(body.frame().await.is_none());
    }

    #[tokio::test]
    async fn the_origin_is_late_only_when_it_is_its_turn() {
        let (mut body, progress) = UploadBody::new(Stuck(VecDeque::new()), &Cut::default(), Duration::from_secs(3600));
        let progress = progress.unwrap();
        tokio::select! {
            biased;
            _ = body.frame() => panic!("nothing can come"),
            () = progress.origin_is_late(SOON) => panic!("the client is awaited"),
            () = tokio::time::sleep(SOON * 10) => {}
        }
        drop(body);
        progress.origin_is_late(SOON).await;
    }

    #[tokio::test]
    async fn a_body_without_content_has_no_progress() {
        let (body, progress) = UploadBody::new(http_body_util::Empty::<Bytes>::new(), &Cut::default(), SOON);
        assert!(body.is_end_stream() && progress.is_none());
        assert_eq!(body.size_hint().exact(), Some(0));
    }
}
