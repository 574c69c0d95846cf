//! One HTTP exchange under a deadline: checked target, no redirects, bounded answer.

use std::{net::IpAddr, sync::Arc, time::Duration};

use model::Timestamp;
use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{AGE, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER},
};
use tokio::time::Instant;
use url::{Host, Url};

use crate::{
    address::AddressRules,
    error::{SignInError, tame},
    resolver::PrivateAddress,
    skew::Skews,
};

/// The point in time by which a whole sign-in has to be done, and what time it is on the way there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    end: Instant,
    begun: Instant,
    begun_at: Timestamp,
}

impl Deadline {
    pub(crate) fn after(total: Duration, now: Timestamp) -> Self {
        let begun = Instant::now();
        Self { end: begun + total, begun, begun_at: now }
    }
    pub(crate) fn instant(self) -> Instant {
        self.end
    }
    pub(crate) fn left(self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
    /// The same, but no later than this from now on.
    pub(crate) fn within(self, time: Duration) -> Self {
        Self { end: self.end.min(Instant::now() + time), ..self }
    }
    /// The time of the server by now.
    pub(crate) fn now(self) -> Timestamp {
        let passed = i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.begun_at.millis().saturating_add(passed))
    }
}

/// A complete answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// `Retry-After` in seconds, when it is a number.
    pub(crate) retry_after: Option<u64>,
    /// `Date` as written.
    pub(crate) date: Option<String>,
    /// Their clock minus ours, in seconds.
    pub(crate) skew_secs: Option<i64>,
    pub(crate) body: Vec<u8>,
}

/// The HTTP client together with the rules for its targets.
#[derive(Clone)]
pub(crate) struct Fetcher {
    pub(crate) http: reqwest::Client,
    pub(crate) rules: Arc<AddressRules>,
    pub(crate) skews: Arc<Skews>,
}

impl Fetcher {
    /// GET; `what` names the service in errors, `limit` bounds the body in bytes.
    pub(crate) async fn get(&self, what: &'static str, url: &Url, limit: usize, deadline: Deadline) -> Result<Answer, SignInError> {
        let request = self.http.get(url.clone());
        self.send(what, url, request, limit, deadline).await
    }

    /// Sends a request built elsewhere to `url`.
    pub(crate) async fn send(
        &self,
        what: &'static str,
        url: &Url,
        request: RequestBuilder,
        limit: usize,
        deadline: Deadline,
    ) -> Result<Answer, SignInError> {
        self.check_literal(url)?;
        let answer = in_time(what, deadline, exchange(what, request, limit)).await?;
        let host = url.host_str().unwrap_or_default();
        let skew_secs = answer.date.as_deref().and_then(|date| self.skews.note(host, date, deadline.now()));
        Ok(Answer { skew_secs, ..answer })
    }

    /// Sends a request whose answer is worth its status only: what it holds, and in which format, is not looked at.
    pub(crate) async fn status(
        &self,
        what: &'static str,
        url: &Url,
        request: RequestBuilder,
        deadline: Deadline,
    ) -> Result<StatusCode, SignInError> {
        self.check_literal(url)?;
        let answered = async { request.send().await.map(|response| response.status()).map_err(|e| failed(what, &e)) };
        in_time(what, deadline, answered).await
    }

    /// Sends a request whose whole answer is for somebody else to read, in whichever format: status, headers, and a bounded body.
    pub(crate) async fn whole(
        &self,
        what: &'static str,
        url: &Url,
        request: RequestBuilder,
        limit: usize,
        deadline: Deadline,
    ) -> Result<(StatusCode, HeaderMap, Vec<u8>), SignInError> {
        self.check_literal(url)?;
        let exchanged = async {
            let mut response = request.send().await.map_err(|e| failed(what, &e))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = collect(what, &mut response, limit).await?;
            Ok((status, headers, body))
        };
        in_time(what, deadline, exchanged).await
    }

    /// An address written into the URL never meets the resolver, so it is checked here.
    fn check_literal(&self, url: &Url) -> Result<(), SignInError> {
        let address = match url.host() {
            Some(Host::Ipv4(v4)) => IpAddr::V4(v4),
            Some(Host::Ipv6(v6)) => IpAddr::V6(v6),
            _ => return Ok(()),
        };
        if self.rules.permit(address) { Ok(()) } else { Err(SignInError::private_address(url.host_str().unwrap_or(""), address)) }
    }
}

async fn in_time<T>(
    what: &'static str,
    deadline: Deadline,
    exchange: impl Future<Output = Result<T, SignInError>>,
) -> Result<T, SignInError> {
    let late = || SignInError::Down { what, detail: "no complete answer in time".into() };
    tokio::time::timeout_at(deadline.instant(), exchange).await.unwrap_or_else(|_| Err(late()))
}

async fn exchange(what: &'static str, request: RequestBuilder, limit: usize) -> Result<Answer, SignInError> {
    let response = request.send().await.map_err(|e| failed(what, &e))?;
    receive(what, response, limit).await
}

