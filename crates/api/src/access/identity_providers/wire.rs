//! The provider object of the v4 API: reading and writing it.

mod entra;
mod oidc;

use model::{
    ObjectId, Secret,
    idp::{IdentityProvider, IdentityUpdateBehavior, IdpConfig, ScimSettings},
};
use serde_json::{Value, json};

use crate::{
    error::ApiError,
    fault::{Faults, Fields},
    state::ApiConfig,
};

/// Types of the contract that are not built.
const OTHER_TYPES: [&str; 13] = [
    "onetimepin",
    "saml",
    "centrify",
    "facebook",
    "github",
    "google-apps",
    "google",
    "linkedin",
    "okta",
    "onelogin",
    "pingone",
    "yandex",
    "cloudflare",
];

/// What the body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// A new provider: the client secret must be there, or be null when another credential will be used.
    Create,
    /// A replacement: the client secret may be left out or masked.
    Replace,
}

/// A provider as a body describes it.
#[derive(Debug)]
pub(super) struct Draft {
    pub name: String,
    pub config: IdpConfig,
    /// `None`: keep the stored one.
    pub secret: Option<Secret>,
    /// `None`: keep the stored settings.
    pub scim: Option<ScimSettings>,
}

/// The wire form. Secrets are never in it.
pub(crate) fn write(config: &ApiConfig, idp: &IdentityProvider) -> Value {
    let mut settings = match &idp.config {
        IdpConfig::Entra(settings) => entra::write(settings),
        IdpConfig::Oidc(settings) => oidc::write(settings),
    };
    settings.insert("redirect_url".into(), json!(format!("{}/cdn-cgi/access/callback", config.team_origin)));
    json!({
        "id": idp.id.to_string(),
        "uid": idp.id.to_string(),
        "name": idp.name,
        "type": idp.config.kind(),
        "config": settings,
        "scim_config": {
            "enabled": idp.scim.enabled,
            "user_deprovision": idp.scim.user_deprovision,
            "seat_deprovision": idp.scim.seat_deprovision,
            "identity_update_behavior": idp.scim.identity_update_behavior,
            "scim_base_url": format!("{}/populations/{}/scim/v2", config.team_origin, idp.id),
        },
        "read_only": false,
        "created_at": idp.created_at.rfc3339(),
        "updated_at": idp.updated_at.rfc3339(),
    })
}

/// The wire form with the SCIM secret, for the one answer that shows it.
pub(super) fn write_with_secret(config: &ApiConfig, idp: &IdentityProvider, secret: Option<&Secret>) -> Value {
    let mut value = write(config, idp);
    if let (Some(secret), Some(scim)) = (secret, value.get_mut("scim_config").and_then(Value::as_object_mut)) {
        scim.insert("secret".into(), json!(secret.expose()));
    }
    value
}

/// Reads a body.
pub(super) fn read(body: &Value, wanted: For, config: &ApiConfig) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).and_then(|fields| provider(&fields, wanted, config));
    faults.finish_some(draft)
}

fn provider(fields: &Fields<'_>, wanted: For, api: &ApiConfig) -> Option<Draft> {
    let name = fields.required_text("name", 255).map(str::to_owned);
    let kind = kind(fields);
    fields.require("config");
    let config = fields.object("config").and_then(|f| {
        // Without a type the faults are told that the commonest one would have.
        let kind = kind.unwrap_or(Kind::Entra);
        let secret = secret(&f, wanted, kind);
        let config = match kind {
            Kind::Entra => entra::read(&f).map(IdpConfig::Entra),
            Kind::Oidc => oidc::read(&f, api).map(IdpConfig::Oidc),
        };
        f.read_only(&["redirect_url"]);
        f.done();
        Some((config?, secret))
    });
    let scim = fields.object("scim_config").map(|scim| scim_settings(&scim));
    fields.read_only(&["id", "uid", "read_only", "saml_certificate_set", "created_at", "updated_at"]);
    fields.not_yet(&["saml_certificate_set_id"]);
    fields.done();
    kind?;
    let (config, secret) = config?;
    Some(Draft { name: name?, config, secret, scim })
}

