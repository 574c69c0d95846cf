//! Following the feed inside the process: where a follower starts and what it is told.

use std::sync::Arc;

use model::{
    Nonce, UserId,
    access_grant::{Grant, PurposeGiven},
    change::Change,
    identity::Identity,
    session::RevokeReason,
    session::Session,
    user::User,
};

use crate::Snapshot;

/// Somebody who keeps state in memory that equals the tables. Called on the writer's thread: be quick, do not block, never wait for the
/// store from inside.
pub trait Follower: Send {
    /// Replaces everything known by the state at one position. Called once at the beginning, and again should `apply` ever panic.
    fn load(&mut self, live: &LiveState);
    /// Takes in what one commit changed, before its writers are answered.
    fn apply(&mut self, batch: &Batch);
}

/// The state at one position of the feed.
#[derive(Debug, Clone)]
pub struct LiveState {
    /// The position.
    pub seq: u64,
    /// Configuration.
    pub snapshot: Arc<Snapshot>,
    /// Sessions that are neither ended nor expired nor passed by a generation.
    pub sessions: Vec<(Arc<Session>, Arc<Identity>)>,
    /// Everybody in the registry.
    pub users: Vec<Arc<User>>,
    /// The grants of those who hold any that is not over.
    pub grants: Vec<(UserId, Vec<Grant>)>,
    /// Purposes given in sessions.
    pub purposes: Vec<(Nonce, PurposeGiven)>,
}

/// What one commit changed.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The rows of the feed; the first follows the last of the batch before. Never empty.
    pub changes: Vec<Change>,
    /// The same with their bodies, in the same order.
    pub events: Vec<Event>,
    /// Configuration after it.
    pub snapshot: Arc<Snapshot>,
}

/// A change with its body. States, not instructions: applying one twice is harmless.
#[derive(Debug, Clone)]
pub enum Event {
    /// Configuration changed; the new one is in the batch. At most once a batch, and then first.
    Config,
    /// A session began.
    SessionStarted(Arc<Session>, Arc<Identity>),
    /// A session ended.
    SessionRevoked {
        /// Which.
        nonce: Nonce,
        /// Why.
        why: RevokeReason,
    },
    /// Every session of the person below this generation is dead.
    UserRevoked {
        /// Whose.
        user_id: UserId,
        /// The new generation.
        generation: u32,
        /// Why.
        why: RevokeReason,
    },
    /// All grants of a person that are not over.
    Grants(UserId, Vec<Grant>),
    /// A purpose was given in a session.
    Purpose(Nonce, PurposeGiven),
    /// A person was put.
    User(Arc<User>),
    /// A person was removed; their sessions ended with a [`Event::UserRevoked`] before this.
    UserRemoved(UserId),
    /// Every session below this generation of the account is dead.
    AccountRevoked {
        /// The new generation.
        generation: u32,
    },
}
