//! The SCIM surface over a real store, in process: requests as Entra sends them, answers and consequences.

#![expect(clippy::unwrap_used, reason = "what helps tests may fail as tests do")]

mod active_mapping;
mod attack_cases;
mod credentials;
mod deactivations;
mod discovery;
mod failing_store;
mod groups;
mod histories;
mod hostile;
mod journal;
mod life_cycle;
mod lists;
mod postman;
mod recorded;
mod rig;
mod ties;
mod users;
mod validator;
