//! A resource as it goes over the wire: the document with `schemas`, `id` and `meta`.

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::filter::Subject;
use crate::schema::{self, starts_with_urn};

use super::Kind;
use super::doc::{Doc, subject_value};

/// What the server knows about a resource (RFC 7643 section 3.1, `meta`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub created_ms: i64,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub modified_ms: i64,
    /// Weak entity tag, as [`etag::version`](crate::etag::version) makes it.
    pub version: String,
}

/// A document together with what the server adds to it.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    pub kind: Kind,
    pub id: &'a str,
    pub meta: &'a Meta,
    pub doc: &'a Doc,
}

impl Resource<'_> {
    /// Where the resource is: `{base_url}/Users/{id}` or `{base_url}/Groups/{id}`.
    #[must_use]
    pub fn location(&self, base_url: &str) -> String {
        format!("{}/{}/{}", base_url.trim_end_matches('/'), self.kind.endpoint(), self.id)
    }

    /// The whole resource as JSON: `schemas`, `id`, the document in its order, `meta`.
    ///
    /// `schemas` names the core schema and the extensions that the document has. A group without members shows an
    /// empty list.
    #[must_use]
    pub fn to_wire(&self, base_url: &str) -> Map<String, Value> {
        let mut wire = Map::new();
        wire.insert("schemas".into(), self.schemas());
        wire.insert("id".into(), self.id.into());
        // The one null there can be is a removed `active: false`.
        for (name, value) in self.doc.as_map().iter().filter(|(_, value)| !value.is_null()) {
            wire.insert(name.clone(), value.clone());
        }
        if self.kind == Kind::Group && !wire.contains_key("members") {
            wire.insert("members".into(), json!([]));
        }
        let mut meta = self.meta_json();
        meta.insert("location".into(), self.location(base_url).into());
        wire.insert("meta".into(), Value::Object(meta));
        wire
    }

    fn schemas(&self) -> Value {
        let extensions = self.doc.as_map().iter().filter(|(name, value)| value.is_object() && starts_with_urn(name));
        let mut urns = vec![Value::from(self.kind.schema())];
        urns.extend(extensions.map(|(name, _)| Value::from(name.as_str())));
        Value::Array(urns)
    }

    fn meta_json(&self) -> Map<String, Value> {
        Map::from_iter([
            ("resourceType".to_owned(), self.kind.as_str().into()),
            ("created".to_owned(), rfc3339(self.meta.created_ms).into()),
            ("lastModified".to_owned(), rfc3339(self.meta.modified_ms).into()),
            ("version".to_owned(), self.meta.version.as_str().into()),
        ])
    }
}

impl Subject for Resource<'_> {
    fn attribute(&self, name: &str) -> Option<Cow<'_, Value>> {
        match schema::find(schema::COMMON, name).map(|known| known.name) {
            Some("id") => Some(Cow::Owned(self.id.into())),
            Some("meta") => Some(Cow::Owned(Value::Object(self.meta_json()))),
            Some("schemas") => Some(Cow::Owned(self.schemas())),
            _ => subject_value(self.doc.as_map(), name),
        }
    }
}

/// A moment, in milliseconds since 1970, as RFC 3339 text in UTC. What lies outside the years 0 to 9999 is clamped.
#[must_use]
pub fn rfc3339(unix_ms: i64) -> String {
    const FIRST: i64 = -62_167_219_200_000;
    const LAST: i64 = 253_402_300_799_999;
    let nanos = i128::from(unix_ms.clamp(FIRST, LAST)) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}
