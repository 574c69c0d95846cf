//! Owns putting planned faults in the place of real answers.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::faults::{self, Kind, Planned, Target};
use serde_json::json;

use crate::graph::error::GraphError;
use crate::oidc::fault::{Fault, Trace};
use crate::state::{Sim, stopped};

/// How long a hanging call is kept before it is cut.
const HANG: Duration = Duration::from_secs(60);

/// Middleware around all routes.
pub async fn around(State(sim): State<Arc<Sim>>, request: Request<Body>, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let hit = faults::target(&path).and_then(|target| sim.faults.lock().hit(target, &path));
    let Some(fault) = hit else {
        return next.run(request).await;
    };
    if fault.kind == Kind::Hang {
        tokio::select! {
            () = tokio::time::sleep(HANG) => {}
            () = stopped(sim.stopping.clone()) => {}
        }
    }
    let mut response = answer(&sim, &fault, request.headers());
    if let Some(seconds) = fault.retry_after {
        let value = HeaderValue::from(seconds);
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

/// What a planned fault answers.
pub fn answer(sim: &Sim, fault: &Planned, headers: &HeaderMap) -> Response {
    match fault.kind {
        Kind::Nonsense => {
            (StatusCode::OK, [(header::CONTENT_TYPE, "text/html")], "<html><body>One moment please</body></html>").into_response()
        }
        Kind::Hollow => (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], "{}").into_response(),
        Kind::Hang => StatusCode::GATEWAY_TIMEOUT.into_response(),
        Kind::Challenge => {
            let now = sim.now().unix().to_string();
            let usual = json!({"access_token": {"nbf": {"essential": true, "value": now}}});
            GraphError::challenge(fault.claims.as_ref().unwrap_or(&usual)).answer(sim, headers)
        }
        Kind::Throttle | Kind::Unavailable | Kind::Forbidden => {
            if fault.target == Target::Graph {
                graph(fault.kind).answer(sim, headers)
            } else {
                let trace = Trace::of(headers, sim.now());
                let mut wrong = Fault::new(90_033, "temporarily_unavailable", "A transient error has occurred. Please try again.");
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
