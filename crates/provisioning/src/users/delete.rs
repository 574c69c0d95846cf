//! `DELETE /Users/{id}`

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use scim::Kind;

use super::{Sides, follow_up, urgency};
use crate::{
    ProvisioningState,
    change::{self, Precondition},
    credential::ScimCaller,
    error::Failure,
    journal::Journal,
    record, reply,
    transaction::write,
};

/// Removes the user and its memberships; a second time it is 404.
pub(crate) async fn delete(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    journal: Journal,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let precondition = Precondition::of(&headers);
    let urgency = urgency(&state.store, &caller);
    write(&state.store, urgency, move |tx| {
        let user = change::find(tx, &caller, Kind::User, &id)?;
        journal.about(&user);
        precondition.check(&user)?;
        // Planned while the record is still there to be tied to people.
        follow_up(tx, &caller, &journal, Sides { before: Some(&user), after: None })?;
        Ok(tx.remove_provisioned(&caller.idp, record::stored_kind(Kind::User), &user.id)?)
    })
    .await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
