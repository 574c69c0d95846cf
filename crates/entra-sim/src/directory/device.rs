//! Owns devices: what Intune manages and what the directory registers, one record for both.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::id::ObjectId;
use crate::clock::Stamp;

/// Intune's spelling of a date that was never set.
pub const UNSET: &str = "0001-01-01T00:00:00Z";
/// Intune's spelling of a date that never comes.
pub const NEVER: &str = "9999-12-31T23:59:59.9999999Z";

/// What Intune thinks of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Compliance {
    /// Not evaluated yet.
    #[default]
    Unknown,
    /// As it should be.
    Compliant,
    /// Not as it should be.
    Noncompliant,
    /// Policies contradict each other.
    Conflict,
    /// Evaluation failed.
    Error,
    /// Not as it should be, but within the time to mend it.
    InGracePeriod,
    /// Configuration Manager decides.
    ConfigManager,
}

/// A device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Id in Intune.
    pub id: Uuid,
    /// Object id in the directory.
    pub object_id: ObjectId,
    /// The id both sides share (`azureADDeviceId`, `deviceId`).
    pub device_id: Uuid,
    /// Name.
    pub name: String,
    /// Whose.
    pub user: Option<ObjectId>,
    /// Serial number.
    pub serial: String,
    /// `Windows`, `macOS`, `iOS`, `Android`, `Linux`.
    pub os: String,
    /// Version.
    pub os_version: String,
    /// Maker.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// Compliance.
    pub compliance: Compliance,
    /// Disk encrypted.
    pub encrypted: bool,
    /// When it was enrolled.
    pub enrolled: Stamp,
    /// Last contact; never when absent.
    pub last_sync: Option<Stamp>,
    /// End of the time to mend; never when absent.
    pub grace_until: Option<Stamp>,
}

/// Whose a device is: object id, user principal name, name, mail.
pub type Owner<'a> = (ObjectId, &'a str, &'a str, Option<&'a str>);

impl Device {
    /// Intune's JSON.
    pub fn managed(&self, owner: Option<Owner<'_>>) -> Value {
        json!({
            "id": self.id,
            "userId": owner.map(|one| one.0.to_string()).unwrap_or_default(),
            "deviceName": self.name,
            "managedDeviceOwnerType": "company",
            "enrolledDateTime": self.enrolled.graph(),
            "lastSyncDateTime": self.last_sync.map_or_else(|| UNSET.to_owned(), Stamp::graph),
            "operatingSystem": self.os,
            "complianceState": self.compliance,
            "jailBroken": "Unknown",
            "managementAgent": "mdm",
            "managementState": "managed",
            "osVersion": self.os_version,
            "easActivated": false,
            "easActivationDateTime": UNSET,
            "azureADRegistered": true,
            "deviceEnrollmentType": "windowsAzureADJoin",
            "emailAddress": owner.and_then(|one| one.3).unwrap_or_default(),
            "azureADDeviceId": self.device_id,
            "deviceRegistrationState": "registered",
            "isSupervised": false,
            "isEncrypted": self.encrypted,
            "userPrincipalName": owner.map(|one| one.1).unwrap_or_default(),
            "userDisplayName": owner.map(|one| one.2).unwrap_or_default(),
            "model": self.model,
            "manufacturer": self.manufacturer,
            "imei": "",
            "udid": "",
            "serialNumber": self.serial,
            "complianceGracePeriodExpirationDateTime": self.grace_until.map_or_else(|| NEVER.to_owned(), Stamp::graph),
            "exchangeLastSuccessfulSyncDateTime": UNSET,
            "partnerReportedThreatState": "unknown",
            "wiFiMacAddress": "",
            "ethernetMacAddress": null,
            "managedDeviceName": format!("{}_{}_{}", owner.map(|one| one.1).unwrap_or("system"), self.os, self.enrolled.graph()),
            "managementCertificateExpirationDate": UNSET,
            "deviceActionResults": [],
            "configurationManagerClientEnabledFeatures": null,
            "deviceHealthAttestationState": null,
        })
    }

    /// The directory's JSON.
    pub fn registered(&self) -> Value {
        json!({
            "id": self.object_id.to_string(),
            "deletedDateTime": null,
            "accountEnabled": true,
            "approximateLastSignInDateTime": self.last_sync.map(Stamp::graph),
            "deviceId": self.device_id,
            "displayName": self.name,
            "isCompliant": self.compliance == Compliance::Compliant,
            "isManaged": true,
            "manufacturer": self.manufacturer,
            "model": self.model,
            "operatingSystem": self.os,
            "operatingSystemVersion": self.os_version,
            "profileType": "RegisteredDevice",
            "registrationDateTime": self.enrolled.graph(),
            "trustType": "AzureAd",
        })
    }
}
