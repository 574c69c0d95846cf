//! Request bodies on their way to the origin: cut with their session, no larger than allowed, and never standing still for ever.

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
use tokio_util::sync::CancellationToken;

use crate::{
    body::{BodyError, SessionEnded},
    pace::{Pace, Waited},
    reverse::Worker,
    trailers,
};

/// How long a client that wants to be told to go on waits for the origin's word. Many origins never say it.
const ORIGINS_WORD: Duration = Duration::from_secs(1);

/// The client sent nothing of its upload for too long.
#[derive(Debug, thiserror::Error)]
#[error("the upload stood still")]
pub(crate) struct UploadStalled;

/// The body is larger than the application takes.
#[derive(Debug, thiserror::Error)]
#[error("the body is larger than {0} bytes")]
pub(crate) struct TooLarge(pub u64);

/// What an upload is held to.
pub(crate) struct Terms {
    /// How long the client may send nothing.
    pub(crate) idle: Duration,
    /// What it must bring on average.
    pub(crate) pace: Option<Pace>,
    /// Most bytes.
    pub(crate) limit: Option<u64>,
    /// The client waits to be told to go on (`Expect: 100-continue`). It is told by the first read, so nothing is read before the
    /// origin said so, which cancels this.
    pub(crate) hold: Option<CancellationToken>,
}

