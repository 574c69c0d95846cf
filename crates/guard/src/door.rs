//! The guard itself: configuration, live state, caches and keys put together.

use std::sync::{Arc, atomic::AtomicU64};

use arc_swap::ArcSwap;
use model::{Timestamp, readings::Readings};
use store::{Store, StoreError};

use crate::{
    admitted::Programs,
    cache::TokenCache,
    compiled::{Compiled, CompiledApp},
    keys::{self, KeyError},
    live::{Feed, Live},
    program::Assertions,
    record::Strangers,
    review::{Changes, Pulse},
    ticket::Used,
    token_usage::TokenUsage,
};

/// What the guard must be told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Origin of the team domain as it stands in `iss`: `https://` host, and the port unless it is 443.
    pub team_origin: String,
    /// Host of the team domain, without port.
    pub team_host: String,
    /// Port to put into URLs of applications: empty for 443, else `:8443`.
    pub port_suffix: String,
    /// Bytes for verified tokens.
    pub token_cache_bytes: usize,
    /// What becomes of admissions that cannot be written down.
    pub unrecorded: Unrecorded,
}

/// What becomes of a request that would be let in, and whose decision cannot be written down: the store does not take it. Decisions
/// that were written down before go on either way, and administrators' changes are never made without their record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unrecorded {
    /// It is let in; what is lost is counted and told.
    #[default]
    GoOn,
    /// It is refused until decisions are written down again.
    Refuse,
}

/// Something the guard needed failed.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// The store.
    #[error("the store did not answer")]
    Store(#[from] StoreError),
    /// A signing key.
    #[error("a token could not be signed")]
    Key(#[from] KeyError),
}

/// The one door. Cheap to clone.
#[derive(Clone)]
pub struct Guard {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) config: Config,
    pub(crate) compiled: Arc<ArcSwap<Compiled>>,
    pub(crate) live: Arc<Live>,
    pub(crate) verified: TokenCache<crate::admit::Verified>,
    pub(crate) assertions: Arc<Assertions>,
    pub(crate) used: Used,
    pub(crate) strangers: Strangers,
    pub(crate) token_usage: TokenUsage,
    pub(crate) programs: Programs,
    pub(crate) readings: ArcSwap<Readings>,
    pub(crate) changes: Arc<Changes>,
    /// Decisions whose loss was told.
    pub(crate) lost_told: AtomicU64,
    pub(crate) counts: crate::counts::Counts,
}

