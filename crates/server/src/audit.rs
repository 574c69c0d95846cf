//! `doorward audit`: administrators' changes, as the running server tells them (ruling 27: a client of the API).

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use reqwest::Method;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use crate::client::{Access, Client, ClientError};

/// Most changes that are shown at once.
const MOST: u32 = 100;

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// By this actor, for example `api-token:<id>`.
    pub actor: Option<String>,
    /// Whose action begins so.
    pub action: Option<String>,
    /// On the object that begins so.
    pub object: Option<String>,
    /// From then on.
    pub since: Option<String>,
    /// Before then.
    pub until: Option<String>,
}

/// How the list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For scripts, one object a line.
    Json,
}

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Nobody, or not the API, answered; or it refused.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Writing failed.
    #[error("{0} could not be written")]
    Written(String, #[source] io::Error),
}

/// The newest changes, the newest last.
///
/// # Errors
/// Files that cannot be read, a server that does not answer or refuses.
pub async fn show(access: &Access<'_>, order: &Order, form: Form) -> Result<String, AuditError> {
    let client = Client::open(access)?;
    let path = format!("accounts/{}/doorward/audit?per_page={MOST}&{}", client.account().await?, query(order));
    let changes = client.call(Method::GET, &path, None).await?;
    let changes = changes.as_array().cloned().unwrap_or_default();
    Ok(match form {
        Form::Json => changes.iter().rev().map(|change| format!("{change}\n")).collect(),
        Form::Text if changes.is_empty() => "No such change is recorded.\n".into(),
        Form::Text => changes.iter().rev().map(line).collect(),
    })
}

/// Writes every change to a file or, without one, to standard output, the oldest first, one JSON object a line.
///
/// # Errors
/// Those of [`show`], and what the file system says.
pub async fn export(access: &Access<'_>, order: &Order, output: Option<&PathBuf>) -> Result<(), AuditError> {
    let client = Client::open(access)?;
    let path = format!("accounts/{}/doorward/audit/export?{}", client.account().await?, query(order));
    let name = output.map_or_else(|| "standard output".to_owned(), |path| path.display().to_string());
    let failed = |error: io::Error| AuditError::Written(name.clone(), error);
    // Opened when the server has begun to answer: what it refuses must not cost the file of the last time.
    let mut answer = client.open_download(&path).await?;
    let mut sink = open(output).map_err(failed)?;
    while let Some(part) = client.part(&mut answer).await? {
        sink.write_all(&part).map_err(failed)?;
    }
    sink.flush().map_err(failed)
}

/// A file that is made here is for its owner only: it tells how everything is set up.
fn open(output: Option<&PathBuf>) -> io::Result<Box<dyn Write>> {
    Ok(match output {
        Some(path) => Box::new(File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?),
        None => Box::new(io::stdout().lock()),
    })
}

fn query(order: &Order) -> String {
    let Order { actor, action, object, since, until } = order;
    let mut query = Serializer::new(String::new());
    for (key, value) in [("actor", actor), ("action", action), ("object", object), ("since", since), ("until", until)] {
        if let Some(value) = value {
            query.append_pair(key, value);
        }
    }
    query.finish()
}

/// One change on a line: when, who, what, on what, and which members are different.
fn line(change: &Value) -> String {
    let text = |key: &str| change.get(key).and_then(Value::as_str).unwrap_or_default();
    let actor = Some(text("actor_name")).filter(|name| !name.is_empty()).unwrap_or_else(|| text("actor"));
    let mut out = format!("{}  {actor}  {}  {}", text("at"), text("action"), text("object"));
    let name = ["after", "before"].iter().find_map(|side| change[side]["name"].as_str());
    if let Some(name) = name {
        out.push_str(&format!(" {name:?}"));
    }
    let members = differences(&change["before"], &change["after"]);
    if !members.is_empty() {
        out.push_str(&format!(": {}", members.join(", ")));
    }
    // Names come from people: nothing of theirs steers a terminal.
    let mut out: String = out.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    out.push('\n');
    out
}

/// The members that an update changed.
fn differences(before: &Value, after: &Value) -> Vec<String> {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else { return Vec::new() };
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let changed = |key: &&&String| before.get(**key) != after.get(**key) && !["updated_at", "modified_on"].contains(&key.as_str());
    keys.iter().filter(changed).map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_tells_what_is_different_and_steers_no_terminal() {
        let change = json!({
            "at": "2026-03-04T05:06:07Z", "actor": "api-token:6f", "actor_name": "ci\u{1b}[2J", "action": "app.update", "object": "app/86",
            "before": { "name": "wiki", "domain": "a", "updated_at": 1, "gone": true }, "after": { "name": "wiki", "domain": "b", "updated_at": 2 },
        });
        assert_eq!(line(&change), "2026-03-04T05:06:07Z  ci [2J  app.update  app/86 \"wiki\": domain, gone\n");
        let system = json!({ "at": "t", "actor": "system", "actor_name": null, "action": "seat.free", "object": "user/1", "before": null, "after": {} });
        assert_eq!(line(&system), "t  system  seat.free  user/1\n");
    }
}
