//! `/accounts/{account_id}/access/organizations`: the one Zero Trust organisation of the account.

pub(crate) mod create;
pub(crate) mod doh;
pub(crate) mod get;
pub(crate) mod revoke_user;
pub(crate) mod update;
mod wire;

use crate::audit::Object;

/// How audit records name the organisation.
pub(crate) const NOUN: Object = Object("organization");
