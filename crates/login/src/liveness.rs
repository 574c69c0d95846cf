//! Looking after people between their sign-ins: each session's refresh token is used on a schedule, and what the provider
//! answers ends the session, or lets it live.
//!
//! A check may end a session and never widens one (ruling 15). Each provider has a [`lane`] of its own: one piece of work at a time,
//! so that no session is ever checked twice at once, and a provider that hangs holds up nobody else's checks. Everything that counts
//! (refresh token, next check, since when a provider is silent) is in the store: a restart loses nothing.

mod lane;
mod named;
mod pace;
mod round;
mod verdict;

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use guard::{Guard, sign_in::Watch};
use model::{IdpId, Secret, Timestamp, idp::IdentityProvider};
use parking_lot::Mutex;
use tokio::task::JoinSet;

use self::lane::Lane;
pub use self::lane::Tally;

/// How often it is looked for what is due.
const BEAT: Duration = Duration::from_secs(1);
/// How many beats one line of the log sums up.
const BEATS_A_LINE: u32 = 60;
/// How long checks that are under way may go on when the server stops.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The checks of all providers. Clones are the same one.
#[derive(Clone)]
pub struct Liveness {
    inner: Arc<Inner>,
}

struct Inner {
    state: Parts,
    lanes: Mutex<HashMap<IdpId, Arc<Lane>>>,
    stopping: AtomicBool,
}

/// What checks need.
#[derive(Clone)]
struct Parts {
    guard: Guard,
    idp: idp::Client,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Parts {
    fn now(&self) -> Timestamp {
        (self.now)()
    }
}

/// How a session that begins now is watched: by its refresh token, when there is one and the provider's settings want it.
pub(crate) fn watch(idp: &IdentityProvider, refresh_token: Option<Secret>, now: Timestamp) -> Option<Watch> {
    let interval = idp.config.liveness().interval_seconds;
    if interval == 0 {
        return None;
    }
    let Some(refresh_token) = refresh_token else {
        tracing::warn!(idp.id = %idp.id, "the provider gave no refresh token (is offline_access granted? the Test of the login method tells more): a session is not checked between sign-ins");
        return None;
    };
    Some(Watch { refresh_token, first_check_at: pace::next(now, interval, rand::random()) })
}

impl Liveness {
    /// Nothing is checked before [`Self::run`] or [`Self::run_once`].
    pub fn new(guard: Guard, idp: idp::Client, now: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        let state = Parts { guard, idp, now };
        Self { inner: Arc::new(Inner { state, lanes: Mutex::default(), stopping: AtomicBool::new(false) }) }
    }

    /// Checks what is due now, and returns when that is done.
    pub async fn run_once(&self) -> Tally {
        let mut lanes = JoinSet::new();
        for (idp, lane) in self.lanes() {
            let inner = self.inner.clone();
            lanes.spawn(async move { lane.work(&inner.state, &idp, &inner.stopping).await });
        }
        lanes.join_all().await.into_iter().fold(Tally::default(), Tally::plus)
    }

    /// Checks what is due, until `stop` comes. Checks that are under way then have a moment to end, and no new ones begin.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut working, mut tally, mut beats) = (JoinSet::new(), Tally::default(), 0);
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = beat.tick() => {}
            }
            for (idp, lane) in self.lanes() {
                if lane.is_idle() {
                    let inner = self.inner.clone();
                    working.spawn(async move { lane.work(&inner.state, &idp, &inner.stopping).await });
                }
            }
            while let Some(done) = working.try_join_next() {
                tally = tally.plus(done.unwrap_or_default());
            }
            beats += 1;
            if beats == BEATS_A_LINE {
                std::mem::take(&mut tally).log();
                beats = 0;
            }
        }
        self.inner.stopping.store(true, Ordering::Release);
        let finished = tokio::time::timeout(LAST_WORDS, working.join_all()).await;
        finished.unwrap_or_default().into_iter().fold(tally, Tally::plus).log();
    }

    /// The lanes of the providers that are asked; those of providers that went are given up.
    fn lanes(&self) -> Vec<(Arc<IdentityProvider>, Arc<Lane>)> {
        let snapshot = self.inner.state.guard.store().snapshot();
        let asked = |idp: &&Arc<IdentityProvider>| idp.config.liveness().interval_seconds > 0;
        let mut lanes = self.inner.lanes.lock();
        lanes.retain(|id, _| snapshot.idps.contains_key(id));
        snapshot.idps.values().filter(asked).map(|idp| (idp.clone(), lanes.entry(idp.id).or_default().clone())).collect()
    }
}

impl std::fmt::Debug for Liveness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Liveness")
    }
}
