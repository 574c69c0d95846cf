//! `doorward doctor idp` and `doorward doctor drift`: ask the running server what its login methods are worth, and where the people whom
//! SCIM sent differ from the directory's; `doorward provisioning`: what SCIM wrote; and tell it (ruling 27: the command is a client of the API and touches no files of the server).

mod ask;
mod drift;
pub mod provisioning;
mod report;

use std::{path::PathBuf, process::ExitCode};

pub use ask::AskError;
use ask::Client;
pub use drift::drift;
use serde_json::Value;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Order {
    /// Name or id of one login method; `None`: all of them.
    pub provider: Option<String>,
    /// Somebody to look up at the provider: user principal name or object id.
    pub person: Option<String>,
    /// Address of the API or of the server.
    pub api: String,
    /// File with an API token that may change login methods.
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

/// The result: what to print, and what to exit with.
#[derive(Debug)]
pub struct Verdict {
    /// Text or JSON, with a final line break.
    pub text: String,
    /// What was found.
    pub status: Status,
}

/// What was found, as the exit status tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nothing: 0.
    Fine,
    /// A fault, or a drift: 1.
    Found,
    /// It could not be found out: 2, as when the server could not be asked.
    Unknown,
}

impl Verdict {
    /// The exit status.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.status {
            Status::Fine => 0,
            Status::Found => 1,
            Status::Unknown => 2,
        })
    }
}

/// Asks, and writes the result.
///
/// Errors: files that cannot be read, a server that does not answer or refuses, a login method that is not there.
pub async fn idp(order: &Order, form: Form) -> Result<Verdict, AskError> {
    let client = Client::open(order)?;
    let account = client.account().await?;
    let mut checked = Vec::new();
    for provider in client.providers(&account, order.provider.as_deref()).await? {
        checked.push(client.check(&account, provider, order.person.as_deref()).await?);
    }
    let faulty = checked.iter().any(|provider| report::worst(provider) == "fault");
    let text = match form {
        Form::Json => format!("{:#}\n", report::json(&checked)),
        Form::Text => report::text(&checked),
    };
    Ok(Verdict { text, status: if faulty { Status::Found } else { Status::Fine } })
}

/// A login method with its findings, as the API told them.
#[derive(Debug, Clone)]
struct Checked {
    id: String,
    name: String,
    kind: String,
    at: Value,
    findings: Vec<Value>,
}
