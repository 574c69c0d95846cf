//! `DELETE /Groups/{id}`

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use scim::Kind;

use super::{Sides, all_leave, follow_up, urgency};
use crate::{
    ProvisioningState,
    change::{self, Id, Precondition},
    credential::ScimCaller,
    error::Failure,
    journal::Journal,
    record, reply,
    transaction::write,
};

/// Removes the group; its members stay as they are. A second time it is 404.
pub(crate) async fn delete(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    journal: Journal,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let precondition = Precondition::of(&headers);
    let urgency = urgency(&state.store, &caller);
    write(&state.store, urgency, move |tx| {
        let group = change::find(tx, &caller, Kind::Group, &id)?;
        journal.about(&group);
        precondition.check(&group)?;
        let membership = all_leave(&tx.members(&group.id)?);
        follow_up(tx, &caller, &journal, Sides { before: Some(&group), after: None }, &membership)?;
        Ok(tx.remove_provisioned(&caller.idp, record::stored_kind(Kind::Group), &group.id)?)
    })
    .await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
