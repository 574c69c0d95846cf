//! Where a person's groups come from: the token when its list is complete, else Graph, else unknown with the reason.

use model::{
    ObjectId, Secret, Timestamp,
    identity::{DirectoryGroup, GroupSource, Groups, GroupsUnknown},
    idp::{EntraSettings, GroupsFrom},
};
use oidc::id_token::{GroupsClaim, IdTokenClaims};

use super::{Endpoints, graph};
use crate::fetch::{Deadline, Fetcher};

/// One reading of somebody's groups.
pub(super) struct Reading<'a> {
    pub(super) fetcher: &'a Fetcher,
    pub(super) endpoints: &'a Endpoints,
    pub(super) idp: &'a EntraSettings,
    pub(super) now: Timestamp,
    pub(super) deadline: Deadline,
}

/// Settles the groups. Never fails: what cannot be read is unknown, and unknown is not "none".
///
/// An absent claim does not mean "no groups", because registrations that do not send the claim look the same; so Graph
/// is asked then as well. The address inside `_claim_sources` names a retired service and is never called.
pub(super) async fn settle(reading: &Reading<'_>, claims: Option<&IdTokenClaims>, access_token: Option<&Secret>) -> Groups {
    let at = reading.now;
    let unknown = |reason| Groups::Unknown { reason, at };
    if !reading.idp.support_groups {
        return unknown(GroupsUnknown::NotRequested);
    }
    if reading.idp.own.groups_from == GroupsFrom::TokenFirst
        && let Some(list) = claims.and_then(|claims| from_claim(&claims.groups))
    {
        return Groups::known(list, GroupSource::Token, at);
    }
    let Some(token) = access_token else {
        tracing::warn!("the token answer holds no access token for Microsoft Graph; groups are unknown");
        return unknown(GroupsUnknown::GraphFailed);
    };
    match graph::my_groups(reading.fetcher, reading.endpoints, token, reading.deadline).await {
        Ok(list) => Groups::known(list, GroupSource::Graph, at),
        Err(reason) => unknown(reason),
    }
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
