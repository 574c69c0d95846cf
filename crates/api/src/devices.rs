//! `/accounts/{account_id}/devices/…`.

pub(crate) mod posture;
