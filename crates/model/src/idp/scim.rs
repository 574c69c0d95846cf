//! Settings of a provider's provisioning.

use serde::{Deserialize, Serialize};

use crate::{Secret, Timestamp};

/// What a SCIM change does to a live identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum IdentityUpdateBehavior {
    /// The registry identity follows at once.
    Automatic,
    /// A group change ends the person's sessions.
    Reauth,
    /// Nothing until the next sign-in.
    #[default]
    NoAction,
}

/// `scim_config`. Secrets are stored as keyed hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ScimSettings {
    /// The endpoint answers.
    pub enabled: bool,
    /// Deactivation or deletion ends the person's sessions.
    pub user_deprovision: bool,
    /// … and frees the seat; only together with `user_deprovision`.
    pub seat_deprovision: bool,
    /// What group and attribute changes do.
    pub identity_update_behavior: IdentityUpdateBehavior,
    /// HMAC-SHA-256 of the bearer secret, hexadecimal; `None` until SCIM was first enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_hash: Option<Secret>,
    /// When that secret was made; `None` for one made by an older release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_made_at: Option<Timestamp>,
    /// The secret before, while it is still taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_secret: Option<FormerSecret>,
    /// doorward's own settings, which the v4 object has no room for (ruling 1).
    #[serde(default)]
    pub own: ScimOptions,
}

impl ScimSettings {
    /// The secret before, when it is still taken at this time.
    pub fn former_secret_at(&self, now: Timestamp) -> Option<&FormerSecret> {
        self.former_secret.as_ref().filter(|former| now < former.ends_at)
    }
}

/// A secret that was replaced and is taken a while longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerSecret {
    /// HMAC-SHA-256 of it, hexadecimal.
    pub hash: Secret,
    /// From then on it is refused.
    pub ends_at: Timestamp,
}

/// doorward's own settings of a provider's provisioning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ScimOptions {
    /// When a burst of deactivations is held to be a mistake.
    #[serde(default)]
    pub guard: DeactivationGuard,
    /// Seconds between two expansions of nested groups through Graph; `None`: they are not expanded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expand_nested_secs: Option<u32>,
}

/// The guard against mass deactivation (ruling 25). It trips when within the window both the share and the number are exceeded or
/// reached: sessions are ended and people are set inactive all the same, seats and deletions are held until an administrator decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeactivationGuard {
    /// Per cent of the provider's active users, 1 to 100.
    pub share_percent: u8,
    /// At least so many people, so that small directories do not trip it by everyday work.
    pub at_least: u32,
    /// Seconds that are looked back.
    pub window_secs: u32,
}

impl Default for DeactivationGuard {
    /// 20 per cent and at least ten people within an hour: longer than one of Entra's cycles.
    fn default() -> Self {
        Self { share_percent: 20, at_least: 10, window_secs: 3600 }
    }
}
