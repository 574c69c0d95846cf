//! `/accounts/{account_id}/access/…`.

pub(crate) mod apps;
pub(crate) mod bookmarks;
pub(crate) mod certificates;
pub(crate) mod custom_pages;
pub(crate) mod groups;
pub(crate) mod identity_providers;
pub(crate) mod in_use;
pub(crate) mod keys;
pub(crate) mod logs;
pub(crate) mod organizations;
pub(crate) mod policies;
pub(crate) mod policy_tests;
pub(crate) mod rules;
pub(crate) mod seats;
pub(crate) mod service_tokens;
pub(crate) mod tags;
pub(crate) mod users;