/// The client went away in the middle of its upload, or what it sent is no body.
#[derive(Debug, thiserror::Error)]
#[error("the upload broke off")]
pub(crate) struct UploadBroken(#[source] BodyError);

/// How far an upload is, for whoever waits for the answer to it.
pub(crate) struct Progress {
    /// When the origin was last given something, or everything; `None` while the client's next piece is awaited.
    origins_turn: Cell<Option<Instant>>,
    over: Notify,
    answered: Cell<bool>,
    whole: Cell<bool>,
}

impl Progress {
    /// The origin's answer has begun: from here on the upload may rest while the answer goes on, as both-way streams do. What
    /// is left of it when the answer ends is the pool's to end.
    pub(crate) fn answered(&self) {
        self.answered.set(true);
    }

    /// All of it was read.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole.get()
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
    terms: Terms,
    /// Bytes that went by.
    passed: u64,
    waited: Waited,
    /// Whose trailers pass, scrubbed of what this one's door keeps for itself; others are dropped.
    trailers: Option<Rc<Worker>>,
    held: Option<Pin<Box<dyn Future<Output = ()>>>>,
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
    pub(crate) fn new(incoming: B, cut: &Cut, terms: Terms) -> (Self, Option<Rc<Progress>>) {
        if incoming.is_end_stream() {
            return (Self::none(), None);
        }
        let progress = Rc::new(Progress {
            origins_turn: Cell::new(Some(Instant::now())),
            over: Notify::new(),
            answered: Cell::new(false),
            whole: Cell::new(false),
        });
        let (cut, told) = (cut.clone(), progress.clone());
        let flow =
            Flow { incoming, cut, progress: told, terms, passed: 0, waited: Waited::default(), trailers: None, held: None, waiting: None };
        (Self { flow: Some(flow) }, Some(progress))
    }

    /// Lets trailers pass: they go where they are no headers.
    pub(crate) fn pass_trailers(&mut self, worker: &Rc<Worker>) {
        if let Some(flow) = &mut self.flow {
            flow.trailers = Some(worker.clone());
        }
    }

    /// Waits for nobody's word any more.
    pub(crate) fn go(&mut self) {
        if let Some(flow) = &mut self.flow {
            flow.terms.hold = None;
        }
    }
}

impl<B> Flow<B> {
    fn whole(&self) {
        self.progress.whole.set(true);
        self.finish();
    }
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
        if self.terms.hold.is_some() && self.poll_held(cx).is_pending() {
            return Poll::Pending;
        }
        if self.cut.is_cut() {
            return Poll::Ready(Some(Err(Box::new(SessionEnded))));
        }
        match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) if frame.is_data() => {
                self.passed = self.passed.saturating_add(frame.data_ref().map_or(0, |data| data.len() as u64));
                if let Some(limit) = self.terms.limit.filter(|limit| self.passed > *limit) {
                    return Poll::Ready(Some(Err(Box::new(TooLarge(limit)))));
                }
                let now = Instant::now();
                self.waited.came(now);
                self.progress.origins_turn.set(Some(now));
                if let Some(waiting) = &mut self.waiting {
                    waiting.stale = true;
                }
                if self.incoming.is_end_stream() {
                    self.whole();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Ok(frame))) => {
                self.whole();
                // Nothing comes after them. In HTTP/1.1 they could pass for headers at the origin, and are dropped.
                let passing = self.trailers.take().zip(frame.into_trailers().ok());
                Poll::Ready(passing.map(|(worker, mut trailers)| {
                    trailers::scrub(&mut trailers, &worker.proxy.foreign_headers.load());
                    Ok(Frame::trailers(trailers))
                }))
            }
            Poll::Ready(None) => {
                self.whole();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(Box::new(UploadBroken(error.into()))))),
            Poll::Pending => {
                self.progress.origins_turn.set(None);
                self.poll_waiting(cx)
            }
        }
    }

    /// Until the origin says that it wants the body, or says nothing for a while. When it answered instead, the body stays
    /// unread, and the client is never asked for it.
    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(hold) = self.terms.hold.as_ref().filter(|_| !self.progress.answered.get()) else { return Poll::Pending };
        let (word, cut) = (hold.clone(), self.cut.clone());
        let held = self.held.get_or_insert_with(|| {
            Box::pin(async move {
                tokio::select! {
                    () = word.cancelled() => {}
                    () = cut.wait() => {}
                    () = tokio::time::sleep(ORIGINS_WORD) => {}
                }
            })
        });
        if held.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        (self.terms.hold, self.held) = (None, None);
        self.progress.origins_turn.set(None);
        Poll::Ready(())
    }

    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let (cut, idle, now) = (&self.cut, self.terms.idle, Instant::now());
        self.waited.waits(now);
        let patience = self.terms.pace.map_or(idle, |pace| idle.min(self.waited.left(pace, self.passed)));
        let waiting = self.waiting.get_or_insert_with(|| Waiting {
            cut: Box::pin(cut.clone().wait()),
            stalled: Box::pin(tokio::time::sleep(patience)),
            stale: false,
        });
        if std::mem::take(&mut waiting.stale) {
            waiting.stalled.as_mut().reset(now + patience);
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

    fn terms(idle: Duration) -> Terms {
        Terms { idle, pace: None, limit: None, hold: None }
    }

    #[tokio::test]
    async fn a_body_ends_with_an_error_where_it_becomes_too_large() {
        let frames = [Frame::data(Bytes::from_static(b"abc")), Frame::data(Bytes::from_static(b"d"))].into();
        let (mut body, _) = UploadBody::new(Stuck(frames), &Cut::default(), Terms { limit: Some(3), ..terms(SOON) });
        assert!(body.frame().await.unwrap().unwrap().is_data());
        assert_eq!(body.frame().await.unwrap().unwrap_err().downcast::<TooLarge>().unwrap().0, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_read_before_the_origin_wants_it() {
        let frames = || [Frame::data(Bytes::from_static(b"a"))].into();
        let word = CancellationToken::new();
        let held = || Terms { hold: Some(word.clone()), ..terms(SOON) };
        let (mut body, _) = UploadBody::new(Stuck(frames()), &Cut::default(), held());
        assert!(tokio::time::timeout(ORIGINS_WORD / 2, body.frame()).await.is_err());
        word.cancel();
        assert!(body.frame().await.unwrap().unwrap().is_data());
    }

    #[tokio::test(start_paused = true)]
    async fn an_origin_that_never_says_go_on_gets_the_body_all_the_same_unless_it_answered() {
        let frames = || [Frame::data(Bytes::from_static(b"a"))].into();
        let held = || Terms { hold: Some(CancellationToken::new()), ..terms(SOON) };
        let (mut body, _) = UploadBody::new(Stuck(frames()), &Cut::default(), held());
        assert!(body.frame().await.unwrap().unwrap().is_data());
        let (mut body, progress) = UploadBody::new(Stuck(frames()), &Cut::default(), held());
        progress.unwrap().answered();
        assert!(tokio::time::timeout(ORIGINS_WORD * 100, body.frame()).await.is_err(), "nobody wants it");
    }

    #[tokio::test]
    async fn an_upload_that_stands_still_ends_with_an_error() {
        let frames = [Frame::data(Bytes::from_static(b"a"))].into();
        let (mut body, progress) = UploadBody::new(Stuck(frames), &Cut::default(), terms(SOON));
        assert!(progress.is_some());
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "a");
        assert!(body.frame().await.unwrap().unwrap_err().is::<UploadStalled>());
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_that_drips_ends_with_an_error_long_before_it_stands_still() {
        let pace = Pace { bytes_per_second: 100, grace: SOON };
        let frames = [Frame::data(Bytes::from_static(b"a"))].into();
        let terms = Terms { pace: Some(pace), ..terms(Duration::from_secs(3600)) };
        let (mut body, _) = UploadBody::new(Stuck(frames), &Cut::default(), terms);
        assert!(body.frame().await.unwrap().unwrap().is_data());
        let begun = Instant::now();
        assert!(body.frame().await.unwrap().unwrap_err().is::<UploadStalled>());
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_may_rest_while_the_answer_goes_on() {
        let (mut body, progress) = UploadBody::new(Stuck(VecDeque::new()), &Cut::default(), terms(SOON));
        progress.unwrap().answered();
        assert!(tokio::time::timeout(SOON * 1000, body.frame()).await.is_err(), "nothing ends it");
    }

    #[tokio::test]
    async fn trailers_end_the_upload_and_are_not_passed_on_as_they_are() {
        let frames = [Frame::data(Bytes::from_static(b"a")), Frame::trailers(HeaderMap::new())].into();
        let (mut body, _) = UploadBody::new(Stuck(frames), &Cut::default(), terms(SOON));
        assert!(body.frame().await.unwrap().unwrap().is_data());
        assert!(body.frame().await.is_none());
    }

    #[tokio::test]
    async fn the_origin_is_late_only_when_it_is_its_turn() {
        let (mut body, progress) = UploadBody::new(Stuck(VecDeque::new()), &Cut::default(), terms(Duration::from_secs(3600)));
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
        let (body, progress) = UploadBody::new(http_body_util::Empty::<Bytes>::new(), &Cut::default(), terms(SOON));
        assert!(body.is_end_stream() && progress.is_none());
        assert_eq!(body.size_hint().exact(), Some(0));
    }
}
