//! Owns the control endpoints of one provisioning job: run a cycle to its end, wait for one, switch a mapping, read its mails.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::control::{problem, read};
use crate::provisioning::cycle;
use crate::provisioning::escrow::Retry;
use crate::provisioning::job::ScheduleState;
use crate::provisioning::mapping::ExternalIdSource;
use crate::provisioning::restart::{USUAL, reset};
use crate::state::Sim;

/// Longest wait for a job to become idle.
const LONGEST: Duration = Duration::from_secs(300);

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RunOrder {
    /// Try failed objects again before their time.
    #[serde(default)]
    retry_failed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    source: ExternalIdSource,
}

fn unknown() -> Response {
    problem(StatusCode::NOT_FOUND, "the tenant has no such job; GET /sim/tenant lists them")
}

/// `POST /sim/provisioning/{job}/run`
pub async fn run(State(sim): State<Arc<Sim>>, Path(job): Path<String>, body: Bytes) -> Response {
    let order = if body.is_empty() { Ok(RunOrder::default()) } else { read::<RunOrder>(&body) };
    let order = match order {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    let known = sim.change(|directory| directory.jobs.get_mut(&job).map(|job| job.state = ScheduleState::Active));
    if known.is_none() {
        return unknown();
    }
    let ticket = sim.engine.ask(&job);
    let retry = if order.retry_failed { Retry::All } else { Retry::Due };
    let running = Arc::clone(&sim);
    // A task of its own: a caller that goes away must not cut a cycle in half.
    let cycle = tokio::spawn(async move { cycle::run(&running, &job, &ticket, retry).await });
    match cycle.await {
        Ok(Some(summary)) => Json(summary).into_response(),
        _ => problem(StatusCode::CONFLICT, "the job was stopped or deleted before the cycle could begin"),
    }
}

/// `GET /sim/provisioning/{job}/idle`
pub async fn idle(State(sim): State<Arc<Sim>>, Path(job): Path<String>) -> Response {
    if !sim.tenant().jobs.contains_key(&job) {
        return unknown();
    }
    match tokio::time::timeout(LONGEST, sim.engine.idle(&job)).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => problem(StatusCode::GATEWAY_TIMEOUT, "the cycle has not ended within five minutes"),
    }
}

/// `PUT /sim/provisioning/{job}/external-id`
pub async fn external_id(State(sim): State<Arc<Sim>>, Path(job): Path<String>, body: Bytes) -> Response {
    let wish = match read::<Source>(&body) {
        Ok(wish) => wish,
        Err(refusal) => return *refusal,
    };
    let known = sim.change(|directory| {
        directory.jobs.get_mut(&job).map(|job| {
            job.schema.set_external_id(wish.source);
            // Changing mappings starts the job over.
            reset(job, &USUAL);
        })
    });
    match known {
        Some(()) => StatusCode::NO_CONTENT.into_response(),
        None => unknown(),
    }
}

/// `GET /sim/provisioning/{job}/mails`
pub async fn mails(State(sim): State<Arc<Sim>>, Path(job): Path<String>) -> Response {
    match sim.tenant().jobs.get(&job) {
        Some(job) => Json(job.mails.clone()).into_response(),
        None => unknown(),
    }
}
