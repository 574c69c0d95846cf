//! Owns the calls to a SCIM endpoint: headers, time limits, repetitions, and the record of what was sent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Method, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use super::dialect::{Dialect, TenantUrl, Writer};
use super::failure::Failure;
use super::job::{Job, Kind};
use super::own_token;
use super::wire::{FlagQuery, Quoting, RetryAfter, Spaces, Wire};
use crate::config::StartError;
use crate::state::Sim;

/// Largest answer that is read.
const LARGEST: usize = 4 << 20;
/// Most calls that a record keeps.
const RECORDED: usize = 10_000;

/// Names under `localhost` mean this machine, whatever its resolver says (RFC 6761, 6.3).
struct Loopback;

impl Resolve for Loopback {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().trim_end_matches('.').to_ascii_lowercase();
        Box::pin(async move {
            if host == "localhost" || host.ends_with(".localhost") {
                let here = SocketAddr::from(([127, 0, 0, 1], 0));
                return Ok(Box::new(std::iter::once(here)) as Addrs);
            }
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Makes the HTTP client; it sends no `User-Agent`, as Entra does.
pub fn http(ca: Option<&[u8]>) -> Result<reqwest::Client, StartError> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(3))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(Loopback));
    if let Some(pem) = ca {
        let roots = reqwest::Certificate::from_pem_bundle(pem).map_err(StartError::Client)?;
        builder = builder.tls_certs_merge(roots);
    }
    builder.build().map_err(StartError::Client)
}

/// One call as it went.
#[derive(Debug, Clone, Serialize)]
pub struct Recorded {
    /// Verb.
    pub method: String,
    /// Path and query below the base.
    pub path: String,
    /// Status, or 0 without an answer.
    pub status: u16,
    /// Duration.
    pub millis: u64,
}

/// A SCIM endpoint with its credentials.
#[derive(Clone)]
pub struct Endpoint {
    http: reqwest::Client,
    url: TenantUrl,
    token: String,
    /// How requests are written.
    pub wire: Arc<Wire>,
    /// Which calls of this run speak it.
    dialect: Dialect,
    record: Arc<Mutex<Vec<Recorded>>>,
}

impl Endpoint {
    /// The endpoint of a job. Without a secret token the service sends a token of its own.
    pub fn of(sim: &Sim, job: &Job) -> Result<Self, Failure> {
        let url = job.base_address.as_deref().ok_or(Failure::NotConfigured)?;
        let token = job.secret_token.as_ref().map(|token| token.reveal().to_owned()).filter(|token| !token.is_empty());
        let token = token.unwrap_or_else(|| own_token::token(sim));
        let wire = sim.engine.wire.lock().clone();
        let url = TenantUrl::read(url, wire.default_dialect);
        let dialect = url.dialect;
        Ok(Self { http: sim.engine.http.clone(), url, token, wire: Arc::new(wire), dialect, record: Arc::default() })
    }

    /// The same, in the default dialect whatever the tenant URL says.
    #[must_use]
    pub fn in_default_dialect(mut self) -> Self {
        self.dialect = self.wire.default_dialect;
        self
    }

    /// Writes its PATCH bodies.
    pub fn writer(&self) -> Writer {
        Writer::new(self.dialect, &self.wire)
    }

    /// The calls made so far.
    pub fn record(&self) -> Vec<Recorded> {
        self.record.lock().clone()
    }

