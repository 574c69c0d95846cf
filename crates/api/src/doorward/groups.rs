//! `identity_providers/{identity_provider_id}/scim/groups`: the groups that a directory sent, who is in them and from where that is known, and
//! what names them.

mod members;
mod uses;

use axum::extract::State;
use model::{
    IdpId, ObjectId, ScimId, Timestamp,
    provisioned::{Provisioned, ResourceKind},
};
use serde_json::{Value, json};
use store::{Listed, Reader};

use crate::{
    caller::{Caller, OrgRead},
    envelope::Answer,
    error::ApiError,
    pagination::Paging,
    params::{At, Query},
    state::{ApiState, Stop},
};

/// Most groups, or members, on a page.
const MOST_PER_PAGE: u32 = 100;
/// Members that are counted of each group of a list.
const MOST_COUNTED: u64 = 10_000;

/// Groups in the order in which they were sent; `search` finds a part of the name. Members are counted to a bound: only the group itself
/// tells how many more there are.
pub(crate) async fn list(_: Caller<OrgRead>, State(state): State<ApiState>, At(idp): At<IdpId>, query: Query) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 50)?.at_most(MOST_PER_PAGE);
    provider(&state, idp)?;
    let sought = query.text("search").map(str::to_owned);
    let listed = state.read(move |reader| {
        let stretch = (paging.offset(), paging.limit());
        let found = match &sought {
            Some(part) => reader.sift_provisioned(&idp, ResourceKind::Group, part, stretch)?,
            None => reader.list_provisioned(&idp, ResourceKind::Group, stretch.0, stretch.1)?,
        };
        let items = found.items.into_iter().map(|group| Ok((reader.member_count_to(&group.id, MOST_COUNTED)?, group)));
        Ok(Listed { items: items.collect::<Result<Vec<_>, Stop>>()?, total: found.total })
    });
    Ok(Answer::page(paging.taken(listed.await?, |(members, group)| write(&group, members))))
}

/// One group, with what names it.
pub(crate) async fn get(
    _: Caller<OrgRead>,
    State(state): State<ApiState>,
    At(idp): At<IdpId>,
    At(id): At<ScimId>,
) -> Result<Answer, ApiError> {
    provider(&state, idp)?;
    let snapshot = state.store.snapshot();
    let (group, members, filled, expansion) = state
        .read(move |reader| {
            let group = group(reader, &idp, &id)?;
            Ok((group, reader.member_count(&id)?, reader.expanded_count(&id)?, reader.expansion(&id)?))
        })
        .await?;
    let mut out = write(&group, Some(members));
    out["filled_in"] = json!(filled);
    out["expansion"] = json!(expansion.map(|expansion| {
        json!({
            "read_at": expansion.read_at.map(Timestamp::rfc3339), "tried_at": expansion.tried_at.rfc3339(), "why": expansion.why,
        })
    }));
    out["uses"] = object_id(&group).map_or_else(uses::none, |object_id| uses::of(&snapshot, &idp, &object_id));
    Ok(Answer::ok(out))
}

/// Who is in it: first what SCIM sent, then who was read through groups in it from the directory.
pub(crate) async fn members(
    _: Caller<OrgRead>,
    State(state): State<ApiState>,
    At(idp): At<IdpId>,
    At(id): At<ScimId>,
    query: Query,
) -> Result<Answer, ApiError> {
    let paging = Paging::read(&query, 50)?.at_most(MOST_PER_PAGE);
    let issuer = provider(&state, idp)?;
    let listed = state.read(move |reader| {
        group(reader, &idp, &id)?;
        Ok(members::page(reader, &members::Of { idp, group: id, issuer }, paging)?)
    });
    let (rows, total) = listed.await?;
    Ok(Answer::page(paging.with_total(rows, total)))
}

/// The issuer of a provider's directory, where it has one.
fn provider(state: &ApiState, idp: IdpId) -> Result<Option<String>, ApiError> {
    let snapshot = state.store.snapshot();
    let known = snapshot.idps.get(&idp).ok_or_else(|| ApiError::missing("identity provider", idp))?;
    Ok(known.config.directory_issuer())
}

fn group(reader: &Reader<'_>, idp: &IdpId, id: &ScimId) -> Result<Provisioned, Stop> {
    Ok(reader.provisioned(idp, ResourceKind::Group, id)?.ok_or_else(|| ApiError::missing("provisioned group", id))?)
}

fn object_id(group: &Provisioned) -> Option<ObjectId> {
    group.external_id.as_deref()?.parse().ok()
}

/// `members` are the direct ones; none: more than were counted.
fn write(group: &Provisioned, members: Option<u64>) -> Value {
    json!({
        "id": group.id.to_string(),
        "object_id": object_id(group).map(|id| id.to_string()),
        "external_id": group.external_id,
        "name": group.display_name,
        "source": "scim",
        "members": members.unwrap_or(MOST_COUNTED),
        "more_members": members.is_none(),
        "created_at": group.created_at.rfc3339(),
        "updated_at": group.updated_at.rfc3339(),
    })
}
