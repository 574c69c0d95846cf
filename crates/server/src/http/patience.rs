//! How long HTTP/1.1 waits for a request: longer between requests than within one.
//!
//! hyper knows one time for both. It asks this timer for a sleep when it begins to wait for a head; the sleep is long until the
//! first byte has come, and then as long as a head may take.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use hyper::rt::{Sleep, Timer};
use pin_project_lite::pin_project;

/// The times of one connection.
pub(super) struct Patience {
    /// For a whole head, from its first byte; and for the first head from the start.
    pub header: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// Set by every byte of the client.
    pub heard: Arc<AtomicBool>,
    /// A request was waited for before.
    pub begun: AtomicBool,
}

impl Timer for Patience {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, header: Instant) -> Pin<Box<dyn Sleep>> {
        self.heard.store(false, Ordering::Relaxed);
        let idle = self.begun.swap(true, Ordering::Relaxed);
        let at = if idle { Instant::now() + self.idle } else { header };
        Box::pin(Waiting { header: idle.then_some(self.header), heard: self.heard.clone(), sleep: tokio::time::sleep_until(at.into()) })
    }
}

pin_project! {
    struct Waiting {
        // To be granted when the first byte has come.
        header: Option<Duration>,
        heard: Arc<AtomicBool>,
        #[pin]
        sleep: tokio::time::Sleep,
    }
}

impl Future for Waiting {
    type Output = ();
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        if this.heard.load(Ordering::Relaxed)
            && let Some(header) = this.header.take()
        {
            this.sleep.as_mut().reset(tokio::time::Instant::now() + header);
        }
        this.sleep.poll(cx)
    }
}

impl Sleep for Waiting {}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience() -> (Patience, Arc<AtomicBool>) {
        let heard = Arc::new(AtomicBool::new(false));
        let (header, idle) = (Duration::from_secs(30), Duration::from_secs(75));
        (Patience { header, idle, heard: heard.clone(), begun: AtomicBool::new(false) }, heard)
    }

    async fn ends_after(sleep: Pin<Box<dyn Sleep>>) -> u64 {
        let began = tokio::time::Instant::now();
        sleep.await;
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn between_requests_it_is_longer_than_for_the_first_head() {
        let (patience, _) = patience();
        assert_eq!(ends_after(patience.sleep(patience.header)).await, 30);
        assert_eq!(ends_after(patience.sleep(patience.header)).await, 75);
    }

    #[tokio::test(start_paused = true)]
    async fn from_the_first_byte_on_only_the_head_counts() {
        let (patience, heard) = patience();
        drop(patience.sleep(patience.header));
        let mut sleep = patience.sleep(patience.header);
        assert!(tokio::time::timeout(Duration::from_secs(50), &mut sleep).await.is_err());
        heard.store(true, Ordering::Relaxed);
        assert_eq!(ends_after(sleep).await, 30);
    }
}
