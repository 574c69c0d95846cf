//! The directory as the application itself sees it: Graph with the application's own token.

use std::collections::BTreeSet;

use model::{Secret, finding::Finding};
use serde_json::{Map, Value};
use url::Url;

use super::Look;

/// Largest answer, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;
/// Most pages of a list.
const MAX_PAGES: usize = 12;
const GRAPH: &str = "Microsoft Graph";
/// Permissions that let an application read registrations.
pub(super) const READ_APPLICATIONS: [&str; 4] =
    ["Application.Read.All", "Directory.Read.All", "Application.ReadWrite.All", "Directory.ReadWrite.All"];

/// Graph, and what the application may ask of it.
pub(super) struct Directory<'a> {
    pub(super) look: &'a Look<'a>,
    pub(super) token: Secret,
    /// Which of the client secrets was believed, counted from 0.
    pub(super) proof: usize,
    /// Application permissions; `None` when the token does not show them.
    pub(super) roles: Option<BTreeSet<String>>,
}

/// Why something was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// The application has none of the permissions for it.
    NotPermitted,
    /// It is not there.
    Missing,
    /// No usable answer.
    Failed,
}

/// Something was not told that may be told the next time; its name keeps the warnings of the last look.
pub(super) fn unreachable() -> Finding {
    Finding::unknown(
        "graph-unreachable",
        "Microsoft Graph did not answer every question of this check; what was found before stays on the list of warnings",
        "Check again in a few minutes.",
    )
}

impl Directory<'_> {
    /// Whether the application has one of these permissions.
    pub(super) fn may(&self, permissions: &[&str]) -> bool {
        self.roles.as_ref().is_some_and(|roles| permissions.iter().any(|name| roles.contains(*name)))
    }

    /// The registration (Microsoft Graph: "Get application").
    pub(super) async fn registration(&self) -> Result<Map<String, Value>, Unread> {
        if !self.may(&READ_APPLICATIONS) {
            return Err(Unread::NotPermitted);
        }
        let key = format!("applications(appId='{}')", self.look.idp.client_id.replace('\'', "''"));
        let select = "$select=id,appId,signInAudience,passwordCredentials,keyCredentials,web,spa,publicClient,api,\
                      groupMembershipClaims,optionalClaims,requiredResourceAccess";
        self.get(&self.look.endpoints.graph(&[&key], select)).await
    }

    /// One object.
    pub(super) async fn get(&self, url: &Url) -> Result<Map<String, Value>, Unread> {
        let fetcher = self.look.client.fetcher();
        let request = fetcher
            .http
            .get(url.clone())
            .bearer_auth(self.token.expose())
            .header("consistencylevel", "eventual")
            .header("accept", "application/json");
        let answer = fetcher.send(GRAPH, url, request, MAX_ANSWER, self.look.deadline).await.map_err(|error| {
            tracing::info!(%url, %error, "the check of a login method could not read from Microsoft Graph");
            Unread::Failed
        })?;
        match answer.status.as_u16() {
            200 => oidc::json::object(&answer.body).map_err(|_| Unread::Failed),
            401 | 403 => Err(Unread::NotPermitted),
            404 => Err(Unread::Missing),
            status => {
                tracing::info!(%url, status, "the check of a login method could not read from Microsoft Graph");
                Err(Unread::Failed)
            }
        }
    }

    /// A whole list, or nothing of it.
    pub(super) async fn list(&self, first: Url) -> Result<Vec<Value>, Unread> {
        let (mut items, mut url) = (Vec::new(), first);
        for _ in 0..MAX_PAGES {
            let mut page = self.get(&url).await?;
            match page.remove("value") {
                Some(Value::Array(value)) => items.extend(value),
                _ => return Err(Unread::Failed),
            }
            match page.get("@odata.nextLink") {
                None | Some(Value::Null) => return Ok(items),
                Some(next) => {
                    let next = next.as_str().and_then(|next| Url::parse(next).ok());
                    url = next.filter(|next| self.look.endpoints.on_graph_host(next)).ok_or(Unread::Failed)?;
                }
            }
        }
        Err(Unread::Failed)
    }
}
