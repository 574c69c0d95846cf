//! The signed-in person's groups from Microsoft Graph, page by page, complete or not at all.

use std::{collections::HashSet, time::Duration};

use model::{ObjectId, Secret, identity::DirectoryGroup, identity::GroupsUnknown};
use serde_json::Value;
use url::Url;

use super::Endpoints;
use crate::{
    error::SignInError,
    fetch::{Answer, Deadline, Fetcher},
};

#[cfg(test)]
mod table;

/// Largest page, in bytes.
const MAX_PAGE: usize = 1024 * 1024;
/// Most pages read; with 999 entries a page nobody has more.
const MAX_PAGES: usize = 50;
const GRAPH: &str = "Microsoft Graph";

/// Reads all pages. Any missing page makes the whole list unknown.
pub(super) async fn my_groups(
    fetcher: &Fetcher,
    endpoints: &Endpoints,
    token: &Secret,
    deadline: Deadline,
) -> Result<Vec<DirectoryGroup>, GroupsUnknown> {
    let graph = Graph { fetcher, token, deadline };
    match read_all(&graph, endpoints, deadline).await {
        // Each call has permissions of its own (Microsoft Graph permissions reference): what listing refuses, the ids may still allow.
        Err(GroupsUnknown::GraphRefused) => {
            let ids = graph.member_groups(endpoints).await.ok_or(GroupsUnknown::GraphRefused)?;
            tracing::info!(
                groups = ids.len(),
                call = "getMemberGroups",
                "groups read by their ids, since listing them was refused; names are not known"
            );
            Ok(ids)
        }
        other => other,
    }
}

impl Graph<'_> {
    /// Ids of all groups, nested ones included, in one answer (Microsoft Graph: "directoryObject: getMemberGroups"). `None` when they
    /// cannot be read whole.
    async fn member_groups(&self, endpoints: &Endpoints) -> Option<Vec<DirectoryGroup>> {
        let url = endpoints.my_member_groups();
        let request = self
            .fetcher
            .http
            .post(url.clone())
            .bearer_auth(self.token.expose())
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .body(r#"{"securityEnabledOnly":false}"#);
        let answer = self.fetcher.send(GRAPH, &url, request, MAX_PAGE, self.deadline).await.ok()?;
        if answer.status.as_u16() != 200 {
            tracing::warn!(status = answer.status.as_u16(), code = %error_code(&answer.body), "Microsoft Graph refused to tell the ids of groups");
            return None;
        }
        let map = oidc::json::object(&answer.body).ok()?;
        if map.get("@odata.nextLink").is_some_and(|next| !next.is_null()) {
            return None;
        }
        let ids = map.get("value")?.as_array()?;
        ids.iter().map(|id| Some(DirectoryGroup { id: id.as_str()?.parse().ok()?, name: None })).collect()
    }
}

/// Where pages come from.
trait Pages: Sync {
    /// One exchange, ended by the deadline.
    fn get(&self, url: &Url) -> impl Future<Output = Result<Answer, SignInError>> + Send;
}

struct Graph<'a> {
    fetcher: &'a Fetcher,
    token: &'a Secret,
    deadline: Deadline,
}

impl Pages for Graph<'_> {
    async fn get(&self, url: &Url) -> Result<Answer, SignInError> {
        let request = self
            .fetcher
            .http
            .get(url.clone())
            .bearer_auth(self.token.expose())
            .header("consistencylevel", "eventual")
            .header("accept", "application/json");
        self.fetcher.send(GRAPH, url, request, MAX_PAGE, self.deadline).await
    }
}

async fn read_all(pages: &impl Pages, endpoints: &Endpoints, deadline: Deadline) -> Result<Vec<DirectoryGroup>, GroupsUnknown> {
    let mut groups = Vec::new();
    let mut seen = HashSet::new();
    let mut url = endpoints.my_groups();
    for number in 1..=MAX_PAGES {
        let missing = |first: GroupsUnknown| {
            if number == 1 { first } else { GroupsUnknown::Incomplete }
        };
        if !seen.insert(url.as_str().to_owned()) {
            tracing::warn!(page = number, "Microsoft Graph leads in a circle");
            return Err(GroupsUnknown::Incomplete);
        }
        let answer = page(pages, &url, deadline).await.map_err(&missing)?;
        let (list, next) = read(&answer.body).map_err(|why| {
            tracing::warn!(page = number, why, "Microsoft Graph answered something unusable");
            missing(GroupsUnknown::GraphFailed)
        })?;
        groups.extend(list);
        let Some(next) = next else {
            return Ok(groups);
        };
        url = Url::parse(&next).ok().filter(|next| endpoints.on_graph_host(next)).ok_or_else(|| {
            tracing::warn!(page = number, "the next page is not on the configured Graph host; not followed");
            GroupsUnknown::Incomplete
        })?;
    }
    tracing::warn!(pages = MAX_PAGES, "more pages of groups than are read");
    Err(GroupsUnknown::Incomplete)
}

