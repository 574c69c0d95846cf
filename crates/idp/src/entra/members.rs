//! Who is in a group, as the application itself reads it from Microsoft Graph: all of them, or unknown with the reason.

use std::{collections::HashSet, time::Duration};

use model::{ObjectId, Secret, Timestamp};
use serde_json::Value;

use super::{
    Endpoints,
    graph::exchange::Source,
    lists::{ListError, Lists, Pace, Patience, with_token},
    redeem::Applicant,
};
use crate::{Client, Provider, SignInError, fetch::Deadline};

/// Most members of one group that are read; a group with more is unknown.
pub const MAX_MEMBERS: usize = 100_000;
/// Most pages of one group: Graph may give fewer than it was asked for.
const MAX_PAGES: usize = 2_000;
/// Longest time for one page, its repetitions included.
const PAGE: Duration = Duration::from_secs(8);
/// Longest name that is kept, in characters.
const MAX_NAME: usize = 256;

/// Somebody in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Object id.
    pub id: ObjectId,
    /// User principal name; `None` where the application may list members and not read people (Microsoft Graph: "Limited
    /// information returned for inaccessible member objects").
    pub upn: Option<String>,
    /// Name, under the same condition.
    pub name: Option<String>,
    /// `accountEnabled`, under the same condition.
    pub enabled: Option<bool>,
}

/// Who is in a group without a group between.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirectMembers {
    /// People.
    pub people: HashSet<ObjectId>,
    /// Groups, in Graph's order.
    pub groups: Vec<NestedGroup>,
}

/// A group in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NestedGroup {
    /// Object id.
    pub id: ObjectId,
    /// Name, where it may be read.
    pub name: Option<String>,
}

/// Why members are unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MembersError {
    /// Only Entra has a Graph.
    #[error("only Microsoft Entra tells this")]
    NotEntra,
    /// The application got no token for itself.
    #[error("the application got no token of its own")]
    Token(#[source] SignInError),
    /// 401 or 403.
    #[error("Microsoft Graph refused (status {status}): the application permission GroupMember.Read.All or its admin consent is missing")]
    Forbidden {
        /// The HTTP status.
        status: u16,
    },
    /// 404.
    #[error("the directory has no such group")]
    Missing,
    /// More than [`MAX_MEMBERS`].
    #[error("the group has more than {0} members, which are not read")]
    TooMany(usize),
    /// Busy to the end, no answer, not in time, or one that cannot be read.
    #[error("Microsoft Graph could not be read: {0}")]
    Failed(String),
}

impl From<ListError> for MembersError {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Forbidden { status } => Self::Forbidden { status },
            ListError::Missing => Self::Missing,
            ListError::TooMany(most) => Self::TooMany(most),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl MembersError {
    /// What to do.
    pub fn fix(&self) -> &str {
        match self {
            Self::NotEntra => "Use a provider of type azureAD.",
            Self::Token(error) => error.fix(),
            Self::Forbidden { .. } => {
                "Give the registration the application permissions GroupMember.Read.All and User.Read.All, and grant admin consent."
            }
            Self::Missing => "Take the group out of the rules, or choose the one that took its place.",
            Self::TooMany(_) => "Use smaller groups in rules: they are read one by one.",
            Self::Failed(_) => "Try again in a minute.",
        }
    }
    /// Whether asking for another group may go better.
    pub fn is_about_one_group(&self) -> bool {
        matches!(self, Self::Missing | Self::TooMany(_) | Self::Failed(_))
    }
}

/// Reads members of groups with one token, until its time is over.
pub struct MemberReader<'a> {
    client: &'a Client,
    endpoints: Endpoints,
    token: Secret,
    deadline: Deadline,
}

impl Client {
    /// Begins to read members of groups with the application's own token; all calls together end within `time`, each page within 8 s.
    ///
    /// Errors: not Entra; no token.
    pub async fn member_reader(&self, provider: Provider<'_>, time: Duration, now: Timestamp) -> Result<MemberReader<'_>, MembersError> {
        let idp = provider.config.entra().ok_or(MembersError::NotEntra)?;
        let endpoints = self.endpoints(idp).map_err(|error| MembersError::Token(error.into()))?;
        let deadline = Deadline::after(time, now);
        let applicant =
            Applicant { client: self, endpoints: &endpoints, idp, credentials: provider.credentials, deadline: deadline.within(PAGE) };
        let token = applicant.own_token().await.map_err(|unanswered| MembersError::Token(unanswered.into()))?;
        Ok(MemberReader { client: self, endpoints, token, deadline })
    }
}

impl MemberReader<'_> {
    /// The people of a group and of all groups in it (Microsoft Graph: "List group transitive members"). All, or an error.
    pub async fn transitive_members(&self, group: &ObjectId) -> Result<Vec<Member>, MembersError> {
        transitive(self.lists(), group).await
    }

    /// Who is in the group directly: people and groups (Microsoft Graph: "List group members"). All, or an error.
    pub async fn direct_members(&self, group: &ObjectId) -> Result<DirectMembers, MembersError> {
        direct(self.lists(), group).await
    }

    fn lists(&self) -> Lists<'_, impl Source> {
        lists(with_token(self.client, &self.token), &self.endpoints, self.deadline)
    }
}

fn lists<S>(source: S, endpoints: &Endpoints, deadline: Deadline) -> Lists<'_, S> {
    let pace = Pace { between: Duration::ZERO, pages: MAX_PAGES, entries: MAX_MEMBERS, patience: Patience::Both(PAGE, deadline) };
    Lists { source, endpoints, pace }
}

async fn transitive<S: Source>(lists: Lists<'_, S>, group: &ObjectId) -> Result<Vec<Member>, MembersError> {
    let items = lists.all(lists.endpoints.transitive_people(group)).await?;
    let people: Option<Vec<Member>> = items.iter().map(person).collect();
    people.ok_or_else(|| MembersError::Failed("a member without object id".into()))
}

async fn direct<S: Source>(lists: Lists<'_, S>, group: &ObjectId) -> Result<DirectMembers, MembersError> {
    let items = lists.all(lists.endpoints.direct_members(group)).await?;
    let mut members = DirectMembers::default();
    for item in &items {
        let unreadable = || MembersError::Failed("a member that does not say what it is".into());
        let id = id(item).ok_or_else(unreadable)?;
        match item.get("@odata.type").and_then(Value::as_str).ok_or_else(unreadable)? {
            "#microsoft.graph.user" => drop(members.people.insert(id)),
            "#microsoft.graph.group" => members.groups.push(NestedGroup { id, name: text(item, "displayName") }),
            // Devices, service principals and contacts sign in nowhere.
            _ => {}
        }
    }
    Ok(members)
}

fn person(item: &Value) -> Option<Member> {
    Some(Member {
        id: id(item)?,
        upn: text(item, "userPrincipalName"),
        name: text(item, "displayName"),
        enabled: item.get("accountEnabled").and_then(Value::as_bool),
    })
}

pub(super) fn id(item: &Value) -> Option<ObjectId> {
    item.get("id")?.as_str()?.parse().ok()
}

pub(super) fn text(item: &Value, member: &str) -> Option<String> {
    let text = item.get(member)?.as_str()?;
    (!text.is_empty()).then(|| text.chars().take(MAX_NAME).collect())
}

#[cfg(test)]
mod tests;
