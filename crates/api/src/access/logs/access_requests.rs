//! The access log: who asked for what and was let in or not.

mod filter;

use axum::extract::State;
use model::{Reference, log::AccessDecision};
use serde_json::{Map, Value, json};
use store::{DecisionFilter, Listed, Page, Reader, Snapshot, StoreError};

use self::filter::Wanted;
use crate::{
    caller::{AuditRead, Caller},
    envelope::{Answer, Message},
    error::ApiError,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

/// So many decisions are looked at one by one when a filter needs it.
const LOOKED_THROUGH: usize = 50_000;
/// Code of the remark that there were more than that.
const NOT_ALL: u32 = 12193;
/// Code of the remark on a parameter that filters nothing.
const NOT_APPLIED: u32 = 12194;
/// Members of an answer, for `fields`.
const FIELDS: [&str; 11] = [
    "action",
    "allowed",
    "app_domain",
    "app_uid",
    "connection",
    "country",
    "created_at",
    "ip_address",
    "ray_id",
    "reference",
    "user_email",
];

pub(crate) async fn list(_: Caller<AuditRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, query.parsed::<u32>("limit")?.unwrap_or(25).max(1))?;
    query.only("direction", &["asc", "desc"])?;
    query.only("user_idOp", &["eq", "neq"])?;
    let (wanted, ascending, fields) = (filter::read(&query)?, query.text("direction") == Some("asc"), fields(&query)?);
    state.store.flush_records().await?;
    let (snapshot, seen) = (state.store.snapshot(), state.store.snapshot());
    let (listed, complete) = state
        .read(move |reader| {
            Ok(match (wanted.is_found(), ascending) {
                (true, true) => (oldest_first(reader, &wanted.found, paging)?, true),
                (true, false) => (reader.list_decisions(&wanted.found, paging.page())?, true),
                (false, _) => one_by_one(reader, &seen, &wanted, paging, ascending)?,
            })
        })
        .await?;
    let shown = |decision| {
        let mut row = write(&snapshot, &decision);
        if let Some(fields) = &fields {
            row.retain(|key, _| fields.iter().any(|field| field == key));
        }
        Value::Object(row)
    };
    Ok(Answer::page(paging.taken(listed, shown)).with_messages(remarks(&query, complete)))
}

/// The members that are asked for.
fn fields(query: &Query) -> Result<Option<Vec<String>>, ApiError> {
    let Some(text) = query.text("fields") else { return Ok(None) };
    let fields: Vec<String> = text.split(',').map(|field| field.trim().to_owned()).filter(|field| !field.is_empty()).collect();
    match fields.iter().find(|field| !FIELDS.contains(&field.as_str())) {
        Some(unknown) => Err(ApiError::fault("fields", format!("{unknown:?} is not one of: {}", FIELDS.join(", ")))),
        None => Ok(Some(fields)),
    }
}

fn remarks(query: &Query, complete: bool) -> Vec<Message> {
    let mut remarks = Vec::new();
    if !complete {
        let text = format!("only the newest {LOOKED_THROUGH} decisions of the time were looked through: narrow it with since and until");
        remarks.push(Message { code: NOT_ALL, text, pointer: None });
    }
    if query.text("user_id").is_some() {
        let text = "user_id filters nothing any more, as in the v4 API: use email".to_owned();
        remarks.push(Message { code: NOT_APPLIED, text, pointer: Some("user_id".into()) });
    }
    remarks
}

/// Looks at what the store finds, and whether that was all of it.
fn one_by_one(
    reader: &Reader<'_>,
    snapshot: &Snapshot,
    wanted: &Wanted,
    paging: Paging,
    ascending: bool,
) -> Result<(Listed<AccessDecision>, bool), StoreError> {
    const AT_ONCE: u32 = 1000;
    let (mut taken, mut looked, mut page): (Vec<Reference>, usize, u32) = (Vec::new(), 0, 1);
    let complete = loop {
        let listed = reader.list_decisions(&wanted.found, Page { page, per_page: AT_ONCE })?;
        let last = listed.items.len() < AT_ONCE as usize;
        looked += listed.items.len();
        taken.extend(listed.items.iter().filter(|decision| wanted.takes(snapshot, decision)).map(|decision| decision.reference.clone()));
        if last || looked >= LOOKED_THROUGH {
            break last;
        }
        page += 1;
    };
    if ascending {
        taken.reverse();
    }
    let total = taken.len() as u64;
    let mut items = Vec::new();
    for reference in paging.stretch(taken) {
        items.extend(reader.decision(&reference)?);
    }
    Ok((Listed { items, total }, complete))
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

fn write(snapshot: &Snapshot, decision: &AccessDecision) -> Map<String, Value> {
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
    for told in
        ["purpose_justification_prompt", "purpose_justification_response", "temporary_access_duration", "temporary_access_approvers"]
    {
        if let Some(value) = decision.explanation.get(told).filter(|value| !value.is_null()) {
            put(told, value.clone());
        }
    }
    out
}
