//! `{app_id}/policies`: the policies of one application, its own and the linked ones.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod make_reusable;
pub(crate) mod update;

use model::{
    AppId, PolicyId,
    access_policy::{AccessPolicy, PolicyLink},
    app::App,
};
use serde_json::Value;
use store::Reader;

use super::policy_list;
use crate::{
    access::policies::wire::{self, Draft},
    error::ApiError,
    fault::{Faults, Fields},
    state::Stop,
};

/// Reads a policy of an application: the policy's members and its place.
fn read(body: &Value) -> Result<(Draft, Option<u32>), ApiError> {
    let faults = Faults::default();
    let read = Fields::of(body, "", &faults).and_then(|fields| {
        let draft = wire::members(&fields);
        let precedence = policy_list::read_precedence(&fields);
        fields.done();
        Some((draft?, precedence))
    });
    faults.finish_some(read)
}

/// The application and one of its own policies. A linked policy is changed where it lives.
fn own(reader: &Reader<'_>, app: &AppId, id: &PolicyId) -> Result<(App, AccessPolicy), Stop> {
    let found = reader.app(app)?.ok_or_else(|| ApiError::missing("application", app))?;
    let linked = found.policies.iter().any(|link| link.id == *id);
    match reader.policy(id)? {
        Some(policy) if linked && policy.owner.is_some() => Ok((found, policy)),
        Some(_) if linked => {
            Err(ApiError::fault("", format!("the policy {id} is reusable: change it at /access/policies, unlink it at /access/apps"))
                .into())
        }
        _ => Err(ApiError::missing("policy of this application", id).into()),
    }
}

/// Puts a policy into its place among the others; without a wish it comes last or stays where it is.
fn place(links: &mut Vec<PolicyLink>, id: PolicyId, wish: Option<u32>) -> Result<u32, ApiError> {
    let before = links.iter().position(|link| link.id == id).map(|at| links.remove(at));
    let last = links.iter().map(|link| link.precedence).max().unwrap_or(0);
    let precedence = wish.or(before.map(|link| link.precedence)).unwrap_or(last + 1);
    if links.iter().any(|link| link.precedence == precedence) {
        return Err(ApiError::fault("/precedence", format!("precedence {precedence} is taken by another policy of this application")));
    }
    links.push(PolicyLink { id, precedence });
    links.sort_by_key(|link| link.precedence);
    Ok(precedence)
}
