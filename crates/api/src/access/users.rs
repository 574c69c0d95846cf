//! `/accounts/{account_id}/access/users`: the registry of people.

pub(crate) mod active_sessions;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod devices;
pub(crate) mod failed_logins;
pub(crate) mod get;
pub(crate) mod identity;
pub(crate) mod last_seen_identity;
pub(crate) mod list;
pub(crate) mod update;
mod wire;

use model::{UserId, user::User};
use store::Reader;

use crate::{audit::Object, error::ApiError, state::Stop};

/// How audit records name a person.
pub(crate) const NOUN: Object = Object("user");

/// A person of the registry.
pub(crate) fn person(reader: &Reader<'_>, id: &UserId) -> Result<User, Stop> {
    reader.user(id)?.ok_or_else(|| ApiError::missing("user", id).into())
}
