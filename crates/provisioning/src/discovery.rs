//! What the service says of itself: configuration, resource types, schemas.

use axum::{extract::FromRequestParts, response::Response};
use http::{StatusCode, request::Parts};
use scim::ScimError;

use crate::{change::Id, credential::ScimCaller, error::Failure, query, reply};

/// Discovery takes no filter: 403, so that nobody takes the whole list for the matching part (RFC 7644 section 4).
pub(crate) struct Unfiltered;

impl<S: Send + Sync> FromRequestParts<S> for Unfiltered {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        if query::pairs(parts).iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")) {
            return Err(ScimError::new(403, None, "Schemas, ResourceTypes and ServiceProviderConfig take no filter.").into());
        }
        Ok(Self)
    }
}

/// `GET /ServiceProviderConfig`
pub(crate) async fn service_provider_config(caller: ScimCaller, _: Unfiltered) -> Response {
    reply::json(StatusCode::OK, &scim::discovery::service_provider_config(&caller.base_url))
}

/// `GET /ResourceTypes`
pub(crate) async fn resource_types(caller: ScimCaller, _: Unfiltered) -> Response {
    reply::json(StatusCode::OK, &scim::discovery::resource_types(&caller.base_url))
}

/// `GET /ResourceTypes/{id}`
pub(crate) async fn resource_type(caller: ScimCaller, Id(id): Id) -> Result<Response, Failure> {
    let found = scim::discovery::resource_type(&caller.base_url, &id);
    let body = found.ok_or_else(|| ScimError::not_found("There are two resource types: User and Group."))?;
    Ok(reply::json(StatusCode::OK, &body))
}

/// `GET /Schemas`
pub(crate) async fn schemas(caller: ScimCaller, _: Unfiltered) -> Response {
    reply::json(StatusCode::OK, &scim::discovery::schemas(&caller.base_url))
}

/// `GET /Schemas/{urn}`
pub(crate) async fn schema(caller: ScimCaller, Id(urn): Id) -> Result<Response, Failure> {
    let found = scim::discovery::schema(&caller.base_url, &urn);
    let body = found.ok_or_else(|| ScimError::not_found("There is no schema of that name; Schemas lists them."))?;
    Ok(reply::json(StatusCode::OK, &body))
}
