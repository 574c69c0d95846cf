//! `doorward export`, `plan` and `apply`: the configuration of the running server as a file (ruling 27: a client of the API).
//!
//! A file tells what shall be. What it does not mention stays as it is; what it mentions and is different is changed; what the server has
//! beyond the file goes only with [`Prune::Listed`], and only of kinds that are in the file.

mod apply;
mod current;
mod document;
mod kinds;
mod names;
mod order;
mod plan;
mod references;
mod report;
mod secrets;
mod shape;
#[cfg(test)]
mod tests;

use std::{io, path::PathBuf};

pub use apply::Applied;
pub use document::Format;
pub use plan::Plan;

use crate::client::{Access, Client, ClientError};

/// Whether objects that are not in the file go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// They stay.
    Nothing,
    /// They go, of the kinds that are in the file.
    Listed,
}

/// What shall be done with a file.
#[derive(Debug, Clone)]
pub struct Order {
    /// The file.
    pub file: PathBuf,
    /// Whether objects that are not in it go.
    pub prune: Prune,
    /// Where secrets are written that the server makes and tells once.
    pub secrets_out: Option<PathBuf>,
}

/// Why it could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// Nobody, or not the API, answered; or it refused.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A file could not be read or written.
    #[error("{path} could not be used")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file says what cannot be.
    #[error("{path} cannot be used:\n{}", list(.faults))]
    Wrong {
        /// Which.
        path: String,
        /// What is wrong, place by place.
        faults: Vec<String>,
    },
    /// The configuration cannot be written in this form.
    #[error("the configuration cannot be written as YAML: {0}")]
    Unwritable(String),
    /// Secrets would be lost.
    #[error("the server will make secrets that it tells once ({0}): say with --secrets-out in which new file they shall be written")]
    NoPlaceForSecrets(String),
}

fn list(faults: &[String]) -> String {
    faults.iter().map(|fault| format!("  {fault}")).collect::<Vec<_>>().join("\n")
}

/// The whole configuration without secrets.
///
/// # Errors
/// A server that does not answer or refuses.
pub async fn export(access: &Access<'_>, format: Format) -> Result<String, ConfigurationError> {
    let client = Client::open(access)?;
    let account = client.account().await?;
    document::write(&current::Current::read(&client, &account).await?, format)
}

/// What [`apply`] would do now.
///
/// # Errors
/// A file that says what cannot be, secrets that are not there, a server that does not answer or refuses.
pub async fn plan(access: &Access<'_>, order: &Order) -> Result<Plan, ConfigurationError> {
    let client = Client::open(access)?;
    let account = client.account().await?;
    planned(&client, &account, order).await
}

/// Makes the server's configuration what the file says.
///
/// # Errors
/// Those of [`plan`]. A step that the server refuses is no error here: it is told with what was done before and what was not done.
pub async fn apply(access: &Access<'_>, order: &Order) -> Result<Applied, ConfigurationError> {
    let client = Client::open(access)?;
    let account = client.account().await?;
    let plan = planned(&client, &account, order).await?;
    apply::run(&client, &account, plan, order).await
}

async fn planned(client: &Client, account: &str, order: &Order) -> Result<Plan, ConfigurationError> {
    let document = document::read(&order.file)?;
    let current = current::Current::read(client, account).await?;
    let faults = |faults| ConfigurationError::Wrong { path: order.file.display().to_string(), faults };
    plan::make(document, current, order.prune).map_err(faults)
}
