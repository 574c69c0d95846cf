//! Owns how the simulator is started and what can be wrong with that.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::{self, Clock};
use crate::seed::Seed;
use crate::seed::build::SeedError;

/// Everything [`crate::start`] needs.
#[derive(Clone)]
pub struct Config {
    /// Where to listen; loopback only. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The URL people and programs reach the simulator by; `{port}` stands for the port taken.
    pub public_base: String,
    /// TLS; plain HTTP without it.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// What the tenant looks like at first start.
    pub seed: Seed,
    /// Where changes to the tenant are kept.
    pub state_file: Option<PathBuf>,
    /// Root certificates (PEM) trusted for SCIM calls, beside those of the machine.
    pub scim_ca_pem: Option<Vec<u8>>,
    /// The clock.
    pub now: Clock,
}

impl Config {
    /// Plain HTTP with the built-in tenant, nothing kept, on the machine's clock.
    pub fn new(listen: SocketAddr, public_base: impl Into<String>) -> Self {
        Self {
            listen,
            public_base: public_base.into(),
            tls: None,
            seed: Seed::default(),
            state_file: None,
            scim_ca_pem: None,
            now: clock::system(),
        }
    }
}

/// Why the simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Anyone who reaches the simulator can take the tenant over, so it stays on this machine.
    #[error("the simulator listens on loopback only, {0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The base URL cannot be used.
    #[error("public base {0:?} is not an http or https URL without path")]
    PublicBase(String),
    /// The address cannot be taken.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// The tenant cannot be built.
    #[error("the tenant cannot be built")]
    Seed(#[from] SeedError),
    /// The state file cannot be used.
    #[error("the state file {0:?} cannot be used")]
    State(PathBuf, #[source] std::io::Error),
    /// The client for SCIM calls cannot be made.
    #[error("the client for SCIM calls cannot be made; check the CA file")]
    Client(#[source] reqwest::Error),
    /// No signing key could be made.
    #[error("no RSA signing key could be made")]
    Key,
}
