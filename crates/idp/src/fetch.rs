//! One HTTP exchange under a deadline: checked target, no redirects, bounded answer.

use std::{net::IpAddr, sync::Arc, time::Duration};

use model::Timestamp;
use reqwest::{
    RequestBuilder, StatusCode,
    header::{AGE, DATE, RETRY_AFTER},
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
        let exchange = exchange(what, request, limit);
        match tokio::time::timeout_at(deadline.instant(), exchange).await {
            Ok(Ok(answer)) => {
                let host = url.host_str().unwrap_or_default();
                let skew_secs = answer.date.as_deref().and_then(|date| self.skews.note(host, date, deadline.now()));
                Ok(Answer { skew_secs, ..answer })
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(SignInError::Down { what, detail: "no complete answer in time".into() }),
        }
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

async fn exchange(what: &'static str, request: RequestBuilder, limit: usize) -> Result<Answer, SignInError> {
    let too_large = || SignInError::Nonsense { what, detail: format!("more than {limit} bytes") };
    let mut response = request.send().await.map_err(|e| failed(what, &e))?;
    let status = response.status();
    if status.is_redirection() {
        return Err(SignInError::Nonsense { what, detail: format!("status {status}; redirects are not followed") });
    }
    if response.content_length().is_some_and(|n| usize::try_from(n).map_or(true, |n| n > limit)) {
        return Err(too_large());
    }
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(|v| v.trim().parse().ok());
    // An answer out of a cache tells the time at which it was made.
    let fresh = !response.headers().contains_key(AGE);
    let date = response.headers().get(DATE).filter(|_| fresh).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| failed(what, &e))? {
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, retry_after, date, skew_secs: None, body })
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
    let detail = tame(&format!("{host}: {cause}"));
    if error.is_builder() { SignInError::Nonsense { what, detail } } else { SignInError::Down { what, detail } }
}
