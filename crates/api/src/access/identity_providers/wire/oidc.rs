//! `config` of a provider of type `oidc`.

use model::idp::{Liveness, OidcSettings};
use serde_json::{Map, Value, json};

use crate::{fault::Fields, state::ApiConfig, target::endpoint};

use super::claims;

/// The wire form.
pub(super) fn write(oidc: &OidcSettings) -> Map<String, Value> {
    let mut settings = Map::new();
    settings.insert("client_id".into(), json!(oidc.client_id));
    settings.insert("auth_url".into(), json!(oidc.auth_url));
    settings.insert("token_url".into(), json!(oidc.token_url));
    settings.insert("certs_url".into(), json!(oidc.certs_url));
    settings.insert("scopes".into(), json!(oidc.scopes));
    settings.insert("claims".into(), json!(oidc.claims));
    settings.insert("pkce_enabled".into(), json!(oidc.pkce_enabled));
    if let Some(claim) = &oidc.email_claim_name {
        settings.insert("email_claim_name".into(), json!(claim));
    }
    settings
}

/// Reads it.
pub(super) fn read(f: &Fields<'_>, config: &ApiConfig) -> Option<OidcSettings> {
    let client_id = f.required_text("client_id", 255).map(str::to_owned);
    let (auth_url, token_url) = (endpoint(f, "auth_url", config), endpoint(f, "token_url", config));
    let certs_url = endpoint(f, "certs_url", config);
    let (scopes, claims) = (scopes(f), claims(f));
    let (email_claim_name, pkce_enabled) = (f.filled_text("email_claim_name"), f.flag("pkce_enabled").unwrap_or(false));
    Some(OidcSettings {
        client_id: client_id?,
        auth_url: auth_url?,
        token_url: token_url?,
        certs_url: certs_url?,
        scopes,
        claims,
        email_claim_name,
        prompt: None,
        pkce_enabled,
        issuer: None,
        authoritative_domains: Vec::new(),
        liveness: Liveness::default(),
    })
}

/// RFC 6749, 3.3: printable ASCII without space, quote and backslash.
fn scopes(f: &Fields<'_>) -> Vec<String> {
    let scopes = f.parsed_array::<String>("scopes").unwrap_or_default();
    let printable = |s: &String| !s.is_empty() && s.len() <= 255 && s.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    if scopes.len() > 50 {
        f.fault("scopes", "has more than 50 scopes");
    }
    if let Some(bad) = scopes.iter().find(|scope| !printable(scope)) {
        f.fault("scopes", format!("{bad:?} is not a scope: one word for each element"));
    }
    scopes
}
