//! `audit_logs`: administrators' changes in the form that scripts for the account's audit log expect.

use axum::extract::State;
use serde_json::{Value, json};
use store::{AuditFilter, AuditedChange, Snapshot};

use crate::{
    caller::{Caller, ChangesRead},
    doorward::audit::actor_name,
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

/// Most records on a page.
const MOST_PER_PAGE: u32 = 100;

/// Newest first; `since`, `before`, `action.type` (its beginning) and `actor.id` restrict.
pub(crate) async fn list(_: Caller<ChangesRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    query.only("direction", &["desc"])?;
    query.only("export", &["false"])?;
    let paging = Paging::read(&query, MOST_PER_PAGE)?.at_most(MOST_PER_PAGE);
    let filter = AuditFilter {
        actor: query.text("actor.id").map(|id| if id.contains(':') { id.to_owned() } else { format!("api-token:{id}") }),
        action: query.text("action.type").map(str::to_owned),
        object: None,
        since: query.time("since")?,
        until: query.time("before")?,
    };
    let listed = state.read(move |reader| Ok(reader.find_changes(&filter, paging.page())?)).await?;
    let snapshot = state.store.snapshot();
    Ok(Answer::page(paging.taken(listed, |change| write(&change, &snapshot))))
}

fn write(change: &AuditedChange, snapshot: &Snapshot) -> Value {
    let record = &change.record;
    let (kind, actor) = record.actor.split_once(':').unwrap_or(("system", record.actor.as_str()));
    let (noun, object) = record.object.split_once('/').unwrap_or((record.object.as_str(), ""));
    json!({
        "id": change.no.to_string(),
        "when": record.at.rfc3339(),
        "action": { "type": record.action, "result": true },
        "actor": { "id": actor, "type": kind, "name": actor_name(&record.actor, snapshot) },
        "owner": { "id": snapshot.account.id.as_str() },
        "resource": { "type": noun, "id": object },
        "interface": "API",
        "metadata": {},
        "oldValueJson": record.before,
        "newValueJson": record.after,
    })
}
