//! Resources as answers: the whole document, cut to what was asked for.

use axum::response::Response;
use http::StatusCode;
use model::provisioned::Provisioned;
use scim::{Doc, Kind, Resource};
use serde_json::Value;
use store::Reader;

use crate::{
    credential::ScimCaller,
    error::Failure,
    members,
    query::{Attributes, ShownMembers},
    record, reply,
};

/// 200 with one resource.
pub(crate) fn one(
    caller: &ScimCaller,
    kind: Kind,
    resource: &Provisioned,
    doc: &Doc,
    attributes: &Attributes,
) -> Result<Response, Failure> {
    let meta = record::meta(resource);
    let id = resource.id.to_string();
    let wire = Resource { kind, id: &id, meta: &meta, doc }.to_wire(&caller.base_url);
    let body = Value::Object(attributes.0.apply(wire));
    Ok(reply::tagged(reply::json(StatusCode::OK, &body), &meta.version))
}

/// 201 with the new resource and where it is.
pub(crate) fn created(
    caller: &ScimCaller,
    kind: Kind,
    resource: &Provisioned,
    doc: &Doc,
    attributes: &Attributes,
) -> Result<Response, Failure> {
    let mut response = one(caller, kind, resource, doc, attributes)?;
    *response.status_mut() = StatusCode::CREATED;
    let location = format!("{}/{}/{}", caller.base_url, kind.endpoint(), resource.id);
    Ok(reply::located(response, &location))
}

/// The document of a group as it is shown. Members are only read when they are wanted.
pub(crate) fn group_doc(reader: &Reader<'_>, caller: &ScimCaller, group: &Provisioned, shown: ShownMembers) -> Result<Doc, Failure> {
    let doc = record::doc(group)?;
    match shown {
        ShownMembers::No => Ok(doc),
        ShownMembers::Yes => members::with_shown_members(caller, &doc, &reader.members_with_kind(&group.id)?),
    }
}
