//! Discovery documents and signing keys per tenant: kept, refreshed on use, never lost because of a failure.
//!
//! Rules: Microsoft, "Signing Key Rollover in Microsoft identity platform". Keys are refreshed hourly in the background;
//! an unknown key id causes a refresh at once, but at most one per five minutes; what was good last stays.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwapOption;
use model::Timestamp;
use oidc::{discovery::Metadata, issuer::Issuer, jwks::JwkSet};
use parking_lot::Mutex;
use url::Url;

use super::Endpoints;
use crate::{
    error::SignInError,
    fetch::{Deadline, Fetcher},
};

/// Largest discovery document or key set, in bytes.
pub(super) const MAX_DOCUMENT: usize = 1024 * 1024;
/// After this many seconds keys are refreshed in the background.
const STALE: i64 = 3600;
/// After this many seconds keys are refreshed before they are used again.
const OLD: i64 = 24 * 3600;
/// Discovery documents are read again after this many seconds.
const METADATA_STALE: i64 = 12 * 3600;
/// Least seconds between two refreshes that a token causes.
const FORCED_EVERY: i64 = 300;
/// Least seconds between two background refreshes.
const BACKGROUND_EVERY: i64 = 60;
/// A set this young is not read again, and a failure this young is not tried again.
const JUST_NOW: i64 = 10;
/// A sign-in takes less than this many seconds, so its time may be this much older than what another noted.
const OUT_OF_ORDER: i64 = 60;
/// Tenants kept; more means that somebody makes providers by the hundred.
const MAX_TENANTS: usize = 512;

pub(super) const DISCOVERY: &str = "the discovery document of Microsoft Entra";
pub(super) const KEYS: &str = "the key set of Microsoft Entra";

/// Keys of all tenants.
#[derive(Default)]
pub(crate) struct KeyCache {
    tenants: Mutex<HashMap<String, Arc<Tenant>>>,
}

/// What is known of one tenant.
#[derive(Default)]
struct Tenant {
    loaded: ArcSwapOption<Loaded>,
    /// Held while something is fetched: one fetch at a time, the others wait for its result.
    flight: tokio::sync::Mutex<Attempts>,
}

#[derive(Default)]
struct Attempts {
    forced: Option<Timestamp>,
    background: Option<Timestamp>,
    failed: Option<(Timestamp, SignInError)>,
}

/// A tenant's discovery document and keys.
pub(crate) struct Loaded {
    pub(crate) metadata: Metadata,
    pub(crate) keys: JwkSet,
    metadata_at: Timestamp,
    keys_at: Timestamp,
}

impl Loaded {
    fn knows(&self, kid: &str) -> bool {
        self.keys.with_id(kid).next().is_some()
    }
}

impl KeyCache {
    fn tenant(&self, endpoints: &Endpoints) -> Arc<Tenant> {
        let mut tenants = self.tenants.lock();
        let key = endpoints.cache_key();
        if tenants.len() >= MAX_TENANTS && !tenants.contains_key(&key) {
            tenants.clear();
        }
        Arc::clone(tenants.entry(key).or_default())
    }

    /// Starts a refresh next to other work when nothing is known yet or what is known is stale.
    pub(crate) fn refresh_in_background(&self, fetcher: &Fetcher, endpoints: &Endpoints, now: Timestamp, deadline: Deadline) {
        let tenant = self.tenant(endpoints);
        if tenant.loaded.load().as_ref().is_some_and(|l| since(l.keys_at, now) < STALE) {
            return;
        }
        let (fetcher, endpoints) = (fetcher.clone(), endpoints.clone());
        tokio::spawn(async move {
            // Somebody is at it already: their result is as good.
            let Ok(mut attempts) = tenant.flight.try_lock() else {
                return;
            };
            let recent = attempts.background.is_some_and(|at| since(at, now) < BACKGROUND_EVERY);
            if !recent {
                attempts.background = Some(now);
                if let Err(error) = tenant.refresh(&mut attempts, &fetcher, &endpoints, now, deadline).await {
                    tracing::warn!(tenant = %endpoints.authority(), %error, "signing keys not refreshed");
                }
            }
        });
    }

