//! Owns refresh tokens: sealed notes that the simulator writes to itself.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::desk::Account;
use super::fault::Fault;
use super::scope::Scopes;
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::id::{AppId, ObjectId};
use crate::directory::standing::PasswordAge;
use crate::state::Sim;

/// Seconds a refresh token lives unused.
const IDLE: i64 = 90 * 86_400;

/// What a refresh token stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Refresh {
    /// Client.
    pub app_id: AppId,
    /// Who.
    pub person: ObjectId,
    /// Since when.
    pub auth_time: Stamp,
    /// Since when with a second factor.
    #[serde(default)]
    pub second_factor: Option<Stamp>,
    /// From which device.
    #[serde(default)]
    pub device: Option<Uuid>,
    /// When this token was made.
    pub made: Stamp,
    /// Browser session.
    pub sid: Uuid,
    /// Scopes of the sign-in.
    pub scopes: Scopes,
    /// Makes each token differ.
    pub salt: String,
}

impl Refresh {
    /// Makes the token.
    pub fn seal(&self, sim: &Sim) -> String {
        let payload = serde_json::to_vec(self).unwrap_or_default();
        sim.keys.read().seal(&payload)
    }

    /// Reads a token back and checks that it still holds for `client`.
    pub fn open(sim: &Sim, token: &str, client: AppId, now: Stamp) -> Result<Self, Fault> {
        let payload = sim.keys.read().open(token);
        let refresh: Self = payload
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| invalid(9_002_313, "Invalid request. Request is malformed or invalid."))?;
        if refresh.app_id != client {
            return Err(invalid(70_000, "Provided grant is invalid or malformed: the refresh token was issued to another client.")
                .with_suberror("client_mismatch"));
        }
        if refresh.made.plus(IDLE) <= now {
            return Err(invalid(700_082, "The refresh token has expired due to inactivity.").with_suberror("bad_token"));
        }
        still_good(&sim.tenant(), refresh.account())?;
        if sim.is_stale(refresh.auth_time, now) {
            let text = "The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access.";
            return Err(invalid(70_043, text).with_suberror("token_expired"));
        }
        Ok(refresh)
    }

    /// The account.
    pub fn account(&self) -> Account {
        Account { person: self.person, auth_time: self.auth_time, second_factor: self.second_factor, device: self.device }
    }
}

/// Refuses people that are gone, disabled (50057) or whose sessions were revoked (50173).
pub fn still_good(directory: &Directory, account: Account) -> Result<(), Fault> {
    let user = directory
        .account(account.person)
        .filter(|user| user.is_live())
        .ok_or_else(|| invalid(50_034, "The user account does not exist in the directory."))?;
    if !user.profile.account_enabled {
        return Err(invalid(50_057, "The user account is disabled."));
    }
    if user.standing.password == PasswordAge::Expired {
        return Err(invalid(50_055, "The password is expired.").with_suberror("user_password_expired"));
    }
    if account.auth_time < user.valid_from {
        return Err(invalid(
            50_173,
            format!(
                "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{}'.",
                account.auth_time.graph(),
                user.valid_from.graph()
            ),
        )
        .with_suberror("bad_token"));
    }
    Ok(())
}

/// An `invalid_grant`.
pub fn invalid(code: u32, text: impl Into<String>) -> Fault {
    Fault::new(code, "invalid_grant", text)
}
