//! `/accounts/{account_id}/doorward/…`: what v4 has no room for.

pub(crate) mod access_requests;
pub(crate) mod api_tokens;
pub(crate) mod audit;
pub(crate) mod auth_contexts;
pub(crate) mod backup;
pub(crate) mod certificates;
pub(crate) mod check;
pub(crate) mod cloud;
pub(crate) mod credentials;
pub(crate) mod decisions;
pub(crate) mod drift;
pub(crate) mod grants;
pub(crate) mod health;
pub(crate) mod login_tests;
pub(crate) mod options;
pub(crate) mod organization;
pub(crate) mod policy_tests;
pub(crate) mod provisioning_log;
pub(crate) mod replay;
pub(crate) mod scim;
pub(crate) mod scim_guard;
pub(crate) mod sessions;
pub(crate) mod streams;
pub(crate) mod upstream;
pub(crate) mod users;
pub(crate) mod warnings;
