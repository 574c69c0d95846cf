//! Owns an application's certificates and federated credentials in Graph.

use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::call::Call;
use super::error::GraphError;
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{needs, wrong_verb};
use crate::clock::Stamp;
use crate::directory::app::Application;
use crate::directory::credential::{FederatedCredential, KeyCredential};
use crate::directory::id::ObjectId;
use crate::state::Sim;

/// Most federated credentials of an application.
const MOST: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wish {
    key_id: Option<Uuid>,
    display_name: Option<String>,
    start_date_time: Option<Stamp>,
    end_date_time: Option<Stamp>,
    #[serde(rename = "type")]
    kind: Option<String>,
    usage: Option<String>,
    key: Option<String>,
}

/// The certificates after a `PATCH`: the list takes the place of the old one; entries without `key` keep a known certificate.
pub fn replaced(app: &Application, wanted: Value) -> Result<Vec<KeyCredential>, GraphError> {
    let wishes: Vec<Wish> = serde_json::from_value(wanted)
        .map_err(|error| GraphError::bad(format!("Invalid value specified for property 'keyCredentials': {error}.")))?;
    wishes.into_iter().map(|wish| one(app, wish)).collect()
}

fn one(app: &Application, wish: Wish) -> Result<KeyCredential, GraphError> {
    let bad = |what: String| GraphError::bad(format!("Invalid value specified for property 'keyCredentials': {what}."));
    let Some(key) = wish.key else {
        let known = wish.key_id.and_then(|id| app.key_credentials.iter().find(|known| known.key_id == id));
        return known.cloned().ok_or_else(|| bad("an entry has neither 'key' nor the 'keyId' of a registered certificate".into()));
    };
    if wish.kind.as_deref() != Some("AsymmetricX509Cert") || wish.usage.as_deref() != Some("Verify") {
        return Err(bad("'type' must be AsymmetricX509Cert and 'usage' Verify".into()));
    }
    let bytes = STANDARD.decode(key.trim()).map_err(|_| bad("'key' is not base64".into()))?;
    let mut made = KeyCredential::read(&bytes).map_err(|error| bad(error.to_string()))?;
    let (from, until) = (made.start_date_time, made.end_date_time);
    made.key_id = wish.key_id.unwrap_or(made.key_id);
    made.display_name = wish.display_name.or(made.display_name);
    made.start_date_time = wish.start_date_time.unwrap_or(from);
    made.end_date_time = wish.end_date_time.unwrap_or(until);
    if made.end_date_time > until || made.start_date_time < from {
        return Err(GraphError::new(
            StatusCode::BAD_REQUEST,
            "KeyCredentialsInvalidEndDate",
            "Key credential end date is invalid: it must lie within the certificate's own validity.",
        ));
    }
    Ok(made)
}

/// `/applications/{id}/federatedIdentityCredentials...`
pub fn federated(sim: &Sim, call: &Call, id: ObjectId, rest: &[&str]) -> Outcome {
    let missing = |key: &str| GraphError::missing(key);
    match (&call.method, rest) {
        (&Method::GET, []) => {
            call.caller.need(needs::APPS)?;
            let tenant = sim.tenant();
            let app = tenant.applications.get(&id).ok_or_else(|| missing(&id.to_string()))?;
            let items =
                app.federated_identity_credentials.iter().map(|one| Item { key: one.id.to_string(), show: Box::new(move || one.graph()) });
            let path = format!("applications/{id}/federatedIdentityCredentials");
            page(sim, call, (&path, &path), ListKind::Plain, items, |shown| shown)
        }
        (&Method::POST, []) => {
            call.caller.need(needs::APPS_WRITE)?;
            let mut made: FederatedCredential = call.json()?;
            made.id = Uuid::new_v4();
            // Keys come from the issuer; only a tenant file may give them.
            made.jwks = None;
            let shown = made.graph();
            sim.change(|directory| {
                let app = directory.applications.get_mut(&id).ok_or_else(|| missing(&id.to_string()))?;
                check(app, &made)?;
                app.federated_identity_credentials.push(made);
                Ok::<_, GraphError>(())
            })?;
            Ok(Reply::created(sim, call, "federatedIdentityCredentials/$entity", shown))
        }
        (&Method::GET, [key]) => {
            call.caller.need(needs::APPS)?;
            let tenant = sim.tenant();
            let app = tenant.applications.get(&id).ok_or_else(|| missing(&id.to_string()))?;
            let found = app.federated_identity_credentials.iter().find(|one| is(one, key)).ok_or_else(|| missing(key))?;
            Ok(Reply::object(sim, call, "federatedIdentityCredentials/$entity", found.graph()))
        }
        (&Method::DELETE, [key]) => {
            call.caller.need(needs::APPS_WRITE)?;
            sim.change(|directory| {
                let app = directory.applications.get_mut(&id).ok_or_else(|| missing(&id.to_string()))?;
                let at = app.federated_identity_credentials.iter().position(|one| is(one, key)).ok_or_else(|| missing(key))?;
                app.federated_identity_credentials.remove(at);
                Ok(Reply::Nothing)
            })
        }
        (_, [] | [_]) => Err(wrong_verb()),
        (_, [_, other, ..]) => Err(GraphError::unknown_path(other)),
    }
}

fn is(one: &FederatedCredential, key: &str) -> bool {
    one.name == key || one.id.to_string().eq_ignore_ascii_case(key)
}

fn check(app: &Application, made: &FederatedCredential) -> Result<(), GraphError> {
    let conflict = |text: &str| GraphError::new(StatusCode::CONFLICT, "Request_MultipleObjectsWithSameKeyValue", text);
    if made.name.is_empty() || made.issuer.is_empty() || made.subject.is_empty() || made.audiences.len() != 1 {
        return Err(GraphError::bad("A federated identity credential needs 'name', 'issuer', 'subject' and exactly one of 'audiences'."));
    }
    if app.federated_identity_credentials.len() >= MOST {
        return Err(GraphError::bad(format!("An application takes at most {MOST} federated identity credentials.")));
    }
    if app.federated_identity_credentials.iter().any(|one| one.name == made.name) {
        return Err(conflict("FederatedIdentityCredential with the same name already exists on the application."));
    }
    if app.federated_identity_credentials.iter().any(|one| one.issuer == made.issuer && one.subject == made.subject) {
        return Err(conflict("FederatedIdentityCredential with issuer and subject already exists on the application."));
    }
    Ok(())
}
