//! Groups of the directory by the beginning of their name, for whoever builds rules: one page of Microsoft Graph, in a few seconds.
//!
//! Microsoft Graph: "List groups" with `startswith`, which needs no advanced query.

use std::time::Duration;

use model::{ObjectId, Timestamp};
use url::{Url, form_urlencoded};

use super::{
    Endpoints,
    graph::exchange::Source,
    lists::{Lists, Pace, Patience, with_token},
    members::{MembersError, NestedGroup, id, text},
    redeem::Applicant,
};
use crate::{Client, Provider, fetch::Deadline};

/// Groups that one search finds.
pub const MOST_NAMED: usize = 50;
/// Longest time of a search, its token included: somebody is typing.
const LONGEST: Duration = Duration::from_secs(5);

impl Client {
    /// Groups whose name begins with `words`, in Graph's order; the one group where `words` is an object id; the first ones where it is
    /// empty. The flag tells that there are more. Ends within 5 s.
    ///
    /// Errors: not Entra; no token; Graph's refusals.
    pub async fn groups_named(
        &self,
        provider: Provider<'_>,
        words: &str,
        now: Timestamp,
    ) -> Result<(Vec<NestedGroup>, bool), MembersError> {
        let idp = provider.config.entra().ok_or(MembersError::NotEntra)?;
        let endpoints = self.endpoints(idp).map_err(|error| MembersError::Token(error.into()))?;
        let deadline = Deadline::after(LONGEST, now);
        let applicant = Applicant { client: self, endpoints: &endpoints, idp, credentials: provider.credentials, deadline };
        let pace = Pace { between: Duration::ZERO, pages: 1, entries: MOST_NAMED, patience: Patience::Until(deadline) };
        match search(&applicant, pace, words).await {
            // A permission that was granted since stands in a new token only.
            Err(MembersError::Forbidden { .. }) if applicant.forget_token() => search(&applicant, pace, words).await,
            found => found,
        }
    }
}

async fn search(applicant: &Applicant<'_>, pace: Pace, words: &str) -> Result<(Vec<NestedGroup>, bool), MembersError> {
    let token = applicant.kept_token().await.map_err(|unanswered| MembersError::Token(unanswered.into()))?;
    found(&Lists { source: with_token(applicant.client, &token), endpoints: applicant.endpoints, pace }, words).await
}

async fn found<S: Source>(lists: &Lists<'_, S>, words: &str) -> Result<(Vec<NestedGroup>, bool), MembersError> {
    let (items, more) = lists.first(address(lists.endpoints, words)).await?;
    let groups = items.iter().take(MOST_NAMED).filter_map(|item| Some(NestedGroup { id: id(item)?, name: text(item, "displayName") }));
    Ok((groups.collect(), more || items.len() > MOST_NAMED))
}

fn address(endpoints: &Endpoints, words: &str) -> Url {
    // OData: an apostrophe within a text is doubled.
    let quoted = words.replace('\'', "''");
    let filter = match words.parse::<ObjectId>() {
        Ok(id) => format!("id eq '{id}'"),
        Err(_) => format!("startswith(displayName,'{quoted}')"),
    };
    let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let filter = if words.is_empty() { String::new() } else { format!("$filter={}&", filter.replace('+', "%20")) };
    endpoints.graph(&["groups"], &format!("{filter}$select=id,displayName&$top={MOST_NAMED}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::graph::{
            exchange::Question,
            table::{answer, deadline, endpoints, id as number},
        },
        *,
    };
    use crate::{SignInError, fetch::Answer};

    struct Once(u16, Value);
    impl Source for Once {
        async fn ask(&self, _: &Question, _: Deadline) -> Result<Answer, SignInError> {
            answer(self.0, None, self.1.to_string())
        }
    }

    async fn once(status: u16, body: Value) -> Result<(Vec<NestedGroup>, bool), MembersError> {
        let endpoints = endpoints();
        let pace = Pace { between: Duration::ZERO, pages: 1, entries: MOST_NAMED, patience: Patience::Until(deadline()) };
        found(&Lists { source: Once(status, body), endpoints: &endpoints, pace }, "Pil").await
    }

    #[test]
    fn the_words_stay_within_their_quotes() {
        for (words, query) in [
            ("Night Pil", "$filter=startswith%28displayName%2C%27Night%20Pil%27%29&$select=id,displayName&$top=50"),
            ("o'n&x=1", "$filter=startswith%28displayName%2C%27o%27%27n%26x%3D1%27%29&$select=id,displayName&$top=50"),
            (
                "A1C07F2E-5e1b-4c0d-8f36-2b7e61c9d014",
                "$filter=id%20eq%20%27a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014%27&$select=id,displayName&$top=50",
            ),
            ("", "$select=id,displayName&$top=50"),
        ] {
            assert_eq!(address(&endpoints(), words).query(), Some(query), "{words}");
        }
    }

    #[tokio::test]
    async fn one_page_is_enough_and_a_refusal_is_told() {
        let page = json!({ "value": [{ "id": number(1), "displayName": "Pilots" }, { "displayName": "without id" }], "@odata.nextLink": "https://graph.microsoft.com/v1.0/groups?$skiptoken=2" });
        let (groups, more) = once(200, page).await.unwrap();
        assert_eq!((groups.len(), groups[0].name.as_deref(), more), (1, Some("Pilots"), true));
        assert_eq!(once(200, json!({ "value": [] })).await, Ok((Vec::new(), false)));
        assert_eq!(once(403, json!({})).await, Err(MembersError::Forbidden { status: 403 }));
        assert!(matches!(once(200, json!({})).await, Err(MembersError::Failed(_))));
    }
}
