//! `doorward users show`: asks the running server what it knows about a person, fact by fact with its source (ruling 27: a client of the
//! API).

mod report;

use std::path::PathBuf;

use model::UserId;
use reqwest::Method;
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

use crate::client::{Access, Client, ClientError};

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Order {
    /// Address or id of the person.
    pub who: String,
    /// Address of the API or of the server.
    pub api: String,
    /// File with an API token that may read people.
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

/// Why nobody is shown.
#[derive(Debug, thiserror::Error)]
pub enum UsersError {
    /// Nobody, or not the API, answered; or it refused.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Nobody has the address.
    #[error("nobody in the registry has the address {0:?}: people are entered at their first sign-in, or through the API")]
    Nobody(String),
}

/// Everybody with the address (several people may have one), or the one with the id; with a final line break.
///
/// # Errors
/// Files that cannot be read, a server that does not answer or refuses, nobody of that name.
pub async fn show(order: &Order, form: Form) -> Result<String, UsersError> {
    let client = Client::open(&Access { api: &order.api, token_file: &order.token_file, ca_file: order.ca_file.as_deref() })?;
    let people = format!("accounts/{}/doorward/users", client.account().await?);
    let ids = match order.who.parse::<UserId>() {
        Ok(id) => vec![id.to_string()],
        Err(_) => with_address(&client, &people, &order.who).await?,
    };
    let mut shown = Vec::new();
    for id in ids {
        shown.push(client.call(Method::GET, &format!("{people}/{id}"), None).await?);
    }
    Ok(match form {
        Form::Json => format!("{:#}\n", Value::Array(shown)),
        Form::Text => shown.iter().map(report::person).collect::<Vec<_>>().join("\n"),
    })
}

async fn with_address(client: &Client, people: &str, address: &str) -> Result<Vec<String>, UsersError> {
    let email: String = byte_serialize(address.as_bytes()).collect();
    let found = client.call(Method::GET, &format!("{people}?email={email}"), None).await?;
    let ids = found.as_array().into_iter().flatten().filter_map(|person| Some(person.get("id")?.as_str()?.to_owned()));
    let ids: Vec<String> = ids.collect();
    if ids.is_empty() { Err(UsersError::Nobody(address.to_owned())) } else { Ok(ids) }
}
