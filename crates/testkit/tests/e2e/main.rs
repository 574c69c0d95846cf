//! The whole system end to end: doorward, the Entra simulator and an origin in one process, one module for each subject.
#![expect(clippy::unwrap_used, reason = "a test stops where something unexpected happens")]

mod check;
mod claims;
mod credentials;
mod cycles;
mod doctor;
mod groups;
mod h2;
mod headers;
mod hosts;
mod identity;
mod leaver;
mod life_cycle;
mod liveness;
mod login_test;
mod logs;
mod loop_;
mod malformed;
mod nested;
mod policy_edits;
mod provider_faults;
mod readings;
mod replays;
mod requests;
mod restart;
mod returns;
mod revoke;
mod rules;
mod scim;
mod seats;
mod service_tokens;
mod step_up;
mod streams;
mod time;
mod unfinished;
mod wire;
