//! Owns a group and Graph's JSON for it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::id::ObjectId;
use crate::clock::Stamp;

/// What a group brings from a directory on premises.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnPremises {
    /// Account name.
    pub sam_account_name: String,
    /// DNS name of the domain.
    #[serde(default)]
    pub domain_name: Option<String>,
    /// NetBIOS name of the domain.
    #[serde(default)]
    pub net_bios_name: Option<String>,
}

/// A group of users and groups.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Object id.
    pub id: ObjectId,
    /// Name; Entra does not force it to be unique.
    pub display_name: String,
    /// Free text.
    pub description: Option<String>,
    /// Mail alias.
    pub mail_nickname: String,
    /// Can receive mail (a distribution list when not also a security group).
    pub mail_enabled: bool,
    /// Counts for access.
    pub security_enabled: bool,
    /// `Unified` for a Microsoft 365 group.
    pub group_types: Vec<String>,
    /// When the group was made.
    pub created: Stamp,
    /// Set when it is synchronised from premises.
    #[serde(default)]
    pub on_premises: Option<OnPremises>,
    /// Direct members: users and groups.
    pub members: BTreeSet<ObjectId>,
}

impl Group {
    /// Graph's JSON for the group.
    pub fn graph(&self) -> Value {
        json!({
            "id": self.id.to_string(),
            "deletedDateTime": null,
            "createdDateTime": self.created.graph(),
            "description": self.description,
            "displayName": self.display_name,
            "groupTypes": self.group_types,
            "mail": null,
            "mailEnabled": self.mail_enabled,
            "mailNickname": self.mail_nickname,
            "membershipRule": null,
            "onPremisesDomainName": self.on_premises.as_ref().and_then(|one| one.domain_name.as_ref()),
            "onPremisesNetBiosName": self.on_premises.as_ref().and_then(|one| one.net_bios_name.as_ref()),
            "onPremisesSamAccountName": self.on_premises.as_ref().map(|one| &one.sam_account_name),
            "onPremisesSyncEnabled": self.on_premises.as_ref().map(|_| true),
            "securityEnabled": self.security_enabled,
            "visibility": null,
        })
    }
}
