//! `provisioning_log`: each write of a provisioning client with what followed from it, what was odd in it, and the resource on both sides.

pub(crate) mod export;

use axum::extract::State;
use model::{ScimUpdateId, provisioning_log::LoggedUpdate};
use serde_json::{Map, Value, json};

use crate::{
    access::logs::scim_updates::{filter, order, paging, row},
    caller::{Caller, ScimLogsRead},
    envelope::Answer,
    error::ApiError,
    params::{At, Query},
    state::ApiState,
};

/// Most records on a page: each may hold three long documents.
const MOST_PER_PAGE: u32 = 100;

/// The filters are those of the contract's list; without `idp_id` it is about every provider.
pub(crate) async fn list(_: Caller<ScimLogsRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let (filter, order, paging) = (filter(&query)?, order(&query)?, paging(&query)?.at_most(MOST_PER_PAGE));
    let listed = state.read(move |reader| Ok(reader.list_scim_updates(&filter, order, paging.page())?)).await?;
    Ok(Answer::page(paging.taken(listed, |logged| Value::Object(write(&logged)))))
}

/// One record.
pub(crate) async fn get(_: Caller<ScimLogsRead>, State(state): State<ApiState>, At(id): At<ScimUpdateId>) -> Result<Answer, ApiError> {
    let found = state.read(move |reader| Ok(reader.scim_update(id)?)).await?;
    let found = found.ok_or_else(|| ApiError::missing("record of the provisioning log", id))?;
    Ok(Answer::ok(Value::Object(write(&found))))
}

/// The contract's row and the rest.
fn write(logged: &LoggedUpdate) -> Map<String, Value> {
    let update = &logged.update;
    let mut out = Map::new();
    out.insert("id".into(), json!(logged.id.to_string()));
    out.extend(row(logged));
    out.insert("response_status".into(), json!(update.status));
    out.insert("agent".into(), json!(update.agent));
    out.insert("effects".into(), json!(update.effects));
    out.insert("normalised".into(), json!(update.normalised));
    out.insert("before".into(), document(update.before.as_deref()));
    out.insert("after".into(), document(update.after.as_deref()));
    out
}

fn document(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap_or_else(|_| json!(text)))
}
