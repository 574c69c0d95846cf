//! What a world is asked to be before it starts.

use serde_json::{Value, json};

use crate::{tenant::Tenant, world::World};

/// A world under construction.
pub struct Plan {
    pub(crate) tenant: Tenant,
    pub(crate) http: String,
    pub(crate) provider: Value,
    pub(crate) scim: Value,
    pub(crate) organization: Value,
    pub(crate) external_id: entra_sim::ExternalIdSource,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            tenant: Tenant::harbour_works(),
            http: String::new(),
            provider: json!({ "support_groups": true, "pkce_enabled": true }),
            scim: json!({ "enabled": true, "user_deprovision": true, "seat_deprovision": false, "identity_update_behavior": "no_action" }),
            organization: Value::Null,
            external_id: entra_sim::ExternalIdSource::MailNickname,
        }
    }
}

impl Plan {
    /// Another tenant.
    #[must_use]
    pub fn tenant(mut self, tenant: Tenant) -> Self {
        self.tenant = tenant;
        self
    }

    /// A line for the section `[http]` of doorward's configuration.
    #[must_use]
    pub fn http(mut self, line: &str) -> Self {
        self.http.push_str(line);
        self.http.push('\n');
        self
    }

    /// A member of the provider's `config`.
    #[must_use]
    pub fn provider(mut self, member: &str, value: Value) -> Self {
        self.provider[member] = value;
        self
    }

    /// Members of the organisation that are set after the start.
    #[must_use]
    pub fn organization(mut self, change: Value) -> Self {
        self.organization = change;
        self
    }

    /// A member of the provider's `scim_config`.
    #[must_use]
    pub fn scim(mut self, member: &str, value: Value) -> Self {
        self.scim[member] = value;
        self
    }

    /// Makes the provisioning service send object ids as `externalId` instead of mail nicknames.
    #[must_use]
    pub fn external_id_from_object_id(mut self) -> Self {
        self.external_id = entra_sim::ExternalIdSource::ObjectId;
        self
    }

    /// Starts it.
    pub async fn start(self) -> World {
        World::begin(self).await
    }
}
