//! The posture integration of the v4 API: reading and writing it. Its secret is never shown.

use model::{
    ObjectId, Secret, SessionDuration,
    posture::{IntegrationConfig, PostureIntegration},
};
use serde_json::{Value, json};

use crate::{
    access::identity_providers::looks_like_secret_id,
    error::ApiError,
    fault::{Faults, Fields},
};

/// Types of the contract that are not built.
const OTHER_TYPES: [&str; 7] = ["workspace_one", "crowdstrike_s2s", "uptycs", "kolide", "tanium_s2s", "sentinelone_s2s", "custom_s2s"];

/// What a body holds, each member when it is there.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub name: Option<String>,
    pub interval: Option<SessionDuration>,
    pub client_id: Option<String>,
    pub customer_id: Option<ObjectId>,
    pub secret: Option<Secret>,
}

/// A new integration.
#[derive(Debug)]
pub(super) struct Whole {
    pub name: String,
    pub interval: SessionDuration,
    pub client_id: String,
    pub customer_id: ObjectId,
    pub secret: Secret,
}

/// Reads a body that makes an integration.
pub(super) fn read_whole(body: &Value) -> Result<Whole, ApiError> {
    let faults = Faults::default();
    let whole = Fields::of(body, "", &faults).and_then(|f| {
        for key in ["name", "type", "interval", "config"] {
            f.require(key);
        }
        if let Some(config) = f.object("config") {
            for key in ["client_id", "client_secret", "customer_id"] {
                config.require(key);
            }
        }
        let Part { name, interval, client_id, customer_id, secret } = part(&f);
        Some(Whole { name: name?, interval: interval?, client_id: client_id?, customer_id: customer_id?, secret: secret? })
    });
    faults.finish_some(whole)
}

/// Reads a body that changes one.
pub(super) fn read_part(body: &Value) -> Result<Part, ApiError> {
    let faults = Faults::default();
    let read = Fields::of(body, "", &faults).map(|f| part(&f));
    faults.finish_some(read)
}

fn part(f: &Fields<'_>) -> Part {
    let mut part = Part { name: f.filled_text("name"), ..Part::default() };
    match f.text("type") {
        None | Some("intune") => {}
        Some(other) if OTHER_TYPES.contains(&other) => {
            f.fault("type", format!("integrations of type {other} are not supported yet; supported: intune"));
        }
        Some(other) => f.fault("type", format!("{other:?} is not a type of integration; supported: intune")),
    }
    part.interval = f.given("interval").then(|| f.duration("interval", 60, 86_400)).flatten();
    if let Some(config) = f.object("config") {
        part.client_id = config.filled_text("client_id");
        part.customer_id = config.parsed("customer_id");
        part.secret = secret(&config);
        config.done();
    }
    f.read_only(&["id"]);
    f.done();
    part
}

fn secret(f: &Fields<'_>) -> Option<Secret> {
    let text = f.text_up_to("client_secret", 1024).filter(|t| !t.is_empty() && !Secret::is_mask(t))?;
    if looks_like_secret_id(text) {
        f.fault("client_secret", "this is the Secret ID, not the secret: copy the column Value");
        return None;
    }
    Some(Secret::new(text))
}

/// The wire form.
pub(super) fn write(integration: &PostureIntegration) -> Value {
    let IntegrationConfig::Intune { client_id, customer_id } = &integration.config;
    json!({
        "id": integration.id.to_string(),
        "name": integration.name,
        "type": "intune",
        "interval": integration.interval.as_str(),
        "config": { "client_id": client_id, "customer_id": customer_id.to_string() },
    })
}
