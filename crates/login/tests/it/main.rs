//! The room from outside, with the rooms below it and a provider that a test holds in its hand.
#![expect(clippy::unwrap_used, reason = "a test stops where something unexpected happens")]

mod frontchannel_logout;
mod letters;
mod liveness;
mod provider;
mod rig;
