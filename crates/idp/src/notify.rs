//! Calls that tell somebody something (webhooks), under the same address rules and limits as calls to providers.

use model::Timestamp;
use reqwest::{Method, StatusCode, header::HeaderMap};
use url::Url;

use crate::{Client, SignInError};

/// One request of a protocol that is spoken elsewhere.
#[derive(Debug)]
pub struct Foreign<'a> {
    /// Which service, for errors.
    pub what: &'static str,
    /// Verb.
    pub method: Method,
    /// Where; the address rules hold.
    pub url: &'a Url,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
    /// Most bytes of the answer's body.
    pub limit: usize,
}

/// Its answer.
#[derive(Debug)]
pub struct ForeignAnswer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, whatever it is.
    pub body: Vec<u8>,
}

const WEBHOOK: &str = "the webhook";
const RECEIVER: &str = "the receiver";

impl Client {
    /// Carries a request of a protocol that is spoken elsewhere, under the address rules. Ends within the client's total (at most 8 s); no
    /// redirects are followed.
    pub async fn carry(&self, foreign: Foreign<'_>, now: Timestamp) -> Result<ForeignAnswer, SignInError> {
        let Foreign { what, method, url, headers, body, limit } = foreign;
        let request = self.fetcher().http.request(method, url.clone()).headers(headers).body(body);
        let (status, headers, body) = self.fetcher().whole(what, url, request, limit, self.deadline(now)).await?;
        Ok(ForeignAnswer { status, headers, body })
    }

    /// Posts JSON with one more header; the status of the answer. Ends within the client's total (at most 8 s); no redirects.
    /// Receivers answer in any format or none, so only the status is read.
    pub async fn notify(&self, url: &Url, header: Option<(&'static str, &str)>, body: String, now: Timestamp) -> Result<u16, SignInError> {
        let mut request = self.fetcher().http.post(url.clone()).header("content-type", "application/json").body(body);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        Ok(self.fetcher().status(WEBHOOK, url, request, self.deadline(now)).await?.as_u16())
    }

    /// Posts a body with these headers; the status of the answer. The same limits.
    pub async fn post(&self, url: &Url, headers: reqwest::header::HeaderMap, body: Vec<u8>, now: Timestamp) -> Result<u16, SignInError> {
        let request = self.fetcher().http.post(url.clone()).headers(headers).body(body);
        Ok(self.fetcher().status(RECEIVER, url, request, self.deadline(now)).await?.as_u16())
    }
}
