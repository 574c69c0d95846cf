//! `/accounts/{account_id}/access/logs/…`.

pub(crate) mod access_requests;
pub(crate) mod scim_updates;
