//! Owns Microsoft Graph as far as sign-in, directory and provisioning need it.

pub mod applications;
pub mod assignments;
pub mod audit;
pub mod batch;
pub mod call;
pub mod caller;
pub mod conditional_access;
pub mod credentials;
pub mod deleted;
pub mod delta;
pub mod devices;
pub mod error;
pub mod filter;
pub mod grants;
pub mod groups;
pub mod history;
pub mod invitations;
pub mod job_status;
pub mod lookup;
pub mod members;
pub mod memberships;
pub mod needs;
pub mod principals;
pub mod quota;
pub mod reply;
pub mod risk;
pub mod synchronization;
pub mod users;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use axum::routing::{any, get};

use self::call::{Call, Options};
use self::error::GraphError;
use self::reply::Outcome;
use crate::state::Sim;

/// Routes of Graph.
pub fn routes() -> Router<Arc<Sim>> {
    Router::new().route("/v1.0/{*path}", any(endpoint)).route("/beta/{*path}", any(endpoint)).route("/redeem", get(invitations::redeem))
}

async fn endpoint(
    State(sim): State<Arc<Sim>>,
    method: Method,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (version, path) = match uri.path().strip_prefix("/beta/") {
        Some(path) => ("beta", path),
        None => ("v1.0", uri.path().trim_start_matches("/v1.0/")),
    };
    if path == "$batch" && method == Method::POST {
        return batch::run(&sim, version, &headers, &body).await.unwrap_or_else(|error| error.answer(&sim, &headers));
    }
    answer(&sim, (version, path), method, &query.unwrap_or_default(), &headers, body).await
}

/// Answers one call.
async fn answer(
    sim: &Arc<Sim>,
    (version, path): (&'static str, &str),
    method: Method,
    query: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> Response {
    let read = caller::identify(sim, headers).and_then(|caller| {
        let call = Call {
            version,
            method,
            segments: Call::split(path),
            options: Options::read(query)?,
            consistency: Call::consistency(headers),
            caller,
            body,
        };
        // A token opens the tenant it was issued in, and no other.
        let seat = Arc::new(sim.seen_from(call.caller.tenant));
        let charge = quota::charge(&seat, &call)?;
        Ok((seat, call, charge))
    });
    let (seat, call, charge) = match read {
        Ok(read) => read,
        Err(error) => return error.answer(sim, headers),
    };
    match dispatch(&seat, &call).await {
        Ok(reply) => {
            let mut response = reply.answer();
            charge.mark(&mut response);
            response
        }
        Err(error) => error.answer(sim, headers),
    }
}

async fn dispatch(sim: &Arc<Sim>, call: &Call) -> Outcome {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["me", rest @ ..] => users::me(sim, call, rest),
        ["users", "delta"] => delta::route(sim, call, delta::Kind::Users),
        ["groups", "delta"] => delta::route(sim, call, delta::Kind::Groups),
        ["users", rest @ ..] => users::route(sim, call, rest),
        ["groups", rest @ ..] => groups::route(sim, call, rest),
        ["directoryObjects", "getByIds" | "microsoft.graph.getByIds"] => lookup::by_ids(sim, call),
        ["directory", "deletedItems", rest @ ..] => deleted::route(sim, call, rest),
        ["applications", rest @ ..] => applications::route(sim, call, rest),
        ["applicationTemplates", id, "instantiate" | "microsoft.graph.instantiate"] => applications::instantiate(sim, call, id),
        ["servicePrincipals", id, "synchronization", rest @ ..] => synchronization::route(sim, call, id, rest).await,
        ["servicePrincipals", rest @ ..] => principals::route(sim, call, rest),
        ["oauth2PermissionGrants", rest @ ..] => grants::route(sim, call, rest),
        ["identity", "conditionalAccess", rest @ ..] => conditional_access::route(sim, call, rest),
        ["identityProtection", rest @ ..] => risk::route(sim, call, rest),
        ["deviceManagement", "managedDevices", rest @ ..] => devices::intune(sim, call, rest),
        ["devices", rest @ ..] => devices::registered(sim, call, rest),
        ["invitations"] => invitations::create(sim, call),
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
