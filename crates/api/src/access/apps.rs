//! `/accounts/{account_id}/access/apps`: applications.

mod addresses;
mod behaviour;
pub(crate) mod ca;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod policies;
mod policy_list;
pub(crate) mod revoke_tokens;
pub(crate) mod settings;
pub(crate) mod update;
pub(crate) mod user_policy_checks;
pub(crate) mod wire;

use crate::audit::Object;

/// How audit records name an application.
pub(crate) const NOUN: Object = Object("app");
