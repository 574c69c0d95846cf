//! Owns answering a call with the error that a switch asks for.

use axum::response::Response;

use super::aadsts::{Call, Leg};
use super::authorize::Visit;
use super::fault::Fault;
use super::request::{AuthorizeRequest, Goal, Prompt};
use super::{page, respond};
use crate::state::Sim;

/// The error that a switch wants for this call, and how it travels.
pub fn take(sim: &Sim, call: Call) -> Option<(Leg, Fault)> {
    sim.switches.lock().take(call)
}

/// The error that a switch wants of the token endpoint.
pub fn at_token(sim: &Sim, grant: Option<&str>) -> Result<(), Fault> {
    let call = if grant == Some("refresh_token") { Call::Refresh } else { Call::Token };
    take(sim, call).map_or(Ok(()), |(_, fault)| Err(fault))
}

/// The answer that a switch wants of the authorize and admin consent endpoints.
pub fn at_browser(visit: &Visit, request: &AuthorizeRequest) -> Option<Response> {
    let call = match (&request.goal, request.prompt) {
        (Goal::AdminConsent(_), _) => Call::AdminConsent,
        (Goal::SignIn, Prompt::None) => Call::Silent,
        (Goal::SignIn, _) => Call::Interactive,
    };
    let (leg, fault) = take(&visit.sim, call)?;
    tracing::info!(code = fault.code, leg = leg.name(), "a switch answers the browser");
    Some(match leg {
        Leg::Page => page::refuse(&fault, &visit.trace),
        Leg::Consent => respond::send_admin_refusal(&request.back, &fault, &visit.trace, &visit.sim.base),
        _ => respond::send_fault(&request.back, &fault, &visit.trace, &visit.sim.base),
    })
}
