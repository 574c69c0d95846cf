//! `/accounts/{account_id}/access/custom_pages`: pages of the organisation's own in place of doorward's.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod update;
mod wire;

use crate::audit::Object;

/// How audit records name a page.
pub(crate) const NOUN: Object = Object("custom_page");
