//! What is alive: sessions and generations, kept in memory by following the store's feed.
//!
//! A session ends by its own revocation, by a higher generation of its person or account, or by time. Whoever holds a
//! stream open waits on the session's cancellation token, so ending a session cuts its streams at once.

mod usage;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use foldhash::quality::RandomState;
use http::HeaderValue;
use model::{
    Nonce, Timestamp, UserId,
    access_grant::{Grant, PurposeGiven, Standing},
    identity::Identity,
    session::Session,
};
use parking_lot::Mutex;
use store::{Batch, Event, Follower, LiveState};

use crate::{admitted::Marks, end::End};
use usage::Usage;

/// A session with its identity and the token that is cancelled when it ends.
pub struct LiveSession {
    /// The session as stored.
    pub session: Session,
    /// The identity of its sign-in.
    pub identity: Arc<Identity>,
    /// Cancelled when the session ends before its time.
    pub ended: End,
    /// The person's address as origins are told it; none that no header can carry.
    pub(crate) email: Option<HeaderValue>,
    /// Its last admissions: what was written down of them, and what may be remembered.
    pub(crate) admissions: Marks,
    standing: ArcSwap<Standing>,
    usage: Usage,
}

impl LiveSession {
    /// What the person has beside their identity, now.
    pub fn standing(&self) -> Arc<Standing> {
        self.standing.load_full()
    }
    fn give(&self, given: &PurposeGiven) {
        let mut next = Standing::clone(&self.standing.load());
        next.purposes.retain(|other| (other.app, other.policy) != (given.app, given.policy));
        next.purposes.push(given.clone());
        self.standing.store(Arc::new(next));
    }
    fn grant(&self, grants: &[Grant]) {
        let purposes = self.standing.load().purposes.clone();
        self.standing.store(Arc::new(Standing { purposes, grants: grants.to_vec() }));
    }
}

/// Live sessions and generations. Reads take no lock.
pub struct Live {
    sessions: papaya::HashMap<Nonce, Arc<LiveSession>, RandomState>,
    users: papaya::HashMap<UserId, u32, RandomState>,
    /// Epoch of each person's last revocation since the start.
    revoked_at: papaya::HashMap<UserId, u64>,
    by_user: Mutex<HashMap<UserId, Vec<Nonce>>>,
    /// What people were granted, signed in or not.
    grants: Mutex<HashMap<UserId, Vec<Grant>>>,
    /// Sessions by the provider's id of the browser session, where it told one.
    by_sid: Mutex<HashMap<String, Vec<Nonce>>>,
    account_generation: AtomicU32,
    epoch: AtomicU64,
}