/// One page; a throttled or overloaded Graph gets one more chance when time allows.
async fn page(pages: &impl Pages, url: &Url, deadline: Deadline) -> Result<Answer, GroupsUnknown> {
    for attempt in 1..=2 {
        let answer = pages.get(url).await.map_err(|error| {
            tracing::warn!(%error, "groups not read");
            GroupsUnknown::GraphFailed
        })?;
        let status = answer.status.as_u16();
        match status {
            200 => return Ok(answer),
            401 | 403 => {
                tracing::warn!(status, code = %error_code(&answer.body), "Microsoft Graph refused to tell the groups");
                return Err(GroupsUnknown::GraphRefused);
            }
            429 | 503 | 504 if attempt == 1 => {
                let wait = Duration::from_secs(answer.retry_after.unwrap_or(1));
                if wait >= deadline.left() {
                    break;
                }
                tokio::time::sleep(wait).await;
            }
            _ => {
                tracing::warn!(status, code = %error_code(&answer.body), "Microsoft Graph failed");
                break;
            }
        }
    }
    Err(GroupsUnknown::GraphFailed)
}

/// Groups of a page and the address of the next one. Names may be null (limited information); ids may not.
fn read(body: &[u8]) -> Result<(Vec<DirectoryGroup>, Option<String>), &'static str> {
    let map = oidc::json::object(body).map_err(|_| "not a JSON object")?;
    let value = map.get("value").and_then(Value::as_array).ok_or("no list \"value\"")?;
    let mut groups = Vec::with_capacity(value.len());
    for item in value {
        let kind = item.get("@odata.type").and_then(Value::as_str);
        if kind.is_some_and(|k| k != "#microsoft.graph.group") {
            continue;
        }
        let id: ObjectId = item.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok()).ok_or("a group without object id")?;
        let name = item.get("displayName").and_then(Value::as_str).map(|n| n.chars().take(256).collect());
        groups.push(DirectoryGroup { id, name });
    }
    let next = match map.get("@odata.nextLink") {
        None | Some(Value::Null) => None,
        Some(Value::String(next)) => Some(next.clone()),
        Some(_) => return Err("a next page that is no address"),
    };
    Ok((groups, next))
}

/// `error.code` of a Graph error body, for the log.
fn error_code(body: &[u8]) -> String {
    oidc::json::object(body)
        .ok()
        .and_then(|m| {
            let code = m.get("error")?.get("code")?.as_str()?;
            Some(code.chars().filter(char::is_ascii_graphic).take(64).collect())
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pages_are_read_with_null_names_and_without_value_refused() {
        let id = "a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014";
        let body = format!(
            r##"{{"@odata.nextLink":"https://g/x","value":[{{"id":"{id}","displayName":null}},
               {{"@odata.type":"#microsoft.graph.directoryRole","id":"x"}},
               {{"@odata.type":"#microsoft.graph.group","id":"{id}","displayName":"Pilots"}}]}}"##
        );
        let (groups, next) = read(body.as_bytes()).unwrap();
        assert_eq!(groups.len(), 2);
        assert_eq!((groups[0].name.as_deref(), groups[1].name.as_deref()), (None, Some("Pilots")));
        assert_eq!(next.as_deref(), Some("https://g/x"));
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"value":null}"#,
            r#"{"value":{}}"#,
            r#"{"value":[{"displayName":"x"}]}"#,
            r#"{"value":[{"id":"pilots"}]}"#,
            r#"{"value":[7]}"#,
            r#"{"value":[],"@odata.nextLink":7}"#,
        ] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(read(br#"{"value":[]}"#).unwrap(), (vec![], None));
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
            let _ = error_code(&bytes);
        }
    }
}
