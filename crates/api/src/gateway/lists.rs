//! `/accounts/{account_id}/gateway/lists`: addresses and networks kept apart from the rules that use them.

pub(crate) mod create;
pub(crate) mod delete;
mod draft;
pub(crate) mod edit;
pub(crate) mod get;
pub(crate) mod items;
pub(crate) mod list;
pub(crate) mod update;
mod wire;

use crate::audit::Object;

/// How audit records name a list.
pub(crate) const NOUN: Object = Object("list");