impl Live {
    /// Nothing alive yet; filled by following the store.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            sessions: papaya::HashMap::with_hasher(RandomState::default()),
            users: papaya::HashMap::with_hasher(RandomState::default()),
            revoked_at: papaya::HashMap::new(),
            by_user: Mutex::new(HashMap::new()),
            grants: Mutex::new(HashMap::new()),
            by_sid: Mutex::new(HashMap::new()),
            account_generation: AtomicU32::new(0),
            epoch: AtomicU64::new(1),
        })
    }

    /// Changes whenever anything was revoked: a fact checked under another epoch must be checked again.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// The session, when it is alive now.
    pub fn session(&self, nonce: &Nonce, now: Timestamp) -> Option<Arc<LiveSession>> {
        let found = self.sessions.pin().get(nonce).cloned()?;
        self.is_current(&found, now).then_some(found)
    }

    /// The living sessions that one browser session at a provider gave (`sid`), whichever provider it is.
    pub fn sessions_by_sid(&self, sid: &str, now: Timestamp) -> Vec<Arc<LiveSession>> {
        let nonces = self.by_sid.lock().get(sid).cloned().unwrap_or_default();
        nonces.iter().filter_map(|nonce| self.session(nonce, now)).collect()
    }

    /// A person's sessions beyond the newest so many, in the order in which they began.
    pub(crate) fn beyond(&self, user: &UserId, newest: usize) -> Vec<Nonce> {
        let by_user = self.by_user.lock();
        let all = by_user.get(user).map_or(&[][..], Vec::as_slice);
        all[..all.len().saturating_sub(newest)].to_vec()
    }

    /// True when neither time, revocation nor a generation ended the session.
    pub fn is_alive(&self, live: &LiveSession, now: Timestamp) -> bool {
        self.sessions.pin().get(&live.session.nonce).is_some_and(|held| std::ptr::eq(&raw const **held, live)) && self.is_current(live, now)
    }

    /// The same of one that was found here just now.
    fn is_current(&self, live: &LiveSession, now: Timestamp) -> bool {
        let s = &live.session;
        !live.ended.is_cancelled()
            && now < s.expires_at
            && s.account_generation >= self.account_generation.load(Ordering::Acquire)
            && self.users.pin().get(&s.user_id).is_none_or(|generation| s.user_generation >= *generation)
    }

    /// The sessions whose last request is so much later than the last one that was noted.
    pub(crate) fn seen_unnoted(&self, least_secs: i64) -> Vec<Arc<LiveSession>> {
        self.sessions.pin().values().filter(|live| live.usage.is_due(least_secs)).cloned().collect()
    }

    /// How many sessions are held.
    pub fn len(&self) -> usize {
        self.sessions.pin().len()
    }
    /// True when no session is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes a session in. One that is held already stays as it is, with the streams that wait on it.
    fn put(&self, session: &Session, identity: &Arc<Identity>) {
        if self.sessions.pin().contains_key(&session.nonce) {
            return;
        }
        let grants = self.grants.lock().get(&session.user_id).cloned().unwrap_or_default();
        let live = LiveSession {
            standing: ArcSwap::from_pointee(Standing { purposes: Vec::new(), grants }),
            session: session.clone(),
            identity: identity.clone(),
            ended: End::new(),
            email: HeaderValue::from_str(identity.email.as_str()).ok(),
            admissions: Marks::default(),
            usage: Usage::since(session.created_at),
        };
        self.sessions.pin().insert(session.nonce.clone(), Arc::new(live));
        self.by_user.lock().entry(session.user_id).or_default().push(session.nonce.clone());
        if let Some(sid) = &identity.sid {
            self.by_sid.lock().entry(sid.clone()).or_default().push(session.nonce.clone());
        }
    }

    /// Replaces what a person was granted. Called by the one follower only, like everything that changes a standing.
    fn set_grants(&self, user: UserId, grants: &[Grant]) {
        if grants.is_empty() {
            self.grants.lock().remove(&user)
        } else {
            self.grants.lock().insert(user, grants.to_vec())
        };
        let nonces = self.by_user.lock().get(&user).cloned().unwrap_or_default();
        let sessions = self.sessions.pin();
        nonces.iter().filter_map(|nonce| sessions.get(nonce)).for_each(|live| live.grant(grants));
    }
    fn give_purpose(&self, nonce: &Nonce, given: &PurposeGiven) {
        self.sessions.pin().get(nonce).into_iter().for_each(|live| live.give(given));
    }

    /// Takes a session out. Its token is cancelled by [`Ended`], after the epoch moved: whoever wakes up by the
    /// cancellation and asks again must not meet an old epoch.
    fn end(&self, nonce: &Nonce, ended: &mut Vec<End>) {
        let pinned = self.sessions.pin();
        if let Some(live) = pinned.remove(nonce) {
            ended.push(live.ended.clone());
            if let Some(list) = self.by_user.lock().get_mut(&live.session.user_id) {
                list.retain(|n| n != nonce);
            }
            if let Some(sid) = &live.identity.sid {
                let mut by_sid = self.by_sid.lock();
                if let Some(list) = by_sid.get_mut(sid) {
                    list.retain(|n| n != nonce);
                    if list.is_empty() {
                        by_sid.remove(sid);
                    }
                }
            }
        }
    }

    /// True when the person was revoked after this epoch was read.
    pub(crate) fn revoked_since(&self, user: &UserId, epoch: u64) -> bool {
        self.revoked_at.pin().get(user).is_some_and(|at| *at > epoch)
    }

    fn raise_user(&self, user: UserId, generation: u32, ended: &mut Vec<End>) {
        self.users.pin().update_or_insert(user, |old| (*old).max(generation), generation);
        let nonces = self.by_user.lock().get(&user).cloned().unwrap_or_default();
        for nonce in nonces {
            let passed = self.sessions.pin().get(&nonce).is_some_and(|l| l.session.user_generation < generation);
            if passed {
                self.end(&nonce, ended);
            }
        }
    }

    fn raise_account(&self, generation: u32, ended: &mut Vec<End>) {
        self.account_generation.fetch_max(generation, Ordering::AcqRel);
        let pinned = self.sessions.pin();
        let passed: Vec<Nonce> = pinned.iter().filter(|(_, l)| l.session.account_generation < generation).map(|(n, _)| n.clone()).collect();
        passed.iter().for_each(|n| self.end(n, ended));
    }

    /// Forgets sessions whose time is over and cuts what they still hold open.
    pub fn forget_expired(&self, now: Timestamp) {
        let pinned = self.sessions.pin();
        let over: Vec<Nonce> = pinned.iter().filter(|(_, l)| l.session.expires_at <= now).map(|(n, _)| n.clone()).collect();
        let mut ended = Ended::of(self);
        over.iter().for_each(|n| self.end(n, &mut ended.tokens));
        drop(ended);
        self.by_user.lock().retain(|_, list| !list.is_empty());
    }

    /// Moves the epoch, then cuts what was ended.
    fn close(&self, ended: &[End]) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        ended.iter().for_each(End::cancel);
    }

    /// The person's generation as of the last commit that was told.
    pub(crate) fn generation(&self, user: &UserId) -> u32 {
        self.users.pin().get(user).copied().unwrap_or(0)
    }
}