impl Guard {
    /// Follows the store; makes the first signing key when there is none.
    pub async fn start(store: Store, config: Config, now: Timestamp) -> Result<Self, GuardError> {
        if store.snapshot().keys.is_empty() {
            rotate_key(&store, &config.team_host, now).await?;
        }
        let compiled = Arc::new(ArcSwap::from_pointee(Compiled::new(store.snapshot(), None)));
        let live = Live::new();
        let assertions = Arc::new(Assertions::default());
        let changes = Arc::new(Changes::default());
        let (slot, forget, count) = (compiled.clone(), assertions.clone(), changes.clone());
        let elsewhere = tokio::runtime::Handle::current();
        let on_configuration = Box::new(move |snapshot: &Arc<store::Snapshot>| {
            let before = slot.load_full();
            let new = Arc::new(Compiled::new(snapshot.clone(), Some(&before)));
            slot.store(new.clone());
            forget.clear();
            new.cut_what_is_gone(&before);
            // Waking many streams takes a while: the writer does not wait for it.
            let (change, differing) = (count.count(), new.differing(&before));
            if !differing.is_empty() {
                elsewhere.spawn(wake(differing, change));
            }
        });
        let (slot, count, elsewhere) = (compiled.clone(), changes.clone(), tokio::runtime::Handle::current());
        let on_standing = Box::new(move || {
            let change = count.count();
            let demanding = slot.load().apps().filter(|app| app.set.has_demands()).map(|app| app.anchor.pulse.clone()).collect();
            elsewhere.spawn(wake(demanding, change));
        });
        store.follow(Box::new(Feed { live: live.clone(), on_configuration, on_standing })).await?;
        let verified = TokenCache::new(config.token_cache_bytes);
        let inner = Inner {
            store,
            config,
            compiled,
            live,
            verified,
            assertions,
            used: Used::default(),
            strangers: Strangers::default(),
            token_usage: TokenUsage::default(),
            programs: Programs::default(),
            readings: ArcSwap::default(),
            changes,
            lost_told: AtomicU64::new(0),
            counts: crate::counts::Counts::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }
    /// What it did since the start.
    pub fn counts(&self) -> &crate::counts::Counts {
        &self.inner.counts
    }
    /// Bytes of tokens that are known, about.
    pub fn known_token_bytes(&self) -> usize {
        self.inner.verified.bytes()
    }
    /// What it was told.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }
    /// The configuration as compiled now.
    pub fn compiled(&self) -> Arc<Compiled> {
        self.inner.compiled.load_full()
    }
    /// The version of the configuration in force.
    pub fn version(&self) -> u64 {
        self.inner.compiled.load().snapshot.version
    }
    /// Live sessions.
    pub fn live(&self) -> &Arc<Live> {
        &self.inner.live
    }
    /// What was polled about people.
    pub fn readings(&self) -> Arc<Readings> {
        self.inner.readings.load_full()
    }
    /// Changes what was polled: the next request is judged by it, and open streams once more.
    pub fn change_readings(&self, change: impl Fn(&mut Readings)) {
        self.inner.readings.rcu(|readings| {
            let mut next = (**readings).clone();
            change(&mut next);
            next
        });
        self.look_again(|app| app.set.has_continuous_rules());
    }
    /// Judges the open streams of some applications once more.
    pub(crate) fn look_again(&self, whose: impl Fn(&CompiledApp) -> bool) {
        let change = self.inner.changes.count();
        self.inner.compiled.load().apps().filter(|app| whose(app)).for_each(|app| app.anchor.pulse.beat(change));
    }
    /// The body of `/cdn-cgi/access/certs`.
    pub fn certs(&self, now: Timestamp) -> serde_json::Value {
        self.inner.compiled.load().keys.certs(now)
    }
    /// Makes a new signing key the current one; the former stays published for a week.
    pub async fn rotate_key(&self, now: Timestamp) -> Result<(), GuardError> {
        rotate_key(&self.inner.store, &self.inner.config.team_host, now).await
    }
    /// Regular work: notes who was seen, forgets expired sessions, removes keys whose time is over, rotates the key when it is due.
    pub async fn tend(&self, now: Timestamp) -> Result<(), GuardError> {
        // Before those that are over are forgotten.
        let noted = match self.note_seen().await {
            Ok(()) => self.note_tokens_seen().await,
            failed => failed,
        };
        // Time passes for what was polled.
        self.look_again(|app| app.set.has_continuous_rules() || app.set.has_demands());
        self.inner.live.forget_expired(now);
        // A session that ended would stay in memory as long as a token of it is remembered.
        self.inner.verified.retain(|verified| verified.is_of_use(now));
        self.inner.used.forget_expired(now);
        // What is in memory was seen to, whatever the store says.
        noted?;
        self.tell_lost().await?;
        self.inner.store.write(|tx| tx.forget_old_grants()).await?;
        while self.inner.store.write(|tx| tx.forget_expired_sessions()).await? >= store::FORGOTTEN_AT_ONCE {}
        let snapshot = self.inner.store.snapshot();
        let gone: Vec<_> =
            snapshot.keys.iter().filter(|k| k.public.retires_at.is_some_and(|t| t <= now)).map(|k| k.public.id.clone()).collect();
        if !gone.is_empty() {
            self.inner.store.write(move |tx| gone.iter().try_for_each(|id| tx.remove_key(id))).await?;
        }
        let days = i64::from(snapshot.organization.key_rotation_interval_days);
        let due = snapshot
            .keys
            .iter()
            .find(|k| k.public.retires_at.is_none())
            .is_none_or(|k| now.secs_since(k.public.created_at) >= days * 86_400);
        if due { self.rotate_key(now).await } else { Ok(()) }
    }
}

/// Application by application, so that one with many streams holds up nobody else on this thread for long.
async fn wake(pulses: Vec<Arc<Pulse>>, change: u64) {
    for pulse in pulses {
        pulse.beat(change);
        tokio::task::yield_now().await;
    }
}

async fn rotate_key(store: &Store, team_host: &str, now: Timestamp) -> Result<(), GuardError> {
    let host = team_host.to_owned();
    let made = tokio::task::spawn_blocking(move || keys::generate(now, &host)).await;
    let (public, private) = made.map_err(|e| KeyError::Rsa(e.to_string()))??;
    store.write(move |tx| tx.rotate_key(&public, &private)).await?;
    Ok(())
}