    /// The tenant's keys, refreshed when they do not hold `kid` and a refresh is due. They may still not hold it.
    pub(crate) async fn keys_for(
        &self,
        fetcher: &Fetcher,
        endpoints: &Endpoints,
        kid: &str,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<Arc<Loaded>, SignInError> {
        let tenant = self.tenant(endpoints);
        let good = |l: &Loaded| l.knows(kid) && since(l.keys_at, now) < OLD;
        if let Some(loaded) = tenant.loaded.load_full().filter(|l| good(l)) {
            return Ok(loaded);
        }
        let mut attempts = tenant.turn(deadline).await?;
        match tenant.loaded.load_full() {
            Some(loaded) if good(&loaded) => Ok(loaded),
            Some(loaded) => {
                let due = since(loaded.keys_at, now) >= JUST_NOW && attempts.forced.is_none_or(|at| since(at, now) >= FORCED_EVERY);
                if !due {
                    return Ok(loaded);
                }
                attempts.forced = Some(now);
                match tenant.refresh(&mut attempts, fetcher, endpoints, now, deadline).await {
                    Ok(fresh) => Ok(fresh),
                    Err(error) => {
                        tracing::warn!(tenant = %endpoints.authority(), %error, "signing keys not refreshed; the last good ones stay");
                        Ok(loaded)
                    }
                }
            }
            None => tenant.first(&mut attempts, fetcher, endpoints, now, deadline).await,
        }
    }

    /// The issuer that the tenant's discovery document names.
    pub(crate) async fn issuer(
        &self,
        fetcher: &Fetcher,
        endpoints: &Endpoints,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<Issuer, SignInError> {
        let tenant = self.tenant(endpoints);
        if let Some(loaded) = tenant.loaded.load_full() {
            return Ok(loaded.metadata.issuer.clone());
        }
        let mut attempts = tenant.turn(deadline).await?;
        let loaded = match tenant.loaded.load_full() {
            Some(loaded) => loaded,
            None => tenant.first(&mut attempts, fetcher, endpoints, now, deadline).await?,
        };
        Ok(loaded.metadata.issuer.clone())
    }
}

impl Tenant {
    /// Waits until nobody else fetches.
    async fn turn(&self, deadline: Deadline) -> Result<tokio::sync::MutexGuard<'_, Attempts>, SignInError> {
        tokio::time::timeout_at(deadline.instant(), self.flight.lock())
            .await
            .map_err(|_| SignInError::Down { what: KEYS, detail: "still being fetched for another sign-in".into() })
    }

    /// Fetches when nothing is known yet; what failed just now is not tried again.
    async fn first(
        &self,
        attempts: &mut Attempts,
        fetcher: &Fetcher,
        endpoints: &Endpoints,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<Arc<Loaded>, SignInError> {
        match &attempts.failed {
            Some((at, error)) if since(*at, now) < JUST_NOW => Err(error.clone()),
            _ => self.refresh(attempts, fetcher, endpoints, now, deadline).await,
        }
    }

    /// Fetches and keeps; on failure what was there stays.
    async fn refresh(
        &self,
        attempts: &mut Attempts,
        fetcher: &Fetcher,
        endpoints: &Endpoints,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<Arc<Loaded>, SignInError> {
        let result = self.fetch(fetcher, endpoints, now, deadline).await;
        match &result {
            Ok(loaded) => {
                attempts.failed = None;
                self.loaded.store(Some(Arc::clone(loaded)));
            }
            Err(error) => attempts.failed = Some((now, error.clone())),
        }
        result
    }

    async fn fetch(
        &self,
        fetcher: &Fetcher,
        endpoints: &Endpoints,
        now: Timestamp,
        deadline: Deadline,
    ) -> Result<Arc<Loaded>, SignInError> {
        let old = self.loaded.load_full();
        let kept = old.as_ref().map(|l| (l.metadata.clone(), l.metadata_at));
        let (metadata, metadata_at) = match kept {
            Some((metadata, at)) if since(at, now) < METADATA_STALE => (metadata, at),
            kept => match (fetch_metadata(fetcher, endpoints, deadline).await, kept) {
                (Ok(fresh), _) => (fresh, now),
                (Err(_), Some(kept)) => kept,
                (Err(error), None) => return Err(error),
            },
        };
        let body = document(fetcher, KEYS, &metadata.jwks_uri, deadline).await?;
        let keys = JwkSet::parse(&body).map_err(|e| nonsense(KEYS, &e))?;
        Ok(Arc::new(Loaded { metadata, keys, metadata_at, keys_at: now }))
    }
}

async fn fetch_metadata(fetcher: &Fetcher, endpoints: &Endpoints, deadline: Deadline) -> Result<Metadata, SignInError> {
    let body = document(fetcher, DISCOVERY, &endpoints.discovery(), deadline).await?;
    read_metadata(&body, endpoints)
}

/// Reads a discovery document, which must be the directory's and name keys on the login host.
pub(super) fn read_metadata(body: &[u8], endpoints: &Endpoints) -> Result<Metadata, SignInError> {
    let metadata = Metadata::parse(body).map_err(|e| nonsense(DISCOVERY, &e))?;
    if !endpoints.on_login_host(&metadata.jwks_uri) {
        return Err(nonsense(DISCOVERY, &format_args!("the keys are said to be at {}, which is not the login host", metadata.jwks_uri)));
    }
    if !is_of_provider(&metadata, endpoints) {
        let authority = endpoints.authority();
        return Err(nonsense(DISCOVERY, &format_args!("its issuer {} is not that of the directory {authority}", metadata.issuer)));
    }
    Ok(metadata)
}

/// True when the issuer is that of the directory, or a template for all; of an authority for several, only a template will do.
pub(super) fn is_of_provider(metadata: &Metadata, endpoints: &Endpoints) -> bool {
    let tenant = endpoints.tenant();
    let template = metadata.issuer.is_template();
    if endpoints.is_multi_tenant() { template } else { template || metadata.issuer.as_str().contains(&tenant) }
}

async fn document(fetcher: &Fetcher, what: &'static str, url: &Url, deadline: Deadline) -> Result<Vec<u8>, SignInError> {
    let answer = fetcher.get(what, url, MAX_DOCUMENT, deadline).await?;
    let status = answer.status;
    if status.is_success() {
        return Ok(answer.body);
    }
    if status.is_server_error() || status.as_u16() == 429 {
        return Err(SignInError::Down { what, detail: format!("status {status}") });
    }
    // An unknown directory is answered with 400 and the error body of the token endpoint.
    Err(super::redeem::refused(what, status, &answer.body))
}

fn nonsense(what: &'static str, why: &dyn std::fmt::Display) -> SignInError {
    SignInError::Nonsense { what, detail: why.to_string() }
}

/// Seconds from `then` to `now`. Sign-ins that wait for one another tell times a little out of order; a clock that went back by more
/// makes everything due.
pub(crate) fn since(then: Timestamp, now: Timestamp) -> i64 {
    let elapsed = now.secs_since(then);
    if elapsed < -OUT_OF_ORDER { i64::MAX } else { elapsed.max(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_a_little_out_of_order_make_nothing_due_and_a_clock_set_back_makes_everything_due() {
        let at = |millis: i64| Timestamp::from_millis(1_790_000_000_000 + millis);
        assert_eq!([since(at(0), at(12_000)), since(at(1), at(0)), since(at(60_000), at(0))], [12, 0, 0]);
        assert_eq!(since(at(3_600_000), at(0)), i64::MAX);
    }
}
