//! Calls that tell somebody something (webhooks), under the same address rules and limits as calls to providers.

use model::Timestamp;
use url::Url;

use crate::{Client, SignInError};

/// Largest answer that is looked at, in bytes.
const MAX_ANSWER: usize = 64 * 1024;
const WEBHOOK: &str = "the webhook";

impl Client {
    /// Posts JSON with one more header; the status of the answer. Ends within the client's total (at most 8 s); no redirects.
    pub async fn notify(&self, url: &Url, header: Option<(&'static str, &str)>, body: String, now: Timestamp) -> Result<u16, SignInError> {
        let mut request = self.fetcher().http.post(url.clone()).header("content-type", "application/json").body(body);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let answer = self.fetcher().send(WEBHOOK, url, request, MAX_ANSWER, self.deadline(now)).await?;
        Ok(answer.status.as_u16())
    }
}
