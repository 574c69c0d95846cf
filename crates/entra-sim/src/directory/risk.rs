//! Owns what Identity Protection thinks of people: their risk and the detections behind it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::id::ObjectId;
use super::user::User;
use crate::clock::Stamp;

/// How likely it is that an account is in foreign hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RiskLevel {
    /// None.
    None,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Not shown without the licence.
    Hidden,
}

/// What became of the risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RiskState {
    /// None.
    None,
    /// An administrator called it safe.
    ConfirmedSafe,
    /// The person mended it.
    Remediated,
    /// An administrator dismissed it.
    Dismissed,
    /// Open.
    AtRisk,
    /// An administrator confirmed it.
    ConfirmedCompromised,
}

/// A person's risk.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Risk {
    /// Level.
    pub level: RiskLevel,
    /// State.
    pub state: RiskState,
    /// Since when.
    pub updated: Stamp,
}

/// One detection.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detection {
    /// Id.
    pub id: Uuid,
    /// Whose account.
    pub person: ObjectId,
    /// Level.
    pub level: RiskLevel,
    /// State.
    pub state: RiskState,
    /// When.
    pub at: Stamp,
}

/// Graph's detail for a state.
fn detail(state: RiskState) -> &'static str {
    match state {
        RiskState::None | RiskState::AtRisk => "none",
        RiskState::ConfirmedSafe => "adminConfirmedSigninSafe",
        RiskState::Remediated => "userPerformedSecuredPasswordReset",
        RiskState::Dismissed => "adminDismissedAllRiskForUser",
        RiskState::ConfirmedCompromised => "adminConfirmedUserCompromised",
    }
}

impl Risk {
    /// Graph's `riskyUser`.
    pub fn graph(&self, user: &User) -> Value {
        json!({
            "id": user.id.to_string(),
            "isDeleted": !user.is_live(),
            "isProcessing": false,
            "riskLevel": self.level,
            "riskState": self.state,
            "riskDetail": detail(self.state),
            "riskLastUpdatedDateTime": self.updated.graph(),
            "userDisplayName": user.profile.display_name,
            "userPrincipalName": user.profile.user_principal_name,
        })
    }
}

impl Detection {
    /// Graph's `riskDetection`.
    pub fn graph(&self, user: &User) -> Value {
        json!({
            "id": self.id,
            "requestId": self.id,
            "correlationId": self.id,
            "riskEventType": "unfamiliarFeatures",
            "riskState": self.state,
            "riskLevel": self.level,
            "riskDetail": detail(self.state),
            "source": "IdentityProtection",
            "detectionTimingType": "realtime",
            "activity": "signin",
            "ipAddress": "192.0.2.44",
            "activityDateTime": self.at.graph(),
            "detectedDateTime": self.at.graph(),
            "lastUpdatedDateTime": self.at.graph(),
            "userId": user.id.to_string(),
            "userDisplayName": user.profile.display_name,
            "userPrincipalName": user.profile.user_principal_name,
        })
    }
}
