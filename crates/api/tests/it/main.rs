//! The API from outside: requests in process, a real store in a temporary folder, a clock that stands until it is moved.
#![expect(clippy::unwrap_used, reason = "a test that meets what it did not expect ends there")]

mod accounts;
mod api_tokens;
mod app_types;
mod apps;
mod attacks;
mod audit;
mod auth_contexts;
mod authorization;
mod bookmarks;
mod certificates;
mod contract;
mod credentials;
mod custom_pages;
mod doorward;
mod golden;
mod groups;
mod identity_providers;
mod in_use;
mod lists;
mod openapi;
mod organizations;
mod policies;
mod posture;
mod provider_options;
mod provisioning_log;
mod registry;
mod rule_goldens;
mod rule_remarks;
mod scim_guard;
mod scim_settings;
mod service_tokens;
mod stable;
mod tags;
mod users;
mod world;
