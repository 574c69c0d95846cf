//! Owns permission checks: who calls Graph, and whether the token's permissions cover the call.

use axum::http::{HeaderMap, header};
use serde_json::json;

use super::error::GraphError;
use crate::directory::id::ObjectId;
use crate::oidc::access::{self, Caller, Who, Wrong};
use crate::state::Sim;

/// Permissions of which any one opens a call.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    /// For tokens that speak for a person.
    pub delegated: &'static [&'static str],
    /// For tokens that speak for the client.
    pub application: &'static [&'static str],
}

/// The token of the `Authorization` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Checks the token of a call.
pub fn identify(sim: &Sim, headers: &HeaderMap) -> Result<Caller, GraphError> {
    let token = bearer(headers).ok_or_else(GraphError::invalid_token)?;
    access::check(sim, token).map_err(|wrong| match wrong {
        Wrong::Invalid => GraphError::invalid_token(),
        Wrong::Revoked(since) => {
            GraphError::challenge(&json!({"access_token": {"nbf": {"essential": true, "value": since.unix().to_string()}}}))
        }
    })
}

impl Caller {
    /// Whether one of the permissions is held; a write permission holds its reading counterpart.
    pub fn holds(&self, any: &[&str]) -> bool {
        let held = match &self.who {
            Who::Person(_, held) | Who::Client(held) => held,
        };
        held.iter().any(|one| {
            let reading = one.replace(".ReadWrite", ".Read");
            any.iter().any(|wanted| wanted.eq_ignore_ascii_case(one) || wanted.eq_ignore_ascii_case(&reading))
        })
    }

    /// Refuses the call unless a fitting permission is held.
    pub fn need(&self, needs: Needs) -> Result<(), GraphError> {
        let any = match self.who {
            Who::Person(..) => needs.delegated,
            Who::Client(_) => needs.application,
        };
        if self.holds(any) { Ok(()) } else { Err(GraphError::denied()) }
    }

    /// The person that `/me` stands for.
    pub fn me(&self) -> Result<ObjectId, GraphError> {
        match self.who {
            Who::Person(person, _) => Ok(person),
            Who::Client(_) => Err(GraphError::bad("/me request is only valid with delegated authentication flow.")),
        }
    }
}
