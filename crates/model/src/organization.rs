//! The account and its Zero Trust organisation.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Audience, CustomPageId, SessionDuration, Timestamp};

/// The account. One per server for now; every object belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Id.
    pub id: AccountId,
    /// Name.
    pub name: String,
    /// Raised to end every session at once.
    pub generation: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Organisation-wide settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Name shown on pages.
    pub name: String,
    /// AUD of org tokens.
    pub aud: Audience,
    /// Global session duration; 15 minutes to 730 hours.
    pub session_duration: SessionDuration,
    /// With exactly one login method: go there without the choice page.
    pub auto_redirect_to_identity: bool,
    /// Service-token credentials are judged alone: 401 or 403, never a redirect, never a cookie.
    pub strict_service_token_auth: bool,
    /// What becomes of service tokens that nobody uses; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_token_inactivity: Option<ServiceTokenInactivity>,
    /// Look of the pages.
    pub login_design: LoginDesign,
    /// Idle time after which a seat is freed; at least 730 hours.
    pub user_seat_expiration_inactive_time: Option<SessionDuration>,
    /// Pages of the organisation's own, where an application names none.
    #[serde(default)]
    pub custom_pages: OrganizationPages,
    /// Most seats in use at a time; a further person is refused at their first admitted sign-in. An own setting (ruling 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat_limit: Option<u32>,
    /// The console refuses changes.
    pub is_ui_read_only: bool,
    /// Why, as the administrator put it.
    pub ui_read_only_toggle_reason: Option<String>,
    /// Requests to hosts without an application are refused (they get a page in any case).
    pub deny_unmatched_requests: bool,
    /// Days between signing-key rotations, 21 to 365.
    pub key_rotation_interval_days: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What becomes of service tokens that no policy names and nobody used for so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceTokenInactivity {
    /// Switched on.
    pub enabled: bool,
    /// What becomes of them.
    pub action: InactiveAction,
    /// Days without use; 30 to 365.
    pub threshold_days: u16,
}

/// What becomes of a service token that nobody uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InactiveAction {
    /// It is switched off and can be switched on again.
    Disable,
    /// It is removed.
    Delete,
}

/// Pages of the organisation's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct OrganizationPages {
    /// For people refused by identity rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_denied: Option<CustomPageId>,
    /// For requests refused by non-identity rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forbidden: Option<CustomPageId>,
}

/// Colours, logo and texts of people's pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct LoginDesign {
    /// CSS colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_color: Option<String>,
    /// CSS colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_color: Option<String>,
    /// Text above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_text: Option<String>,
    /// Text below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer_text: Option<String>,
    /// URL of the logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_path: Option<String>,
}