/// What was taken out and is cut when this goes, the last thing of a change: also when a panic ends the change early. Its
/// sessions are not in the map any more by then, so nobody else would ever find them.
struct Ended<'a> {
    live: &'a Live,
    tokens: Vec<End>,
}

impl<'a> Ended<'a> {
    const fn of(live: &'a Live) -> Self {
        Self { live, tokens: Vec::new() }
    }
}

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.live.close(&self.tokens);
    }
}

/// Called with each new configuration, on the store's writer thread.
pub(crate) type OnConfiguration = Box<dyn Fn(&Arc<store::Snapshot>) + Send>;

/// The follower that keeps [`Live`] true, and tells when the configuration changed.
pub(crate) struct Feed {
    pub(crate) live: Arc<Live>,
    pub(crate) on_configuration: OnConfiguration,
    /// Called when somebody's standing changed.
    pub(crate) on_standing: Box<dyn Fn() + Send>,
}

impl Follower for Feed {
    /// Replaces everything known: what the state does not name has ended, what it names goes on undisturbed.
    fn load(&mut self, state: &LiveState) {
        let mut ended = Ended::of(&self.live);
        self.live.raise_account(state.snapshot.account.generation, &mut ended.tokens);
        for user in &state.users {
            self.live.raise_user(user.id, user.generation, &mut ended.tokens);
        }
        let alive: HashSet<&Nonce> = state.sessions.iter().map(|(session, _)| &session.nonce).collect();
        let gone: Vec<Nonce> = self.live.sessions.pin().keys().filter(|nonce| !alive.contains(nonce)).cloned().collect();
        gone.iter().for_each(|nonce| self.live.end(nonce, &mut ended.tokens));
        for (session, identity) in &state.sessions {
            self.live.put(session, identity);
        }
        let named: HashSet<UserId> = state.grants.iter().map(|(user, _)| *user).collect();
        let over: Vec<UserId> = self.live.grants.lock().keys().filter(|user| !named.contains(*user)).copied().collect();
        over.iter().for_each(|user| self.live.set_grants(*user, &[]));
        state.grants.iter().for_each(|(user, grants)| self.live.set_grants(*user, grants));
        state.purposes.iter().for_each(|(nonce, given)| self.live.give_purpose(nonce, given));
        (self.on_configuration)(&state.snapshot);
        (self.on_standing)();
    }

    fn apply(&mut self, batch: &Batch) {
        let (mut configuration, mut standing, mut ended) = (false, false, Ended::of(&self.live));
        for event in &batch.events {
            match event {
                Event::Config => configuration = true,
                Event::SessionStarted(session, identity) => self.live.put(session, identity),
                Event::SessionRevoked { nonce, .. } => self.live.end(nonce, &mut ended.tokens),
                Event::UserRevoked { user_id, generation, .. } => {
                    // The epoch that this batch will bring.
                    self.live.revoked_at.pin().insert(*user_id, self.live.epoch() + 1);
                    self.live.raise_user(*user_id, *generation, &mut ended.tokens);
                }
                Event::Grants(user, grants) => {
                    self.live.set_grants(*user, grants);
                    standing = true;
                }
                Event::Purpose(nonce, given) => self.live.give_purpose(nonce, given),
                Event::User(user) => self.live.raise_user(user.id, user.generation, &mut ended.tokens),
                Event::UserRemoved(user) => self.live.raise_user(*user, u32::MAX, &mut ended.tokens),
                Event::AccountRevoked { generation } => self.live.raise_account(*generation, &mut ended.tokens),
            }
        }
        if configuration {
            (self.on_configuration)(&batch.snapshot);
        }
        if standing {
            (self.on_standing)();
        }
    }
}

#[cfg(test)]
mod tests;
