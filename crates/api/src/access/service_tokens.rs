//! `/accounts/{account_id}/access/service_tokens`: credentials of programs.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod refresh;
pub(crate) mod rotate;
pub(crate) mod update;
mod wire;

use crate::audit::Object;

/// How audit records name a service token.
const NOUN: Object = Object("service_token");
