//! The account's tokens in the form of the v4 API: policies of permission groups and resources.

use std::collections::BTreeSet;

use model::{
    AccountId, Timestamp,
    api_token::{ApiToken, Permission, Resources},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    doorward::api_tokens::wire::{Wish, condition, condition_json, status, status_name},
    error::ApiError,
    fault::{Faults, Fields},
    token::TokenOrder,
};

const ACCOUNT: &str = "com.cloudflare.api.account.";
/// Resources of tokens that are for some objects only.
const APP: &str = "com.doorward.app.";
const PROVIDER: &str = "com.doorward.identity_provider.";

/// A permission's group: its id is made of its name, so that it is the same everywhere.
pub(super) fn group(permission: Permission) -> Value {
    json!({ "id": group_id(permission), "name": permission.name(), "scopes": ["com.cloudflare.api.account"] })
}

fn group_id(permission: Permission) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, permission.name().as_bytes()).simple().to_string()
}

/// Reads a body.
pub(super) fn read(body: &Value, account: &AccountId) -> Result<Wish, ApiError> {
    let faults = Faults::default();
    let wish = Fields::of(body, "", &faults).and_then(|f| {
        let name = f.required_text("name", 255).map(str::to_owned);
        f.require("policies");
        let policies = f.array("policies").unwrap_or_default();
        let read: Vec<Policy> = policies.into_iter().filter_map(|(at, value)| policy(&Fields::of(value, at, &faults)?, account)).collect();
        let same = read.windows(2).all(|pair| pair[0].resources == pair[1].resources);
        if !same {
            f.fault("policies", "policies for different resources in one token are not supported: make a token for each");
        }
        let resources = read.first().and_then(|policy| policy.resources.clone());
        let permissions = read.into_iter().flat_map(|policy| policy.permissions).collect();
        let (request_ip, not_before, expires_at) = (condition(&f), f.time("not_before"), f.time("expires_on"));
        let enabled = status(&f);
        f.read_only(&["id", "issued_on", "modified_on", "last_used_on"]);
        f.done();
        Some(Wish { order: TokenOrder { name: name?, permissions, resources, request_ip, not_before, expires_at }, enabled })
    });
    faults.finish_some(wish)
}

struct Policy {
    permissions: BTreeSet<Permission>,
    resources: Option<Resources>,
}

fn policy(f: &Fields<'_>, account: &AccountId) -> Option<Policy> {
    if f.required_text("effect", 16).is_some_and(|effect| effect != "allow") {
        f.fault("effect", "only allow is supported: what is not allowed is denied");
    }
    f.require("permission_groups");
    let mut permissions = BTreeSet::new();
    for (at, value) in f.array("permission_groups").unwrap_or_default() {
        let Some(group) = Fields::of(value, at, f.faults()) else { continue };
        let wanted = group.required_text("id", 64).unwrap_or_default();
        match Permission::ALL.into_iter().find(|permission| group_id(*permission) == wanted) {
            Some(permission) => {
                permissions.insert(permission);
            }
            None => {
                group.fault("id", format!("{wanted:?} is no permission group of this server: GET …/tokens/permission_groups lists them"))
            }
        }
        group.read_only(&["name", "meta", "scopes"]);
        group.done();
    }
    f.require("resources");
    let resources = resources(f, account);
    f.read_only(&["id"]);
    f.done();
    resources.map(|resources| Policy { permissions, resources })
}

/// The whole account, or some of its objects; `None` after a fault.
#[expect(clippy::option_option, reason = "the inner one is the token's: no limit")]
fn resources(f: &Fields<'_>, account: &AccountId) -> Option<Option<Resources>> {
    let Some(Value::Object(named)) = f.get("resources") else {
        f.fault("resources", "must be an object of resources");
        return None;
    };
    let (mut whole, mut some) = (false, Resources::default());
    for (key, value) in named {
        let known = value == "*"
            && if let Some(id) = key.strip_prefix(ACCOUNT) {
                whole |= id == account.as_str();
                id == account.as_str()
            } else if let Some(id) = key.strip_prefix(APP) {
                id.parse().map(|id| some.apps.insert(id)).is_ok()
            } else {
                key.strip_prefix(PROVIDER).is_some_and(|id| id.parse().map(|id| some.identity_providers.insert(id)).is_ok())
            };
        if !known {
            let own = format!("{ACCOUNT}{}", account.as_str());
            f.fault(
                "resources",
                format!("{key:?} is no resource of this server; there are {own:?}, \"{APP}<id>\" and \"{PROVIDER}<id>\", each with \"*\""),
            );
            return None;
        }
    }
    match (whole, some.is_empty()) {
        (true, true) => Some(None),
        (false, false) => Some(Some(some)),
        (true, false) => {
            f.fault("resources", "name the account, or some of its objects, not both");
            None
        }
        (false, true) => {
            f.fault("resources", "names nothing that the token could be used on");
            None
        }
    }
}

/// The wire form, without the secret.
pub(super) fn write(token: &ApiToken, account: &AccountId, last_used: Option<Timestamp>, now: Timestamp) -> Value {
    let mut resources = Map::new();
    match &token.resources {
        None => drop(resources.insert(format!("{ACCOUNT}{}", account.as_str()), json!("*"))),
        Some(some) => {
            resources.extend(some.apps.iter().map(|id| (format!("{APP}{id}"), json!("*"))));
            resources.extend(some.identity_providers.iter().map(|id| (format!("{PROVIDER}{id}"), json!("*"))));
        }
    }
    let groups: Value = token.permissions.iter().map(|p| json!({ "id": group_id(*p), "name": p.name() })).collect();
    let policies = json!([{ "id": token.id.as_str(), "effect": "allow", "permission_groups": groups, "resources": resources }]);
    let mut out = Map::new();
    out.insert("id".into(), json!(token.id.as_str()));
    out.insert("name".into(), json!(token.name));
    out.insert("status".into(), json!(status_name(token, now)));
    out.insert("policies".into(), policies);
    out.insert("condition".into(), condition_json(token));
    out.insert("issued_on".into(), json!(token.created_at.rfc3339()));
    out.insert("modified_on".into(), json!(token.updated_at.rfc3339()));
    for (key, time) in [("not_before", token.not_before), ("expires_on", token.expires_at), ("last_used_on", last_used)] {
        if let Some(time) = time {
            out.insert(key.into(), json!(time.rfc3339()));
        }
    }
    Value::Object(out)
}
