//! Writes of provisioning clients, in the form of the contract. With effects and both sides they are in our own `provisioning_log`.

use std::fmt::Display;

use axum::extract::State;
use model::{
    provisioned::ResourceKind,
    provisioning_log::{LoggedUpdate, Outcome, WriteMethod},
};
use serde_json::{Map, Value, json};
use store::{Chronology, ScimUpdateFilter};

use crate::{
    caller::{Caller, ScimLogsRead},
    envelope::Answer,
    error::ApiError,
    fault::Faults,
    pagination::Paging,
    params::Query,
    state::ApiState,
};

const KINDS: [(&str, ResourceKind); 2] = [("USER", ResourceKind::User), ("GROUP", ResourceKind::Group)];
const OUTCOMES: [(&str, Outcome); 2] = [("SUCCESS", Outcome::Success), ("FAILURE", Outcome::Failure)];
const METHODS: [(&str, WriteMethod); 4] =
    [("POST", WriteMethod::Post), ("PUT", WriteMethod::Put), ("PATCH", WriteMethod::Patch), ("DELETE", WriteMethod::Delete)];

/// The newest first, unless asked otherwise.
pub(crate) async fn list(_: Caller<ScimLogsRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let (filter, order, paging) = (filter(&query)?, order(&query)?, paging(&query)?);
    if filter.idps.is_empty() {
        return Err(ApiError::fault("idp_id", "idp_id must name at least one identity provider: ?idp_id=<id>"));
    }
    let listed = state.read(move |reader| Ok(reader.list_scim_updates(&filter, order, paging.page())?)).await?;
    Ok(Answer::page(paging.taken(listed, |logged| Value::Object(row(&logged)))))
}

/// `limit` is another word for `per_page`, which goes before it.
pub(crate) fn paging(query: &Query) -> Result<Paging, ApiError> {
    let limit = query.parsed::<u32>("limit")?.unwrap_or(20);
    if limit == 0 {
        return Err(ApiError::fault("limit", "limit must be at least 1"));
    }
    Paging::read(query, limit)
}

/// The order of the answer.
pub(crate) fn order(query: &Query) -> Result<Chronology, ApiError> {
    query.only("direction", &["asc", "desc"])?;
    Ok(if query.text("direction") == Some("asc") { Chronology::OldestFirst } else { Chronology::NewestFirst })
}

/// What is looked for; all faults are told at once.
pub(crate) fn filter(query: &Query) -> Result<ScimUpdateFilter, ApiError> {
    let faults = Faults::default();
    let texts = |key| filled(query, key).map(str::to_owned).collect();
    let filter = ScimUpdateFilter {
        idps: parsed(query, "idp_id", &faults),
        resources: parsed(query, "cf_resource_id", &faults),
        external_ids: texts("idp_resource_id"),
        emails: texts("resource_user_email"),
        groups: texts("resource_group_name"),
        methods: words(query, "request_method", &METHODS, &faults),
        kinds: words(query, "resource_type", &KINDS, &faults),
        outcomes: words(query, "status", &OUTCOMES, &faults),
        since: query.time("since")?,
        until: query.time("until")?,
    };
    faults.finish(filter)
}

fn filled<'a>(query: &'a Query, key: &str) -> impl Iterator<Item = &'a str> {
    query.every(key).into_iter().filter(|text| !text.is_empty())
}

fn parsed<T: std::str::FromStr<Err: Display>>(query: &Query, key: &str, faults: &Faults) -> Vec<T> {
    let parse = |text: &str| text.parse().map_err(|e| faults.add(key, format!("{e}"))).ok();
    filled(query, key).filter_map(parse).collect()
}

fn words<T: Copy>(query: &Query, key: &str, known: &[(&str, T)], faults: &Faults) -> Vec<T> {
    let mut found = Vec::new();
    for text in filled(query, key) {
        match known.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => found.push(*value),
            None => {
                let all = known.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
                faults.add(key, format!("{text:?} is none of {all}"));
            }
        }
    }
    found
}

/// A record in the contract's form.
pub(crate) fn row(logged: &LoggedUpdate) -> Map<String, Value> {
    let update = &logged.update;
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("logged_at", json!(update.at.rfc3339()));
    put("idp_id", json!(update.idp.to_string()));
    put("request_method", json!(update.method.as_str()));
    put("resource_type", json!(kind(update.kind)));
    put("status", json!(update.outcome().as_str()));
    let texts = [
        ("cf_resource_id", update.resource.map(|id| id.to_string())),
        ("idp_resource_id", update.external_id.clone()),
        ("resource_user_email", update.user_email.clone()),
        ("resource_group_name", update.group_name.clone()),
        ("error_description", update.error.clone()),
        ("request_body", update.request.clone()),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            put(key, json!(text));
        }
    }
    out
}

fn kind(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::User => "USER",
        ResourceKind::Group => "GROUP",
    }
}
