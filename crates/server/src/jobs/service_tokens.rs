//! The daily look at service tokens that nobody uses, and at what ends soon.

use guard::Guard;
use model::Timestamp;
use store::StoreError;

const DAY_SECS: i64 = 86_400;

/// The job's memory: when it last looked. The first look is right after the start.
#[derive(Default)]
pub(super) struct Daily {
    looked: Option<Timestamp>,
}

impl Daily {
    /// Looks when a day has passed since the last time.
    pub(super) async fn round(&mut self, guard: &Guard, now: Timestamp) -> Result<(), StoreError> {
        if self.looked.is_some_and(|looked| now.secs_since(looked).abs() < DAY_SECS) {
            return Ok(());
        }
        let ended = guard.clean_up_service_tokens(now).await?;
        guard.warn_of_endings(now).await?;
        self.looked = Some(now);
        if ended > 0 {
            tracing::info!(ended, "service tokens that nobody used were ended");
        }
        Ok(())
    }
}
