//! One change, one transaction: a refusal out of the middle of it leaves nothing behind.

use std::sync::{Arc, OnceLock};

use scim::ScimError;
use store::{Reader, Store, StoreError, Tx};

use crate::error::Failure;

/// Whether a change may have to end sessions, and then goes ahead of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// In its turn.
    InTurn,
    /// Ahead of the queue.
    First,
}

/// Runs `look` on one consistent view of the store.
pub(crate) async fn read<T: Send + 'static>(
    store: &Store,
    look: impl FnOnce(&Reader<'_>) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let refusal: Refusal = Arc::default();
    let told = Arc::clone(&refusal);
    let outcome = store.read(move |reader| look(reader).map_err(|failure| tell(failure, &told))).await;
    understood(outcome, &refusal)
}

/// Runs `change` in one transaction. Any failure, also a refusal after something was written, rolls all of it back.
pub(crate) async fn write<T: Send + 'static>(
    store: &Store,
    urgency: Urgency,
    change: impl FnOnce(&mut Tx<'_>) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let refusal: Refusal = Arc::default();
    let told = Arc::clone(&refusal);
    let change = move |tx: &mut Tx<'_>| change(tx).map_err(|failure| tell(failure, &told));
    let outcome = match urgency {
        Urgency::InTurn => store.write(change).await,
        Urgency::First => store.write_first(change).await,
    };
    understood(outcome, &refusal)
}

/// The store's closures fail with its own error; a refusal travels beside it.
type Refusal = Arc<OnceLock<ScimError>>;

fn tell(failure: Failure, refusal: &Refusal) -> StoreError {
    match failure {
        Failure::Store(error) => error,
        Failure::Refused(error) => StoreError::Refused(refusal.get_or_init(|| error).detail.clone()),
    }
}

fn understood<T>(outcome: Result<T, StoreError>, refusal: &Refusal) -> Result<T, Failure> {
    match (outcome, refusal.get()) {
        (Ok(value), _) => Ok(value),
        (Err(StoreError::Refused(_)), Some(error)) => Err(Failure::Refused(error.clone())),
        (Err(error), _) => Err(error.into()),
    }
}
