//! The API token of this API: reading and writing it.

use std::collections::BTreeSet;

use model::{
    Secret, Timestamp,
    api_token::{ApiToken, Permission, RequestIp, Resources, Standing},
    rule::IpRange,
};
use serde_json::{Map, Value, json};

use crate::{
    error::ApiError,
    fault::{Faults, Fields, kind},
    token::TokenOrder,
};

/// What a body asks for.
#[derive(Debug)]
pub(crate) struct Wish {
    pub order: TokenOrder,
    /// `None`: as it is.
    pub enabled: Option<bool>,
}

/// Most ranges of a condition.
const MOST_RANGES: usize = 100;

/// Reads a body.
pub(super) fn read(body: &Value) -> Result<Wish, ApiError> {
    let faults = Faults::default();
    let wish = Fields::of(body, "", &faults).and_then(|f| {
        let name = f.required_text("name", 255).map(str::to_owned);
        f.require("permissions");
        let permissions = permissions(&f);
        let resources = resources(&f);
        let request_ip = condition(&f);
        let (not_before, expires_at) = (f.time("not_before"), f.time("expires_on"));
        let enabled = status(&f);
        f.read_only(&["id", "issued_on", "modified_on", "last_used_on"]);
        f.done();
        Some(Wish { order: TokenOrder { name: name?, permissions, resources, request_ip, not_before, expires_at }, enabled })
    });
    faults.finish_some(wish)
}

/// `active` and `disabled` switch; `expired` is what a GET may have answered and switches nothing.
pub(crate) fn status(f: &Fields<'_>) -> Option<bool> {
    f.word("status", &[("active", Some(true)), ("disabled", Some(false)), ("expired", None)]).flatten()
}

fn permissions(f: &Fields<'_>) -> BTreeSet<Permission> {
    let mut set = BTreeSet::new();
    for (pointer, value) in f.array("permissions").unwrap_or_default() {
        match value.as_str().map(str::parse::<Permission>) {
            Some(Ok(permission)) => {
                set.insert(permission);
            }
            Some(Err(error)) => {
                let all = Permission::ALL.map(|p| format!("{:?}", p.name())).join(", ");
                f.faults().add(pointer, format!("{error}; the permissions are {all}"));
            }
            None => f.faults().add(pointer, format!("must be a text, not {}", kind(value))),
        }
    }
    set
}

fn resources(f: &Fields<'_>) -> Option<Resources> {
    let within = f.object("resources")?;
    let resources = Resources {
        apps: within.parsed_array("apps").unwrap_or_default().into_iter().collect(),
        identity_providers: within.parsed_array("identity_providers").unwrap_or_default().into_iter().collect(),
    };
    within.done();
    if resources.is_empty() {
        f.fault("resources", "names nothing that the token could be used on: leave it out (or null) for everything");
    }
    Some(resources)
}

/// `{"request_ip": {"in": […], "not_in": […]}}`.
pub(crate) fn condition(f: &Fields<'_>) -> RequestIp {
    let Some(condition) = f.object("condition") else { return RequestIp::default() };
    let mut read = RequestIp::default();
    if let Some(ip) = condition.object("request_ip") {
        read = RequestIp { within: ranges(&ip, "in"), outside: ranges(&ip, "not_in") };
        ip.done();
    }
    condition.done();
    read
}

fn ranges(f: &Fields<'_>, key: &'static str) -> Vec<IpRange> {
    let mut ranges = Vec::new();
    for (pointer, value) in f.array(key).unwrap_or_default() {
        match value.as_str().map(|text| IpRange::try_from(text.to_owned())) {
            Some(Ok(range)) => ranges.push(range),
            Some(Err(why)) => f.faults().add(pointer, why),
            None => f.faults().add(pointer, format!("must be a text, not {}", kind(value))),
        }
    }
    if ranges.len() > MOST_RANGES {
        f.fault(key, format!("has more than {MOST_RANGES} elements"));
    }
    ranges
}

/// The wire form, without the secret.
pub(super) fn write(token: &ApiToken, last_used: Option<Timestamp>, now: Timestamp) -> Value {
    let mut out = Map::new();
    out.insert("id".into(), json!(token.id.as_str()));
    out.insert("name".into(), json!(token.name));
    out.insert("status".into(), json!(status_name(token, now)));
    out.insert("permissions".into(), token.permissions.iter().map(|p| json!(p.name())).collect());
    let resources = token.resources.as_ref().map(|within| {
        let apps: Vec<String> = within.apps.iter().map(ToString::to_string).collect();
        let providers: Vec<String> = within.identity_providers.iter().map(ToString::to_string).collect();
        json!({ "apps": apps, "identity_providers": providers })
    });
    out.insert("resources".into(), resources.unwrap_or(Value::Null));
    out.insert("condition".into(), condition_json(token));
    out.insert("not_before".into(), json!(token.not_before.map(Timestamp::rfc3339)));
    out.insert("expires_on".into(), json!(token.expires_at.map(Timestamp::rfc3339)));
    out.insert("issued_on".into(), json!(token.created_at.rfc3339()));
    out.insert("modified_on".into(), json!(token.updated_at.rfc3339()));
    out.insert("last_used_on".into(), json!(last_used.map(Timestamp::rfc3339)));
    Value::Object(out)
}

/// The condition as a body gives it.
pub(crate) fn condition_json(token: &ApiToken) -> Value {
    let texts = |ranges: &[IpRange]| ranges.iter().map(|r| json!(r.as_str())).collect::<Value>();
    match &token.request_ip {
        none if none.is_empty() => json!({}),
        RequestIp { within, outside } => json!({ "request_ip": { "in": texts(within), "not_in": texts(outside) } }),
    }
}

/// A token whose time has not come is told as active: its `not_before` says the rest.
pub(crate) fn status_name(token: &ApiToken, now: Timestamp) -> &'static str {
    match token.standing(now) {
        Standing::Active | Standing::Early => "active",
        Standing::Disabled => "disabled",
        Standing::Expired => "expired",
    }
}

/// Adds the token's text to the one answer that has it.
pub(crate) fn reveal(wired: &mut Value, secret: &Secret) {
    if let Some(members) = wired.as_object_mut() {
        members.insert("value".into(), json!(secret.expose()));
    }
}
