//! `PUT /Users/{id}`

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::HeaderMap;
use scim::Kind;

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

/// Replaces every attribute; what is left out is gone, except that an inactive user stays inactive until told otherwise.
pub(crate) async fn replace(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    journal: Journal,
    Id(id): Id,
    attributes: Attributes,
    headers: HeaderMap,
    ScimBody(body): ScimBody,
) -> Result<Response, Failure> {
    let precondition = Precondition::of(&headers);
    let by = caller.clone();
    let user = write(&state.store, urgency(&state.store, &caller), move |tx| {
        update(tx, &by, &id, &precondition, &journal, |before| {
            let parsed = scim::resource::parse_replacement(Kind::User, body, before)?;
            journal.normalised(&parsed.normalised);
            Ok((parsed.doc != *before).then_some(parsed.doc))
        })
    })
    .await?;
    show::one(&caller, Kind::User, &user, &record::doc(&user)?, &attributes)
}
