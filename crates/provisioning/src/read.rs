//! `GET /Users/{id}` and `GET /Groups/{id}`

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use scim::Kind;

use crate::{ProvisioningState, change, credential::ScimCaller, error::Failure, query::Attributes, record, show, transaction};

/// One user; inactive ones too.
pub(crate) async fn user(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    Path((_, id)): Path<(String, String)>,
    attributes: Attributes,
) -> Result<Response, Failure> {
    let by = caller.clone();
    let user = transaction::read(&state.store, move |reader| change::find(reader, &by, Kind::User, &id)).await?;
    show::one(&caller, Kind::User, &user, &record::doc(&user)?, &attributes)
}

/// One group; with `excludedAttributes=members` its members are not even read.
pub(crate) async fn group(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    Path((_, id)): Path<(String, String)>,
    attributes: Attributes,
) -> Result<Response, Failure> {
    let by = caller.clone();
    let shown = attributes.members();
    let (group, doc) = transaction::read(&state.store, move |reader| {
        let group = change::find(reader, &by, Kind::Group, &id)?;
        let doc = show::group_doc(reader, &by, &group, shown)?;
        Ok((group, doc))
    })
    .await?;
    show::one(&caller, Kind::Group, &group, &doc, &attributes)
}
