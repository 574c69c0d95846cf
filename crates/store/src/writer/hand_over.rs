//! Giving the database to another process and following what that one does, as the writer's thread: the old process has streams to end
//! when the new one revokes somebody.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{LiveState, Snapshot, StoreError, error::WriterError, open::lock, writer::Writer};

/// Between two looks at what the other process wrote.
const LOOK: Duration = Duration::from_millis(200);
/// A look that takes long is not repeated at once: so many times as long is waited.
const REST: u32 = 4;
/// After so many looks that failed nothing is believed any more.
const MOST_FAILURES: u32 = 5;

/// The database is another process's.
pub(crate) struct Away {
    /// When to look next.
    pub look_at: Instant,
    /// The feed's number at the last look.
    seen: u64,
    failures: u32,
}

impl Writer {
    /// Finishes what waits and lets go.
    pub(crate) fn hand_over(&mut self) -> Result<(), StoreError> {
        while self.parts.queue.mutations_wait() {
            self.transaction();
        }
        self.flush()?;
        let seen = self.reader().head()?;
        self.lock = None;
        self.away = Some(Away { look_at: Instant::now() + LOOK, seen, failures: 0 });
        Ok(())
    }

    /// Takes hold again. Everybody is loaded anew, whatever the other process may have written.
    pub(crate) fn take_back(&mut self) -> Result<(), StoreError> {
        if self.away.is_none() {
            return Ok(());
        }
        let Some(folder) = self.parts.pool.file().parent() else { return Err(StoreError::unavailable(WriterError::HandedOver)) };
        let lock = lock(folder).map_err(StoreError::unavailable)?;
        let live = self.state()?;
        self.load(&live)?;
        (self.lock, self.away) = (Some(lock), None);
        Ok(())
    }

    /// Loads everybody anew when the other process changed something.
    pub(crate) fn look(&mut self) {
        let began = Instant::now();
        let looked = self.look_once();
        let Some(away) = &mut self.away else { return };
        away.look_at = Instant::now() + LOOK.max(began.elapsed() * REST);
        match looked {
            Ok(seen) => (away.seen, away.failures) = (seen, 0),
            Err(error) => {
                away.failures += 1;
                tracing::warn!(error = &error as &dyn std::error::Error, "what the new process does with the store cannot be followed");
                if away.failures == MOST_FAILURES {
                    self.believe_nothing();
                }
            }
        }
    }

    fn look_once(&mut self) -> Result<u64, StoreError> {
        let seen = self.away.as_ref().map_or(0, |away| away.seen);
        if self.reader().head()? == seen {
            return Ok(seen);
        }
        let live = self.state()?;
        self.load(&live)?;
        Ok(live.seq)
    }

    /// Everything, at one consistent point; the configuration is published with it.
    fn state(&self) -> Result<LiveState, StoreError> {
        self.connection.execute_batch("BEGIN").map_err(StoreError::unavailable)?;
        let read = Snapshot::load(&self.reader(), (self.parts.now)()).and_then(|snapshot| {
            self.parts.current.store(Arc::new(snapshot));
            self.live()
        });
        self.connection.execute_batch("COMMIT").map_err(StoreError::unavailable)?;
        read
    }

    fn load(&mut self, live: &LiveState) -> Result<(), StoreError> {
        for follower in &mut self.followers {
            catch_unwind(AssertUnwindSafe(|| follower.load(live))).map_err(|_| StoreError::unavailable(WriterError::FollowerFailed))?;
        }
        Ok(())
    }

    /// Who was revoked meanwhile is not known, so nobody is believed to be signed in: this process has little time left anyway.
    fn believe_nothing(&mut self) {
        tracing::error!("the store cannot be followed: every session ends in this process, not in the new one");
        let snapshot = self.parts.current.load_full();
        let nobody = LiveState { seq: 0, sessions: Vec::new(), users: Vec::new(), grants: Vec::new(), purposes: Vec::new(), snapshot };
        for follower in &mut self.followers {
            // One that fails has nothing left to hold on to.
            let _ = catch_unwind(AssertUnwindSafe(|| follower.load(&nobody)));
        }
    }
}
