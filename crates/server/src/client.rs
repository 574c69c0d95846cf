//! A client of the API of a running server, for commands (ruling 27): one way to ask, and errors that say what to do.

use std::{net::SocketAddr, path::Path, time::Duration};

use reqwest::{Certificate, Method, StatusCode};
use serde_json::Value;
use url::{Host, Url};

/// Longest answer, in bytes.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// Longest time of a call, unless said otherwise.
const USUAL: Duration = Duration::from_secs(30);

/// How to reach the server.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// Address of the API or of the server.
    pub api: &'a str,
    /// File with an API token.
    pub token_file: &'a Path,
    /// Further root certificates, PEM.
    pub ca_file: Option<&'a Path>,
}

/// Why nothing could be asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
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
        /// With this status.
        status: StatusCode,
        /// In the server's words.
        why: String,
    },
}

/// The client.
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    token: String,
}

impl Client {
    /// Reads the files; nobody is asked yet.
    pub(crate) fn open(access: &Access<'_>) -> Result<Self, ClientError> {
        let token = read(access.token_file)?.trim().to_owned();
        if token.is_empty() || token.chars().any(char::is_whitespace) {
            return Err(ClientError::Token(access.token_file.display().to_string()));
        }
        let base = base(access.api).ok_or_else(|| ClientError::Address(access.api.to_owned()))?;
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(USUAL)
            .user_agent(concat!("doorward/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = access.ca_file {
            let roots = Certificate::from_pem_bundle(read(path)?.as_bytes()).unwrap_or_default();
            if roots.is_empty() {
                return Err(ClientError::Certificates(path.display().to_string()));
            }
            builder = builder.tls_certs_merge(roots);
        }
        // RFC 6761, 6.3: names below localhost are this machine, whatever its resolver knows.
        if let Some(Host::Domain(name)) = base.host()
            && name.ends_with(".localhost")
        {
            builder = builder.resolve(name, SocketAddr::from(([127, 0, 0, 1], 0)));
        }
        Ok(Self { http: builder.build().map_err(ClientError::Client)?, base, token })
    }

    /// Id of the account that the token is of.
    pub(crate) async fn account(&self) -> Result<String, ClientError> {
        let accounts = self.call(Method::GET, "accounts", None).await?;
        let id = accounts.pointer("/0/id").and_then(Value::as_str).unwrap_or_default();
        Ok(id.to_owned())
    }

    /// Begins to read an answer that is no envelope and may be long.
    pub(crate) async fn open_download(&self, path: &str) -> Result<reqwest::Response, ClientError> {
        const LONGEST: Duration = Duration::from_secs(3600);
        let url = self.base.join(path).map_err(|_| ClientError::Address(path.to_owned()))?;
        let silent = |error: reqwest::Error| ClientError::Silent(self.base.to_string(), error.without_url());
        let what = format!("GET {}", url.path());
        let answer = self.http.get(url).bearer_auth(&self.token).timeout(LONGEST).send().await.map_err(silent)?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let envelope: Value = answer.json().await.map_err(silent)?;
        Err(ClientError::Refused { what, status, why: words(&envelope) })
    }

    /// The next part of such an answer; `None` at its end.
    pub(crate) async fn part(&self, answer: &mut reqwest::Response) -> Result<Option<Vec<u8>>, ClientError> {
        let part = answer.chunk().await.map_err(|error| ClientError::Silent(self.base.to_string(), error.without_url()))?;
        Ok(part.map(|part| part.to_vec()))
    }

    /// The result of a call; what the server refuses is an error in its words.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, ClientError> {
        self.call_within(USUAL, method, path, body).await
    }

    /// The same for what takes its time.
    pub(crate) async fn call_within(
        &self,
        longest: Duration,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, ClientError> {
        let url = self.base.join(path).map_err(|_| ClientError::Address(path.to_owned()))?;
        let mut request = self.http.request(method.clone(), url.clone()).bearer_auth(&self.token).timeout(longest);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let silent = |error: reqwest::Error| ClientError::Silent(self.base.to_string(), error.without_url());
        let mut answer = request.send().await.map_err(silent)?;
        let (status, mut text) = (answer.status(), Vec::new());
        while let Some(part) = answer.chunk().await.map_err(silent)? {
            text.extend_from_slice(&part);
            if text.len() > MAX_ANSWER {
                return Err(ClientError::Foreign(self.base.to_string(), status));
            }
        }
        let envelope: Value = serde_json::from_slice(&text).map_err(|_| ClientError::Foreign(self.base.to_string(), status))?;
        match envelope.get("success").and_then(Value::as_bool) {
            Some(true) => Ok(envelope.get("result").cloned().unwrap_or(Value::Null)),
            Some(false) => Err(ClientError::Refused { what: format!("{method} {}", url.path()), status, why: words(&envelope) }),
            None => Err(ClientError::Foreign(self.base.to_string(), status)),
        }
    }
}

/// The messages of an error envelope.
fn words(envelope: &Value) -> String {
    let errors = envelope.get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
    let message = |error: &Value| {
        let text = error.get("message")?.as_str()?;
        let pointer = error.pointer("/source/pointer").and_then(Value::as_str).filter(|pointer| !pointer.is_empty());
        Some(pointer.map_or_else(|| text.to_owned(), |pointer| format!("{pointer}: {text}")))
    };
    let messages: Vec<String> = errors.iter().filter_map(message).collect();
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

fn read(path: &Path) -> Result<String, ClientError> {
    std::fs::read_to_string(path).map_err(|error| ClientError::File(path.display().to_string(), error))
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
