//! Owns `$batch`: up to twenty requests in one, each with its own status.
//!
//! Source: "Combine multiple HTTP requests using JSON batching" (Microsoft Graph).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer;
use super::error::GraphError;
use crate::sim::faults::Target;
use crate::sim::inject;
use crate::state::Sim;

/// Most requests in one.
const MOST: usize = 20;
/// Largest answer of one request that is taken into a batch.
const ANSWER: usize = 8 << 20;

#[derive(Deserialize)]
struct Batch {
    requests: Vec<One>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    depends_on: Vec<String>,
}

/// `POST /$batch`
pub async fn run(sim: &Arc<Sim>, version: &'static str, outer: &HeaderMap, body: &Bytes) -> Result<Response, GraphError> {
    super::caller::identify(sim, outer)?;
    let batch: Batch =
        serde_json::from_slice(body).map_err(|error| GraphError::bad(format!("Unable to read JSON request payload: {error}.")))?;
    check(&batch)?;
    let mut done: BTreeMap<&str, u16> = BTreeMap::new();
    let mut answers = Vec::new();
    for one in &batch.requests {
        let failed = one.depends_on.iter().any(|id| done.get(id.as_str()).is_none_or(|status| *status >= 400));
        let shown = if failed { dependency(&one.id) } else { single(sim, version, outer, one).await };
        done.insert(&one.id, shown["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(500));
        answers.push(shown);
    }
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], json!({"responses": answers}).to_string()).into_response())
}

fn check(batch: &Batch) -> Result<(), GraphError> {
    if batch.requests.is_empty() || batch.requests.len() > MOST {
        return Err(GraphError::bad(format!("Number of batch request steps must be between 1 and the maximum value of {MOST}.")));
    }
    for (at, one) in batch.requests.iter().enumerate() {
        let earlier = &batch.requests[..at];
        if earlier.iter().any(|other| other.id == one.id) {
            return Err(GraphError::bad(format!("Request Id '{}' has to be unique in a batch.", one.id)));
        }
        if one.depends_on.iter().any(|id| !earlier.iter().any(|other| other.id == *id)) {
            return Err(GraphError::bad("dependsOn may only name requests that stand before."));
        }
    }
    Ok(())
}

fn dependency(id: &str) -> Value {
    let error = json!({"error": {"code": "FailedDependency", "message": "A request that this one depends on has failed."}});
    json!({"id": id, "status": 424, "headers": {"Content-Type": "application/json"}, "body": error})
}

async fn single(sim: &Arc<Sim>, version: &'static str, outer: &HeaderMap, one: &One) -> Value {
    let mut headers = HeaderMap::new();
    if let Some(token) = outer.get(header::AUTHORIZATION) {
        headers.insert(header::AUTHORIZATION, token.clone());
    }
    for (name, value) in &one.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    }
    let (path, query) = one.url.split_once('?').unwrap_or((&one.url, ""));
    let path = path.trim_start_matches('/');
    let fault = sim.faults.lock().hit(Target::Graph, path);
    let response = match (fault, one.method.parse::<Method>()) {
        (Some(fault), _) => inject::answer(sim, &fault, &headers),
        (None, Ok(method)) if path != "$batch" => {
            let body = one.body.as_ref().map(|body| Bytes::from(body.to_string())).unwrap_or_default();
            answer(sim, (version, path), method, query, &headers, body).await
        }
        _ => GraphError::bad("The request of the batch cannot be read.").answer(sim, &headers),
    };
    shown(&one.id, response).await
}

async fn shown(id: &str, response: Response) -> Value {
    let (parts, body) = response.into_parts();
    let mut headers = Map::new();
    for name in [header::CONTENT_TYPE.as_str(), "retry-after", "location", "x-ms-resource-unit"] {
        if let Some(value) = parts.headers.get(name).and_then(|value| value.to_str().ok()) {
            headers.insert(title(name), value.into());
        }
    }
    let bytes = axum::body::to_bytes(body, ANSWER).await.unwrap_or_default();
    let mut shown = json!({"id": id, "status": parts.status.as_u16(), "headers": headers});
    if !bytes.is_empty() {
        shown["body"] = serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into());
    }
    shown
}

/// A header's name as Microsoft writes it.
fn title(name: &str) -> String {
    match name {
        "content-type" => "Content-Type".to_owned(),
        "retry-after" => "Retry-After".to_owned(),
        "location" => "Location".to_owned(),
        other => other.to_owned(),
    }
}
