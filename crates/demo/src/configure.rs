//! Owns setting doorward up through its public API: provider, applications, policies, service token.
//!
//! What is there already is left as it is, so that a later start keeps what somebody changed.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::api::{Api, text};
use crate::cast::{APPLICATIONS, Admits, Application, Kept as PolicyKept, OriginOf, Policy};
use crate::entra::Tenant;
use crate::folder::{Folder, Kept, KeptScim, KeptServiceToken};
use crate::places::Places;

/// Name of the provider.
pub const PROVIDER: &str = "Harbour Works Entra ID";
const SERVICE_TOKEN: &str = "berth-feed";

/// What scripts need to know of it.
pub struct Configured {
    /// The provider.
    pub idp_id: String,
    /// Base URL of its SCIM endpoint.
    pub scim_base: String,
    /// Secret of that.
    pub scim_secret: String,
    /// The applications, in the order of [`APPLICATIONS`].
    pub apps: Vec<AppCard>,
    /// The service token.
    pub service_token: KeptServiceToken,
}

/// An application as it was made.
pub struct AppCard {
    /// Id.
    pub id: String,
    /// Audience tag.
    pub aud: String,
}

/// Everything that setting up needs.
pub struct Setup<'a> {
    /// The API.
    pub api: &'a Api,
    /// The tenant.
    pub tenant: &'a Tenant,
    /// Object ids of groups by name.
    pub groups: &'a BTreeMap<&'static str, String>,
    /// Ports.
    pub places: &'a Places,
    /// The authority that signed the origins' certificates.
    pub authority_pem: &'a str,
    /// The state folder.
    pub folder: &'a Folder,
}

impl Setup<'_> {
    /// Sets up what is not there yet.
    pub async fn run(&self, kept: &mut Kept) -> Result<Configured> {
        let (idp_id, scim_base) = self.provider(kept).await?;
        let service_token = self.service_token(kept).await?;
        let mut apps = Vec::new();
        for application in &APPLICATIONS {
            apps.push(self.application(application, &idp_id, &service_token.id).await?);
        }
        let scim_secret = kept.scim.as_ref().map(|scim| scim.secret.clone()).context("there is no SCIM secret")?;
        Ok(Configured { idp_id, scim_base, scim_secret, apps, service_token })
    }

    async fn provider(&self, kept: &mut Kept) -> Result<(String, String)> {
        let there = self.api.named("access/identity_providers", PROVIDER).await?;
        let body = json!({
            "name": PROVIDER,
            "type": "azureAD",
            "config": {
                "client_id": self.tenant.sign_in_app.client_id,
                "client_secret": self.tenant.sign_in_app.client_secret,
                "directory_id": self.tenant.tenant_id,
                "support_groups": true,
                "pkce_enabled": true,
                // Without it, Entra would sign people in again without a word after they signed out.
                "prompt": "select_account",
            },
            "scim_config": { "enabled": true, "user_deprovision": true, "seat_deprovision": false, "identity_update_behavior": "no_action" },
        });
        let provider = match there {
            Some(provider) => provider,
            None => self.api.post("access/identity_providers", &body).await?,
        };
        let id = text(&provider, "id")?;
        let mut secret = provider["scim_config"]["secret"].as_str().map(str::to_owned);
        if secret.is_none() && kept.scim.as_ref().is_none_or(|scim| scim.idp_id != id) {
            let path = format!("access/identity_providers/{id}/refresh_scim_secret");
            let renewed = self.api.post(&path, &json!({})).await?;
            secret = Some(text(&renewed["scim_config"], "secret")?);
        }
        if let Some(secret) = secret {
            kept.scim = Some(KeptScim { idp_id: id.clone(), secret });
            self.folder.keep(kept)?;
        }
        Ok((id, text(&provider["scim_config"], "scim_base_url")?))
    }

    async fn service_token(&self, kept: &mut Kept) -> Result<KeptServiceToken> {
        let there = self.api.named("access/service_tokens", SERVICE_TOKEN).await?;
        let token = match (there, &kept.service_token) {
            (Some(there), Some(known)) if there["id"] == known.id.as_str() => return Ok(known.clone()),
            (Some(there), _) => {
                let path = format!("access/service_tokens/{}/rotate", text(&there, "id")?);
                self.api.post(&path, &json!({})).await?
            }
            (None, _) => self.api.post("access/service_tokens", &json!({ "name": SERVICE_TOKEN, "duration": "8760h" })).await?,
        };
        let made = KeptServiceToken {
            id: text(&token, "id")?,
            client_id: text(&token, "client_id")?,
            client_secret: text(&token, "client_secret")?,
        };
        kept.service_token = Some(made.clone());
        self.folder.keep(kept)?;
        Ok(made)
    }

    async fn application(&self, application: &Application, idp: &str, token: &str) -> Result<AppCard> {
        let app = match self.api.named("access/apps", application.name).await? {
            Some(app) => app,
            None => {
                let mut policies = Vec::new();
                for (at, policy) in application.policies.iter().enumerate() {
                    policies.push(self.policy(policy, at + 1, idp, token).await?);
                }
                let body = json!({
                    "name": application.name,
                    "type": "self_hosted",
                    "domain": application.host,
                    "session_duration": "24h",
                    "allowed_idps": [idp],
                    "auto_redirect_to_identity": true,
                    "policies": policies,
                });
                self.api.post("access/apps", &body).await?
            }
        };
        let card = AppCard { id: text(&app, "id")?, aud: text(&app, "aud")? };
        let port = match application.origin {
            OriginOf::Wiki => self.places.wiki_origin,
            OriginOf::Payroll => self.places.payroll_origin,
        };
        // At every start, because the ports may have moved.
        let upstream = json!({ "url": Places::origin(port), "tls": { "ca_pool": self.authority_pem } });
        self.api.put(&format!("doorward/apps/{}/upstream", card.id), &upstream).await?;
        Ok(card)
    }

    /// What stands in the application's list of policies.
    async fn policy(&self, policy: &Policy, precedence: usize, idp: &str, token: &str) -> Result<Value> {
        let (decision, rule) = match policy.admits {
            Admits::Group(name) => {
                let id = self.groups.get(name).with_context(|| format!("the group {name:?} is not known"))?;
                ("allow", json!({ "azureAD": { "id": id, "identity_provider_id": idp } }))
            }
            Admits::Email(address) => ("allow", json!({ "email": { "email": address } })),
            Admits::ServiceToken => ("non_identity", json!({ "service_token": { "token_id": token } })),
        };
        let mut body = json!({ "name": policy.name, "decision": decision, "include": [rule] });
        if policy.kept == PolicyKept::Reusable {
            let made = match self.api.named("access/policies", policy.name).await? {
                Some(there) => there,
                None => self.api.post("access/policies", &body).await?,
            };
            return Ok(json!({ "id": text(&made, "id")?, "precedence": precedence }));
        }
        body["precedence"] = json!(precedence);
        Ok(body)
    }
}
