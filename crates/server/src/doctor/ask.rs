//! The API's side: one client, three questions, and errors that say what to do.

use std::{net::SocketAddr, path::Path, time::Duration};

use reqwest::{Certificate, Method, StatusCode};
use serde_json::{Value, json};
use url::{Host, Url};

use super::{Checked, Order};

/// Longest answer, in bytes.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// Why nothing could be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// A file.
    #[error("{0} could not be read")]
    File(String, #[source] std::io::Error),
    /// The token file is empty or holds more than a token.
    #[error("{0} must hold one API token and nothing else")]
    Token(String),
    /// The address.
    #[error("{0:?} is not an https address: give the API's, for example https://team.example/client/v4")]
    Address(String),
    /// The certificates.
    #[error("{0} holds no PEM certificate")]
    Certificates(String),
    /// The client.
    #[error("no HTTPS client could be made")]
    Client(#[source] reqwest::Error),
    /// No answer.
    #[error("{0} did not answer: is the server running, and is --ca-file needed for its certificate?")]
    Silent(String, #[source] reqwest::Error),
    /// Not the API.
    #[error("{0} answered something that is not this API (status {1})")]
    Foreign(String, StatusCode),
    /// Refused.
    #[error("the server refused {what}: {why}")]
    Refused {
        /// Verb and path.
        what: String,
        /// In the server's words.
        why: String,
    },
    /// No login method with two sides to compare.
    #[error("no login method of type azureAD has SCIM switched on, so there is nothing to compare")]
    NothingProvisioned,
    /// No such login method.
    #[error("there is no login method {wanted:?}; there are: {there}")]
    NoProvider {
        /// Name or id asked for.
        wanted: String,
        /// Those that exist.
        there: String,
    },
}

pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
    token: String,
}

/// A login method as the list shows it.
pub(super) struct Provider {
    pub(super) id: String,
    pub(super) name: String,
    kind: String,
    /// An Entra provider whose SCIM endpoint answers.
    pub(super) is_provisioned: bool,
}

impl Client {
    pub(super) fn open(order: &Order) -> Result<Self, AskError> {
        let token = read(&order.token_file)?.trim().to_owned();
        if token.is_empty() || token.chars().any(char::is_whitespace) {
            return Err(AskError::Token(order.token_file.display().to_string()));
        }
        let base = base(&order.api).ok_or_else(|| AskError::Address(order.api.clone()))?;
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30))
            .user_agent(concat!("doorward-doctor/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = &order.ca_file {
            let roots = Certificate::from_pem_bundle(read(path)?.as_bytes()).unwrap_or_default();
            if roots.is_empty() {
                return Err(AskError::Certificates(path.display().to_string()));
            }
            builder = builder.tls_certs_merge(roots);
        }
        // RFC 6761, 6.3: names below localhost are this machine, whatever its resolver knows.
        if let Some(Host::Domain(name)) = base.host()
            && name.ends_with(".localhost")
        {
            builder = builder.resolve(name, SocketAddr::from(([127, 0, 0, 1], 0)));
        }
        Ok(Self { http: builder.build().map_err(AskError::Client)?, base, token })
    }

    pub(super) async fn account(&self) -> Result<String, AskError> {
        let accounts = self.call(Method::GET, "accounts", None).await?;
        let id = accounts.pointer("/0/id").and_then(Value::as_str).unwrap_or_default();
        Ok(id.to_owned())
    }

    pub(super) async fn providers(&self, account: &str, wanted: Option<&str>) -> Result<Vec<Provider>, AskError> {
        let path = format!("accounts/{account}/access/identity_providers?per_page=1000");
        let list = self.call(Method::GET, &path, None).await?;
        let text = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let all = list.as_array().cloned().unwrap_or_default();
        let all = all.iter().map(|item| Provider {
            id: text(item, "id"),
            name: text(item, "name"),
            kind: text(item, "type"),
            is_provisioned: item["type"] == "azureAD" && item["scim_config"]["enabled"] == true,
        });
        let (found, others): (Vec<_>, Vec<_>) = all.partition(|p| wanted.is_none_or(|w| p.name == w || p.id.eq_ignore_ascii_case(w)));
        match wanted {
            Some(wanted) if found.is_empty() => {
                let there = others.iter().map(|p| format!("{:?}", p.name)).collect::<Vec<_>>().join(", ");
                Err(AskError::NoProvider { wanted: wanted.to_owned(), there: if there.is_empty() { "none".into() } else { there } })
            }
            _ => Ok(found),
        }
    }

    pub(super) async fn check(&self, account: &str, provider: Provider, person: Option<&str>) -> Result<Checked, AskError> {
        let path = format!("accounts/{account}/doorward/identity_providers/{}/check", provider.id);
        let body = person.map(|person| json!({ "person": person }));
        let mut told = self.call(Method::POST, &path, body).await?;
        let findings = told.get_mut("findings").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        let Provider { id, name, kind, .. } = provider;
        Ok(Checked { id, name, kind, at: told["checked_at"].take(), findings })
    }

    /// Has the groups of a login method compared; the report as the API tells it.
    pub(super) async fn drift(&self, account: &str, provider: &Provider) -> Result<Value, AskError> {
        let path = format!("accounts/{account}/doorward/identity_providers/{}/drift", provider.id);
        self.call(Method::POST, &path, None).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, AskError> {
        let url = self.base.join(path).map_err(|_| AskError::Address(path.to_owned()))?;
        let mut request = self.http.request(method.clone(), url.clone()).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let silent = |error: reqwest::Error| AskError::Silent(self.base.to_string(), error.without_url());
        let mut answer = request.send().await.map_err(silent)?;
        let (status, mut text) = (answer.status(), Vec::new());
        while let Some(part) = answer.chunk().await.map_err(silent)? {
            text.extend_from_slice(&part);
            if text.len() > MAX_ANSWER {
                return Err(AskError::Foreign(self.base.to_string(), status));
            }
        }
        let envelope: Value = serde_json::from_slice(&text).map_err(|_| AskError::Foreign(self.base.to_string(), status))?;
        match envelope.get("success").and_then(Value::as_bool) {
            Some(true) => Ok(envelope.get("result").cloned().unwrap_or(Value::Null)),
            Some(false) => Err(AskError::Refused { what: format!("{method} {}", url.path()), why: words(&envelope) }),
            None => Err(AskError::Foreign(self.base.to_string(), status)),
        }
    }
}

/// The messages of an error envelope.
fn words(envelope: &Value) -> String {
    let errors = envelope.get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
    let messages: Vec<&str> = errors.iter().filter_map(|e| e.get("message")?.as_str()).collect();
    if messages.is_empty() { "it gave no reason".into() } else { messages.join("; ") }
}

/// The API's address with a final slash, from that or from the server's.
fn base(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    let local = matches!(url.host()?, Host::Ipv4(ip) if ip.is_loopback());
    if url.scheme() != "https" && !(url.scheme() == "http" && local) {
        return None;
    }
    let path = match url.path().trim_end_matches('/') {
        "" => "/client/v4/".to_owned(),
        path => format!("{path}/"),
    };
    url.set_path(&path);
    url.set_query(None);
    url.set_fragment(None);
    Some(url)
}

fn read(path: &Path) -> Result<String, AskError> {
    std::fs::read_to_string(path).map_err(|error| AskError::File(path.display().to_string(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_the_server_or_of_its_api_will_do() {
        for (given, expected) in [
            ("https://team.example", Some("https://team.example/client/v4/")),
            ("https://team.localhost:8443/", Some("https://team.localhost:8443/client/v4/")),
            ("https://api.example/client/v4", Some("https://api.example/client/v4/")),
            ("https://api.example/client/v4/?x#y", Some("https://api.example/client/v4/")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080/client/v4/")),
            ("http://team.example", None),
            ("team.example", None),
            ("", None),
        ] {
            assert_eq!(base(given).map(String::from).as_deref(), expected, "{given}");
        }
    }
}