async fn receive(what: &'static str, mut response: Response, limit: usize) -> Result<Answer, SignInError> {
    let status = response.status();
    if status.is_redirection() {
        return Err(SignInError::Nonsense { what, detail: format!("status {status}; redirects are not followed") });
    }
    if status.is_success()
        && let Some(other) = response.headers().get_all(CONTENT_TYPE).iter().find(|kind| !is_json(kind))
    {
        let kind: String = String::from_utf8_lossy(other.as_bytes()).chars().filter(|c| !c.is_control()).take(80).collect();
        return Err(SignInError::Nonsense { what, detail: format!("Content-Type {kind:?}; expected application/json") });
    }
    if response.content_length().is_some_and(|n| usize::try_from(n).map_or(true, |n| n > limit)) {
        return Err(too_large(what, limit));
    }
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| v.trim().parse().ok());
    // An answer out of a cache tells the time at which it was made.
    let fresh = !response.headers().contains_key(AGE);
    let date = response.headers().get(DATE).filter(|_| fresh).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let body = collect(what, &mut response, limit).await?;
    Ok(Answer { status, retry_after, date, skew_secs: None, body })
}

async fn collect(what: &'static str, response: &mut Response, limit: usize) -> Result<Vec<u8>, SignInError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| failed(what, &e))? {
        if body.len() + chunk.len() > limit {
            return Err(too_large(what, limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn too_large(what: &'static str, limit: usize) -> SignInError {
    SignInError::Nonsense { what, detail: format!("more than {limit} bytes") }
}

/// True for `application/json` and its kin such as `application/jwk-set+json`, whatever their parameters. What declares itself to be
/// something else (a page, a file that somebody uploaded) is not believed, even when it reads as JSON. No `Content-Type` at all is
/// for the reader to judge (RFC 9110 section 8.3), who takes strict JSON objects only; and refusals are told by their status.
fn is_json(kind: &HeaderValue) -> bool {
    let Ok(kind) = kind.to_str() else { return false };
    let kind = kind.split_once(';').map_or(kind, |(kind, _)| kind).trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Names the innermost cause; a forbidden address found by the resolver is told as such.
fn failed(what: &'static str, error: &reqwest::Error) -> SignInError {
    let mut cause: &dyn std::error::Error = error;
    loop {
        if let Some(private) = cause.downcast_ref::<PrivateAddress>() {
            return SignInError::private_address(&private.host, private.address);
        }
        match cause.source() {
            Some(inner) => cause = inner,
            None => break,
        }
    }
    let host = error.url().and_then(Url::host_str).unwrap_or("the host");
    // The library's own errors name the whole URL, whose path or query may be a secret.
    let told = if cause.is::<reqwest::Error>() { "the request could not be made".to_owned() } else { cause.to_string() };
    let detail = tame(&format!("{host}: {told}"));
    if error.is_builder() { SignInError::Nonsense { what, detail } } else { SignInError::Down { what, detail } }
}

#[cfg(test)]
mod tests {
    use axum::http;
    use futures_util::{StreamExt as _, stream};
    use reqwest::Body;

    use super::*;

    const WHAT: &str = "the provider";

    fn response(kind: Option<&str>, body: Body) -> Response {
        let mut response = http::Response::builder().status(200);
        if let Some(kind) = kind {
            response = response.header("content-type", kind);
        }
        response.body(body).unwrap().into()
    }

    // Attack case 31: a slow answer. Each piece comes soon after the last; the whole never does.
    #[tokio::test(start_paused = true)]
    async fn an_answer_that_drips_ends_at_the_deadline() {
        let drip = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(900)).await;
            Some((Ok::<_, std::io::Error>(" "), ()))
        });
        let (begun, deadline) = (Instant::now(), Deadline::after(Duration::from_secs(8), Timestamp::from_secs(1_790_000_000)));
        let receiving = receive(WHAT, response(Some("application/json"), Body::wrap_stream(drip)), 1024);
        assert_eq!(in_time(WHAT, deadline, receiving).await.err().map(|e| e.kind()), Some("down"));
        assert_eq!(begun.elapsed().as_secs(), 8);
    }

    // Attack case 31: an endless answer that names no length.
    #[tokio::test]
    async fn an_endless_answer_ends_at_the_limit() {
        let flood = stream::repeat("x".repeat(1000)).map(Ok::<_, std::io::Error>);
        let error = receive(WHAT, response(None, Body::wrap_stream(flood)), 64 * 1024).await.err().unwrap();
        assert_eq!(error.to_string(), "the provider answered something unusable: more than 65536 bytes");
    }

    #[tokio::test]
    async fn what_declares_itself_to_be_no_json_is_refused_by_name() {
        for kind in [
            None,
            Some("application/json"),
            Some("Application/JSON; charset=utf-8"),
            Some("application/json;odata.metadata=minimal;odata.streaming=true"),
            Some("application/jwk-set+json"),
            Some("application/problem+json ; a=b"),
        ] {
            assert!(receive(WHAT, response(kind, "{}".into()), 64).await.is_ok(), "{kind:?}");
        }
        for kind in ["text/html", "text/plain; charset=utf-8", "", "application/jsonp", "image/svg+json", "application/octet-stream"] {
            let error = receive(WHAT, response(Some(kind), "{}".into()), 64).await.err().unwrap().to_string();
            assert!(error.contains(&format!("{kind:?}; expected application/json")), "{error}");
        }
        let mut two = response(Some("application/json"), "{}".into());
        two.headers_mut().append(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        assert!(receive(WHAT, two, 64).await.is_err());
    }
}
