//! Signing keys by the address of their set: kept, refreshed on use, never lost because of a failure, never fetched in a flood.

use std::{collections::HashMap, sync::Arc};

use model::Timestamp;
use oidc::{
    id_token::IdTokenError,
    standard::{Claims, Expected, KeySet, validate},
};
use parking_lot::Mutex;
use url::Url;

use super::sign_in::TOKEN;
use crate::{
    entra::since,
    error::{SignInError, not_accepted},
    fetch::{Deadline, Fetcher},
};

const KEYS: &str = "the key set of the identity provider";
/// Largest key set, in bytes.
const MAX_SET: usize = 1024 * 1024;
/// Seconds after which a set is read again before it is used.
const STALE: i64 = 3600;
/// Least seconds between two fetches that tokens cause, whether they succeed or not.
const FORCED_EVERY: i64 = 300;
/// A failure this young is not tried again.
const JUST_NOW: i64 = 10;
/// Sets kept.
const MAX_SETS: usize = 512;

/// The key sets of all generic providers.
#[derive(Default)]
pub(crate) struct KeyStore(Mutex<HashMap<String, Arc<Place>>>);

/// One address. The lock is held while something is fetched: the others wait for the result.
#[derive(Default)]
struct Place(tokio::sync::Mutex<Known>);

#[derive(Default)]
struct Known {
    keys: Option<(Arc<KeySet>, Timestamp)>,
    forced: Option<Timestamp>,
    failed: Option<(Timestamp, SignInError)>,
}

impl KeyStore {
    fn place(&self, url: &Url) -> Arc<Place> {
        let mut places = self.0.lock();
        if places.len() >= MAX_SETS && !places.contains_key(url.as_str()) {
            places.clear();
        }
        Arc::clone(places.entry(url.as_str().to_owned()).or_default())
    }

    /// Validates a token; a key that is not known is looked for once in a fresh set.
    pub(super) async fn validate(
        &self,
        fetcher: &Fetcher,
        url: &Url,
        token: &str,
        expected: &Expected<'_>,
        deadline: Deadline,
    ) -> Result<Claims, SignInError> {
        let now = deadline.now();
        let place = self.place(url);
        let keys = place.keys(fetcher, url, now, deadline).await?;
        match validate(token, &keys, expected) {
            Err(IdTokenError::UnknownKey(_) | IdTokenError::NoKeyId) => {
                let fresh = place.fresh(fetcher, url, now, deadline, &keys).await?;
                validate(token, &fresh, expected)
            }
            other => other,
        }
        .map_err(|error| not_accepted(TOKEN, &error))
    }
}

impl Place {
    async fn lock(&self, deadline: Deadline) -> Result<tokio::sync::MutexGuard<'_, Known>, SignInError> {
        tokio::time::timeout_at(deadline.instant(), self.0.lock())
            .await
            .map_err(|_| SignInError::Down { what: KEYS, detail: "still being fetched for another sign-in".into() })
    }

    /// The set; one that is stale is read again, and stays when that fails.
    async fn keys(&self, fetcher: &Fetcher, url: &Url, now: Timestamp, deadline: Deadline) -> Result<Arc<KeySet>, SignInError> {
        let mut known = self.lock(deadline).await?;
        let old = known.keys.clone();
        if let Some((keys, at)) = &old
            && since(*at, now) < STALE
        {
            return Ok(Arc::clone(keys));
        }
        if let Some((at, error)) = &known.failed
            && since(*at, now) < JUST_NOW
        {
            return old.map(|(keys, _)| keys).ok_or_else(|| error.clone());
        }
        match known.fetch(fetcher, url, now, deadline).await {
            Ok(keys) => Ok(keys),
            Err(error) => old.map(|(keys, _)| keys).ok_or(error),
        }
    }

    /// A newer set than the one at hand, when another was read meanwhile or reading is due.
    async fn fresh(
        &self,
        fetcher: &Fetcher,
        url: &Url,
        now: Timestamp,
        deadline: Deadline,
        at_hand: &Arc<KeySet>,
    ) -> Result<Arc<KeySet>, SignInError> {
        let mut known = self.lock(deadline).await?;
        if let Some((keys, at)) = &known.keys {
            let newer = !Arc::ptr_eq(keys, at_hand);
            let due = since(*at, now) >= JUST_NOW && known.forced.is_none_or(|at| since(at, now) >= FORCED_EVERY);
            if newer || !due {
                return Ok(Arc::clone(keys));
            }
        }
        known.forced = Some(now);
        Ok(known.fetch(fetcher, url, now, deadline).await.unwrap_or_else(|_| Arc::clone(at_hand)))
    }
}

impl Known {
    async fn fetch(&mut self, fetcher: &Fetcher, url: &Url, now: Timestamp, deadline: Deadline) -> Result<Arc<KeySet>, SignInError> {
        match read(fetcher, url, deadline).await {
            Ok(keys) => {
                let keys = Arc::new(keys);
                self.keys = Some((Arc::clone(&keys), now));
                self.failed = None;
                Ok(keys)
            }
            Err(error) => {
                tracing::warn!(host = url.host_str(), %error, "signing keys not refreshed");
                self.failed = Some((now, error.clone()));
                Err(error)
            }
        }
    }
}

async fn read(fetcher: &Fetcher, url: &Url, deadline: Deadline) -> Result<KeySet, SignInError> {
    let answer = fetcher.get(KEYS, url, MAX_SET, deadline).await?;
    let status = answer.status;
    if status.is_server_error() || status.as_u16() == 429 {
        return Err(SignInError::Down { what: KEYS, detail: format!("status {status}") });
    }
    if !status.is_success() {
        return Err(SignInError::Nonsense { what: KEYS, detail: format!("status {status}") });
    }
    KeySet::parse(&answer.body).map_err(|error| SignInError::Nonsense { what: KEYS, detail: error.to_string() })
}
