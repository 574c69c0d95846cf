//! The access log: who asked for what and was let in or not.

use axum::extract::State;
use model::{AppId, log::AccessDecision};
use serde_json::{Map, Value, json};
use store::{DecisionFilter, Listed, Page, Reader, Snapshot, StoreError};

use crate::{
    caller::{AuditRead, Caller},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

pub(crate) async fn list(_: Caller<AuditRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, query.parsed::<u32>("limit")?.unwrap_or(25).max(1))?;
    let (filter, ascending) = (filter(&query)?, query.text("direction") == Some("asc"));
    state.store.flush_records().await?;
    let listed = state
        .read(move |reader| {
            Ok(if ascending { oldest_first(reader, &filter, paging)? } else { reader.list_decisions(&filter, paging.page())? })
        })
        .await?;
    let snapshot = state.store.snapshot();
    Ok(Answer::page(paging.taken(listed, |decision| write(&snapshot, &decision))))
}

fn filter(query: &Query) -> Result<DecisionFilter, ApiError> {
    query.only("direction", &["asc", "desc"])?;
    for operator in
        ["emailOp", "allowedOp", "app_uidOp", "app_typeOp", "country_codeOp", "idpOp", "non_identityOp", "ray_idOp", "user_idOp"]
    {
        query.only(operator, &["eq"])?;
    }
    for unbuilt in ["fields", "user_id", "app_type", "country_code", "idp", "non_identity", "ray_id"] {
        query.only(unbuilt, &[])?;
    }
    query.only("email_exact", &["true"])?;
    Ok(DecisionFilter {
        email: query.text("email").map(str::to_owned),
        app_id: query.parsed::<AppId>("app_uid")?,
        allowed: query.parsed::<bool>("allowed")?,
        since: query.time("since")?,
        until: query.time("until")?,
    })
}

/// The store lists the newest first: the page that is asked for lies at the other end, across at most two of its pages.
fn oldest_first(reader: &Reader<'_>, filter: &DecisionFilter, paging: Paging) -> Result<Listed<AccessDecision>, StoreError> {
    let (limit, offset) = (paging.limit(), paging.offset());
    let total = reader.list_decisions(filter, Page { page: 1, per_page: 1 })?.total;
    let (end, begin) = (total.saturating_sub(offset), total.saturating_sub(offset + limit));
    let first = begin / limit;
    let mut items = Vec::new();
    for page in [first, first + 1] {
        let number = u32::try_from(page + 1).unwrap_or(u32::MAX);
        let per_page = u32::try_from(limit).unwrap_or(u32::MAX);
        items.extend(reader.list_decisions(filter, Page { page: number, per_page })?.items);
    }
    let skip = usize::try_from(begin - first * limit).unwrap_or(usize::MAX);
    let take = usize::try_from(end - begin).unwrap_or(0);
    let mut items: Vec<_> = items.into_iter().skip(skip).take(take).collect();
    items.reverse();
    Ok(Listed { items, total })
}

fn write(snapshot: &Snapshot, decision: &AccessDecision) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("action", json!(decision.action));
    put("allowed", json!(decision.allowed));
    put("app_domain", json!(format!("{}{}", decision.host, if decision.path == "/" { "" } else { &decision.path })));
    if let Some(app) = decision.app_id {
        put("app_uid", json!(app.to_string()));
    }
    if let Some(idp) = decision.idp.and_then(|id| snapshot.idps.get(&id)) {
        put("connection", json!(idp.config.kind()));
    }
    put("created_at", json!(decision.at.rfc3339()));
    put("ip_address", json!(decision.ip.to_string()));
    // The contract's ray ids are 16 characters; the whole reference is beside it.
    put("ray_id", json!(decision.reference.as_str().get(..16).unwrap_or_default()));
    put("reference", json!(decision.reference.as_str()));
    if let Some(email) = &decision.user_email {
        put("user_email", json!(email));
    }
    if let Some(country) = &decision.country {
        put("country", json!(country));
    }
    Value::Object(out)
}