#[derive(Clone, Copy)]
enum Kind {
    Entra,
    Oidc,
}

fn kind(fields: &Fields<'_>) -> Option<Kind> {
    const BUILT: &str = "azureAD, oidc";
    match fields.required_text("type", 64)? {
        "azureAD" => return Some(Kind::Entra),
        "oidc" => return Some(Kind::Oidc),
        other if OTHER_TYPES.contains(&other) => {
            fields.fault("type", format!("providers of type {other} are not supported yet; supported: {BUILT}"));
        }
        other => fields.fault("type", format!("{other:?} is not a type of provider; supported: {BUILT}")),
    }
    None
}

fn secret(f: &Fields<'_>, wanted: For, kind: Kind) -> Option<Secret> {
    let given = f.text_up_to("client_secret", 1024).filter(|t| !t.is_empty() && !Secret::is_mask(t));
    let Some(text) = given else {
        if wanted == For::Create && f.is_null("client_secret") {
            return None;
        }
        if wanted == For::Create && !f.given("client_secret") {
            f.fault(
                "client_secret",
                "client_secret is required: the Value of a client secret of the app registration; null when a certificate or a \
                 federated credential will be set instead",
            );
        } else if wanted == For::Create {
            f.fault("client_secret", "client_secret is empty or masked: send the Value of a client secret of the app registration");
        }
        return None;
    };
    // Other providers have secrets of that form.
    if matches!(kind, Kind::Entra) && looks_like_secret_id(text) {
        f.fault(
            "client_secret",
            "this is the Secret ID, not the secret: in Entra, under Certificates & secrets, copy the column Value. It is shown \
             only right after the secret was made; if it is gone, make a new one",
        );
        return None;
    }
    Some(Secret::new(text))
}

/// A secret's value never has the form of a GUID at Entra; its id always has.
pub(crate) fn looks_like_secret_id(text: &str) -> bool {
    text.trim().parse::<ObjectId>().is_ok()
}

fn claims(f: &Fields<'_>) -> Vec<String> {
    let claims = f.parsed_array::<String>("claims").unwrap_or_default();
    if claims.len() > 100 {
        f.fault("claims", "has more than 100 claims");
    }
    if claims.iter().any(|c| c.is_empty() || c.len() > 255 || c.chars().any(char::is_control)) {
        f.fault("claims", "each claim is a name of 1 to 255 characters");
    }
    claims
}

fn scim_settings(f: &Fields<'_>) -> ScimSettings {
    const BEHAVIORS: [(&str, IdentityUpdateBehavior); 3] = [
        ("automatic", IdentityUpdateBehavior::Automatic),
        ("reauth", IdentityUpdateBehavior::Reauth),
        ("no_action", IdentityUpdateBehavior::NoAction),
    ];
    let flag = |key| f.flag(key).unwrap_or(false);
    let (enabled, user_deprovision, seat_deprovision) = (flag("enabled"), flag("user_deprovision"), flag("seat_deprovision"));
    if seat_deprovision && !user_deprovision {
        f.fault("seat_deprovision", "seat_deprovision works only together with user_deprovision: switch that on too");
    }
    let behavior = f.word("identity_update_behavior", &BEHAVIORS);
    let older = f.flag("group_member_deprovision");
    if older == Some(true) && behavior.is_some_and(|b| b != IdentityUpdateBehavior::Reauth) {
        f.fault(
            "group_member_deprovision",
            "it means identity_update_behavior \"reauth\", but another one is given: leave one of the two out",
        );
    }
    let from_older = if older == Some(true) { IdentityUpdateBehavior::Reauth } else { IdentityUpdateBehavior::NoAction };
    f.read_only(&["secret", "scim_base_url", "former_secret_ends_at"]);
    f.done();
    ScimSettings {
        enabled,
        user_deprovision,
        seat_deprovision,
        identity_update_behavior: behavior.unwrap_or(from_older),
        ..ScimSettings::default()
    }
}
