//! `config` of a provider of type `azureAD`.

use model::{
    ObjectId,
    idp::{EntraOptions, EntraSettings, Prompt},
};
use serde_json::{Map, Value, json};

use crate::fault::Fields;

use super::claims;

/// The wire form.
pub(super) fn write(entra: &EntraSettings) -> Map<String, Value> {
    let mut settings = Map::new();
    settings.insert("client_id".into(), json!(entra.client_id));
    settings.insert("directory_id".into(), json!(entra.directory_id.to_string()));
    settings.insert("support_groups".into(), json!(entra.support_groups));
    settings.insert("conditional_access_enabled".into(), json!(entra.conditional_access_enabled));
    settings.insert("pkce_enabled".into(), json!(entra.pkce_enabled));
    settings.insert("claims".into(), json!(entra.claims));
    if let Some(claim) = &entra.email_claim_name {
        settings.insert("email_claim_name".into(), json!(claim));
    }
    if let Some(prompt) = entra.prompt {
        settings.insert("prompt".into(), json!(prompt.as_str()));
    }
    settings
}

/// Reads it.
pub(super) fn read(f: &Fields<'_>) -> Option<EntraSettings> {
    const PROMPTS: [(&str, Prompt); 3] = [("login", Prompt::Login), ("select_account", Prompt::SelectAccount), ("none", Prompt::None)];
    let client_id = f.required_text("client_id", 255).map(str::to_owned);
    let directory_id = directory_id(f);
    let email_claim_name = f.filled_text("email_claim_name");
    let claims = claims(f);
    let prompt = if f.text("prompt").is_some_and(str::is_empty) { None } else { f.word("prompt", &PROMPTS) };
    let flag = |key| f.flag(key).unwrap_or(false);
    let (support_groups, conditional_access_enabled, pkce_enabled) =
        (flag("support_groups"), flag("conditional_access_enabled"), flag("pkce_enabled"));
    Some(EntraSettings {
        client_id: client_id?,
        directory_id: directory_id?,
        support_groups,
        conditional_access_enabled,
        email_claim_name,
        claims,
        prompt,
        pkce_enabled,
        cloud: None,
        own: EntraOptions::default(),
    })
}

/// The tenant's id. A multi-tenant authority in its place would let in everybody.
fn directory_id(f: &Fields<'_>) -> Option<ObjectId> {
    let text = f.text("directory_id").unwrap_or_default();
    if ["common", "organizations", "consumers"].contains(&text) {
        f.fault(
            "directory_id",
            format!(
                "{text:?} would let in people of every tenant: name your own directory's id here, and other tenants one by one under \
                 \"tenants\" of the provider's options"
            ),
        );
        return None;
    }
    f.required::<ObjectId>("directory_id")
}
