//! Owns asking an administrator for approval: the form behind 90094 and what it leads to.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::authorize::Visit;
use super::desk::{Account, Flow};
use super::fault::Fault;
use super::page::{self, ApprovalPage, Thread};
use super::params::Params;
use super::request::AuthorizeRequest;
use super::{aadsts, respond, sign_in};
use crate::directory::id::{AppId, ObjectId};

/// Most requests that are kept.
const KEPT: usize = 1_000;
/// Longest justification, in characters.
const LONGEST: usize = 500;

/// A request for approval.
#[derive(Debug, Clone, Serialize)]
pub struct Approval {
    /// For which client.
    pub app_id: AppId,
    /// By whom.
    pub person: ObjectId,
    /// For which permissions.
    pub permissions: Vec<String>,
    /// Why.
    pub justification: String,
}

/// Shows the form.
pub fn ask(visit: &Visit, request: AuthorizeRequest, account: Account, fault: &Fault) -> Response {
    let upn = visit.user_name(account);
    let thread = sign_in::open(visit, request, Some(account));
    page::show(StatusCode::OK, &ApprovalPage { thread, upn, text: fault.text.clone(), problem: None })
}

/// Takes the form: the request is kept and the sign-in ends on a page (90095).
pub fn send(visit: &Visit, flow: &Flow, thread: Thread, params: &Params) -> Response {
    let Some(account) = flow.account else {
        return page::refuse(&sign_in::lost(), &visit.trace);
    };
    let Some(justification) = params.get("justification") else {
        let problem = Some("Enter a justification.".to_owned());
        let text = aadsts::find(90_094).map_or("", |row| row.text).to_owned();
        return page::show(StatusCode::OK, &ApprovalPage { upn: visit.user_name(account), thread, text, problem });
    };
    sign_in::finish(visit, &thread.ctx);
    let open = flow.request.scopes.open(&visit.sim.tenant(), flow.request.principal, account.person);
    let mut desk = visit.sim.desk.lock();
    if desk.approvals.len() >= KEPT {
        desk.approvals.remove(0);
    }
    desk.approvals.push(Approval {
        app_id: flow.request.app_id,
        person: account.person,
        permissions: open.into_values().flatten().collect(),
        justification: justification.chars().take(LONGEST).collect(),
    });
    drop(desk);
    page::refuse(&table(90_095, aadsts::Leg::Page), &visit.trace)
}

/// The person gave up: the client hears of it.
pub fn cancel(visit: &Visit, flow: &Flow) -> Response {
    respond::send_fault(&flow.request.back, &table(90_094, aadsts::Leg::Redirect), &visit.trace, &visit.sim.base)
}

fn table(code: u32, leg: aadsts::Leg) -> Fault {
    let found = aadsts::find(code).and_then(|row| row.end(aadsts::Call::Interactive, Some(leg)).map(|end| row.fault(end)));
    found.unwrap_or_else(|| Fault::new(code, "access_denied", "Administrator consent is required."))
}
