//! Demands of policies: the purpose of a visit, and access for a while with somebody's approval.
//!
//! A sign-in that ends in `ask` comes to [`ask::begin`]. What the person answers is kept with their session; a request goes to the
//! approvers, who decide with sessions of their own on `approve/{id}`. Nobody is let in here: the grant is, by the next verdict.

mod approve;
mod ask;
mod decide;
mod waiting;

pub(crate) use ask::begin;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Response, StatusCode},
    routing::{get, post},
};
use guard::compiled::CompiledApp;
use model::{
    PolicyId,
    access_policy::{AccessPolicy, ApprovalGroup},
    access_request::Approvers,
    list::{Items, List},
};
use std::{collections::BTreeSet, sync::Arc};

use crate::{answer, certs, state::LoginState};

/// Where the answer to a demand goes.
const ASK_PATH: &str = "/cdn-cgi/access/ask";
/// Below it: how one's own request stands.
const REQUEST_PATH: &str = "/cdn-cgi/access/request";
/// Below it: what an approver decides.
const APPROVE_PATH: &str = "/cdn-cgi/access/approve";

pub(crate) fn router() -> Router<LoginState> {
    Router::new()
        .route(ASK_PATH, post(ask::answered))
        .route(pages::FOLLOW_SCRIPT_PATH, get(certs::follow_script))
        .route("/cdn-cgi/access/request/{id}", get(waiting::waiting))
        .route("/cdn-cgi/access/approve/{id}", get(approve::show).post(approve::decided))
}

/// Everybody behind a policy's approval groups. A list that is gone has nobody in it.
fn approvers<'a>(groups: &[ApprovalGroup], list: impl Fn(&model::ListId) -> Option<Arc<List>> + 'a) -> Vec<Approvers> {
    let of_group = |group: &ApprovalGroup| {
        let mut addresses: BTreeSet<String> = group.email_addresses.iter().map(model::Email::folded).collect();
        if let Some(Items::Email(items)) = group.email_list.as_ref().and_then(&list).as_deref().map(|list| &list.items) {
            addresses.extend(items.iter().map(|item| item.value.folded()));
        }
        Approvers { needed: group.approvals_needed, addresses }
    };
    groups.iter().map(of_group).collect()
}

/// An application's policy, when it demands approval now.
fn demanding(app: &CompiledApp, policy: PolicyId) -> Option<&Arc<AccessPolicy>> {
    app.policy(policy).filter(|policy| policy.demands.approval_required)
}

/// What is not there, or not theirs.
fn not_found(state: &LoginState, headers: &HeaderMap) -> Response<Body> {
    let host = state.guard.config().team_host.clone();
    answer::page(StatusCode::NOT_FOUND, pages::NotFound { host }.render(&state.look(), answer::language(headers)))
}
