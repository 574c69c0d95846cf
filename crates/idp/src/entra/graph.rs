//! The signed-in person's groups from Microsoft Graph: the whole list, or unknown with the reason.

pub(super) mod exchange;
mod ids;
mod listing;
mod names;
#[cfg(test)]
pub(super) mod table;
#[cfg(test)]
mod ways;

use model::identity::{DirectoryGroup, GroupsUnknown};

pub(super) use names::fill as fill_names;

use self::{
    exchange::{Source, Trouble},
    listing::Listing,
};
use super::Endpoints;
use crate::fetch::Deadline;

/// Most entries read, over all pages; Graph's own limit for ids in one answer is about 11,000.
const MAX_ENTRIES: usize = 20_000;

/// Reads all groups, nested ones included. Anything missing makes the whole list unknown.
///
/// Each call of Graph has permissions of its own (Microsoft Graph permissions reference), so what listing refuses the bare ids may
/// still allow; and a question that Graph does not take (400) is put more simply. A token that Graph does not take is not shown again.
pub(super) async fn my_groups(
    source: &impl Source,
    endpoints: &Endpoints,
    deadline: Deadline,
) -> Result<Vec<DirectoryGroup>, GroupsUnknown> {
    let trouble = match listing::read_all(source, endpoints, Listing::Groups, deadline).await {
        Err(trouble @ (Trouble::Forbidden | Trouble::Question)) => trouble,
        other => return other.map_err(GroupsUnknown::from),
    };
    if trouble == Trouble::Forbidden {
        match ids::member_groups(source, endpoints, deadline).await {
            Ok(list) => {
                tracing::info!(groups = list.len(), call = "getMemberGroups", "groups read by their ids, since listing them was refused");
                return Ok(list);
            }
            // More ids than one answer takes, for example: Directory_ResultSizeLimitExceeded.
            Err(Trouble::Question) => {}
            Err(_) => return Err(trouble.into()),
        }
    }
    listing::read_all(source, endpoints, Listing::Mixed, deadline).await.map_err(|_| trouble.into())
}
