//! The authentication contexts of a tenant and whether a Conditional Access policy stands behind each, read with the application's
//! own token.
//!
//! Microsoft Graph: "List authenticationContextClassReferences", "List conditionalAccessPolicies". Both share a pool of one request
//! a second that names no time to wait when it is spent, so requests are spaced.

mod document;

use std::{collections::BTreeSet, time::Duration};

use super::{
    lists::{ListError, Lists, Pace, Patience, with_token},
    redeem::Applicant,
};
use crate::{Client, Provider, SignInError};
use model::{
    Timestamp,
    auth_context::{Imported, ImportedContext, InUse},
};

/// Most pages of a list.
const MAX_PAGES: usize = 10;
/// Between two requests, and after one that came too early.
const PACE: Duration = Duration::from_millis(1100);

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

impl From<ListError> for ContextsError {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Forbidden { status } => Self::Forbidden { status },
            ListError::Busy => Self::Busy,
            other => Self::Failed(other.to_string()),
        }
    }
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
        let token = applicant.own_token().await.map_err(|unanswered| failed(unanswered.into()))?;
        let pace = Pace { between: PACE, pages: MAX_PAGES, entries: usize::MAX, patience: Patience::Until(deadline) };
        let reader = Lists { source: with_token(self, &token), endpoints: &endpoints, pace };
        let listed = reader.all(endpoints.auth_contexts()).await?;
        let mut contexts: Vec<ImportedContext> = listed.iter().filter_map(document::published).collect();
        contexts.sort_by_key(|context| context.id);
        contexts.dedup_by_key(|context| context.id);
        tokio::time::sleep(PACE).await;
        let policies_unread = match reader.all(endpoints.conditional_access_policies()).await {
            Ok(policies) => {
                let used: BTreeSet<_> = policies.iter().flat_map(document::contexts_used).collect();
                for context in &mut contexts {
                    context.in_use = if used.contains(&context.id) { InUse::Yes } else { InUse::No };
                }
                None
            }
            Err(ListError::Forbidden { status }) => Some(format!(
                "Microsoft Graph refused to list the Conditional Access policies (status {status}): the registration lacks the \
                 application permission Policy.Read.ConditionalAccess or its admin consent"
            )),
            Err(error) => Some(format!("the Conditional Access policies could not be read: {error}")),
        };
        Ok(Imported { contexts, read_at: now, policies_unread })
    }
}
