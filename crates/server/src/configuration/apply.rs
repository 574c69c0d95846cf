//! Carrying a plan out, step by step.

use std::{collections::BTreeMap, fs::File, io::Write, os::unix::fs::OpenOptionsExt};

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    ConfigurationError, Order,
    kinds::{Change, Shape},
    plan::{Act, Plan, Step},
    references, report, shape,
};
use crate::client::{Client, ClientError};

/// What became of a plan.
#[derive(Debug)]
pub struct Applied {
    pub(super) plan: Plan,
    /// Steps that were carried out.
    pub(super) done: usize,
    /// Why the next one was not.
    pub(super) failed: Option<ClientError>,
}

impl Applied {
    /// Whether every step was carried out.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.failed.is_none()
    }
    /// What was done and what not, for people.
    #[must_use]
    pub fn text(&self) -> String {
        report::applied(self)
    }
    /// The same for scripts.
    #[must_use]
    pub fn json(&self) -> Value {
        report::applied_json(self)
    }
}

/// Carries the plan out; the first step that fails ends it.
pub(super) async fn run(client: &Client, account: &str, plan: Plan, order: &Order) -> Result<Applied, ConfigurationError> {
    let mut revealed = Revealed::open(&plan, order)?;
    let mut ids: BTreeMap<(&'static str, String), String> = BTreeMap::new();
    let (mut done, mut failed) = (0, None);
    for step in &plan.steps {
        match call(client, account, step, &ids).await {
            Ok(result) => {
                if step.act == Act::Create && step.part.is_none() {
                    let id = result.get(step.kind.id).and_then(Value::as_str).unwrap_or_default();
                    ids.insert((step.kind.key, step.name.clone()), id.to_owned());
                }
                revealed.note(step, &result)?;
                done += 1;
            }
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    Ok(Applied { plan, done, failed })
}

async fn call(client: &Client, account: &str, step: &Step, ids: &BTreeMap<(&'static str, String), String>) -> Result<Value, ClientError> {
    let made = ids.get(&(step.kind.key, step.name.clone()));
    let id: String = step.id.as_ref().or(made).map(|id| encoded(id)).unwrap_or_default();
    let object = format!("accounts/{account}/{}", step.kind.path);
    let path = match (step.part, step.kind.shape, step.act) {
        (Some(part), ..) => format!("accounts/{account}/{}", part.path.replace("{id}", &id)),
        (None, Shape::One, _) | (None, _, Act::Create) => object,
        (None, Shape::Many, _) => format!("{object}/{id}"),
    };
    let verb = match (step.act, step.part, step.kind.change) {
        (Act::Delete, part, _) => {
            if let (Some(member), None) = (step.kind.emptied, part) {
                empty(client, step, member, &path).await?;
            }
            return client.call(Method::DELETE, &path, None).await;
        }
        (Act::Create, None, _) => Method::POST,
        (_, None, Change::Patch) => Method::PATCH,
        _ => Method::PUT,
    };
    let mut body = step.body.clone();
    references::each(&mut body, &mut |kind, _, text| {
        if let Some(id) = ids.get(&(kind, text.clone())) {
            id.clone_into(text);
        }
    });
    for sent in &step.secrets {
        shape::put(&mut body, &sent.path, json!(sent.secret.expose()));
    }
    client.call(verb, &path, Some(body)).await
}

/// Takes an object's list away, which it must not have when it is removed.
async fn empty(client: &Client, step: &Step, member: &str, path: &str) -> Result<(), ClientError> {
    if step.body.get(member).and_then(Value::as_array).is_none_or(Vec::is_empty) {
        return Ok(());
    }
    let mut body = step.body.clone();
    step.kind.fixed.iter().for_each(|fixed| shape::leave_out(&mut body, fixed));
    shape::put(&mut body, member, json!([]));
    client.call(Method::PUT, path, Some(body)).await.map(drop)
}

fn encoded(segment: &str) -> String {
    // A form's encoding, but for the space.
    url::form_urlencoded::byte_serialize(segment.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The file for secrets that the server makes.
struct Revealed(Option<File>, String);

impl Revealed {
    /// Opened before anything is done: what is told once must not be lost.
    fn open(plan: &Plan, order: &Order) -> Result<Self, ConfigurationError> {
        let telling: Vec<String> =
            plan.steps.iter().filter(|step| tells(step)).map(|step| format!("{} {:?}", step.kind.noun, step.name)).collect();
        if telling.is_empty() {
            return Ok(Self(None, String::new()));
        }
        let Some(path) = &order.secrets_out else { return Err(ConfigurationError::NoPlaceForSecrets(telling.join(", "))) };
        let name = path.display().to_string();
        let file = File::options().write(true).create_new(true).mode(0o600).open(path);
        Ok(Self(Some(file.map_err(|source| ConfigurationError::File { path: name.clone(), source })?), name))
    }

    fn note(&mut self, step: &Step, result: &Value) -> Result<(), ConfigurationError> {
        let (Some(file), true) = (&mut self.0, tells(step)) else { return Ok(()) };
        let mut line = json!({ "kind": step.kind.key, "name": step.name });
        for path in ["client_id", "client_secret", "scim_config/scim_base_url", "scim_config/secret"] {
            if let Some(member) = shape::at(result, path).filter(|member| member.is_string()) {
                shape::put(&mut line, path.rsplit('/').next().unwrap_or(path), member.clone());
            }
        }
        writeln!(file, "{line}").and_then(|()| file.sync_all()).map_err(|source| ConfigurationError::File { path: self.1.clone(), source })
    }
}

/// Whether the answer to a step holds a secret that is told once.
fn tells(step: &Step) -> bool {
    let scim_on = step.changes.iter().any(|change| match change.pointer.as_str() {
        "/scim_config/enabled" => change.after == Value::Bool(true),
        "/scim_config" => change.after.get("enabled") == Some(&Value::Bool(true)),
        _ => false,
    });
    step.part.is_none()
        && (step.act == Act::Create && step.kind.key == "service_tokens" || step.kind.key == "identity_providers" && scim_on)
}
