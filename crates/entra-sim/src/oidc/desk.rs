//! Owns what the sign-in service remembers for a while: sign-ins under way, browser sessions, codes.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::approval::Approval;
use super::claims_request::ClaimsRequest;
use super::request::{AuthorizeRequest, Challenge};
use super::scope::Scopes;
use crate::clock::Stamp;
use crate::directory::id::{AppId, ObjectId};

/// Seconds a sign-in page stays usable.
pub const FLOW_SECONDS: i64 = 900;
/// Seconds a code lives.
pub const CODE_SECONDS: i64 = 600;
/// Seconds a browser session lives.
pub const SESSION_SECONDS: i64 = 24 * 3600;
/// Most entries of each kind.
const CAPACITY: usize = 20_000;

/// A bounded table whose entries expire.
pub struct Shelf<V> {
    entries: HashMap<String, (Stamp, V)>,
}

impl<V> Default for Shelf<V> {
    fn default() -> Self {
        Self { entries: HashMap::new() }
    }
}

impl<V> Shelf<V> {
    /// Puts an entry; the oldest go when the table is full.
    pub fn put(&mut self, key: String, value: V, now: Stamp, seconds: i64) {
        if self.entries.len() >= CAPACITY {
            self.entries.retain(|_, (until, _)| *until > now);
        }
        if self.entries.len() >= CAPACITY {
            let oldest = self.entries.iter().min_by_key(|(_, (until, _))| *until).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.entries.remove(&oldest);
            }
        }
        self.entries.insert(key, (now.plus(seconds), value));
    }

    /// An entry that has not expired.
    pub fn get(&mut self, key: &str, now: Stamp) -> Option<&mut V> {
        self.entries.get_mut(key).filter(|(until, _)| *until > now).map(|(_, value)| value)
    }

    /// Whether an entry was there but has expired.
    pub fn is_expired(&self, key: &str, now: Stamp) -> bool {
        self.entries.get(key).is_some_and(|(until, _)| *until <= now)
    }

    /// Takes an entry out.
    pub fn take(&mut self, key: &str) -> Option<V> {
        self.entries.remove(key).map(|(_, value)| value)
    }

    /// Every entry that has not expired.
    pub fn live(&self, now: Stamp) -> impl Iterator<Item = &V> {
        self.entries.values().filter(move |(until, _)| *until > now).map(|(_, value)| value)
    }
}

/// A person signed in to a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub person: ObjectId,
    /// When the password was given.
    pub auth_time: Stamp,
    /// When the second factor was given.
    pub second_factor: Option<Stamp>,
    /// The device that the browser runs on (`deviceId`), if it is known.
    pub device: Option<Uuid>,
}

impl Account {
    /// An account that has given its password and nothing else.
    pub fn new(person: ObjectId, auth_time: Stamp) -> Self {
        Self { person, auth_time, second_factor: None, device: None }
    }
}

/// A browser's session.
#[derive(Clone)]
pub struct Session {
    /// The `sid` claim.
    pub sid: Uuid,
    /// Signed-in accounts.
    pub accounts: Vec<Account>,
    /// Applications signed in to.
    pub apps: BTreeSet<AppId>,
}

/// A sign-in under way.
#[derive(Clone)]
pub struct Flow {
    /// What the client asked for.
    pub request: AuthorizeRequest,
    /// The browser it belongs to (its `esctx` cookie).
    pub browser: String,
    /// Repeated by each form.
    pub canary: String,
    /// Who has signed in, once someone has.
    pub account: Option<Account>,
}

/// What a code stands for.
#[derive(Clone)]
pub struct Code {
    /// Client.
    pub app_id: AppId,
    /// First path segment at authorize.
    pub segment: String,
    /// Redirect URI of the request.
    pub redirect_uri: String,
    /// Scopes asked for.
    pub scopes: Scopes,
    /// Nonce.
    pub nonce: Option<String>,
    /// PKCE.
    pub challenge: Option<Challenge>,
    /// Who, since when.
    pub account: Account,
    /// Browser session.
    pub sid: Uuid,
    /// Contexts and capabilities asked for.
    pub claims: ClaimsRequest,
    /// Already redeemed.
    pub redeemed: Redeemed,
}

/// Whether a code has been redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redeemed {
    /// Not yet.
    No,
    /// Once, which is all it is good for.
    Yes,
}

/// Everything remembered for a while.
#[derive(Default)]
pub struct Desk {
    /// Sign-ins under way, by their `ctx`.
    pub flows: Shelf<Flow>,
    /// Browser sessions, by cookie.
    pub sessions: Shelf<Session>,
    /// Codes.
    pub codes: Shelf<Code>,
    /// Requests for an administrator's approval.
    pub approvals: Vec<Approval>,
    /// Ids of assertions seen, by client.
    pub assertions: Shelf<()>,
}
