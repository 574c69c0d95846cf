//! Owns what keeps an account from signing in although its password is right: locks and an expired password.

use serde::{Deserialize, Serialize};

use super::Directory;
use super::id::ObjectId;
use crate::clock::Stamp;

/// Wrong passwords after which an account is locked.
pub const TRIES: u32 = 10;
/// Seconds for which it is locked then.
pub const LOCKED_SECONDS: i64 = 60;
/// Template id of the role that may consent for the whole tenant (Global Administrator).
const GLOBAL_ADMINISTRATOR: uuid::Uuid = uuid::uuid!("62e90394-69f5-4237-9190-012177145e10");

/// Whether an administrator locked an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Lock {
    /// No.
    #[default]
    Open,
    /// Until it is opened again.
    Locked,
}

/// Whether a password still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PasswordAge {
    /// It does.
    #[default]
    Current,
    /// It must be changed at the next sign-in.
    Expired,
}

/// An account's standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Standing {
    /// Locked by hand.
    pub lock: Lock,
    /// Password.
    pub password: PasswordAge,
    /// Wrong passwords in a row.
    pub wrong: u32,
    /// Locked by itself until then.
    pub until: Option<Stamp>,
}

impl Standing {
    /// Whether the account is locked at a moment.
    pub fn is_locked(&self, now: Stamp) -> bool {
        self.lock == Lock::Locked || self.until.is_some_and(|until| now < until)
    }

    /// Counts a wrong password.
    pub fn failed(&mut self, now: Stamp) {
        self.wrong += 1;
        if self.wrong >= TRIES {
            self.wrong = 0;
            self.until = Some(now.plus(LOCKED_SECONDS));
        }
    }
}

impl Directory {
    /// Whether a person may consent for the whole tenant.
    pub fn is_administrator(&self, person: ObjectId) -> bool {
        self.roles_held(person).any(|role| role.template_id == GLOBAL_ADMINISTRATOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_locks_itself_for_a_minute_after_ten_wrong_passwords() {
        let now = Stamp::new(time::OffsetDateTime::UNIX_EPOCH);
        let mut standing = Standing::default();
        for _ in 0..TRIES {
            assert!(!standing.is_locked(now));
            standing.failed(now);
        }
        assert!(standing.is_locked(now));
        assert!(!standing.is_locked(now.plus(LOCKED_SECONDS)));
    }
}
