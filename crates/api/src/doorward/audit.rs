//! `audit`: administrators' changes with who made them, and the object before and after.

pub(crate) mod export;

use axum::extract::State;
use model::ApiTokenId;
use serde_json::{Map, Value, json};
use store::{AuditFilter, AuditedChange, Snapshot};

use crate::{
    caller::{Caller, ChangesRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

/// Most records on a page: each may hold two long documents.
const MOST_PER_PAGE: u32 = 100;

/// Newest first. The filters are `actor`, `action` and `object` (the beginning is enough: `app.`, `app/`), `since`, `until`.
pub(crate) async fn list(_: Caller<ChangesRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let (filter, paging) = (filter(&query)?, Paging::read(&query, MOST_PER_PAGE)?.at_most(MOST_PER_PAGE));
    let listed = state.read(move |reader| Ok(reader.find_changes(&filter, paging.page())?)).await?;
    let snapshot = state.store.snapshot();
    Ok(Answer::page(paging.taken(listed, |change| Value::Object(write(&change, &snapshot)))))
}

/// What is looked for.
fn filter(query: &Query) -> Result<AuditFilter, ApiError> {
    let text = |key| query.text(key).map(str::to_owned);
    let (actor, action, object) = (text("actor"), text("action"), text("object"));
    Ok(AuditFilter { actor, action, object, since: query.time("since")?, until: query.time("until")? })
}

fn write(change: &AuditedChange, snapshot: &Snapshot) -> Map<String, Value> {
    let record = &change.record;
    let mut out = Map::new();
    out.insert("id".into(), json!(change.no.to_string()));
    out.insert("at".into(), json!(record.at.rfc3339()));
    out.insert("actor".into(), json!(record.actor));
    out.insert("actor_name".into(), json!(actor_name(&record.actor, snapshot)));
    out.insert("action".into(), json!(record.action));
    out.insert("object".into(), json!(record.object));
    out.insert("before".into(), json!(record.before));
    out.insert("after".into(), json!(record.after));
    out
}

/// Name of the token that made a change, while it is there.
pub(crate) fn actor_name(actor: &str, snapshot: &Snapshot) -> Option<String> {
    let id: ApiTokenId = actor.strip_prefix("api-token:")?.parse().ok()?;
    snapshot.api_tokens.get(&id).map(|token| token.name.clone())
}
