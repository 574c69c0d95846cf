//! The nouns of doorward: typed ids, people, providers, applications, rules as data, sessions, logs.
//!
//! Pure: no I/O, no clock, no async. Values from outside become these types by parsing at the edge; a value of
//! one of them is valid by construction. `model` speaks no wire format, with one stated exception: the JSON of rule
//! selectors ([`rule::Rule`]) is frozen by the v4 API and is also the stored form.

pub mod access_grant;
pub mod access_group;
pub mod access_policy;
pub mod access_request;
pub mod acme;
pub mod alert_delivery;
pub mod api_token;
pub mod app;
pub mod app_ca;
pub mod app_streams;
pub mod auth_context;
pub mod certificate;
pub mod change;
pub mod console;
pub mod custom_page;
pub mod drift;
pub mod duration;
pub mod email;
pub mod finding;
pub mod hostname;
pub mod id;
pub mod identity;
pub mod idp;
pub mod judged;
pub mod key;
pub mod list;
pub mod liveness;
pub mod log;
pub mod measure;
pub mod organization;
pub mod posture;
pub mod provisioned;
pub mod provisioning_guard;
pub mod provisioning_log;
pub mod readings;
pub mod registry;
pub mod rule;
pub mod seats;
pub mod secret;
pub mod service_token;
pub mod session;
pub mod tag;
pub mod timestamp;
pub mod upstream;
pub mod user;
pub mod warning;

pub use duration::SessionDuration;
pub use email::Email;
pub use id::*;
pub use secret::Secret;
pub use timestamp::Timestamp;
