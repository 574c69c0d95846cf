//! The SCIM surface over a real store, in process: requests as Entra sends them, answers and consequences.

#![expect(clippy::unwrap_used, reason = "what helps tests may fail as tests do")]

mod attack_cases;
mod credentials;
mod discovery;
mod failing_store;
mod groups;
mod hostile;
mod journal;
mod life_cycle;
mod lists;
mod postman;
mod recorded;
mod rig;
mod users;
mod validator;
