//! Where a person's groups come from: the token when its list is complete, else Graph, else unknown with the reason.

use model::{
    ObjectId, Secret, Timestamp,
    identity::{DirectoryGroup, GroupSource, Groups, GroupsUnknown},
    idp::{EntraSettings, GroupsFrom},
};
use oidc::id_token::{GroupsClaim, IdTokenClaims};

use super::{
    Endpoints,
    graph::{
        self,
        exchange::{Graph, MAX_ANSWER},
    },
};
use crate::fetch::{Deadline, Fetcher};

/// Permissions by any of which groups are named by their ids (Microsoft Graph permissions reference).
const NAMING: [&str; 3] = ["Directory.Read.All", "Directory.ReadWrite.All", "Directory.AccessAsUser.All"];

/// One reading of somebody's groups.
pub(super) struct Reading<'a> {
    pub(super) fetcher: &'a Fetcher,
    pub(super) endpoints: &'a Endpoints,
    pub(super) idp: &'a EntraSettings,
    pub(super) names: Names<'a>,
    pub(super) now: Timestamp,
    pub(super) deadline: Deadline,
}

/// Whether names are looked up for groups that came without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names<'a> {
    /// When one of these scopes, granted by the token endpoint, allows it; a question that is sure to be refused is not put.
    WhenGranted(Option<&'a [String]>),
    /// Ids are all that is compared.
    Unneeded,
}

impl Names<'_> {
    fn allowed(self) -> bool {
        let Self::WhenGranted(Some(scopes)) = self else { return false };
        // Some answers write a scope with its resource: `https://graph.microsoft.com/User.Read`.
        scopes.iter().any(|scope| NAMING.iter().any(|name| scope.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(name))))
    }
}

/// Settles the groups. Never fails: what cannot be read is unknown, and unknown is not "none".
///
/// An absent claim does not mean "no groups", because registrations that do not send the claim look the same; so Graph
/// is asked then as well. The address inside `_claim_sources` names a retired service and is never called.
pub(super) async fn settle(reading: &Reading<'_>, claims: Option<&IdTokenClaims>, access_token: Option<&Secret>) -> Groups {
    let at = reading.now;
    match read(reading, claims, access_token).await {
        Ok((list, source)) => Groups::known(list, source, at),
        Err(reason) => Groups::Unknown { reason, at },
    }
}

async fn read(
    reading: &Reading<'_>,
    claims: Option<&IdTokenClaims>,
    access_token: Option<&Secret>,
) -> Result<(Vec<DirectoryGroup>, GroupSource), GroupsUnknown> {
    if !reading.idp.support_groups {
        return Err(GroupsUnknown::NotRequested);
    }
    let token_first = reading.idp.own.groups_from == GroupsFrom::TokenFirst;
    let told = claims.filter(|_| token_first).and_then(|claims| from_claim(&claims.groups));
    let graph = access_token.map(|token| Graph { fetcher: reading.fetcher, token, limit: MAX_ANSWER });
    let (mut list, source) = match (told, &graph) {
        (Some(list), _) => (list, GroupSource::Token),
        (None, Some(graph)) => (graph::my_groups(graph, reading.endpoints, reading.deadline).await?, GroupSource::Graph),
        (None, None) => {
            tracing::warn!("the token answer holds no access token for Microsoft Graph; groups are unknown");
            return Err(GroupsUnknown::GraphFailed);
        }
    };
    if let Some(graph) = graph.filter(|_| reading.names.allowed()) {
        graph::fill_names(&graph, reading.endpoints, &mut list, reading.deadline).await;
    }
    Ok((list, source))
}

/// A complete list of object ids. A registration may send names instead; those identify nothing.
fn from_claim(claim: &GroupsClaim) -> Option<Vec<DirectoryGroup>> {
    let GroupsClaim::Listed(list) = claim else {
        return None;
    };
    list.iter()
        .map(|text| {
            let id: ObjectId = text.parse().ok()?;
            Some(DirectoryGroup { id, name: None })
        })
        .collect()
}
