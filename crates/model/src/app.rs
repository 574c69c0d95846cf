//! Applications: what is protected, and how its sessions and cookies behave.

use serde::{Deserialize, Serialize};

use crate::{AppId, Audience, IdpId, SessionDuration, Timestamp, access_policy::PolicyLink, hostname::AppAddress};

/// Kinds of application that doorward serves so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppKind {
    /// A web application behind the reverse proxy.
    SelfHosted,
}

/// `SameSite` of the application cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameSite {
    /// Sent everywhere (with `Secure`).
    None,
    /// Sent on top-level navigation.
    Lax,
    /// Same site only; loops after the cross-site sign-in hop.
    Strict,
}

/// An application. The v4 object's settings; where requests go is [`crate::upstream::Upstream`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Id.
    pub id: AppId,
    /// Names the application in tokens, for its whole life.
    pub aud: Audience,
    /// Kind.
    pub kind: AppKind,
    /// Name shown to people.
    pub name: String,
    /// Public addresses; the first is the primary one (`domain`). Never empty.
    pub destinations: Vec<AppAddress>,
    /// Life of an application token unless a policy says otherwise.
    pub session_duration: SessionDuration,
    /// Login methods offered; empty: all.
    pub allowed_idps: Vec<IdpId>,
    /// With exactly one login method: go there without the choice page.
    pub auto_redirect_to_identity: bool,
    /// Shown in the App Launcher.
    pub app_launcher_visible: bool,
    /// Logo in the launcher.
    pub logo_url: Option<String>,
    /// Cookie attributes and their neighbours.
    pub cookies: AppCookies,
    /// Forward OPTIONS preflights to the origin.
    pub options_preflight_bypass: bool,
    /// Text on the page of a person refused by identity rules.
    pub custom_deny_message: Option<String>,
    /// Where such a person is sent instead.
    pub custom_deny_url: Option<String>,
    /// Where a request refused by non-identity rules is sent.
    pub custom_non_identity_deny_url: Option<String>,
    /// Answer 401 instead of the sign-in redirect when a Service Auth policy fails.
    pub service_auth_401_redirect: bool,
    /// Skip the consent page of the command-line sign-in.
    pub skip_interstitial: bool,
    /// The page may be framed.
    pub allow_iframe: bool,
    /// Tags, in alphabetical order.
    pub tags: Vec<String>,
    /// Policies in order of precedence.
    pub policies: Vec<PolicyLink>,
    /// Tokens of an older generation than this are worthless (`revoke_tokens`).
    pub generation: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How the application's cookie is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppCookies {
    /// `HttpOnly`; default on.
    pub http_only: bool,
    /// `SameSite`; absent means None.
    pub same_site: Option<SameSite>,
    /// Cookie path = the application's path.
    pub path: bool,
}

impl App {
    /// The primary address.
    pub fn domain(&self) -> &AppAddress {
        &self.destinations[0]
    }
}
