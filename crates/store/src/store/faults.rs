//! A database that fails as told, for tests of everything above it. Without the feature `faults`, which only tests ask for, nothing
//! here does anything.

#[cfg(feature = "faults")]
pub use switch::{Fault, Faults};

#[cfg(not(feature = "faults"))]
pub(crate) use nothing::Faults;

#[cfg(feature = "faults")]
mod switch {
    use std::{io, time::Duration};

    use parking_lot::{Condvar, Mutex};

    use crate::StoreError;

    /// What the database does.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub enum Fault {
        /// It works.
        #[default]
        None,
        /// It reads, and no commit has room.
        FullDisk,
        /// It neither reads nor writes.
        Broken,
        /// It answers nothing until told otherwise.
        Hanging,
    }

    /// The switch of a store.
    #[derive(Debug, Default)]
    pub struct Faults {
        now: Mutex<State>,
        changed: Condvar,
    }

    #[derive(Debug, Default)]
    struct State {
        fault: Fault,
        patience: Option<Duration>,
    }

    impl Faults {
        /// From now on.
        pub fn set(&self, fault: Fault) {
            self.now.lock().fault = fault;
            self.changed.notify_all();
        }
        /// How long callers wait for a database that hangs, instead of the usual time: one that works may take it.
        pub fn set_patience(&self, patience: Duration) {
            self.now.lock().patience = Some(patience);
        }
        pub(crate) fn patience(&self, usual: Duration) -> Duration {
            let now = self.now.lock();
            now.patience.filter(|_| now.fault == Fault::Hanging).unwrap_or(usual)
        }
        /// Before a transaction or a read begins.
        pub(crate) fn begin(&self) -> Result<(), StoreError> {
            let mut now = self.now.lock();
            while now.fault == Fault::Hanging {
                self.changed.wait(&mut now);
            }
            match now.fault {
                Fault::Broken => Err(StoreError::unavailable(io::Error::other("the disk does not answer"))),
                Fault::None | Fault::FullDisk | Fault::Hanging => Ok(()),
            }
        }
        /// Before a commit.
        pub(crate) fn commit(&self) -> Result<(), StoreError> {
            self.begin()?;
            match self.now.lock().fault {
                Fault::FullDisk => Err(StoreError::unavailable(io::Error::from(io::ErrorKind::StorageFull))),
                Fault::None | Fault::Broken | Fault::Hanging => Ok(()),
            }
        }
    }
}

#[cfg(not(feature = "faults"))]
mod nothing {
    use std::time::Duration;

    use crate::StoreError;

    /// No faults.
    #[derive(Debug, Default)]
    pub(crate) struct Faults;

    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "with the feature it does something")]
    impl Faults {
        pub(crate) const fn patience(&self, usual: Duration) -> Duration {
            usual
        }
        pub(crate) const fn begin(&self) -> Result<(), StoreError> {
            Ok(())
        }
        pub(crate) const fn commit(&self) -> Result<(), StoreError> {
            Ok(())
        }
    }
}
