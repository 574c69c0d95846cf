//! A follower that keeps everything it is told, to be held against the tables.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use model::{Nonce, UserId, identity::Identity, session::Session, user::User};
use store::{Batch, Event, Follower, LiveState, Snapshot, Store};

/// What the mirror knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    pub seq: u64,
    pub snapshot: Option<Arc<Snapshot>>,
    pub sessions: BTreeMap<Nonce, (Arc<Session>, Arc<Identity>)>,
    pub users: BTreeMap<UserId, Arc<User>>,
    pub batches: Vec<usize>,
    pub loads: usize,
}

/// A handle on what a mirror knows.
#[derive(Clone, Default)]
pub struct Mirror(Arc<Mutex<Known>>);

impl Mirror {
    pub async fn of(store: &Store) -> Self {
        let mirror = Self::default();
        store.follow(Box::new(mirror.clone())).await.unwrap();
        mirror
    }
    pub fn known(&self) -> Known {
        self.0.lock().unwrap().clone()
    }
    /// What it knows without how it came to know it.
    pub fn state(&self) -> Known {
        Known { batches: vec![], loads: 0, ..self.known() }
    }
}

impl Known {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Config | Event::Grants(..) | Event::Purpose(..) => {}
            Event::SessionStarted(session, identity) => {
                self.sessions.insert(session.nonce.clone(), (Arc::clone(session), Arc::clone(identity)));
            }
            Event::SessionRevoked { nonce, .. } => {
                self.sessions.remove(nonce);
            }
            Event::UserRevoked { user_id, generation, .. } => {
                self.sessions.retain(|_, (s, _)| s.user_id != *user_id || s.user_generation >= *generation);
            }
            Event::User(user) => {
                self.users.insert(user.id, Arc::clone(user));
            }
            Event::UserRemoved(id) => {
                self.users.remove(id);
            }
            Event::AccountRevoked { generation } => self.sessions.retain(|_, (s, _)| s.account_generation >= *generation),
        }
    }
}

impl Follower for Mirror {
    fn load(&mut self, live: &LiveState) {
        let mut known = self.0.lock().unwrap();
        known.seq = live.seq;
        known.snapshot = Some(Arc::clone(&live.snapshot));
        known.sessions = live.sessions.iter().map(|(s, i)| (s.nonce.clone(), (Arc::clone(s), Arc::clone(i)))).collect();
        known.users = live.users.iter().map(|u| (u.id, Arc::clone(u))).collect();
        known.loads += 1;
    }
    fn apply(&mut self, batch: &Batch) {
        let mut known = self.0.lock().unwrap();
        for change in &batch.changes {
            assert_eq!(change.seq, known.seq + 1, "the feed has no gap");
            known.seq = change.seq;
        }
        // Twice, because changes are states and a second time is harmless.
        for event in batch.events.iter().chain(&batch.events) {
            known.take(event);
        }
        known.snapshot = Some(Arc::clone(&batch.snapshot));
        known.batches.push(batch.changes.len());
    }
}
