//! Identity providers (login methods) and their provisioning settings.

use serde::{Deserialize, Serialize};

use crate::{IdpId, ObjectId, Timestamp};

mod cloud;
mod credentials;
mod oidc;
mod options;
mod scim;
mod scim_contact;

pub use cloud::{CloudPreset, EntraCloud};
pub use credentials::{ClientCredentials, CredentialSlot};
pub use oidc::OidcSettings;
pub use options::{Authority, ClientAuthentication, EntraOptions, GroupsFrom, Liveness, Tenants};
pub use scim::{DeactivationGuard, FormerSecret, IdentityUpdateBehavior, ScimOptions, ScimSettings};
pub use scim_contact::{ScimContact, SecretUsed};

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
    /// Any OpenID Connect provider.
    #[serde(rename = "oidc")]
    Oidc(OidcSettings),
}

impl IdpConfig {
    /// The issuer by which people of the directory that provisions through this provider are keyed: the tenant id in lower case (ruling
    /// 22). `None` for a generic provider without a fixed issuer: its provisioned users are merged with nobody.
    pub fn directory_issuer(&self) -> Option<String> {
        match self {
            Self::Entra(settings) => Some(settings.directory_id.to_string()),
            Self::Oidc(settings) => settings.issuer.clone(),
        }
    }
    /// The wire name of the kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Entra(_) => "azureAD",
            Self::Oidc(_) => "oidc",
        }
    }
    /// The settings of an Entra provider; `None` for other kinds.
    pub const fn entra(&self) -> Option<&EntraSettings> {
        match self {
            Self::Entra(settings) => Some(settings),
            Self::Oidc(_) => None,
        }
    }
    /// Client ID at the provider.
    pub fn client_id(&self) -> &str {
        match self {
            Self::Entra(settings) => &settings.client_id,
            Self::Oidc(settings) => &settings.client_id,
        }
    }
    /// Whether sign-ins send a PKCE challenge.
    pub const fn pkce_enabled(&self) -> bool {
        match self {
            Self::Entra(settings) => settings.pkce_enabled,
            Self::Oidc(settings) => settings.pkce_enabled,
        }
    }
    /// Claims carried into the identity.
    pub fn claims(&self) -> &[String] {
        match self {
            Self::Entra(settings) => &settings.claims,
            Self::Oidc(settings) => &settings.claims,
        }
    }
    /// The checks between sign-ins.
    pub const fn liveness(&self) -> Liveness {
        match self {
            Self::Entra(settings) => settings.own.liveness,
            Self::Oidc(settings) => settings.liveness,
        }
    }
    /// Whether people keyed by this issuer may have signed in through the provider.
    pub fn accepts_issuer(&self, issuer: &str) -> bool {
        match self {
            Self::Entra(settings) => settings.tenants().any(|tenant| tenant.to_string() == issuer),
            Self::Oidc(settings) => settings.accepts_issuer(issuer),
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
    /// The question whether the application may have what it asks for.
    Consent,
    /// Never show a page.
    None,
}

impl Prompt {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::SelectAccount => "select_account",
            Self::Consent => "consent",
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
    /// doorward's own settings, which the v4 object has no room for (ruling 1).
    #[serde(default)]
    pub own: EntraOptions,
}

impl EntraSettings {
    /// The tenants whose people may sign in: the directory, and the others of the allow-list.
    pub fn tenants(&self) -> impl Iterator<Item = ObjectId> {
        let others = self.own.tenants.iter().flat_map(|tenants| tenants.allowed.iter().copied());
        std::iter::once(self.directory_id).chain(others.filter(|tenant| *tenant != self.directory_id))
    }
}
