//! `POST /Groups`

use std::sync::Arc;

use axum::{extract::State, response::Response};
use scim::Kind;

use super::{Sides, follow_up, put_members, urgency};
use crate::{
    ProvisioningState, body::ScimBody, change, credential::ScimCaller, error::Failure, journal::Journal, members, query::Attributes,
    record, show, transaction::write,
};

/// Creates a group; 409 when the `displayName` is taken, because Entra matches groups by it.
pub(crate) async fn create(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    journal: Journal,
    attributes: Attributes,
    ScimBody(body): ScimBody,
) -> Result<Response, Failure> {
    let parsed = scim::resource::parse(Kind::Group, body)?;
    journal.meant(&parsed.doc);
    journal.normalised(&parsed.normalised);
    let by = caller.clone();
    let shown = attributes.members();
    let (group, doc) = write(&state.store, urgency(&state.store, &caller), move |tx| {
        change::provider(tx, &by)?;
        let group = record::new(by.idp, Kind::Group, &parsed.doc, tx.now());
        let difference = members::difference(tx, &by, group.id, &[], &parsed.doc)?;
        tx.put_provisioned(&group)?;
        let membership = put_members(tx, group.id, difference)?;
        follow_up(tx, &by, &journal, Sides { before: None, after: Some(&group) }, &membership)?;
        let doc = show::group_doc(tx, &by, &group, shown)?;
        Ok((group, doc))
    })
    .await?;
    show::created(&caller, Kind::Group, &group, &doc, &attributes)
}
