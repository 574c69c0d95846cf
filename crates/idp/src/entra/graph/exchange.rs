//! One question to Microsoft Graph: asked again while Graph is busy and time allows, its refusals told apart. Every list and every
//! single question goes through here.

use std::time::Duration;

use model::{Secret, identity::GroupsUnknown};
use url::Url;

use crate::{
    error::SignInError,
    fetch::{Answer, Deadline, Fetcher},
};

/// Largest answer about one person, in bytes.
pub(in crate::entra) const MAX_ANSWER: usize = 1024 * 1024;
/// How often one question is put to a Graph that is busy.
const ATTEMPTS: usize = 3;
/// The wait when no time is named; the narrowest pool of Graph gives one request a second.
const SOME_TIME: Duration = Duration::from_millis(1100);
pub(super) const GRAPH: &str = "Microsoft Graph";

/// A GET, or a POST of JSON.
pub(in crate::entra) struct Question {
    pub(in crate::entra) url: Url,
    pub(super) body: Option<String>,
}

impl Question {
    pub(in crate::entra) fn get(url: Url) -> Self {
        Self { url, body: None }
    }
    pub(super) fn post(url: Url, body: String) -> Self {
        Self { url, body: Some(body) }
    }
}

/// Where answers come from.
pub(in crate::entra) trait Source: Sync {
    /// One exchange, ended by the deadline.
    fn ask(&self, question: &Question, deadline: Deadline) -> impl Future<Output = Result<Answer, SignInError>> + Send;
}

/// Graph, with a person's token or the application's own.
pub(in crate::entra) struct Graph<'a> {
    pub(in crate::entra) fetcher: &'a Fetcher,
    pub(in crate::entra) token: &'a Secret,
    /// Largest answer, in bytes.
    pub(in crate::entra) limit: usize,
}

impl Source for Graph<'_> {
    async fn ask(&self, question: &Question, deadline: Deadline) -> Result<Answer, SignInError> {
        let http = &self.fetcher.http;
        let url = question.url.clone();
        let request = match &question.body {
            None => http.get(url).header("consistencylevel", "eventual"),
            Some(body) => http.post(url).header("content-type", "application/json").body(body.clone()),
        };
        let request = request.bearer_auth(self.token.expose()).header("accept", "application/json");
        self.fetcher.send(GRAPH, &question.url, request, self.limit, deadline).await
    }
}

/// Why there is no answer, or no list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::entra) enum Trouble {
    /// 400: the question is not taken.
    Question,
    /// 401: the token is not taken.
    Token,
    /// 403: permission or consent is missing.
    Forbidden,
    /// 404: what was asked about is not there.
    Missing,
    /// 429 to the end.
    Busy,
    /// No answer, or one that cannot be read; in words.
    Failed(String),
    /// The list began, and its rest is missing.
    Incomplete,
}

impl From<Trouble> for GroupsUnknown {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Token | Trouble::Forbidden => Self::GraphRefused,
            Trouble::Question | Trouble::Missing | Trouble::Busy | Trouble::Failed(_) => Self::GraphFailed,
            Trouble::Incomplete => Self::Incomplete,
        }
    }
}

/// The answer with status 200. A throttled or overloaded Graph is asked again twice, after the time it names.
pub(in crate::entra) async fn answered(source: &impl Source, question: &Question, deadline: Deadline) -> Result<Answer, Trouble> {
    for attempt in 1..=ATTEMPTS {
        let answer = source.ask(question, deadline).await.map_err(|error| {
            tracing::warn!(%error, path = question.url.path(), "Microsoft Graph could not be read");
            Trouble::Failed(error.to_string())
        })?;
        let status = answer.status.as_u16();
        let trouble = match status {
            200 => return Ok(answer),
            429 | 503 | 504 => {
                let wait = answer.retry_after.map_or(SOME_TIME, Duration::from_secs);
                if attempt < ATTEMPTS && wait < deadline.left() {
                    tokio::time::sleep(wait).await;
                    continue;
                }
                if status == 429 { Trouble::Busy } else { Trouble::Failed(format!("status {status}")) }
            }
            400 => Trouble::Question,
            401 => Trouble::Token,
            403 => Trouble::Forbidden,
            404 => Trouble::Missing,
            _ => Trouble::Failed(format!("status {status}")),
        };
        tracing::warn!(status, code = %error_code(&answer.body), path = question.url.path(), "Microsoft Graph did not tell");
        return Err(trouble);
    }
    Err(Trouble::Busy)
}

/// `error.code` of a Graph error body, for the log.
pub(super) fn error_code(body: &[u8]) -> String {
    oidc::json::object(body)
        .ok()
        .and_then(|m| {
            let code = m.get("error")?.get("code")?.as_str()?;
            Some(code.chars().filter(char::is_ascii_graphic).take(64).collect())
        })
        .unwrap_or_default()
}
