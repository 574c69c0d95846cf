//! Where a person's groups come from: the token when its list is complete, else Graph, else unknown with the reason.

use model::{
    ObjectId, Secret, Timestamp,
    identity::{DirectoryGroup, GroupSource, Groups, GroupsUnknown},
};
use oidc::id_token::{GroupsClaim, IdTokenClaims};

use super::{Endpoints, graph};
use crate::fetch::{Deadline, Fetcher};

/// Settles the groups. Never fails: what cannot be read is unknown, and unknown is not "none".
///
/// An absent claim does not mean "no groups", because registrations that do not send the claim look the same; so Graph
/// is asked then as well. The address inside `_claim_sources` names a retired service and is never called.
pub(super) async fn settle(
    fetcher: &Fetcher,
    endpoints: &Endpoints,
    wanted: Wanted,
    claims: &IdTokenClaims,
    access_token: Option<&Secret>,
    now: Timestamp,
    deadline: Deadline,
) -> Groups {
    let unknown = |reason| Groups::Unknown { reason, at: now };
    if wanted == Wanted::No {
        return unknown(GroupsUnknown::NotRequested);
    }
    if let Some(list) = from_claim(&claims.groups) {
        return Groups::known(list, GroupSource::Token, now);
    }
    let Some(token) = access_token else {
        tracing::warn!("the token answer holds no access token for Microsoft Graph; groups are unknown");
        return unknown(GroupsUnknown::GraphFailed);
    };
    match graph::my_groups(fetcher, endpoints, token, deadline).await {
        Ok(list) => Groups::known(list, GroupSource::Graph, now),
        Err(reason) => unknown(reason),
    }
}

/// Whether a provider reads groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Yes,
    No,
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
