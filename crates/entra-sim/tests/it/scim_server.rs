//! Owns a small SCIM server that keeps resources and records every request.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: String,
    pub agent: Option<String>,
    pub accept: Option<String>,
    pub token: String,
    pub kind: Option<String>,
    pub body: Value,
}

/// What the next requests hear instead of an answer.
#[derive(Debug, Clone, Copy)]
pub enum Trouble {
    /// A status, with or without a `Retry-After`.
    Status(u16, Option<u64>),
    /// Nothing, for longer than anybody waits.
    Silence,
}

#[derive(Default)]
struct Inner {
    resources: BTreeMap<String, Value>,
    /// Names that resources ever had, in small letters: most look-ups of a large tenant ask for others.
    names: HashSet<String>,
    seen: Vec<Seen>,
    next: u32,
    refuse: BTreeSet<String>,
    refuse_with: u16,
    down: Option<u16>,
    trouble: VecDeque<Trouble>,
}

/// The server.
#[derive(Clone)]
pub struct ScimServer {
    inner: Arc<Mutex<Inner>>,
    gate: watch::Sender<bool>,
}

/// The bearer secret it wants.
pub const SECRET: &str = "scim-secret";

impl ScimServer {
    /// Starts it; returns the tenant URL too.
    pub async fn start() -> (Self, String) {
        let server = Self { inner: Arc::default(), gate: watch::channel(true).0 };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        // A name under localhost, which the simulator must resolve by itself.
        let url = format!("http://team.localhost:{}/scim/v2", listener.local_addr().unwrap().port());
        let router = Router::new().fallback(handle).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (server, url)
    }

    /// Takes the requests seen since the last call.
    pub fn taken(&self) -> Vec<Seen> {
        std::mem::take(&mut self.inner.lock().seen)
    }

    /// Waits until so many requests have been seen.
    pub async fn until_seen(&self, count: usize) {
        while self.inner.lock().seen.len() < count {
            tokio::task::yield_now().await;
        }
    }

    /// Resources of a kind (`Users`, `Groups`).
    pub fn all(&self, kind: &str) -> Vec<Value> {
        let inner = self.inner.lock();
        inner.resources.iter().filter(|(key, _)| key.starts_with(kind)).map(|(_, value)| value.clone()).collect()
    }

    /// A resource by an attribute's value.
    pub fn one(&self, kind: &str, attribute: &str, value: &str) -> Option<Value> {
        self.all(kind).into_iter().find(|one| one[attribute] == value)
    }

    /// Puts a resource there, as an administrator of the target would.
    pub fn put(&self, kind: &str, id: &str, value: Value) {
        let mut inner = self.inner.lock();
        inner.names.extend(name_of(&value));
        inner.resources.insert(format!("{kind}/{id}"), value);
    }

    /// Answers creates of this name with a status, and only these.
    pub fn refuse(&self, name: &str, status: u16) {
        self.refuse_all(&[name], status);
    }

    /// Answers creates of these names, and changes of these paths, with a status.
    pub fn refuse_all(&self, names: &[&str], status: u16) {
        let mut inner = self.inner.lock();
        inner.refuse = names.iter().map(|name| (*name).to_owned()).collect();
        inner.refuse_with = status;
    }

    /// Answers everything with a status, or works again.
    pub fn down(&self, status: Option<u16>) {
        self.inner.lock().down = status;
    }

    /// What the next requests meet.
    pub fn trouble(&self, trouble: &[Trouble]) {
        self.inner.lock().trouble.extend(trouble);
    }

    /// Lets requests arrive but not be answered until it is opened again.
    pub fn open(&self, open: bool) {
        self.gate.send_replace(open);
    }
}

fn error(status: u16, detail: &str) -> Response {
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(), "detail": detail});
    (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response()
}

async fn handle(State(server): State<ScimServer>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path = uri.path().strip_prefix("/scim/v2/").unwrap_or_default().to_owned();
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let trouble = {
        let mut inner = server.inner.lock();
        inner.seen.push(Seen {
            method: method.to_string(),
            path: path.clone(),
            query: uri.query().unwrap_or_default().to_owned(),
            agent: text("user-agent"),
            accept: text("accept"),
            token: text("authorization").unwrap().split_once(' ').unwrap().1.to_owned(),
            kind: text("content-type"),
            body: body.clone(),
        });
        inner.trouble.pop_front()
    };
    server.gate.subscribe().wait_for(|open| *open).await.unwrap();
    match trouble {
        Some(Trouble::Silence) => std::future::pending().await,
        Some(Trouble::Status(status, wait)) => {
            let mut response = error(status, "trouble");
            if let Some(wait) = wait {
                response.headers_mut().insert("retry-after", wait.to_string().parse().unwrap());
            }
            return response;
        }
        None => {}
    }
    let mut inner = server.inner.lock();
    if headers["authorization"] != format!("Bearer {SECRET}") {
        return error(401, "wrong secret");
    }
    if let Some(status) = inner.down {
        return error(status, "down");
    }
    match method.as_str() {
        "GET" if !path.contains('/') => list(&inner, &path, uri.query().unwrap_or_default()),
        "GET" => match inner.resources.get(&path) {
            Some(found) => found.to_string().into_response(),
            None => error(404, "gone"),
        },
        "POST" => create(&mut inner, &path, body),
        "PATCH" => patch(&mut inner, &path, &body),
        "DELETE" if inner.resources.remove(&path).is_some() => StatusCode::NO_CONTENT.into_response(),
        _ => error(404, "no such thing"),
    }
}

