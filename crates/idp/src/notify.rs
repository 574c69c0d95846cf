//! Calls that tell somebody something (webhooks), under the same address rules and limits as calls to providers.

use model::Timestamp;
use url::Url;

use crate::{Client, SignInError};

const WEBHOOK: &str = "the webhook";
const RECEIVER: &str = "the receiver";

impl Client {
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
