//! Lists of Graph read with the application's own token, whole or not at all.

use std::{collections::HashSet, time::Duration};

use model::{Secret, Timestamp};
use serde_json::Value;
use url::Url;

use super::Endpoints;
use crate::{
    Client,
    fetch::{Answer, Deadline},
};

/// Largest page, in bytes.
const MAX_PAGE: usize = 4 * 1024 * 1024;
/// Largest list, in bytes over all pages: half a million devices fit.
const MAX_LIST: usize = 128 * 1024 * 1024;
/// Longest address of a next page, in bytes.
const MAX_LINK: usize = 8 * 1024;
/// How often one request is tried.
const ATTEMPTS: usize = 3;
/// The wait when no time is named.
const SOME_TIME: Duration = Duration::from_millis(1100);
const GRAPH: &str = "Microsoft Graph";

/// How a list is walked.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// Between two requests.
    pub(super) between: Duration,
    /// Most pages.
    pub(super) pages: usize,
    /// How long it may take.
    pub(super) patience: Patience,
}

/// How long a list may take.
#[derive(Clone, Copy)]
pub(super) enum Patience {
    /// Everything until then: somebody waits.
    Until(Deadline),
    /// Each page for itself as long as the client's total; the time is the server's at the beginning. Nobody waits.
    EachPage(Timestamp),
}

/// Why a list could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ListError {
    /// 401 or 403: permission or consent is missing.
    #[error("Microsoft Graph refused (status {status})")]
    Forbidden {
        /// The HTTP status.
        status: u16,
    },
    /// 429 to the end.
    #[error("Microsoft Graph is too busy")]
    Busy,
    /// No answer, or one that cannot be read.
    #[error("{0}")]
    Failed(String),
}

/// Reads lists.
pub(super) struct Lists<'a> {
    pub(super) client: &'a Client,
    pub(super) endpoints: &'a Endpoints,
    pub(super) token: Secret,
    pub(super) pace: Pace,
}

impl Lists<'_> {
    /// Every item of a list. A list with a page missing is no list.
    pub(super) async fn all(&self, first: Url) -> Result<Vec<Value>, ListError> {
        let (mut items, mut bytes, mut url) = (Vec::new(), 0, first);
        let mut seen = HashSet::new();
        for _ in 0..self.pace.pages {
            let answer = self.page(&url).await?;
            bytes += answer.body.len();
            if bytes > MAX_LIST {
                return Err(ListError::Failed(format!("more than {MAX_LIST} bytes")));
            }
            let (found, next) = page(&answer.body).map_err(|why| ListError::Failed(why.into()))?;
            items.extend(found);
            let Some(next) = next else { return Ok(items) };
            seen.insert(url);
            let next = Url::parse(&next).ok().filter(|next| self.endpoints.on_graph_host(next) && !seen.contains(next));
            url = next.ok_or_else(|| ListError::Failed("the next page was read already, or is not on the configured Graph host".into()))?;
            tokio::time::sleep(self.pace.between).await;
        }
        Err(ListError::Failed(format!("more than {} pages", self.pace.pages)))
    }

    fn deadline(&self) -> Deadline {
        match self.pace.patience {
            Patience::Until(deadline) => deadline,
            Patience::EachPage(now) => self.client.deadline(now),
        }
    }

    async fn page(&self, url: &Url) -> Result<Answer, ListError> {
        let (fetcher, deadline) = (self.client.fetcher(), self.deadline());
        for attempt in 1..=ATTEMPTS {
            let request = fetcher.http.get(url.clone()).bearer_auth(self.token.expose()).header("accept", "application/json");
            let answer = fetcher.send(GRAPH, url, request, MAX_PAGE, deadline).await.map_err(|e| ListError::Failed(e.to_string()))?;
            let status = answer.status.as_u16();
            match status {
                200 => return Ok(answer),
                401 | 403 => return Err(ListError::Forbidden { status }),
                429 | 503 | 504 => {
                    let wait = answer.retry_after.map_or(SOME_TIME, Duration::from_secs);
                    if attempt == ATTEMPTS || wait >= deadline.left() {
                        return Err(if status == 429 { ListError::Busy } else { ListError::Failed(format!("status {status}")) });
                    }
                    tokio::time::sleep(wait).await;
                }
                _ => return Err(ListError::Failed(format!("status {status}"))),
            }
        }
        Err(ListError::Busy)
    }
}

/// Items of a page, and the address of the next one.
fn page(body: &[u8]) -> Result<(Vec<Value>, Option<String>), &'static str> {
    let mut map = oidc::json::object(body).map_err(|_| "Microsoft Graph did not answer a JSON object")?;
    let Some(Value::Array(items)) = map.remove("value") else { return Err("Microsoft Graph answered no list \"value\"") };
    match map.remove("@odata.nextLink") {
        None | Some(Value::Null) => Ok((items, None)),
        Some(Value::String(next)) if next.len() <= MAX_LINK => Ok((items, Some(next))),
        Some(_) => Err("Microsoft Graph named a next page that is no address"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_without_a_list_is_no_page() {
        for bad in ["", "[]", "{}", r#"{"value":{}}"#, r#"{"value":[],"@odata.nextLink":7}"#] {
            assert!(page(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(page(br#"{"value":[1],"@odata.nextLink":"https://g/x"}"#).unwrap().1.as_deref(), Some("https://g/x"));
    }
}
