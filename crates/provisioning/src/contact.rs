//! Notes when a provider's client called last, at most once a minute: one write a request would be a burden for a fact that nobody
//! needs to the second.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use model::IdpId;
use store::Store;

/// Least time between two notes about a provider.
const EVERY: Duration = Duration::from_secs(60);

/// When each provider's client was last noted, by this process.
#[derive(Debug, Clone, Default)]
pub struct Contacts(Arc<Mutex<HashMap<IdpId, Instant>>>);

impl Contacts {
    /// Notes a call of a client that proved itself. Does not wait; a note that fails is only logged, the next minute brings another.
    pub(crate) fn note(&self, store: &Store, idp: IdpId) {
        if !self.is_time(idp, Instant::now()) {
            return;
        }
        let store = store.clone();
        tokio::spawn(async move {
            // The provider may have been removed meanwhile: then there is nothing to note.
            let noted = store.write(move |tx| if tx.idp(&idp)?.is_some() { tx.note_scim_contact(&idp) } else { Ok(()) }).await;
            if let Err(error) = noted {
                tracing::warn!(%error, "the last call of a provisioning client could not be noted");
            }
        });
    }

    /// Whether a refused request of this provider's client is kept in the provisioning log.
    pub(crate) fn keeps_refusal(&self, _: IdpId) -> bool {
        true
    }

    fn is_time(&self, idp: IdpId, now: Instant) -> bool {
        let mut last = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let due = last.get(&idp).is_none_or(|at| now.duration_since(*at) >= EVERY);
        if due {
            last.insert(idp, now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_noted_at_most_once_a_minute() {
        let (contacts, first, second) = (Contacts::default(), IdpId::random(), IdpId::random());
        let begin = Instant::now();
        let at = |secs| begin + Duration::from_secs(secs);
        let told: Vec<bool> = [0, 1, 59, 60, 61].map(|secs| contacts.is_time(first, at(secs))).into();
        assert_eq!(told, [true, false, false, true, false]);
        assert!(contacts.is_time(second, at(61)));
    }
}
