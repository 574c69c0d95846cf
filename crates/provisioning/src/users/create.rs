//! `POST /Users`

use std::sync::Arc;

use axum::{extract::State, response::Response};
use scim::Kind;

use super::{Sides, follow_up, urgency};
use crate::{
    ProvisioningState, body::ScimBody, change, credential::ScimCaller, error::Failure, journal::Journal, query::Attributes, record, show,
    transaction::write,
};

/// Creates a user; 409 when the `userName` is taken. Never joined to a person by mail.
pub(crate) async fn create(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    journal: Journal,
    attributes: Attributes,
    ScimBody(body): ScimBody,
) -> Result<Response, Failure> {
    let parsed = scim::resource::parse(Kind::User, body)?;
    journal.meant(&parsed.doc);
    journal.normalised(&parsed.normalised);
    let by = caller.clone();
    let user = write(&state.store, urgency(&state.store, &caller), move |tx| {
        change::provider(tx, &by)?;
        let user = record::new(by.idp, Kind::User, &parsed.doc, tx.now());
        tx.put_provisioned(&user)?;
        follow_up(tx, &by, &journal, Sides { before: None, after: Some(&user) })?;
        Ok(user)
    })
    .await?;
    show::created(&caller, Kind::User, &user, &record::doc(&user)?, &attributes)
}
