//! `/accounts/{account_id}/access/policies`: reusable policies.

pub(crate) mod create;
pub(crate) mod delete;
mod demands;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod update;
pub(crate) mod wire;

use model::{PolicyId, access_policy::AccessPolicy};
use store::Reader;

use crate::{audit::Object, error::ApiError, state::Stop};

/// How audit records name a policy.
pub(crate) const NOUN: Object = Object("policy");

/// A reusable policy; one that belongs to an application is not found here.
fn reusable(reader: &Reader<'_>, id: &PolicyId) -> Result<AccessPolicy, Stop> {
    let found = reader.policy(id)?.filter(|p| p.owner.is_none());
    found.ok_or_else(|| ApiError::missing("reusable policy", id).into())
}
