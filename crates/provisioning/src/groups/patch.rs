//! `PATCH /Groups/{id}`

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use scim::{Kind, PatchRequest};

use super::{Edit, update, urgency};
use crate::{
    ProvisioningState,
    body::ScimBody,
    change::{Id, Precondition},
    credential::ScimCaller,
    error::Failure,
    journal::Journal,
    members::Needed,
    record, reply,
    transaction::write,
};

/// Applies all operations or none; answers 204, so that no membership has to be written out.
pub(crate) async fn patch(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    journal: Journal,
    Id(id): Id,
    headers: HeaderMap,
    ScimBody(body): ScimBody,
) -> Result<Response, Failure> {
    let request = PatchRequest::parse(Kind::Group, &body)?;
    let needed = Needed::by_patch(&request);
    let precondition = Precondition::of(&headers);
    let urgency = urgency(&state.store, &caller);
    let group = write(&state.store, urgency, move |tx| {
        let edit = Edit {
            journal: &journal,
            needed: &needed,
            edit: |before: &scim::Doc| {
                let patched = scim::patch::apply(before, &request)?;
                journal.normalised(&patched.normalised);
                Ok(patched.changed.then_some(patched.after))
            },
        };
        update(tx, &caller, &id, &precondition, edit)
    })
    .await?;
    Ok(reply::tagged(reply::empty(StatusCode::NO_CONTENT), &record::version(&group)))
}
