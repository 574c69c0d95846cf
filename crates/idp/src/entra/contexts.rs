//! The authentication contexts of a tenant and whether a Conditional Access policy stands behind each, read with the application's
//! own token.
//!
//! Microsoft Graph: "List authenticationContextClassReferences", "List conditionalAccessPolicies". Both share a pool of one request
//! a second that names no time to wait when it is spent, so requests are spaced.

mod document;

use std::{collections::BTreeSet, time::Duration};

use model::{
    Secret, Timestamp,
    auth_context::{Imported, ImportedContext, InUse},
};
use serde_json::Value;
use url::Url;

use super::{Endpoints, redeem::Applicant};
use crate::{
    Client, Provider, SignInError,
    fetch::{Answer, Deadline},
};

/// Largest page, in bytes.
const MAX_PAGE: usize = 1024 * 1024;
/// Most pages of a list.
const MAX_PAGES: usize = 10;
/// Between two requests, and after one that came too early.
const PACE: Duration = Duration::from_millis(1100);
/// How often one request is tried.
const ATTEMPTS: usize = 3;
const GRAPH: &str = "Microsoft Graph";

/// Why the contexts of a tenant could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContextsError {
    /// Other providers have none.
    #[error("only Microsoft Entra has authentication contexts")]
    NotEntra,
    /// The application got no token for itself.
    #[error("the application got no token of its own")]
    Token(#[source] SignInError),
    /// 401 or 403: permission or consent is missing.
    #[error("Microsoft Graph refused to list the authentication contexts (status {status})")]
    Forbidden {
        /// The HTTP status.
        status: u16,
    },
    /// 429 to the end.
    #[error("Microsoft Graph is too busy to list the authentication contexts")]
    Busy,
    /// No answer, or one that cannot be read.
    #[error("the authentication contexts could not be read: {0}")]
    Failed(String),
}

impl ContextsError {
    /// What to do.
    pub fn fix(&self) -> &str {
        match self {
            Self::NotEntra => "Use a provider of type azureAD.",
            Self::Token(error) => error.fix(),
            Self::Forbidden { .. } => {
                "Give the registration the application permission AuthenticationContext.Read.All or Policy.Read.ConditionalAccess, and \
                 grant admin consent."
            }
            Self::Busy | Self::Failed(_) => "Try again in a minute.",
        }
    }
}

impl Client {
    /// Reads the contexts that are published to applications and, where that is permitted, which of them an enabled policy uses.
    /// Ends within the client's total time (at most 8 s).
    pub async fn auth_contexts(&self, provider: Provider<'_>, now: Timestamp) -> Result<Imported, ContextsError> {
        let idp = provider.config.entra().ok_or(ContextsError::NotEntra)?;
        let failed = |error: SignInError| ContextsError::Token(error);
        let endpoints = self.endpoints(idp).map_err(|error| failed(error.into()))?;
        let deadline = self.deadline(now);
        let applicant = Applicant { client: self, endpoints: &endpoints, idp, credentials: provider.credentials, deadline };
        let token = applicant.own_token().await.map_err(failed)?;
        let reader = Reader { client: self, endpoints: &endpoints, token, deadline };
        let listed = reader.list(endpoints.auth_contexts()).await?;
        let mut contexts: Vec<ImportedContext> = listed.iter().filter_map(document::published).collect();
        contexts.sort_by_key(|context| context.id);
        contexts.dedup_by_key(|context| context.id);
        tokio::time::sleep(PACE).await;
        let policies_unread = match reader.list(endpoints.conditional_access_policies()).await {
            Ok(policies) => {
                let used: BTreeSet<_> = policies.iter().flat_map(document::contexts_used).collect();
                for context in &mut contexts {
                    context.in_use = if used.contains(&context.id) { InUse::Yes } else { InUse::No };
                }
                None
            }
            Err(ContextsError::Forbidden { status }) => Some(format!(
                "Microsoft Graph refused to list the Conditional Access policies (status {status}): the registration lacks the \
                 application permission Policy.Read.ConditionalAccess or its admin consent"
            )),
            Err(error) => Some(format!("the Conditional Access policies could not be read: {error}")),
        };
        Ok(Imported { contexts, read_at: now, policies_unread })
    }
}

/// Lists of Graph, whole or not at all.
struct Reader<'a> {
    client: &'a Client,
    endpoints: &'a Endpoints,
    token: Secret,
    deadline: Deadline,
}

impl Reader<'_> {
    async fn list(&self, first: Url) -> Result<Vec<Value>, ContextsError> {
        let (mut items, mut url) = (Vec::new(), first);
        for _ in 0..MAX_PAGES {
            let answer = self.page(&url).await?;
            let (page, next) = document::page(&answer.body).map_err(|why| ContextsError::Failed(why.into()))?;
            items.extend(page);
            let Some(next) = next else { return Ok(items) };
            url = Url::parse(&next)
                .ok()
                .filter(|next| self.endpoints.on_graph_host(next))
                .ok_or_else(|| ContextsError::Failed("the next page is not on the configured Graph host".into()))?;
            tokio::time::sleep(PACE).await;
        }
        Err(ContextsError::Failed(format!("more than {MAX_PAGES} pages")))
    }

    async fn page(&self, url: &Url) -> Result<Answer, ContextsError> {
        let fetcher = self.client.fetcher();
        for attempt in 1..=ATTEMPTS {
            let request = fetcher.http.get(url.clone()).bearer_auth(self.token.expose()).header("accept", "application/json");
            let answer =
                fetcher.send(GRAPH, url, request, MAX_PAGE, self.deadline).await.map_err(|e| ContextsError::Failed(e.to_string()))?;
            let status = answer.status.as_u16();
            match status {
                200 => return Ok(answer),
                401 | 403 => return Err(ContextsError::Forbidden { status }),
                429 | 503 | 504 => {
                    let wait = answer.retry_after.map_or(PACE, Duration::from_secs);
                    if attempt == ATTEMPTS || wait >= self.deadline.left() {
                        return Err(if status == 429 { ContextsError::Busy } else { ContextsError::Failed(format!("status {status}")) });
                    }
                    tokio::time::sleep(wait).await;
                }
                _ => return Err(ContextsError::Failed(format!("status {status}"))),
            }
        }
        Err(ContextsError::Busy)
    }
}
