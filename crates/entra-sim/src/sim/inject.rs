//! Owns putting planned faults in the place of real answers.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::faults::{self, Kind, Planned, Target};
use super::hostile;
use serde_json::json;

use crate::graph::error::GraphError;
use crate::oidc::fault::{Fault, Trace};
use crate::state::{Sim, stopped};

/// How long a hanging call is kept before it is cut.
const HANG: Duration = Duration::from_secs(60);

/// Middleware around all routes.
pub async fn around(State(sim): State<Arc<Sim>>, request: Request<Body>, next: Next) -> Response {
    let part = faults::target(request.uri().path());
    if let Some(part) = part {
        delay(&sim, part).await;
    }
    answered(&sim, part, request, next).await
}

async fn delay(sim: &Sim, part: Target) {
    let millis = sim.switches.lock().latency.get(&part).copied();
    if let Some(millis) = millis {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(millis)) => {}
            () = stopped(sim.stopping.clone()) => {}
        }
    }
}

async fn answered(sim: &Arc<Sim>, part: Option<Target>, request: Request<Body>, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let hit = part.and_then(|target| sim.faults.lock().hit(target, &path));
    let Some(fault) = hit else {
        return next.run(request).await;
    };
    let response = match fault.kind {
        Kind::Huge => hostile::huge(&fault),
        Kind::Redirect => hostile::redirect(&fault),
        Kind::WrongType => hostile::mislabelled(next.run(request).await),
        Kind::Slow => hostile::slow(sim, &fault, next.run(request).await).await,
        Kind::Loop => {
            let target = request.uri().path_and_query().map_or(path, ToString::to_string);
            hostile::looping(sim, &fault, &target, next.run(request).await).await
        }
        Kind::Hang => {
            tokio::select! {
                () = tokio::time::sleep(HANG) => {}
                () = stopped(sim.stopping.clone()) => {}
            }
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        _ => answer(sim, &fault, request.headers()),
    };
    timed(response, &fault)
}

fn timed(mut response: Response, fault: &Planned) -> Response {
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// What a planned fault answers.
pub fn answer(sim: &Sim, fault: &Planned, headers: &HeaderMap) -> Response {
    timed(body(sim, fault, headers), fault)
}

fn body(sim: &Sim, fault: &Planned, headers: &HeaderMap) -> Response {
    match fault.kind {
        Kind::Nonsense => {
            (StatusCode::OK, [(header::CONTENT_TYPE, "text/html")], "<html><body>One moment please</body></html>").into_response()
        }
        Kind::Hollow => (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], "{}").into_response(),
        Kind::Challenge => {
            let now = sim.now().unix().to_string();
            let usual = json!({"access_token": {"nbf": {"essential": true, "value": now}}});
            GraphError::challenge(fault.claims.as_ref().unwrap_or(&usual)).answer(sim, headers)
        }
        _ => {
            if fault.target == Target::Graph {
                graph(fault.kind).answer(sim, headers)
            } else {
                let trace = Trace::of(headers, sim.now());
                let (code, text) = match fault.kind {
                    Kind::Throttle => (90_055, "The application made too many requests in too short a time."),
                    _ => (90_033, "A transient error has occurred. Please try again."),
                };
                let mut wrong = Fault::new(code, "temporarily_unavailable", text);
                wrong.status = fault.kind.status();
                wrong.answer(&trace, &sim.base)
            }
        }
    }
}

fn graph(kind: Kind) -> GraphError {
    match kind {
        Kind::Throttle => GraphError::new(kind.status(), "TooManyRequests", "Too many requests."),
        Kind::Forbidden => GraphError::denied(),
        _ => GraphError::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "The service is temporarily unavailable."),
    }
}
