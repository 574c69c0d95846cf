//! Device posture: where facts about devices are read, and what they must be ("Device posture" of Cloudflare One).

use serde::{Deserialize, Serialize};

use crate::{ObjectId, PostureIntegrationId, PostureRuleId, SessionDuration, Timestamp, idp::EntraCloud};

/// A source of facts about devices. Its client secret is kept sealed, apart from this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostureIntegration {
    /// Id.
    pub id: PostureIntegrationId,
    /// Name.
    pub name: String,
    /// Time between two readings.
    pub interval: SessionDuration,
    /// Kind and settings.
    pub config: IntegrationConfig,
    /// The cloud that its secret was given for, and that alone gets it; absent: the server's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<EntraCloud>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Settings by kind of source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum IntegrationConfig {
    /// Microsoft Intune, read through Graph with the application permission `DeviceManagementManagedDevices.Read.All`.
    #[serde(rename = "intune")]
    Intune {
        /// Application (client) ID.
        client_id: String,
        /// Tenant.
        customer_id: ObjectId,
    },
}

/// What a device must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostureRule {
    /// Id: what `device_posture` of a rule names.
    pub id: PostureRuleId,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Platforms it is meant for, as given; empty: all.
    pub platforms: Vec<Platform>,
    /// How often devices report, as given; Intune is read at its integration's interval.
    pub schedule: Option<SessionDuration>,
    /// How long a reading counts; absent: three intervals of the integration.
    pub expiration: Option<SessionDuration>,
    /// The check itself.
    pub check: PostureCheck,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Kinds of check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum PostureCheck {
    /// The device at hand has this state in Intune. Needs a link between the sign-in and a device (ruling 19).
    #[serde(rename = "intune")]
    Intune {
        /// Where it is read.
        connection_id: PostureIntegrationId,
        /// The state.
        compliance_status: ComplianceStatus,
    },
    /// The person has devices in Intune, and every one of them has this state: a value of doorward's own (ruling 19).
    #[serde(rename = "doorward_intune_all_devices")]
    IntuneAllDevices {
        /// Where it is read.
        connection_id: PostureIntegrationId,
        /// The state.
        compliance_status: ComplianceStatus,
    },
}

impl PostureCheck {
    /// The wire name of the kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Intune { .. } => "intune",
            Self::IntuneAllDevices { .. } => "doorward_intune_all_devices",
        }
    }
    /// Where it is read.
    pub const fn connection(&self) -> PostureIntegrationId {
        match self {
            Self::Intune { connection_id, .. } | Self::IntuneAllDevices { connection_id, .. } => *connection_id,
        }
    }
    /// The state that is wanted.
    pub const fn status(&self) -> ComplianceStatus {
        match self {
            Self::Intune { compliance_status, .. } | Self::IntuneAllDevices { compliance_status, .. } => *compliance_status,
        }
    }
}

/// Compliance of a device, in the words of the v4 contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ComplianceStatus {
    /// Compliant.
    Compliant,
    /// Not compliant.
    NonCompliant,
    /// Not known to Intune.
    Unknown,
    /// No policy applies.
    NotApplicable,
    /// Not compliant, and still within its time of grace.
    InGracePeriod,
    /// Intune could not tell.
    Error,
}

/// Operating systems of posture rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Windows.
    Windows,
    /// macOS.
    Mac,
    /// Linux.
    Linux,
    /// Android.
    Android,
    /// iOS.
    Ios,
    /// `ChromeOS`.
    ChromeOs,
}
