//! Something that ends once, for whoever holds it: each request looks whether it has, and streams that stay open wait for it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio_util::sync::CancellationToken;

/// The end of a session, of credentials, or of what an application gave. A clone is of the same one.
///
/// A [`CancellationToken`] takes a lock to say whether it was cancelled, and all threads look at an application's: here it is a flag.
#[derive(Debug, Clone, Default)]
pub struct End(Arc<State>);

#[derive(Debug, Default)]
struct State {
    over: AtomicBool,
    told: CancellationToken,
}

impl End {
    /// Not ended.
    pub fn new() -> Self {
        Self::default()
    }
    /// Ends it: whoever looks from now on sees it, and whoever waits is woken.
    pub fn cancel(&self) {
        self.0.over.store(true, Ordering::Release);
        self.0.told.cancel();
    }
    /// True when it has ended.
    pub fn is_cancelled(&self) -> bool {
        self.0.over.load(Ordering::Acquire)
    }
    /// Waits for the end.
    pub async fn cancelled(&self) {
        self.0.told.cancelled().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_looks_sees_it_and_whoever_is_woken_by_it_does_too() {
        let ended = End::new();
        let held = ended.clone();
        assert!(!held.is_cancelled());
        let waits = tokio::spawn({
            let held = held.clone();
            async move {
                held.cancelled().await;
                held.is_cancelled()
            }
        });
        ended.cancel();
        assert!(held.is_cancelled() && waits.await.unwrap());
    }
}
