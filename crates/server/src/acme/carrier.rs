//! Carries the requests of the ACME client through the server's one way out: checked addresses, a time limit, bounded answers.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::RETRY_AFTER};
use http_body_util::{BodyExt, Full};
use idp::{Foreign, SignInError};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use url::Url;

use crate::wiring::Clock;

const SERVER: &str = "the ACME server";
/// Most bytes of an answer: a chain of certificates is a few thousand.
const MOST_BYTES: usize = 256 * 1024;

/// The way to the ACME server.
pub(super) struct Carrier {
    pub client: idp::Client,
    pub clock: Clock,
    pub retry_after: RetryAfter,
}

/// Seconds that the server's last refusal asked us to wait; -1: it did not say.
#[derive(Clone)]
pub(super) struct RetryAfter(Arc<AtomicI64>);

impl Default for RetryAfter {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(-1)))
    }
}

impl RetryAfter {
    pub(super) fn get(&self) -> Option<i64> {
        u32::try_from(self.0.load(Ordering::Relaxed)).ok().map(i64::from)
    }
    fn note(&self, value: Option<&str>) {
        let seconds = value.and_then(|v| v.trim().parse::<u32>().ok());
        self.0.store(seconds.map_or(-1, i64::from), Ordering::Relaxed);
    }
}

/// No answer that the protocol has a meaning for.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    #[error("{0:.200} is not an address")]
    Address(String),
    #[error(transparent)]
    Way(SignInError),
    #[error("{SERVER} answered with status {0} and no explanation")]
    Status(StatusCode),
}

impl HttpClient for Carrier {
    fn request(&self, request: Request<BodyWrapper<Bytes>>) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let (client, now, retry_after) = (self.client.clone(), (self.clock)(), self.retry_after.clone());
        Box::pin(async move {
            let other = |error: Unanswered| Error::Other(Box::new(error));
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map(|b| b.to_bytes()).unwrap_or_default();
            let url = Url::parse(&parts.uri.to_string()).map_err(|_| other(Unanswered::Address(parts.uri.to_string())))?;
            let foreign =
                Foreign { what: SERVER, method: parts.method, url: &url, headers: parts.headers, body: body.to_vec(), limit: MOST_BYTES };
            let answer = client.carry(foreign, now).await.map_err(|e| other(Unanswered::Way(e)))?;
            let status = answer.status;
            let refused = status.is_client_error() || status.is_server_error();
            retry_after.note(answer.headers.get(RETRY_AFTER).filter(|_| refused).and_then(|v| v.to_str().ok()));
            // Proxies in between answer with pages.
            if refused && !serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok_and(|v| v.is_object()) {
                return Err(other(Unanswered::Status(status)));
            }
            let mut response = Response::new(Full::new(Bytes::from(answer.body)));
            *response.status_mut() = status;
            *response.headers_mut() = answer.headers;
            Ok(BytesResponse::from(response))
        })
    }
}
