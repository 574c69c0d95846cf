//! Identity providers (login methods) and their provisioning settings.

use serde::{Deserialize, Serialize};

use crate::{IdpId, ObjectId, Secret, Timestamp};

/// An identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityProvider {
    /// Id.
    pub id: IdpId,
    /// Name shown on the choice page.
    pub name: String,
    /// Kind and settings.
    pub config: IdpConfig,
    /// SCIM settings.
    pub scim: ScimSettings,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Settings by kind of provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum IdpConfig {
    /// Microsoft Entra ID.
    #[serde(rename = "azureAD")]
    Entra(EntraSettings),
}

impl IdpConfig {
    /// The wire name of the kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Entra(_) => "azureAD",
        }
    }
}

/// `prompt` of the authorize request; anything else is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Credentials each time.
    Login,
    /// The account picker.
    SelectAccount,
    /// Never show a page.
    None,
}

impl Prompt {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::SelectAccount => "select_account",
            Self::None => "none",
        }
    }
}

/// Settings of an Entra provider. The client secret is kept sealed, apart from this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntraSettings {
    /// Application (client) ID.
    pub client_id: String,
    /// Directory (tenant) ID.
    pub directory_id: ObjectId,
    /// Read the person's groups at sign-in.
    pub support_groups: bool,
    /// Load authentication contexts.
    pub conditional_access_enabled: bool,
    /// Claim that holds the e-mail; then `email`, then the UPN.
    pub email_claim_name: Option<String>,
    /// Extra claims carried into the identity.
    pub claims: Vec<String>,
    /// `prompt`; absent: not sent.
    pub prompt: Option<Prompt>,
    /// Send a PKCE challenge (S256).
    pub pkce_enabled: bool,
    /// Hosts of the cloud the tenant lives in; absent: the server's default (`[entra]` of its configuration).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<EntraCloud>,
}

/// Where the login and Graph services of a cloud are. Set through doorward's own sub-resource (ruling 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntraCloud {
    /// Origin of the login service, for example `https://login.microsoftonline.com`.
    pub login_url: String,
    /// Origin of Microsoft Graph, for example `https://graph.microsoft.com`.
    pub graph_url: String,
}

impl Default for EntraCloud {
    fn default() -> Self {
        Self { login_url: "https://login.microsoftonline.com".into(), graph_url: "https://graph.microsoft.com".into() }
    }
}

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

/// `scim_config`. The secret is stored as a keyed hash.
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
}
