//! `api_tokens`: tokens of this API. A token hands on at most what it holds itself.

use std::collections::BTreeSet;

use axum::extract::State;
use model::{
    ApiTokenId, Timestamp,
    api_token::{ApiToken, Permission},
};
use serde_json::{Map, Value, json};
use store::Snapshot;

use crate::{
    audit::Object,
    body::Json,
    caller::{Caller, OrgRead, OrgWrite},
    envelope::Answer,
    error::ApiError,
    fault::{Faults, Fields, kind},
    pagination::Paging,
    params::{At, Query},
    state::ApiState,
    token::{TokenOrder, new_token},
};

const NOUN: Object = Object("api_token");

/// Lists tokens, never their secrets.
pub(crate) async fn list(_: Caller<OrgRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 100)?;
    let snapshot = state.store.snapshot();
    let mut tokens: Vec<_> = snapshot.api_tokens.values().collect();
    tokens.sort_by_key(|t| (t.created_at, t.id.clone()));
    Ok(Answer::page(paging.cut(tokens.into_iter().map(|t| write(t)))))
}

/// Makes a token; its text is in this answer only.
pub(crate) async fn create(caller: Caller<OrgWrite>, State(state): State<ApiState>, Json(body): Json) -> Result<Answer, ApiError> {
    let order = read(&body)?;
    within(&caller.token, &order, state.now())?;
    let (token, secret) = new_token(&mut rand::rng(), state.store.sealer(), order, state.now());
    let (actor, creator) = (caller.actor(), caller.token.id.clone());
    let made = state.write(move |tx, _| {
        // The creator may have been removed while this waited.
        tx.api_token(&creator)?.filter(|t| t.enabled).ok_or(ApiError::BadToken("not known"))?;
        tx.put_api_token(&token)?;
        NOUN.created(tx, actor, &token.id, write(&token))?;
        Ok(token)
    });
    let mut wired = write(&made.await?);
    if let Some(members) = wired.as_object_mut() {
        members.insert("value".into(), json!(secret.expose()));
    }
    Ok(Answer::created(wired))
}

/// Removes a token. The last one that may do everything stays.
pub(crate) async fn delete(caller: Caller<OrgWrite>, State(state): State<ApiState>, At(id): At<ApiTokenId>) -> Result<Answer, ApiError> {
    let actor = caller.actor();
    let removed = state.write(move |tx, snapshot| {
        let token = tx.api_token(&id)?.ok_or_else(|| ApiError::missing("API token", &id))?;
        if !token.permissions.is_subset(&caller.token.permissions) {
            return Err(
                ApiError::BeyondCaller("this token may do more than yours: it is removed with one that holds as much".into()).into()
            );
        }
        if is_last_administrator(snapshot, &token, tx.now()) {
            let text = "this is the last API token with every permission: make another one first";
            return Err(ApiError::Conflict(text.into()).into());
        }
        tx.remove_api_token(&id)?;
        NOUN.deleted(tx, actor, &id, write(&token))?;
        Ok(id)
    });
    Ok(Answer::ok(json!({ "id": removed.await?.as_str() })))
}

fn is_last_administrator(snapshot: &Snapshot, token: &ApiToken, now: Timestamp) -> bool {
    let complete =
        |t: &ApiToken| t.enabled && t.expires_at.is_none_or(|end| end > now) && Permission::ALL.iter().all(|p| t.permissions.contains(p));
    complete(token) && !snapshot.api_tokens.values().any(|other| other.id != token.id && complete(other))
}

/// A token hands on no more, and for no longer, than it holds.
fn within(creator: &ApiToken, order: &TokenOrder, now: Timestamp) -> Result<(), ApiError> {
    let beyond: Vec<String> = order.permissions.difference(&creator.permissions).map(|p| name(*p)).collect();
    if !beyond.is_empty() {
        return Err(ApiError::BeyondCaller(format!("your token cannot grant what it does not hold: {}", beyond.join(", "))));
    }
    if order.expires_at.is_some_and(|end| end <= now) {
        return Err(ApiError::fault("/expires_at", "lies in the past"));
    }
    match (creator.expires_at, order.expires_at) {
        (Some(end), wanted) if wanted.is_none_or(|wanted| wanted > end) => {
            Err(ApiError::BeyondCaller(format!("your token ends at {}: set expires_at to no later than that", end.rfc3339())))
        }
        _ => Ok(()),
    }
}

fn read(body: &Value) -> Result<TokenOrder, ApiError> {
    let faults = Faults::default();
    let order = Fields::of(body, "", &faults).and_then(|f| {
        let name = f.required_text("name", 255).map(str::to_owned);
        f.require("permissions");
        let permissions = permissions(&f);
        let expires_at = f.time("expires_at");
        f.done();
        Some(TokenOrder { name: name?, permissions, expires_at })
    });
    faults.finish_some(order)
}

fn permissions(f: &Fields<'_>) -> BTreeSet<Permission> {
    let mut set = BTreeSet::new();
    for (pointer, value) in f.array("permissions").unwrap_or_default() {
        let known = Permission::ALL.into_iter().find(|p| value.as_str() == Some(&name(*p)));
        match (known, value) {
            (Some(permission), _) => {
                set.insert(permission);
            }
            (None, Value::String(text)) => {
                let all = Permission::ALL.map(name).join(", ");
                f.faults().add(pointer, format!("{text:?} is not a permission; the permissions are {all}"));
            }
            (None, other) => f.faults().add(pointer, format!("must be a text, not {}", kind(other))),
        }
    }
    set
}

/// The wire name of a permission.
fn name(permission: Permission) -> String {
    serde_json::to_value(permission).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn write(token: &ApiToken) -> Value {
    let mut out = Map::new();
    out.insert("id".into(), json!(token.id.as_str()));
    out.insert("name".into(), json!(token.name));
    out.insert("permissions".into(), token.permissions.iter().map(|p| json!(name(*p))).collect());
    out.insert("enabled".into(), json!(token.enabled));
    out.insert("expires_at".into(), json!(token.expires_at.map(Timestamp::rfc3339)));
    out.insert("created_at".into(), json!(token.created_at.rfc3339()));
    Value::Object(out)
}
