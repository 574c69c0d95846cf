//! The bare ids of a person's groups, for applications that may not list the groups themselves.

use model::identity::DirectoryGroup;

use super::{
    MAX_ENTRIES,
    exchange::{Question, Source, Trouble, answered},
};
use crate::{entra::Endpoints, fetch::Deadline};

/// Ids of all groups, nested ones included, in one answer (Microsoft Graph: "directoryObject: getMemberGroups").
pub(super) async fn member_groups(source: &impl Source, endpoints: &Endpoints, deadline: Deadline) -> Result<Vec<DirectoryGroup>, Trouble> {
    let question = Question::post(endpoints.my_member_groups(), r#"{"securityEnabledOnly":false}"#.into());
    let answer = answered(source, &question, deadline).await?;
    read(&answer.body).ok_or_else(|| {
        tracing::warn!("Microsoft Graph answered no whole list of ids");
        Trouble::Failed("no whole list of ids".into())
    })
}

/// `None` unless it is a whole list: this call has no pages.
fn read(body: &[u8]) -> Option<Vec<DirectoryGroup>> {
    let map = oidc::json::object(body).ok()?;
    if map.get("@odata.nextLink").is_some_and(|next| !next.is_null()) {
        return None;
    }
    let ids = map.get("value")?.as_array().filter(|ids| ids.len() <= MAX_ENTRIES)?;
    ids.iter().map(|id| Some(DirectoryGroup { id: id.as_str()?.parse().ok()?, name: None })).collect()
}