/// Whether a resource has a value at a path, lists and extensions included.
fn has(resource: &Value, attribute: &str, wanted: &str) -> bool {
    let is = |held: &Value| held.as_str().is_some_and(|held| held.eq_ignore_ascii_case(wanted));
    match attribute {
        "members" => resource["members"].as_array().into_iter().flatten().any(is),
        "manager" => resource.as_object().unwrap().values().any(|part| is(&part["manager"]) || is(&part["manager"]["value"])),
        "emails[type eq \"work\"].value" => resource["emails"].as_array().into_iter().flatten().any(|one| is(&one["value"])),
        plain => is(&resource[plain]),
    }
}

fn list(inner: &Inner, kind: &str, query: &str) -> Response {
    let (_, filter) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "filter").unwrap();
    let mut clauses = Vec::new();
    for clause in filter.split(" and ") {
        let (attribute, value) = clause.rsplit_once(" eq ").unwrap();
        match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
            Some(value) if !value.replace("\\\"", "").contains('"') => clauses.push((attribute.to_owned(), value.replace("\\\"", "\""))),
            _ => return error(400, "invalidFilter"),
        }
    }
    let unknown = |(attribute, value): &(String, String)| {
        ["userName", "displayName"].contains(&attribute.as_str()) && !inner.names.contains(&value.to_lowercase())
    };
    let none = clauses.iter().any(unknown);
    let found: Vec<&Value> = inner
        .resources
        .iter()
        .take(if none { 0 } else { usize::MAX })
        .filter(|(key, one)| key.starts_with(kind) && clauses.iter().all(|(attribute, value)| has(one, attribute, value)))
        .map(|(_, one)| one)
        .collect();
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": found.len(), "Resources": found})
        .to_string()
        .into_response()
}

/// What a resource is called, in small letters.
fn name_of(resource: &Value) -> Option<String> {
    resource["userName"].as_str().or(resource["displayName"].as_str()).map(str::to_lowercase)
}

fn create(inner: &mut Inner, kind: &str, mut body: Value) -> Response {
    let name = body["userName"].as_str().or(body["displayName"].as_str()).unwrap().to_owned();
    if inner.refuse.contains(&name) {
        return error(inner.refuse_with, "refused by the test");
    }
    inner.next += 1;
    let id = format!("{}-{}", kind.to_lowercase(), inner.next);
    body["id"] = id.clone().into();
    inner.names.extend(name_of(&body));
    inner.resources.insert(format!("{kind}/{id}"), body.clone());
    (StatusCode::CREATED, body.to_string()).into_response()
}

fn patch(inner: &mut Inner, path: &str, body: &Value) -> Response {
    if inner.refuse.contains(path) {
        return error(inner.refuse_with, "refused by the test");
    }
    let Some(held) = inner.resources.get_mut(path) else {
        return error(404, "gone");
    };
    for operation in body["Operations"].as_array().unwrap() {
        let value = &operation["value"];
        match (operation["op"].as_str().unwrap().to_lowercase().as_str(), operation["path"].as_str()) {
            (_, None) => value.as_object().unwrap().iter().for_each(|(path, value)| set(held, path, value)),
            ("add", Some("members")) => {
                let mut members = held["members"].as_array().cloned().unwrap_or_default();
                members.extend(value.as_array().unwrap().iter().map(|one| one["value"].clone()));
                held["members"] = members.into();
            }
            ("remove", Some(path)) => {
                let gone: Vec<Value> = match path.split('"').nth(1) {
                    Some(id) => vec![id.into()],
                    None => value.as_array().unwrap().iter().map(|one| one["value"].clone()).collect(),
                };
                let members = held["members"].as_array().cloned().unwrap_or_default();
                held["members"] = members.into_iter().filter(|one| !gone.contains(one)).collect();
            }
            ("add", Some("roles")) => held["roles"].as_array_mut().unwrap().extend(value.as_array().unwrap().iter().cloned()),
            (_, Some(path)) => set(held, path, value),
        }
    }
    inner.names.extend(name_of(held));
    if path.starts_with("Users") { held.to_string().into_response() } else { StatusCode::NO_CONTENT.into_response() }
}

fn set(held: &mut Value, path: &str, value: &Value) {
    if path == "active" {
        held["active"] = (value == "True" || *value == Value::Bool(true)).into();
    } else if let Some((list, rest)) = path.split_once('[') {
        let (by, kind) = (rest.split(' ').next().unwrap(), rest.split('"').nth(1).unwrap());
        let kind = if by == "primary" { Value::Bool(kind == "True") } else { kind.into() };
        let sub = rest.rsplit('.').next().unwrap();
        if !held[list].is_array() {
            held[list] = json!([]);
        }
        let elements = held[list].as_array_mut().unwrap();
        let at = elements.iter().position(|one| one[by] == kind).unwrap_or_else(|| {
            elements.push(json!({ (by): kind }));
            elements.len() - 1
        });
        elements[at][sub] = value.clone();
    } else if path.starts_with("urn:") {
        let (schema, name) = path.rsplit_once(':').unwrap();
        held[schema][name] = value.clone();
    } else if let Some((outer, inner)) = path.split_once('.') {
        held[outer][inner] = value.clone();
    } else {
        held[path] = value.clone();
    }
}
