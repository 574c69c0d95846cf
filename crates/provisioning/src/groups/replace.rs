//! `PUT /Groups/{id}`

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::HeaderMap;
use scim::Kind;

use super::{Edit, update, urgency};
use crate::{
    ProvisioningState,
    body::ScimBody,
    change::{Id, Precondition},
    credential::ScimCaller,
    error::Failure,
    journal::Journal,
    members::Needed,
    query::Attributes,
    show,
    transaction::write,
};

/// Replaces every attribute and the whole membership.
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
    let shown = attributes.members();
    let (group, doc) = write(&state.store, urgency(&state.store, &caller), move |tx| {
        let edit = Edit {
            journal: &journal,
            needed: &Needed::All,
            edit: |before: &scim::Doc| {
                let parsed = scim::resource::parse_replacement(Kind::Group, body, before)?;
                journal.normalised(&parsed.normalised);
                Ok((parsed.doc != *before).then_some(parsed.doc))
            },
        };
        let group = update(tx, &by, &id, &precondition, edit)?;
        let doc = show::group_doc(tx, &by, &group, shown)?;
        Ok((group, doc))
    })
    .await?;
    show::one(&caller, Kind::Group, &group, &doc, &attributes)
}
