//! The reverse proxy for self-hosted applications: parse once, ask the guard, forward what was judged.
//!
//! Runs on a current-thread runtime per core with an upstream pool per core; signing and other long work is handed to the
//! control runtime. It never reads a credential's meaning and never decides: it carries out a [`guard::Verdict`].

mod addresses;
pub mod body;
pub mod canonical;
pub mod counters;
mod denied;
mod exchange;
mod expect;
pub mod framing;
mod headers;
pub mod malformed;
mod origin;
mod pace;
mod patience;
mod pool;
mod refuse;
pub mod relay;
mod reverse;
mod splice;
pub mod trace;
mod trailers;
mod upgrade;
mod upload;
mod websocket;
mod withdrawn;

pub use body::ProxyBody;
pub use canonical::Canonical;
pub use counters::Counters;
pub use framing::Framing;
pub use headers::rewrite_cookies;
pub use malformed::Malformed;
pub use pace::Pace;
pub use reverse::{OriginTime, Outcome, Proxy, Worker};
