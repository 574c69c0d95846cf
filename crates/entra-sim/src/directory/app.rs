//! Owns application registrations and service principals, in Graph's own spelling.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::credential::{FederatedCredential, KeyCredential};
use super::id::{AppId, ObjectId};
use super::user::Secret;
use crate::clock::Stamp;

/// A client secret: Graph shows everything but the text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordCredential {
    /// What the portal calls *Secret ID*.
    pub key_id: Uuid,
    /// Name given by the administrator.
    pub display_name: Option<String>,
    /// First three characters of the text.
    pub hint: String,
    /// Valid from.
    pub start_date_time: Stamp,
    /// Valid until.
    pub end_date_time: Stamp,
    /// What the portal calls *Value*; shown once.
    pub text: Secret,
}

impl PasswordCredential {
    /// Graph's JSON, without the text.
    pub fn graph(&self) -> Value {
        json!({
            "customKeyIdentifier": null,
            "displayName": self.display_name,
            "endDateTime": self.end_date_time.graph(),
            "hint": self.hint,
            "keyId": self.key_id,
            "secretText": null,
            "startDateTime": self.start_date_time.graph(),
        })
    }
}

/// Redirect URIs of one platform.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RedirectUris {
    /// Registered addresses, compared exactly.
    pub redirect_uris: Vec<String>,
}

/// Which tokens the authorize endpoint may hand out itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ImplicitGrant {
    /// ID tokens.
    pub enable_id_token_issuance: bool,
    /// Access tokens.
    pub enable_access_token_issuance: bool,
}

/// The *Web* platform of a registration.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Web {
    /// Home page.
    pub home_page_url: Option<String>,
    /// Front-channel logout address.
    pub logout_url: Option<String>,
    /// Registered callbacks.
    pub redirect_uris: Vec<String>,
    /// Implicit grant switches.
    pub implicit_grant_settings: ImplicitGrant,
}

/// One optional claim.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OptionalClaim {
    /// Claim name.
    pub name: String,
    /// `user` for directory extensions.
    #[serde(default)]
    pub source: Option<String>,
    /// Whether the client cannot do without.
    #[serde(default)]
    pub essential: bool,
    /// Details, e.g. `emit_as_roles` for groups.
    #[serde(default)]
    pub additional_properties: Vec<String>,
}

/// Optional claims per token type.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct OptionalClaims {
    /// For ID tokens.
    pub id_token: Vec<OptionalClaim>,
    /// For access tokens of this resource.
    pub access_token: Vec<OptionalClaim>,
    /// For SAML.
    pub saml2_token: Vec<OptionalClaim>,
}

/// A role that an application (or, for Graph, an application permission) defines.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppRole {
    /// Role id.
    pub id: Uuid,
    /// Value in the `roles` claim.
    pub value: Option<String>,
    /// Name.
    pub display_name: String,
    /// Explanation.
    #[serde(default)]
    pub description: Option<String>,
    /// `User`, `Application`.
    pub allowed_member_types: Vec<String>,
    /// In use.
    pub is_enabled: bool,
}

/// An app registration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Object id.
    pub id: ObjectId,
    /// Client id.
    pub app_id: AppId,
    /// Name.
    pub display_name: String,
    /// Who may sign in: `AzureADMyOrg`, `AzureADMultipleOrgs` ...
    pub sign_in_audience: String,
    /// Web platform.
    pub web: Web,
    /// Single-page platform.
    pub spa: RedirectUris,
    /// Desktop platform.
    pub public_client: RedirectUris,
    /// Treated as a public client when nothing else tells.
    pub is_fallback_public_client: bool,
    /// Roles it defines.
    pub app_roles: Vec<AppRole>,
    /// Permissions it asks for.
    pub required_resource_access: Value,
    /// Optional claims.
    pub optional_claims: Option<OptionalClaims>,
    /// `SecurityGroup`, `All`, ... comma-joined; none when absent.
    pub group_membership_claims: Option<String>,
    /// Client secrets.
    pub password_credentials: Vec<PasswordCredential>,
    /// Certificates.
    #[serde(default)]
    pub key_credentials: Vec<KeyCredential>,
    /// Issuers whose tokens stand for the application.
    #[serde(default)]
    pub federated_identity_credentials: Vec<FederatedCredential>,
    /// App id URIs.
    pub identifier_uris: Vec<String>,
    /// Free labels.
    pub tags: Vec<String>,
    /// When it was made.
    pub created_date_time: Stamp,
}

impl Application {
    /// A fresh registration with nothing switched on.
    pub fn new(id: ObjectId, app_id: AppId, display_name: &str, created: Stamp) -> Self {
        Self {
            id,
            app_id,
            display_name: display_name.to_owned(),
            sign_in_audience: "AzureADMyOrg".to_owned(),
            web: Web::default(),
            spa: RedirectUris::default(),
            public_client: RedirectUris::default(),
            is_fallback_public_client: false,
            app_roles: Vec::new(),
            required_resource_access: json!([]),
            optional_claims: None,
            group_membership_claims: None,
            password_credentials: Vec::new(),
            key_credentials: Vec::new(),
            federated_identity_credentials: Vec::new(),
            identifier_uris: Vec::new(),
            tags: Vec::new(),
            created_date_time: created,
        }
    }

    /// Graph's JSON, secrets blanked.
    pub fn graph(&self) -> Value {
        let mut shown = serde_json::to_value(self).unwrap_or_default();
        let secrets: Vec<Value> = self.password_credentials.iter().map(PasswordCredential::graph).collect();
        if let Some(map) = shown.as_object_mut() {
            map.insert("passwordCredentials".into(), Value::Array(secrets));
            map.insert("keyCredentials".into(), self.key_credentials.iter().map(KeyCredential::graph).collect());
            map.shift_remove("federatedIdentityCredentials");
        }
        shown
    }

    /// Every registered redirect URI of every platform.
    pub fn redirect_uris(&self) -> impl Iterator<Item = &String> {
        self.web.redirect_uris.iter().chain(&self.spa.redirect_uris).chain(&self.public_client.redirect_uris)
    }

    /// Whether the app may redeem codes without authenticating.
    pub fn is_public(&self) -> bool {
        self.is_fallback_public_client
    }

    /// Whether it is nothing but a public client, so that it has no business sending secrets.
    pub fn is_public_only(&self) -> bool {
        self.is_fallback_public_client && self.web.redirect_uris.is_empty()
    }
}

/// An enterprise application: the tenant's side of a registration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    /// Object id.
    pub id: ObjectId,
    /// Client id of the registration.
    pub app_id: AppId,
    /// Name.
    pub display_name: String,
    /// Switched on.
    pub account_enabled: bool,
    /// Only assigned people may sign in.
    pub app_role_assignment_required: bool,
    /// Roles that can be assigned.
    pub app_roles: Vec<AppRole>,
    /// Tenant that owns the registration.
    pub app_owner_organization_id: Option<Uuid>,
    /// Where expiry notices go.
    pub notification_email_addresses: Vec<String>,
    /// Names it answers to.
    pub service_principal_names: Vec<String>,
    /// Free labels.
    pub tags: Vec<String>,
    /// Whether it can be provisioned to (the non-gallery kind).
    pub provisionable: bool,
}

impl ServicePrincipal {
    /// Graph's JSON.
    pub fn graph(&self) -> Value {
        let mut shown = serde_json::to_value(self).unwrap_or_default();
        if let Some(map) = shown.as_object_mut() {
            map.shift_remove("provisionable");
            map.insert("servicePrincipalType".into(), "Application".into());
        }
        shown
    }
}
