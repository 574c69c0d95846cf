//! What is known of each provider's client by its calls: when, with which secret, by which agent, how odd its input is. Kept in memory and
//! noted in the store at most once a minute: one write a request would be a burden for facts that nobody needs to the second.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use model::{IdpId, Secret, Timestamp, idp::ScimContact};
use scim::Normalised;
use store::{Store, StoreError};

/// Least time between two notes about a provider that calls bring about.
const EVERY: Duration = Duration::from_secs(60);
/// Most refused requests of one provider's client that the provisioning log keeps within a minute: a client that hammers must not push
/// out what others look for.
const MOST_REFUSALS: u32 = 300;

/// What this process knows of the clients of all providers. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Contacts(Arc<Mutex<HashMap<IdpId, Known>>>);

/// A call of a client that proved itself.
#[derive(Debug)]
pub(crate) struct Call {
    pub idp: IdpId,
    /// Of the secret that was shown.
    pub secret_hash: Secret,
    /// `User-Agent`, cut short.
    pub agent: Option<String>,
}

#[derive(Debug, Default)]
struct Known {
    noted: Option<Instant>,
    /// What is not noted yet.
    last: Option<(Timestamp, Call)>,
    normalised: BTreeMap<&'static str, u64>,
    unlogged_refusals: u64,
    /// Refusals since the begin of this minute.
    minute: Option<(Instant, u32)>,
}

/// What is to be noted about one provider.
#[derive(Debug)]
struct Note {
    last: Option<(Timestamp, Call)>,
    normalised: BTreeMap<&'static str, u64>,
    unlogged_refusals: u64,
}

impl Contacts {
    /// Takes notice of a call. Does not wait; a note that fails is only logged, the next minute brings another.
    pub(crate) fn note(&self, store: &Store, call: Call) {
        let idp = call.idp;
        let Some(note) = self.called(call, store.now(), Instant::now()) else { return };
        let store = store.clone();
        tokio::spawn(async move {
            if let Err(error) = write(&store, idp, note).await {
                tracing::warn!(%error, "the last call of a provisioning client could not be noted");
            }
        });
    }

    /// Adds what was normalised in one request.
    pub(crate) fn count(&self, idp: IdpId, counts: &Normalised) {
        if counts.is_empty() {
            return;
        }
        let mut all = self.lock();
        let known = all.entry(idp).or_default();
        for (quirk, count) in counts {
            *known.normalised.entry(quirk.as_str()).or_insert(0) += u64::from(*count);
        }
    }

    /// Whether a refused request of this provider's client goes into the provisioning log; counts those that do not.
    pub(crate) fn keeps_refusal(&self, idp: IdpId, now: Instant) -> bool {
        let mut all = self.lock();
        let known = all.entry(idp).or_default();
        let (begun, count) = known.minute.filter(|(begun, _)| now.duration_since(*begun) < EVERY).unwrap_or((now, 0));
        known.minute = Some((begun, count.saturating_add(1)));
        if count >= MOST_REFUSALS {
            known.unlogged_refusals += 1;
        }
        count < MOST_REFUSALS
    }

    /// Notes what is not noted yet, of every provider: once a minute, and before the end.
    ///
    /// # Errors
    /// Those of the store; what could not be noted is lost.
    pub async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let now = Instant::now();
        let notes: Vec<(IdpId, Note)> = self.lock().iter_mut().filter_map(|(idp, known)| Some((*idp, known.take(now)?))).collect();
        for (idp, note) in notes {
            write(store, idp, note).await?;
        }
        Ok(())
    }

    fn called(&self, call: Call, at: Timestamp, now: Instant) -> Option<Note> {
        let mut all = self.lock();
        let known = all.entry(call.idp).or_default();
        known.last = Some((at, call));
        if known.noted.is_none_or(|noted| now.duration_since(noted) >= EVERY) { known.take(now) } else { None }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IdpId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// What there is to note, which counts as noted from now on.
    fn take(&mut self, now: Instant) -> Option<Note> {
        if self.last.is_none() && self.normalised.is_empty() && self.unlogged_refusals == 0 {
            return None;
        }
        self.noted = Some(now);
        Some(Note {
            last: self.last.take(),
            normalised: std::mem::take(&mut self.normalised),
            unlogged_refusals: std::mem::take(&mut self.unlogged_refusals),
        })
    }
}

async fn write(store: &Store, idp: IdpId, note: Note) -> Result<(), StoreError> {
    let written = store.write(move |tx| {
        // The provider may have been removed meanwhile: then there is nothing to note.
        if tx.idp(&idp)?.is_none() {
            return Ok(());
        }
        let mut contact = tx.scim_contact(&idp)?.unwrap_or_else(|| ScimContact::at(tx.now()));
        if let Some((at, call)) = note.last {
            contact = ScimContact { last_used_at: at, agent: call.agent, secret_hash: Some(call.secret_hash), ..contact };
        }
        for (quirk, count) in note.normalised {
            *contact.normalised.entry(quirk.to_owned()).or_insert(0) += count;
        }
        contact.unlogged_refusals += note.unlogged_refusals;
        tx.put_scim_contact(&idp, &contact)
    });
    written.await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(idp: IdpId) -> Call {
        Call { idp, secret_hash: Secret::new("ab"), agent: None }
    }

    #[test]
    fn calls_of_a_provider_bring_about_a_note_once_a_minute() {
        let (contacts, first, second) = (Contacts::default(), IdpId::random(), IdpId::random());
        let begin = Instant::now();
        let noted = |idp, secs| contacts.called(call(idp), Timestamp::from_secs(secs as i64), begin + Duration::from_secs(secs)).is_some();
        let told: Vec<bool> = [0, 1, 59, 60, 61].map(|secs| noted(first, secs)).into();
        assert_eq!(told, [true, false, false, true, false]);
        assert!(noted(second, 61));
    }

    #[test]
    fn refusals_beyond_a_number_are_only_counted_until_the_next_minute() {
        let (contacts, idp, other, begin) = (Contacts::default(), IdpId::random(), IdpId::random(), Instant::now());
        let kept = |idp, secs| contacts.keeps_refusal(idp, begin + Duration::from_secs(secs));
        assert!((0..u64::from(MOST_REFUSALS)).all(|n| kept(idp, n % 60)));
        assert!(!kept(idp, 59) && !kept(idp, 59));
        assert!(kept(other, 59) && kept(idp, 60));
        assert_eq!(contacts.lock()[&idp].unlogged_refusals, 2);
    }
}
