//! `doorward why`: asks the running server about one decision, and says in plain words who asked, what was decided, by which policy, rule
//! and fact, and what to do (ruling 27: a client of the API).

mod report;

use std::path::PathBuf;

use model::Reference;
use reqwest::Method;
use serde_json::Value;

use crate::client::{Access, Client, ClientError};

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Order {
    /// The reference that the person was shown.
    pub reference: String,
    /// Address of the API or of the server.
    pub api: String,
    /// File with an API token that may read decisions.
    pub token_file: PathBuf,
    /// Further root certificates, PEM.
    pub ca_file: Option<PathBuf>,
}

/// How the result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For scripts.
    Json,
}

/// Why nothing is told.
#[derive(Debug, thiserror::Error)]
pub enum WhyError {
    /// Nobody, or not the API, answered; or it refused: there is no such decision, or the token may not read it.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// It was not copied whole.
    #[error("{0:?} is not a reference: copy the 32 characters, 0 to 9 and a to f, from the page that was shown or from the log")]
    Reference(String),
}

/// The decision, with a final line break.
///
/// # Errors
/// Files that cannot be read, a server that does not answer or refuses, no such decision.
pub async fn why(order: &Order, form: Form) -> Result<String, WhyError> {
    let copied = order.reference.trim();
    // Nothing else gets into the path of the call.
    let reference: Reference = copied.to_ascii_lowercase().parse().map_err(|_| WhyError::Reference(copied.to_owned()))?;
    let client = Client::open(&Access { api: &order.api, token_file: &order.token_file, ca_file: order.ca_file.as_deref() })?;
    let path = format!("accounts/{}/doorward/decisions/{reference}", client.account().await?);
    let decision = client.call(Method::GET, &path, None).await?;
    Ok(match form {
        Form::Json => format!("{decision:#}\n"),
        Form::Text => text(&decision),
    })
}

/// A decision, as the API tells it, written for people.
pub fn text(decision: &Value) -> String {
    report::decision(decision)
}
