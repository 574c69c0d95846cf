//! The service token of the v4 API: reading and writing it.

use model::{Secret, SessionDuration, Timestamp, service_token::ServiceToken};
use serde_json::{Map, Value, json};

use crate::{
    error::ApiError,
    fault::{Faults, Fields},
};

/// Longest life short of `forever`: a hundred years.
const LONGEST: i64 = 100 * 366 * 86_400;

/// How long a token lives.
#[derive(Debug, Clone)]
pub(super) enum Life {
    Forever,
    Lasting(SessionDuration),
}

impl Life {
    /// What the model stores.
    pub(super) fn stored(self) -> Option<SessionDuration> {
        match self {
            Self::Forever => None,
            Self::Lasting(duration) => Some(duration),
        }
    }
}

/// A token as a body describes it; `None` where a member is left out.
#[derive(Debug)]
pub(super) struct Draft {
    pub name: Option<String>,
    pub life: Option<Life>,
    pub enabled: Option<bool>,
    pub version: Option<u32>,
    pub previous_until: Option<Timestamp>,
}

/// Reads a body.
pub(super) fn read(body: &Value) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).map(|fields| {
        let draft = Draft {
            name: if fields.given("name") { fields.required_text("name", 255).map(str::to_owned) } else { None },
            life: life(&fields),
            enabled: fields.flag("enabled"),
            version: fields.integer("client_secret_version", 1..=i64::from(u32::MAX)).and_then(|n| u32::try_from(n).ok()),
            previous_until: fields.time("previous_client_secret_expires_at"),
        };
        fields.read_only(&["id", "uid", "client_id", "client_secret", "expires_at", "created_at", "updated_at", "last_seen_at"]);
        fields.done();
        draft
    });
    faults.finish_some(draft)
}

fn life(fields: &Fields<'_>) -> Option<Life> {
    match fields.text("duration") {
        None => None,
        Some("forever") => Some(Life::Forever),
        Some(_) => fields.duration("duration", 60, LONGEST).map(Life::Lasting),
    }
}

/// When a token ends that begins or is refreshed at a moment.
pub(super) fn end(from: Timestamp, duration: Option<&SessionDuration>) -> Option<Timestamp> {
    duration.map(|d| from.plus_secs(d.secs()))
}

/// The wire form, without the secret and without when it was last used: for audit records.
pub(super) fn write(token: &ServiceToken) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("id", json!(token.id.to_string()));
    put("uid", json!(token.id.to_string()));
    put("name", json!(token.name));
    put("client_id", json!(token.client_id));
    put("duration", json!(token.duration.as_ref().map_or("forever", SessionDuration::as_str)));
    put("enabled", json!(token.enabled));
    put("client_secret_version", json!(token.client_secret_version));
    if let Some(previous) = &token.previous {
        put("previous_client_secret_expires_at", json!(previous.expires_at.rfc3339()));
    }
    if let Some(end) = token.expires_at {
        put("expires_at", json!(end.rfc3339()));
    }
    put("created_at", json!(token.created_at.rfc3339()));
    put("updated_at", json!(token.updated_at.rfc3339()));
    Value::Object(out)
}

/// The wire form with when it was last used, to five minutes.
pub(super) fn write_seen(token: &ServiceToken, seen: Option<&Timestamp>) -> Value {
    let mut value = write(token);
    if let (Some(seen), Some(members)) = (seen, value.as_object_mut()) {
        members.insert("last_seen_at".into(), json!(seen.rfc3339()));
    }
    value
}

/// The same with the secret, for the one answer that shows it.
pub(super) fn write_with_secret(token: &ServiceToken, seen: Option<&Timestamp>, secret: Option<&Secret>) -> Value {
    let mut value = write_seen(token, seen);
    if let (Some(secret), Some(members)) = (secret, value.as_object_mut()) {
        members.insert("client_secret".into(), json!(secret.expose()));
    }
    value
}
