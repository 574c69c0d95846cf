//! Between the stored record and the document: what is pulled out for look-ups, when a record was last changed.

use model::{
    IdpId, ScimId, Timestamp,
    provisioned::{Provisioned, ResourceKind},
};
use scim::{Doc, Kind, Meta};
use serde_json::{Map, Value};

use crate::error::Failure;

/// The store's name for a kind.
pub(crate) fn stored_kind(kind: Kind) -> ResourceKind {
    match kind {
        Kind::User => ResourceKind::User,
        Kind::Group => ResourceKind::Group,
    }
}

/// A record for a new resource.
pub(crate) fn new(idp: IdpId, kind: Kind, doc: &Doc, now: Timestamp) -> Provisioned {
    let blank = Provisioned {
        id: ScimId::random(),
        idp,
        kind: stored_kind(kind),
        external_id: None,
        user_name: None,
        display_name: None,
        email: None,
        active: true,
        document: Value::Null,
        created_at: now,
        updated_at: now,
    };
    filled(blank, kind, doc)
}

/// The record after a change of its document. Its time of change moves on even within one millisecond, because the
/// entity tag is made of it. A group stays bound to the `externalId` it once had, also while its document shows none.
pub(crate) fn changed(before: &Provisioned, kind: Kind, doc: &Doc, now: Timestamp) -> Provisioned {
    let least = Timestamp::from_millis(before.updated_at.millis().saturating_add(1));
    let mut after = filled(Provisioned { updated_at: now.max(least), ..before.clone() }, kind, doc);
    if kind == Kind::Group && after.external_id.is_none() {
        after.external_id.clone_from(&before.external_id);
    }
    after
}

fn filled(record: Provisioned, kind: Kind, doc: &Doc) -> Provisioned {
    let is_user = kind == Kind::User;
    // Not copied first: a group may have 200,000 members.
    let kept = doc.as_map().iter().filter(|(name, _)| is_user || name.as_str() != "members");
    let document = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    Provisioned {
        external_id: doc.external_id().map(str::to_owned),
        user_name: doc.user_name().filter(|_| is_user).map(str::to_owned),
        display_name: doc.display_name().map(str::to_owned),
        email: doc.work_email().filter(|_| is_user).map(str::to_owned),
        active: !is_user || doc.active(),
        document: Value::Object(document),
        ..record
    }
}

/// The document of a record; a group's is without its members.
pub(crate) fn doc(record: &Provisioned) -> Result<Doc, Failure> {
    from_map(record.document.as_object().cloned().unwrap_or_default())
}

/// A document from attributes that came out of another one.
pub(crate) fn from_map(map: Map<String, Value>) -> Result<Doc, Failure> {
    serde_json::from_value(Value::Object(map))
        .map_err(|_| Failure::Refused(scim::ScimError::new(500, None, "A stored resource cannot be read as a document.")))
}

/// What goes into `meta`.
pub(crate) fn meta(record: &Provisioned) -> Meta {
    Meta { created_ms: record.created_at.millis(), modified_ms: record.updated_at.millis(), version: version(record) }
}

/// The weak entity tag of a record: the time of its last change, which [`changed`] never repeats.
pub(crate) fn version(record: &Provisioned) -> String {
    format!("W/\"{:x}\"", record.updated_at.millis())
}
