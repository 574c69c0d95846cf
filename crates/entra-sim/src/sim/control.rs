//! Owns the control endpoints for tests: faults, paging, key roll, tenant overview.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::faults::{Faults, Kind, Planned, Target};
use super::switches::LONGEST_DELAY;
use crate::oidc::keys::Roll;
use crate::state::Sim;

/// Largest huge answer.
const LARGEST: u64 = 1 << 30;

/// Refuses calls that a web page of somewhere else could make.
pub async fn guard(State(sim): State<Arc<Sim>>, request: Request<Body>, next: Next) -> Response {
    let headers = request.headers();
    let foreign = headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes() != sim.base.as_bytes());
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| request.uri().authority().map(|authority| authority.as_str()))
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let local = name == "localhost"
        || name.ends_with(".localhost")
        || name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        || sim.base.split_once("://").is_some_and(|(_, own)| own == host);
    if foreign || !local {
        return problem(StatusCode::FORBIDDEN, "control endpoints answer programs of this machine only");
    }
    next.run(request).await
}

/// A refusal in plain JSON.
pub fn problem(status: StatusCode, text: impl Into<String>) -> Response {
    (status, Json(json!({"error": text.into()}))).into_response()
}

/// Reads a JSON body.
pub fn read<T: for<'de> Deserialize<'de>>(body: &Bytes) -> Result<T, Box<Response>> {
    serde_json::from_slice(body).map_err(|error| Box::new(problem(StatusCode::BAD_REQUEST, error.to_string())))
}

/// `POST /sim/faults`
pub async fn plan(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    match read::<Planned>(&body) {
        Ok(fault) if fault.kind == Kind::Loop && fault.target != Target::Graph => {
            problem(StatusCode::BAD_REQUEST, "only Graph has lists that can loop")
        }
        Ok(fault) if fault.bytes.is_some_and(|bytes| bytes > LARGEST) || fault.millis.is_some_and(|millis| millis > LONGEST_DELAY) => {
            problem(StatusCode::BAD_REQUEST, format!("bytes must be at most {LARGEST}, millis at most {LONGEST_DELAY}"))
        }
        Ok(fault) => {
            if sim.faults.lock().plan(fault) {
                StatusCode::NO_CONTENT.into_response()
            } else {
                problem(StatusCode::CONFLICT, "too many faults wait already")
            }
        }
        Err(refusal) => *refusal,
    }
}

/// `GET /sim/faults`
pub async fn waiting(State(sim): State<Arc<Sim>>) -> Json<Faults> {
    Json(sim.faults.lock().clone())
}

/// `DELETE /sim/faults`
pub async fn clear(State(sim): State<Arc<Sim>>) -> StatusCode {
    *sim.faults.lock() = Faults::default();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Paging {
    page_size: Option<usize>,
}

/// `PUT /sim/paging`
pub async fn paging(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    match read::<Paging>(&body) {
        Ok(Paging { page_size: Some(0) }) => problem(StatusCode::BAD_REQUEST, "page_size must be at least 1, or null"),
        Ok(paging) => {
            sim.faults.lock().page_size = paging.page_size;
            StatusCode::NO_CONTENT.into_response()
        }
        Err(refusal) => *refusal,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RollOrder {
    how: Roll,
}

/// `POST /sim/keys/roll`
pub async fn roll(State(sim): State<Arc<Sim>>, body: Bytes) -> Response {
    let order = match read::<RollOrder>(&body) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    let turning = Arc::clone(&sim);
    let rolled = tokio::task::spawn_blocking(move || turning.keys.write().roll(order.how)).await;
    match rolled {
        Ok(Ok(())) => {
            sim.touch();
            StatusCode::NO_CONTENT.into_response()
        }
        _ => problem(StatusCode::INTERNAL_SERVER_ERROR, "no new key could be made"),
    }
}

/// `GET /sim/tenant`
pub async fn tenant(State(sim): State<Arc<Sim>>) -> Json<Value> {
    let directory = sim.tenant();
    let apps: Vec<Value> = directory
        .applications
        .values()
        .map(|app| {
            json!({
                "name": app.display_name,
                "app_id": app.app_id,
                "object_id": app.id,
                "service_principal_id": directory.principal_of(app.app_id).map(|sp| sp.id),
            })
        })
        .collect();
    let jobs: Vec<Value> = directory
        .jobs
        .values()
        .map(|job| json!({"id": job.id, "service_principal_id": job.principal, "rule_id": job.schema.rule_id}))
        .collect();
    let devices: Vec<Value> = directory
        .devices
        .values()
        .map(|device| json!({"id": device.id, "device_id": device.device_id, "name": device.name, "compliance_state": device.compliance}))
        .collect();
    let others: Vec<Value> =
        directory.others.iter().map(|other| json!({"tenant_id": other.tenant.id, "domain": other.tenant.domain})).collect();
    Json(json!({
        "tenant_id": directory.tenant.id,
        "domain": directory.tenant.domain,
        "authority": format!("{}/{}", sim.base, directory.tenant.id),
        "graph": sim.base,
        "people": directory.live_users().count(),
        "groups": directory.groups.len(),
        "apps": apps,
        "jobs": jobs,
        "devices": devices,
        "other_tenants": others,
    }))
}
