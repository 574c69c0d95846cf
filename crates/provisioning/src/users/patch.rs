//! `PATCH /Users/{id}`

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::HeaderMap;
use scim::{Kind, PatchRequest};

use super::{update, urgency};
use crate::{
    ProvisioningState,
    body::ScimBody,
    change::{Id, Precondition},
    credential::ScimCaller,
    error::Failure,
    journal::Journal,
    query::Attributes,
    record, show,
    transaction::write,
};

/// Applies all operations or none; answers 200 with the user.
pub(crate) async fn patch(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    journal: Journal,
    Id(id): Id,
    attributes: Attributes,
    headers: HeaderMap,
    ScimBody(body): ScimBody,
) -> Result<Response, Failure> {
    let request = PatchRequest::parse(Kind::User, &body)?;
    let precondition = Precondition::of(&headers);
    let by = caller.clone();
    let user = write(&state.store, urgency(&state.store, &caller), move |tx| {
        update(tx, &by, &id, &precondition, &journal, |before| {
            let patched = scim::patch::apply(before, &request)?;
            journal.normalised(&patched.normalised);
            Ok(patched.changed.then_some(patched.after))
        })
    })
    .await?;
    show::one(&caller, Kind::User, &user, &record::doc(&user)?, &attributes)
}
