//! Owns Microsoft Graph as far as sign-in, directory and provisioning need it.

pub mod applications;
pub mod assignments;
pub mod audit;
pub mod call;
pub mod caller;
pub mod deleted;
pub mod error;
pub mod filter;
pub mod grants;
pub mod groups;
pub mod job_status;
pub mod lookup;
pub mod members;
pub mod memberships;
pub mod needs;
pub mod principals;
pub mod reply;
pub mod synchronization;
pub mod users;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use axum::routing::any;

use self::call::{Call, Options};
use self::error::GraphError;
use self::reply::Outcome;
use crate::state::Sim;

/// Routes of Graph.
pub fn routes() -> Router<Arc<Sim>> {
    Router::new().route("/v1.0/{*path}", any(endpoint)).route("/beta/{*path}", any(endpoint))
}

async fn endpoint(
    State(sim): State<Arc<Sim>>,
    method: Method,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let outcome = match read(&sim, method, &uri, &query.unwrap_or_default(), &headers, body) {
        Ok(call) => dispatch(&sim, &call).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(reply) => reply.answer(),
        Err(error) => error.answer(&sim, &headers),
    }
}

fn read(sim: &Sim, method: Method, uri: &Uri, query: &str, headers: &HeaderMap, body: Bytes) -> Result<Call, GraphError> {
    let caller = caller::identify(sim, headers)?;
    let (version, path) = match uri.path().strip_prefix("/beta/") {
        Some(path) => ("beta", path),
        None => ("v1.0", uri.path().trim_start_matches("/v1.0/")),
    };
    Ok(Call {
        version,
        method,
        segments: Call::split(path),
        options: Options::read(query)?,
        consistency: Call::consistency(headers),
        caller,
        body,
    })
}

async fn dispatch(sim: &Arc<Sim>, call: &Call) -> Outcome {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["me", rest @ ..] => users::me(sim, call, rest),
        ["users", rest @ ..] => users::route(sim, call, rest),
        ["groups", rest @ ..] => groups::route(sim, call, rest),
        ["directoryObjects", "getByIds" | "microsoft.graph.getByIds"] => lookup::by_ids(sim, call),
        ["directory", "deletedItems", rest @ ..] => deleted::route(sim, call, rest),
        ["applications", rest @ ..] => applications::route(sim, call, rest),
        ["applicationTemplates", id, "instantiate" | "microsoft.graph.instantiate"] => applications::instantiate(sim, call, id),
        ["servicePrincipals", id, "synchronization", rest @ ..] => synchronization::route(sim, call, id, rest).await,
        ["servicePrincipals", rest @ ..] => principals::route(sim, call, rest),
        ["oauth2PermissionGrants", rest @ ..] => grants::route(sim, call, rest),
        ["identity", "conditionalAccess", "authenticationContextClassReferences", rest @ ..] => lookup::contexts(sim, call, rest),
        ["auditLogs", "provisioning"] => audit::provisioning(sim, call),
        _ => Err(GraphError::unknown_path(segments.first().copied().unwrap_or_default())),
    }
}

/// The last part of an action's or cast's name.
fn short(segment: &str) -> &str {
    segment.strip_prefix("microsoft.graph.").unwrap_or(segment)
}

/// Refuses a verb that a path does not take.
fn wrong_verb() -> GraphError {
    GraphError::new(
        axum::http::StatusCode::METHOD_NOT_ALLOWED,
        "Request_BadRequest",
        "Specified HTTP method is not allowed for the request target.",
    )
}

/// The id at the end of an `@odata.id` reference.
fn referenced(call: &Call) -> Result<crate::directory::id::ObjectId, GraphError> {
    let body = call.object()?;
    let text = body
        .get("@odata.id")
        .and_then(serde_json::Value::as_str)
        .ok_or_else(|| GraphError::bad("The request body must contain '@odata.id'."))?;
    reference(text)
}

fn reference(text: &str) -> Result<crate::directory::id::ObjectId, GraphError> {
    let tail = text.rsplit('/').next().unwrap_or_default();
    tail.parse().map_err(|_| GraphError::bad(format!("Invalid object identifier '{tail}'.")))
}
