//! `/accounts/{account_id}/access/identity_providers`: login methods and what was provisioned through them.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod refresh_scim_secret;
pub(crate) mod scim;
pub(crate) mod update;
mod wire;

pub(crate) use wire::looks_like_secret_id;

use crate::audit::Object;

/// How audit records name a provider.
const NOUN: Object = Object("identity_provider");
