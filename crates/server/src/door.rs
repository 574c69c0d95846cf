//! `doorward door`: a one-time token for the console's local door, made with the sealing key alone, so that neither the identity provider
//! nor an API token nor the server itself is needed to have one (ruling 28).

use std::{io, path::Path};

use guard::console::door_token;
use model::Secret;

use crate::{
    certificates::write_private_file,
    config::Config,
    wiring::{StartError, now, read_sealing_key},
};

/// A token and where it is given in.
pub struct Door {
    /// The token.
    pub token: Secret,
    /// The page.
    pub address: String,
}

/// No token could be made.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The sealing key.
    #[error("a one-time token needs the sealing key")]
    Key(#[from] StartError),
    /// The file.
    #[error("{path} could not be written")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Makes one. `by` goes into the audit log with every use.
pub fn make(config: &Config, by: &str, token_file: Option<&Path>) -> Result<Door, DoorError> {
    let key = store::SealingKey::from_bytes(read_sealing_key(&config.store.sealing_key_file)?);
    let token = door_token(&key, rand::random(), by, now());
    if let Some(path) = token_file {
        let file = |source| DoorError::File { path: path.display().to_string(), source };
        write_private_file(path, token.expose().as_bytes()).map_err(file)?;
    }
    let port = config.http.public_port.or_else(|| config.http.listen.first().map(std::net::SocketAddr::port)).unwrap_or(443);
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    Ok(Door { token, address: format!("https://{}{port}/console/door", config.team.domain) })
}
