//! Owns a small SCIM server that keeps resources and records every request.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: String,
    pub agent: bool,
    pub kind: Option<String>,
    pub body: Value,
}

#[derive(Default)]
struct Inner {
    resources: BTreeMap<String, Value>,
    seen: Vec<Seen>,
    next: u32,
    refuse: Option<(String, u16)>,
    down: Option<u16>,
}

/// The server.
#[derive(Clone, Default)]
pub struct ScimServer {
    inner: Arc<Mutex<Inner>>,
}

/// The bearer secret it wants.
pub const SECRET: &str = "scim-secret";

impl ScimServer {
    /// Starts it; returns the tenant URL too.
    pub async fn start() -> (Self, String) {
        let server = Self::default();
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

    /// Resources of a kind (`Users`, `Groups`).
    pub fn all(&self, kind: &str) -> Vec<Value> {
        let inner = self.inner.lock();
        inner.resources.iter().filter(|(key, _)| key.starts_with(kind)).map(|(_, value)| value.clone()).collect()
    }

    /// A resource by an attribute's value.
    pub fn one(&self, kind: &str, attribute: &str, value: &str) -> Option<Value> {
        self.all(kind).into_iter().find(|one| one[attribute] == value)
    }

    /// Puts a resource there before any cycle.
    pub fn put(&self, kind: &str, id: &str, value: Value) {
        self.inner.lock().resources.insert(format!("{kind}/{id}"), value);
    }

    /// Answers creates of this name with a status.
    pub fn refuse(&self, name: &str, status: u16) {
        self.inner.lock().refuse = Some((name.to_owned(), status));
    }

    /// Answers everything with a status, or works again.
    pub fn down(&self, status: Option<u16>) {
        self.inner.lock().down = status;
    }
}

fn error(status: u16, detail: &str) -> Response {
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(), "detail": detail});
    (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response()
}

async fn handle(State(server): State<ScimServer>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path = uri.path().strip_prefix("/scim/v2/").unwrap_or_default().to_owned();
    let mut inner = server.inner.lock();
    inner.seen.push(Seen {
        method: method.to_string(),
        path: path.clone(),
        query: uri.query().unwrap_or_default().to_owned(),
        agent: headers.contains_key("user-agent"),
        kind: headers.get("content-type").map(|value| value.to_str().unwrap().to_owned()),
        body: body.clone(),
    });
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

fn list(inner: &Inner, kind: &str, query: &str) -> Response {
    let (_, filter) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "filter").unwrap();
    let (attribute, value) = filter.split_once(" eq ").unwrap();
    let value = value.trim_matches('"').to_lowercase();
    let found: Vec<&Value> = inner
        .resources
        .iter()
        .filter(|(key, one)| key.starts_with(kind) && one[attribute].as_str().is_some_and(|held| held.to_lowercase() == value))
        .map(|(_, one)| one)
        .collect();
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": found.len(), "Resources": found})
        .to_string()
        .into_response()
}

fn create(inner: &mut Inner, kind: &str, mut body: Value) -> Response {
    let name = body["userName"].as_str().or(body["displayName"].as_str()).unwrap().to_owned();
    if let Some((refused, status)) = &inner.refuse
        && *refused == name
    {
        return error(*status, "refused by the test");
    }
    inner.next += 1;
    let id = format!("{}-{}", kind.to_lowercase(), inner.next);
    body["id"] = id.clone().into();
    inner.resources.insert(format!("{kind}/{id}"), body.clone());
    (StatusCode::CREATED, body.to_string()).into_response()
}

fn patch(inner: &mut Inner, path: &str, body: &Value) -> Response {
    let Some(held) = inner.resources.get_mut(path) else {
        return error(404, "gone");
    };
    for operation in body["Operations"].as_array().unwrap() {
        let target = operation["path"].as_str().unwrap_or_default();
        let value = &operation["value"];
        match (operation["op"].as_str().unwrap().to_lowercase().as_str(), target) {
            ("add", "members") => {
                let mut members = held["members"].as_array().cloned().unwrap_or_default();
                members.extend(value.as_array().unwrap().iter().map(|one| one["value"].clone()));
                held["members"] = members.into();
            }
            ("remove", "members") => {
                let gone: Vec<&Value> = value.as_array().unwrap().iter().map(|one| &one["value"]).collect();
                let members = held["members"].as_array().cloned().unwrap_or_default();
                held["members"] = members.into_iter().filter(|one| !gone.contains(&one)).collect();
            }
            (_, "active") => held["active"] = (value == "True" || value == true).into(),
            ("replace" | "add", plain) if !plain.is_empty() && !plain.contains(['[', '.', ':']) => held[plain] = value.clone(),
            _ => {}
        }
    }
    if path.starts_with("Users") { held.to_string().into_response() } else { StatusCode::NO_CONTENT.into_response() }
}
