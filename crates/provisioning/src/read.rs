//! `GET /Users/{id}` and `GET /Groups/{id}`

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, header};
use model::provisioned::Provisioned;
use scim::Kind;

use crate::{
    ProvisioningState,
    change::{self, Id},
    credential::ScimCaller,
    error::Failure,
    query::Attributes,
    record, reply, show, transaction,
};

/// One user; inactive ones too.
pub(crate) async fn user(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    Id(id): Id,
    attributes: Attributes,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let by = caller.clone();
    let user = transaction::read(&state.store, move |reader| change::find(reader, &by, Kind::User, &id)).await?;
    if let Some(unchanged) = not_modified(&headers, &user) {
        return Ok(unchanged);
    }
    show::one(&caller, Kind::User, &user, &record::doc(&user)?, &attributes)
}

/// One group; with `excludedAttributes=members` its members are not even read.
pub(crate) async fn group(
    caller: ScimCaller,
    State(state): State<Arc<ProvisioningState>>,
    Id(id): Id,
    attributes: Attributes,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let by = caller.clone();
    let shown = attributes.members();
    let found = transaction::read(&state.store, move |reader| {
        let group = change::find(reader, &by, Kind::Group, &id)?;
        if let Some(unchanged) = not_modified(&headers, &group) {
            return Ok(Err(unchanged));
        }
        let doc = show::group_doc(reader, &by, &group, shown)?;
        Ok(Ok((group, doc)))
    })
    .await?;
    match found {
        Ok((group, doc)) => show::one(&caller, Kind::Group, &group, &doc, &attributes),
        Err(unchanged) => Ok(unchanged),
    }
}

/// 304 when `If-None-Match` names the version there is (RFC 7644 section 3.14); several headers are one list.
fn not_modified(headers: &HeaderMap, record: &Provisioned) -> Option<Response> {
    let version = record::version(record);
    let named = |value: &http::HeaderValue| value.to_str().is_ok_and(|tags| scim::etag::matches(tags, &version));
    let unchanged = headers.get_all(header::IF_NONE_MATCH).iter().any(named);
    unchanged.then(|| reply::tagged(reply::empty(StatusCode::NOT_MODIFIED), &version))
}
