//! `/accounts/{account_id}/access/groups`: rule groups.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod update;
mod wire;

use crate::audit::Object;

/// How audit records name a rule group.
const NOUN: Object = Object("group");
