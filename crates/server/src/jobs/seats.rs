//! The daily look for seats whose holders stay away.

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
        let freed = guard.free_idle_seats(now).await?;
        self.looked = Some(now);
        if freed > 0 {
            tracing::info!(freed, "seats of people who stayed away are free");
        }
        Ok(())
    }
}
