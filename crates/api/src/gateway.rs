//! `/accounts/{account_id}/gateway/…`: only what Access rules refer to so far.

pub(crate) mod lists;
