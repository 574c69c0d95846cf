//! Owns the UserInfo endpoint.
//!
//! Source: "Microsoft identity platform UserInfo endpoint", which calls the ID token a superset of its answer; "OpenID Connect
//! Core 1.0", 5.3.2, by which clients compare the two subjects.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::access::{self, Who};
use super::id_token::subject;
use crate::graph::caller::bearer;
use crate::graph::error::GraphError;
use crate::state::Sim;

/// `GET|POST /oidc/userinfo`
pub async fn endpoint(State(sim): State<Arc<Sim>>, headers: HeaderMap) -> Response {
    let caller = bearer(&headers).and_then(|token| access::check(&sim, token).ok());
    let person = caller.and_then(|caller| match caller.who {
        Who::Person(person, scopes) if scopes.iter().any(|name| name == "openid") => Some((caller.app, person, scopes)),
        Who::Person(..) | Who::Client(_) => None,
    });
    let tenant = sim.tenant();
    let found = person.and_then(|(app, id, scopes)| tenant.account(id).map(|user| (app, user, scopes)));
    let Some((app, user, scopes)) = found else {
        return GraphError::invalid_token().answer(&sim, &headers);
    };
    let has = |name: &str| scopes.iter().any(|one| one == name);
    let mut body = json!({"sub": subject(tenant.home_of(user.id).tenant.id, app, user.id)});
    if has("profile") {
        body["name"] = user.profile.display_name.as_str().into();
        for (name, value) in [("family_name", &user.profile.surname), ("given_name", &user.profile.given_name)] {
            if let Some(value) = value {
                body[name] = value.as_str().into();
            }
        }
        body["picture"] = format!("{}/v1.0/me/photo/$value", sim.base).into();
    }
    if let Some(mail) = user.mail().filter(|_| has("email")) {
        body["email"] = mail.into();
    }
    let mut response = body.to_string().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}
