//! Records that are kept: decisions, administrators' changes.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{AppId, IdpId, PolicyId, Reference, Timestamp, UserId, judged::Judged};

/// A decision on a request or sign-in, found again by its reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessDecision {
    /// Unguessable reference shown to the person.
    pub reference: Reference,
    /// When.
    pub at: Timestamp,
    /// Let in or not.
    pub allowed: bool,
    /// What was asked: `login`, `request`, `service_auth`; or what ended a session: `liveness`, `provider_logout`.
    pub action: String,
    /// The application, when one matched.
    pub app_id: Option<AppId>,
    /// Host asked for.
    pub host: String,
    /// Path asked for, without query.
    pub path: String,
    /// The person.
    pub user_id: Option<UserId>,
    /// Their address.
    pub user_email: Option<String>,
    /// The provider.
    pub idp: Option<IdpId>,
    /// Client address.
    pub ip: IpAddr,
    /// Country, when known.
    pub country: Option<String>,
    /// The policy that decided, when one did.
    pub policy_id: Option<PolicyId>,
    /// Everything considered, as the policy room explains it.
    pub explanation: serde_json::Value,
    /// What it was decided from; `None` where no policy was asked, and in records of earlier releases. Lists leave the identity out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Box<Judged>>,
}

impl AccessDecision {
    /// The first admission of a living session, or of a program, to an application: written down so that it can be decided again, and no
    /// sign-in.
    pub fn is_admission(&self) -> bool {
        self.allowed && matches!(self.action.as_str(), "request" | "service_auth")
    }
}

/// An administrator's change, recorded in the transaction that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// Who: `api-token:<id>`, `scim:<idp>`, `system`.
    pub actor: String,
    /// What, for example `app.update`.
    pub action: String,
    /// On what.
    pub object: String,
    /// Before; secrets left out.
    pub before: Option<serde_json::Value>,
    /// After; secrets left out.
    pub after: Option<serde_json::Value>,
}
