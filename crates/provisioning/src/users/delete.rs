//! `DELETE /Users/{id}`

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use scim::Kind;

use super::{Sides, follow_up, urgency};
use crate::{
    ProvisioningState,
    change::{self, Id, Precondition},
    credential::ScimCaller,
    error::Failure,
    journal::Journal,
    reply,
    transaction::write,
};

/// Removes the user and its memberships, or has that held while the guard against mass deactivation has tripped; a second time it is 404.
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
        let user = change::find(tx, &caller, Kind::User, &id)?;
        journal.about(&user);
        precondition.check(&user)?;
        follow_up(tx, &caller, &journal, Sides { before: Some(&user), after: None })
    })
    .await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
