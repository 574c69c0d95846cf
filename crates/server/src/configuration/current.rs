//! What the server has: every object of every kind, without what only the server sets.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::Value;

use super::{
    ConfigurationError,
    kinds::{Detail, KINDS, Kind, Part, Shape},
    shape::{at, leave_out},
};
use crate::client::{Client, ClientError};

/// Objects that are asked for at once.
const PER_PAGE: usize = 1000;

/// An object of the server.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// What names it in paths.
    pub id: String,
    /// Its name; of a kind of which there is one, the kind's.
    pub name: String,
    /// Its members; references are ids.
    pub value: Value,
    /// Its parts.
    pub parts: BTreeMap<&'static str, Value>,
    /// Names of the members that hold a secret, as paths, with the part they are of.
    pub secrets: Vec<(Option<&'static str>, &'static str)>,
}

/// Everything that the server has, by kind. A kind that it does not know is absent.
#[derive(Debug, Default)]
pub(super) struct Current(pub BTreeMap<&'static str, Vec<Object>>);

impl Current {
    /// Reads it.
    pub(super) async fn read(client: &Client, account: &str) -> Result<Self, ConfigurationError> {
        let mut all = BTreeMap::new();
        for kind in KINDS {
            if let Some(objects) = objects(client, account, kind).await? {
                all.insert(kind.key, objects);
            }
        }
        Ok(Self(all))
    }
    /// The objects of a kind.
    pub(super) fn of(&self, kind: &str) -> &[Object] {
        self.0.get(kind).map_or(&[], Vec::as_slice)
    }
}

async fn objects(client: &Client, account: &str, kind: &'static Kind) -> Result<Option<Vec<Object>>, ConfigurationError> {
    let path = format!("accounts/{account}/{}", kind.path);
    if kind.shape == Shape::One {
        let value = known(client.call(Method::GET, &path, None).await)?;
        let wrapped = value.map(|value| kind.wrap.map_or(value.clone(), |member| serde_json::json!({ member: value })));
        return Ok(wrapped.map(|value| vec![object(kind, value)]));
    }
    let Some(listed) = list(client, &path).await? else { return Ok(None) };
    let mut objects = Vec::new();
    for value in listed {
        let mut object = object(kind, value.clone());
        if kind.detail == Detail::ByItself {
            object = self::object(kind, client.call(Method::GET, &format!("{path}/{}", object.id), None).await?);
        }
        if let Some(more) = kind.more {
            let path = format!("accounts/{account}/{}", more.replace("{id}", &object.id));
            let mut more = known(client.call(Method::GET, &path, None).await)?.unwrap_or_default();
            leave_out(&mut more, "id");
            object.value = super::shape::merged(&object.value, &more);
        }
        if kind.key == "lists" && object.value.get("items").is_none() {
            let items = list(client, &format!("{path}/{}/items", object.id)).await?.unwrap_or_default();
            super::shape::put(&mut object.value, "items", items.into_iter().map(item).collect());
        }
        for part in kind.parts {
            let path = format!("accounts/{account}/{}", part.path.replace("{id}", &object.id));
            if let Some(value) = known(client.call(Method::GET, &path, None).await)? {
                object.secrets.extend(secrets(part.secrets, &value).map(|path| (Some(part.key), path)));
                if let Some(value) = worth(part, value) {
                    object.parts.insert(part.key, value);
                }
            }
        }
        objects.push(object);
    }
    Ok(Some(objects))
}

/// An element of a list without what the server notes about it.
fn item(mut item: Value) -> Value {
    leave_out(&mut item, "created_at");
    item
}

/// Every page of a list; `None` when the server does not have it.
async fn list(client: &Client, path: &str) -> Result<Option<Vec<Value>>, ConfigurationError> {
    let mut all: Vec<Value> = Vec::new();
    for page in 1.. {
        let answer = client.call(Method::GET, &format!("{path}?page={page}&per_page={PER_PAGE}"), None).await;
        let Some(Value::Array(items)) = known(answer)? else { return Ok(None) };
        // A list without pages answers the same again.
        if items.is_empty() || all.first() == items.first() {
            break;
        }
        all.extend(items);
    }
    Ok(Some(all))
}

/// What is not there, or not built in the server, is no error.
fn known(answer: Result<Value, ClientError>) -> Result<Option<Value>, ClientError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(ClientError::Refused { status, .. }) if matches!(status.as_u16(), 404 | 501) => Ok(None),
        Err(error) => Err(error),
    }
}

fn object(kind: &'static Kind, mut value: Value) -> Object {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (id, name) = match kind.shape {
        Shape::Many => (text(kind.id), text("name")),
        Shape::One => (String::new(), kind.key.to_owned()),
    };
    let secrets = secrets(kind.secrets, &value).map(|path| (None, path)).collect();
    kind.leave_out.iter().for_each(|path| leave_out(&mut value, path));
    kind.secrets.iter().for_each(|secret| leave_out(&mut value, secret.path));
    if kind.key == "apps" {
        policies(&mut value);
    }
    if kind.key == "lists" {
        leave_out(&mut value, "items/[]/created_at");
    }
    Object { id, name, value, parts: BTreeMap::new(), secrets }
}

/// The policies of an application: the id of a reusable one, the members of one of its own. Their order is their precedence.
fn policies(app: &mut Value) {
    for policy in app.get_mut("policies").and_then(Value::as_array_mut).into_iter().flatten() {
        if policy.get("reusable") == Some(&Value::Bool(true)) {
            *policy = policy.get("id").cloned().unwrap_or_default();
        } else {
            ["uid", "created_at", "updated_at", "precedence", "reusable", "app_count"].iter().for_each(|key| leave_out(policy, key));
        }
    }
}

/// The secrets that an object has and that a file has to name.
fn secrets<'a>(secrets: &'a [super::kinds::Credential], value: &'a Value) -> impl Iterator<Item = &'static str> + 'a {
    use super::kinds::Exported;
    secrets.iter().filter_map(move |secret| {
        let wanted = match secret.exported {
            Exported::Always => true,
            Exported::When(flag) => at(value, flag) == Some(&Value::Bool(true)),
            Exported::Never => false,
        };
        wanted.then_some(secret.path)
    })
}

/// A part without what the server sets; `None` when it says nothing.
fn worth(part: &Part, mut value: Value) -> Option<Value> {
    part.leave_out.iter().for_each(|path| leave_out(&mut value, path));
    let set = |path: &&str| at(&value, path).is_some_and(|member| !member.is_null() && *member != Value::Bool(false));
    (part.when_set.is_empty() || part.when_set.iter().any(set)).then_some(value)
}
