//! Owns the sign-in service: OpenID Connect v2.0 as Microsoft Entra ID speaks it.

pub mod aadsts;
pub mod access;
pub mod acrs;
pub mod admin_consent;
pub mod approval;
pub mod assertion;
pub mod authority;
pub mod authorize;
pub mod certificate;
pub mod claims_request;
pub mod client;
pub mod conclude;
pub mod conditional_access;
pub mod cookies;
pub mod desk;
pub mod discovery;
pub mod fault;
pub mod federation;
pub mod gate;
pub mod groups;
pub mod hint;
pub mod id_token;
pub mod keys;
pub mod logout;
pub mod optional;
pub mod page;
pub mod params;
pub mod password;
pub mod provoke;
pub mod refresh;
pub mod request;
pub mod reshape;
pub mod respond;
pub mod scope;
pub mod second_factor;
pub mod sign_in;
pub mod token;
pub mod userinfo;

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get, post};

use crate::state::Sim;

/// Routes of the sign-in service.
pub fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(discovery::document))
        .route("/{tenant}/discovery/v2.0/keys", get(discovery::keys))
        .route("/{tenant}/oauth2/v2.0/authorize", get(authorize::endpoint).post(authorize::endpoint))
        .route("/{tenant}/adminconsent", get(admin_consent::registered))
        .route("/{tenant}/v2.0/adminconsent", get(admin_consent::scoped))
        .route("/{tenant}/login", post(sign_in::form))
        .route("/{tenant}/oauth2/v2.0/token", any(token::endpoint))
        .route("/{tenant}/oauth2/v2.0/logout", get(logout::endpoint).post(logout::endpoint))
        .route("/oidc/userinfo", get(userinfo::endpoint).post(userinfo::endpoint))
}
