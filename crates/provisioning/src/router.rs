//! The whole SCIM surface on one page (RFC 7644 section 3.2).

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{MethodRouter, any, get, post},
};
use store::Store;

use crate::{contact::Contacts, credential::ScimCaller, discovery, error, error::Failure, groups, journal, list, read, users};

/// What the surface needs.
#[derive(Clone)]
pub struct ProvisioningState {
    /// Where everything is kept.
    pub store: Store,
    /// Origin under which clients reach this surface, such as `https://team.harbourworks.example`: the start of every
    /// `Location`.
    pub team_origin: String,
    /// When which provider's client was last noted to have called.
    pub contacts: Contacts,
}

type Shared = Arc<ProvisioningState>;

/// The SCIM 2.0 service of every provider, at `/populations/{idp}/scim/v2`.
///
/// Every request needs the bearer secret of the provider in its path, also the ones that end in 404 or 405. Bodies are
/// bounded by 1 MiB. The router has no fallback of its own, so it can be merged into another one; it answers every path
/// below `/populations/{idp}`.
pub fn router(state: ProvisioningState) -> Router {
    let state = Arc::new(state);
    let kept = middleware::from_fn_with_state(Arc::clone(&state), journal::keep);
    let service = Router::new()
        .route("/ServiceProviderConfig", only(get(discovery::service_provider_config)))
        .route("/ResourceTypes", only(get(discovery::resource_types)))
        .route("/ResourceTypes/{id}", only(get(discovery::resource_type)))
        .route("/Schemas", only(get(discovery::schemas)))
        .route("/Schemas/{urn}", only(get(discovery::schema)))
        .route("/Users", only(get(list::users).post(users::create::create)).layer(kept.clone()))
        .route("/Users/.search", only(post(list::search_users)))
        .route(
            "/Users/{id}",
            only(get(read::user).put(users::replace::replace).patch(users::patch::patch).delete(users::delete::delete)).layer(kept.clone()),
        )
        .route("/Groups", only(get(list::groups).post(groups::create::create)).layer(kept.clone()))
        .route("/Groups/.search", only(post(list::search_groups)))
        .route(
            "/Groups/{id}",
            only(get(read::group).put(groups::replace::replace).patch(groups::patch::patch).delete(groups::delete::delete)).layer(kept),
        )
        .route("/.search", only(post(list::search_all)))
        .route("/Me", any(me))
        .route("/Bulk", any(bulk))
        .route("/", any(nothing_here))
        .route("/{*rest}", any(nothing_here));
    Router::new()
        .nest("/populations/{idp}/scim/v2", service)
        .route("/populations/{idp}", any(nothing_here))
        .route("/populations/{idp}/{*rest}", any(nothing_here))
        .with_state(state)
}

/// These methods and no other: 405 as a SCIM error, after the secret was checked.
fn only(methods: MethodRouter<Shared>) -> MethodRouter<Shared> {
    methods.fallback(wrong_method)
}

async fn nothing_here(_: ScimCaller) -> Failure {
    error::no_such_path()
}

async fn wrong_method(_: ScimCaller) -> Failure {
    error::wrong_method()
}

async fn me(_: ScimCaller) -> Failure {
    error::not_offered("/Me")
}

async fn bulk(_: ScimCaller) -> Failure {
    error::not_offered("/Bulk")
}