    fn quoted(&self, value: &str) -> String {
        match self.wire.quoting {
            Quoting::Raw => format!("\"{value}\""),
            Quoting::Escaped => format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }

    fn encoded(&self, filter: &str) -> String {
        let text: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        match self.wire.spaces {
            Spaces::Plus => text,
            Spaces::Percent => text.replace('+', "%20"),
        }
    }

    async fn listed(&self, path: &str) -> Result<Vec<Value>, Failure> {
        let mut body = match self.call(Method::GET, path, None).await {
            Err(Failure::Refused { status: 404, .. }) => {
                return Err(Failure::Nonsense("a search that finds nothing needs 200 and an empty list, not 404"));
            }
            other => other?,
        };
        match body.get_mut("Resources").map(Value::take) {
            Some(Value::Array(found)) => Ok(found),
            None if body.get("totalResults").and_then(Value::as_u64) == Some(0) => Ok(Vec::new()),
            _ => Err(Failure::Nonsense("a list needs \"Resources\"")),
        }
    }

    /// Lists objects with an attribute value; groups come without their members.
    pub async fn find(&self, kind: Kind, attribute: &str, value: &str) -> Result<Vec<Value>, Failure> {
        let filter = self.encoded(&format!("{attribute} eq {}", self.quoted(value)));
        let path = match kind {
            Kind::User => format!("/Users?filter={filter}"),
            Kind::Group => format!("/Groups?excludedAttributes=members&filter={filter}"),
        };
        self.listed(&path).await
    }

    /// Asks whether an object refers to another already.
    pub async fn refers(&self, kind: Kind, id: &str, reference: &str, target: &str) -> Result<bool, Failure> {
        let filter = self.encoded(&format!("id eq {} and {reference} eq {}", self.quoted(id), self.quoted(target)));
        let found = self.listed(&format!("/{}?filter={filter}&attributes=id", kind.path())).await?;
        Ok(!found.is_empty())
    }

    /// Reads one object; `None` when it is gone.
    pub async fn read(&self, kind: Kind, id: &str) -> Result<Option<Value>, Failure> {
        let path = match kind {
            Kind::User => format!("/Users/{}", segment(id)),
            Kind::Group => format!("/Groups/{}?excludedAttributes=members", segment(id)),
        };
        match self.call(Method::GET, &path, None).await {
            Ok(found) => Ok(Some(found)),
            Err(Failure::Refused { status: 404, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Creates an object and returns its id.
    pub async fn create(&self, kind: Kind, body: &Value) -> Result<String, Failure> {
        let made = self.call(Method::POST, &format!("/{}", kind.path()), Some(body)).await?;
        id_of(&made).ok_or(Failure::Nonsense("a new object needs an \"id\""))
    }

    /// Changes an object.
    pub async fn patch(&self, kind: Kind, id: &str, body: &Value) -> Result<(), Failure> {
        self.call(Method::PATCH, &format!("/{}/{}", kind.path(), segment(id)), Some(body)).await.map(|_| ())
    }

    /// Deletes an object; one that is gone already is as good.
    pub async fn delete(&self, kind: Kind, id: &str) -> Result<(), Failure> {
        match self.call(Method::DELETE, &format!("/{}/{}", kind.path(), segment(id)), None).await {
            Ok(_) | Err(Failure::Refused { status: 404, .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let mut repeats = 0;
        loop {
            let began = Instant::now();
            let answer = self.once(&method, path, body).await;
            let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            let status = answer.as_ref().map_or(0, |(status, _, _)| status.as_u16());
            {
                let mut record = self.record.lock();
                if record.len() < RECORDED {
                    record.push(Recorded { method: method.to_string(), path: path.to_owned(), status, millis });
                }
            }
            // A create that got no clear answer may have worked: it is not sent twice.
            let again = match status {
                429 | 503 => true,
                0 | 500..=599 => method != Method::POST,
                _ => false,
            };
            if !again || repeats >= self.wire.repeats {
                let (status, _, value) = answer?;
                return judge(&method, path, status, value);
            }
            tokio::time::sleep(self.pause(repeats, answer.ok().and_then(|(_, wait, _)| wait))).await;
            repeats += 1;
        }
    }

    /// How long to wait before the next repetition.
    fn pause(&self, repeats: u32, told: Option<u64>) -> Duration {
        match told.filter(|_| self.wire.retry_after == RetryAfter::Honoured) {
            Some(seconds) => Duration::from_secs(seconds.min(self.wire.longest_wait_seconds)),
            None => Duration::from_millis(self.wire.pause_millis << repeats.min(8)),
        }
    }

    fn address(&self, path: &str) -> String {
        let base = &self.url.base;
        match self.url.query.as_ref().filter(|_| self.wire.flag == FlagQuery::Kept) {
            Some(query) => format!("{base}{path}{}{query}", if path.contains('?') { '&' } else { '?' }),
            None => format!("{base}{path}"),
        }
    }

    async fn once(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<(StatusCode, Option<u64>, Option<Value>), Failure> {
        let mut request = self.http.request(method.clone(), self.address(path)).bearer_auth(&self.token);
        request = request.timeout(Duration::from_millis(self.wire.patience_millis));
        for (name, value) in [(header::USER_AGENT, &self.wire.user_agent), (header::ACCEPT, &self.wire.accept)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/scim+json; charset=utf-8").body(body.to_string());
        }
        let broken = |error: reqwest::Error| Failure::Transport(reason(&error));
        let mut answer = request.send().await.map_err(broken)?;
        let status = answer.status();
        let wait = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
        let mut bytes = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(broken)? {
            if bytes.len() + part.len() > LARGEST {
                return Err(Failure::Nonsense("it is larger than 4 MiB"));
            }
            bytes.extend_from_slice(&part);
        }
        Ok((status, wait, serde_json::from_slice(&bytes).ok()))
    }
}

fn reason(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    text
}

fn judge(method: &Method, path: &str, status: StatusCode, value: Option<Value>) -> Result<Value, Failure> {
    if status.is_success() {
        return match value {
            Some(value) => Ok(value),
            None if status == StatusCode::NO_CONTENT || *method == Method::PATCH || *method == Method::DELETE => Ok(Value::Null),
            None => Err(Failure::Nonsense("it is not JSON")),
        };
    }
    match status.as_u16() {
        code @ (401 | 403) => Err(Failure::Credentials(code)),
        code if code >= 500 || code == 429 => Err(Failure::Trouble(code)),
        code => Err(Failure::Refused {
            method: method.to_string(),
            path: path.to_owned(),
            status: code,
            detail: value
                .as_ref()
                .and_then(|value| value.get("detail"))
                .and_then(Value::as_str)
                .unwrap_or("no detail given")
                .chars()
                .take(300)
                .collect(),
        }),
    }
}

/// The id of a resource; the attribute name without regard to case.
pub fn id_of(resource: &Value) -> Option<String> {
    super::document::get(resource, "id").and_then(Value::as_str).map(str::to_owned)
}

fn segment(id: &str) -> String {
    percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string().replace("%2D", "-")
}
