//! Lists of Graph read with the application's own token, whole or not at all.

use std::{collections::HashSet, time::Duration};

use model::{Secret, Timestamp};
use serde_json::Value;
use url::Url;

use super::{
    Endpoints,
    graph::exchange::{Graph, Question, Source, Trouble, answered},
};
use crate::{Client, fetch::Deadline};

/// Largest page, in bytes.
const MAX_PAGE: usize = 4 * 1024 * 1024;
/// Largest list, in bytes over all pages: half a million devices fit.
const MAX_LIST: usize = 128 * 1024 * 1024;
/// Longest address of a next page, in bytes.
const MAX_LINK: usize = 8 * 1024;

/// How a list is walked.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// Between two requests.
    pub(super) between: Duration,
    /// Most pages.
    pub(super) pages: usize,
    /// Most entries.
    pub(super) entries: usize,
    /// How long it may take.
    pub(super) patience: Patience,
}

/// How long a list may take.
#[derive(Clone, Copy)]
pub(super) enum Patience {
    /// Everything until then: somebody waits.
    Until(Deadline),
    /// Each page for itself so long; the time is the server's at the beginning. Nobody waits.
    EachPage(Duration, Timestamp),
    /// Each page for itself so long, and everything until then.
    Both(Duration, Deadline),
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
    /// 404.
    #[error("Microsoft Graph does not know it (status 404)")]
    Missing,
    /// 429 to the end.
    #[error("Microsoft Graph is too busy")]
    Busy,
    /// Longer than what is read.
    #[error("more than {0} entries")]
    TooMany(usize),
    /// No answer, or one that cannot be read.
    #[error("{0}")]
    Failed(String),
}

impl From<Trouble> for ListError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Token => Self::Forbidden { status: 401 },
            Trouble::Forbidden => Self::Forbidden { status: 403 },
            Trouble::Missing => Self::Missing,
            Trouble::Busy => Self::Busy,
            Trouble::Question => Self::Failed("status 400".into()),
            Trouble::Failed(why) => Self::Failed(why),
            Trouble::Incomplete => Self::Failed("the list is incomplete".into()),
        }
    }
}

/// Graph with the application's own token, for pages of lists.
pub(super) fn with_token<'a>(client: &'a Client, token: &'a Secret) -> Graph<'a> {
    Graph { fetcher: client.fetcher(), token, limit: MAX_PAGE }
}

/// Reads lists.
pub(super) struct Lists<'a, S> {
    pub(super) source: S,
    pub(super) endpoints: &'a Endpoints,
    pub(super) pace: Pace,
}

impl<S: Source> Lists<'_, S> {
    /// Every item of a list. A list with a page missing is no list.
    pub(super) async fn all(&self, first: Url) -> Result<Vec<Value>, ListError> {
        let (mut items, mut bytes, mut url) = (Vec::new(), 0, first);
        let mut seen = HashSet::new();
        for _ in 0..self.pace.pages {
            let question = Question::get(url);
            let answer = answered(&self.source, &question, self.deadline()).await?;
            bytes += answer.body.len();
            if bytes > MAX_LIST {
                return Err(ListError::Failed(format!("more than {MAX_LIST} bytes")));
            }
            let (found, next) = page(&answer.body).map_err(|why| ListError::Failed(why.into()))?;
            items.extend(found);
            if items.len() > self.pace.entries {
                return Err(ListError::TooMany(self.pace.entries));
            }
            let Some(next) = next else { return Ok(items) };
            seen.insert(question.url);
            let next = Url::parse(&next).ok().filter(|next| self.endpoints.on_graph_host(next) && !seen.contains(next));
            url = next.ok_or_else(|| ListError::Failed("the next page was read already, or is not on the configured Graph host".into()))?;
            tokio::time::sleep(self.pace.between).await;
        }
        Err(ListError::Failed(format!("more than {} pages", self.pace.pages)))
    }

    /// The first page, and whether there are more.
    pub(super) async fn first(&self, url: Url) -> Result<(Vec<Value>, bool), ListError> {
        let answer = answered(&self.source, &Question::get(url), self.deadline()).await?;
        let (items, next) = page(&answer.body).map_err(|why| ListError::Failed(why.into()))?;
        Ok((items, next.is_some()))
    }

    fn deadline(&self) -> Deadline {
        match self.pace.patience {
            Patience::Until(deadline) => deadline,
            Patience::EachPage(time, now) => Deadline::after(time, now),
            Patience::Both(time, deadline) => deadline.within(time),
        }
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
