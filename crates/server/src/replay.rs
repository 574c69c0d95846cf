//! `doorward policy replay`: has the running server decide the logged requests again with edited policies, and tells who would gain and who
//! would lose access (ruling 27: a client of the API).

use std::{path::PathBuf, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Access, Client, ClientError},
    shown::plain,
    why::Form,
};

/// Longest time that the server may take.
const LONGEST: Duration = Duration::from_secs(150);

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Order {
    /// From when on: a time, or how long ago (`24h`).
    pub since: String,
    /// File with the edited policies, rule groups or applications.
    pub with: PathBuf,
    /// Address of the API or of the server.
    pub api: String,
    /// File with an API token that may run policy tests.
    pub token_file: PathBuf,
    /// Further root certificates, PEM.
    pub ca_file: Option<PathBuf>,
}

/// Why nothing was replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Nobody, or not the API, answered; or it refused.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The file with the edited policies.
    #[error("{0} could not be read")]
    File(String, #[source] std::io::Error),
    /// It is no JSON.
    #[error("{0} is not JSON")]
    Json(String, #[source] serde_json::Error),
}

/// What would change, with a final line break.
///
/// # Errors
/// Files that cannot be read, a server that does not answer or refuses what is in them.
pub async fn replay(order: &Order, form: Form) -> Result<String, ReplayError> {
    let file = order.with.display().to_string();
    let text = std::fs::read_to_string(&order.with).map_err(|error| ReplayError::File(file.clone(), error))?;
    let with: Value = serde_json::from_str(&text).map_err(|error| ReplayError::Json(file, error))?;
    let client = Client::open(&Access { api: &order.api, token_file: &order.token_file, ca_file: order.ca_file.as_deref() })?;
    let path = format!("accounts/{}/doorward/policies/replay", client.account().await?);
    let body = json!({ "since": order.since, "with": with });
    let told = client.call_within(LONGEST, Method::POST, &path, Some(body)).await?;
    Ok(match form {
        Form::Json => format!("{told:#}\n"),
        Form::Text => report(&told),
    })
}

fn report(told: &Value) -> String {
    let mut out = format!(
        "{} decisions from {} to {}, of which {} were decided again.\n",
        plain(&told["decisions"]),
        plain(&told["since"]),
        plain(&told["until"]),
        plain(&told["decided"])
    );
    if told["complete"] != true {
        out.push_str("The log was too long to be gone through to its end: ask for a shorter time.\n");
    }
    if told["decided_otherwise_than_recorded"].as_u64().unwrap_or(0) > 0 {
        let count = plain(&told["decided_otherwise_than_recorded"]);
        out.push_str(&format!(
            "{count} of them are decided otherwise than recorded already by the policies as they are: these were changed since.\n"
        ));
    }
    out.push_str(&list("Would gain access", told["gained"].as_array()));
    out.push_str(&list("Would lose access", told["lost"].as_array()));
    let undecided: Vec<&Value> = told["undecided"].as_array().into_iter().flatten().collect();
    if !undecided.is_empty() {
        out.push_str("\nCould not be decided again\n");
        for left in undecided {
            let (count, reference) = (plain(&left["count"]), plain(&left["reference"]));
            out.push_str(&format!("  {count} × {}  (for example {reference})\n", plain(&left["meaning"])));
        }
    }
    out
}

fn list(title: &str, rows: Option<&Vec<Value>>) -> String {
    let rows: Vec<&Value> = rows.into_iter().flatten().collect();
    if rows.is_empty() {
        return format!("\n{title}: nobody\n");
    }
    let line = |row: &&Value| {
        let token = || format!("service token {}", plain(&row["service_token"]));
        let who = row["email"]
            .as_str()
            .map_or_else(|| if row["service_token_id"].is_null() { "somebody unknown".into() } else { token() }, str::to_owned);
        let side = |side: &Value| match side["policy"].as_str() {
            Some(policy) => format!("{} ({})", plain(&side["outcome"]), plain(&Value::from(policy))),
            None => plain(&side["outcome"]),
        };
        format!(
            "  {} at {}: {} → {}; {} times, last {}  {}\n",
            plain(&Value::from(who)),
            plain(&row["app"]),
            side(&row["from"]),
            side(&row["to"]),
            plain(&row["count"]),
            plain(&row["last"]),
            plain(&row["reference"])
        )
    };
    format!("\n{title}\n{}", rows.iter().map(line).collect::<String>())
}
