//! Owns the calls to a SCIM endpoint: headers, time limits, and the record of what was sent.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Method, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

use super::dialect::Dialect;
use super::job::{Job, Kind};
use crate::config::StartError;

/// Time for one call, retries not counted.
const PATIENCE: Duration = Duration::from_secs(9);
/// Largest answer that is read.
const LARGEST: usize = 4 << 20;
/// Longest wait that a `Retry-After` gets.
const LONGEST_WAIT: u64 = 5;
/// How often a throttled call is repeated.
const REPEATS: u32 = 3;
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
        .timeout(PATIENCE)
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

/// Why a call failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// No usable tenant URL or secret.
    #[error("the job has no tenant URL or secret token")]
    NotConfigured,
    /// No answer.
    #[error("the SCIM endpoint did not answer: {0}")]
    Transport(String),
    /// The credentials are not accepted.
    #[error("the SCIM endpoint refused the credentials with status {0}")]
    Credentials(u16),
    /// The endpoint is in trouble.
    #[error("the SCIM endpoint answered with status {0}")]
    Trouble(u16),
    /// This one object is refused.
    #[error("the SCIM endpoint answered {method} {path} with status {status}: {detail}")]
    Refused {
        /// Verb.
        method: String,
        /// Path.
        path: String,
        /// Status.
        status: u16,
        /// The answer's `detail`.
        detail: String,
    },
    /// The answer is not what SCIM asks for.
    #[error("the answer of the SCIM endpoint cannot be used: {0}")]
    Nonsense(&'static str),
    /// More than one object fits.
    #[error("more than one object in the target has {0}")]
    Ambiguous(String),
}

impl Failure {
    /// Whether it concerns the endpoint as a whole, not one object.
    pub fn is_general(&self) -> bool {
        matches!(self, Self::NotConfigured | Self::Transport(_) | Self::Credentials(_) | Self::Trouble(_))
    }

    /// Graph's word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotConfigured | Self::Credentials(_) => "InvalidCredentials",
            Self::Transport(_) => "SystemForCrossDomainIdentityManagementServiceUnreachable",
            Self::Trouble(_) => "SystemForCrossDomainIdentityManagementServiceUnavailable",
            Self::Refused { status: 409, .. } => "SystemForCrossDomainIdentityManagementEntryConflict",
            Self::Refused { .. } => "SystemForCrossDomainIdentityManagementBadRequest",
            Self::Nonsense(_) => "SystemForCrossDomainIdentityManagementServiceIncompatible",
            Self::Ambiguous(_) => "DuplicateTargetEntries",
        }
    }
}

/// A SCIM endpoint with its credentials.
#[derive(Clone)]
pub struct Endpoint {
    http: reqwest::Client,
    base: String,
    token: String,
    /// How PATCH requests are spelt.
    pub dialect: Dialect,
    record: Arc<Mutex<Vec<Recorded>>>,
}

impl Endpoint {
    /// The endpoint of a job.
    pub fn of(http: &reqwest::Client, job: &Job) -> Result<Self, Failure> {
        let url = job.base_address.as_deref().ok_or(Failure::NotConfigured)?;
        let token = job.secret_token.as_ref().ok_or(Failure::NotConfigured)?;
        Ok(Self::new(http, url, token.reveal()))
    }

    /// Any endpoint.
    pub fn new(http: &reqwest::Client, url: &str, token: &str) -> Self {
        let (base, dialect) = Dialect::of(url);
        Self { http: http.clone(), base, token: token.to_owned(), dialect, record: Arc::default() }
    }

    /// The calls made so far.
    pub fn record(&self) -> Vec<Recorded> {
        self.record.lock().clone()
    }

    /// Lists objects with an attribute value; groups come without their members.
    pub async fn find(&self, kind: Kind, attribute: &str, value: &str) -> Result<Vec<Value>, Failure> {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let filter = format!("{attribute} eq \"{quoted}\"");
        let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let path = match kind {
            Kind::User => format!("/Users?filter={filter}"),
            Kind::Group => format!("/Groups?excludedAttributes=members&filter={filter}"),
        };
        let mut body = self.call(Method::GET, &path, None).await?;
        match body.get_mut("Resources").map(Value::take) {
            Some(Value::Array(found)) => Ok(found),
            None if body.get("totalResults").and_then(Value::as_u64) == Some(0) => Ok(Vec::new()),
            _ => Err(Failure::Nonsense("a list needs \"Resources\"")),
        }
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
            let (status, wait, value) = answer?;
            match (status, wait) {
                (StatusCode::TOO_MANY_REQUESTS, Some(seconds)) if repeats < REPEATS => {
                    repeats += 1;
                    tokio::time::sleep(Duration::from_secs(seconds.min(LONGEST_WAIT))).await;
                }
                (status, _) => return judge(&method, path, status, value),
            }
        }
    }

    async fn once(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<(StatusCode, Option<u64>, Option<Value>), Failure> {
        let url = format!("{}{path}", self.base);
        let mut request = self.http.request(method.clone(), url).bearer_auth(&self.token);
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
