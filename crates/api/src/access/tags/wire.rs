//! The tag of the v4 API: reading and writing it.

use model::tag::Tag;
use serde_json::{Value, json};

use super::Name;
use crate::{
    error::ApiError,
    fault::{Faults, Fields},
};

/// Reads a body.
pub(super) fn read(body: &Value) -> Result<Name, ApiError> {
    let faults = Faults::default();
    let name = Fields::of(body, "", &faults).and_then(|fields| {
        let name = fields.required("name");
        fields.read_only(&["app_count", "created_at", "updated_at"]);
        fields.done();
        name
    });
    faults.finish_some(name)
}

/// The wire form, with the number of applications that have the tag.
pub(super) fn write(tag: &Tag, app_count: usize) -> Value {
    json!({
        "name": tag.name,
        "app_count": app_count,
        "created_at": tag.created_at.rfc3339(),
        "updated_at": tag.updated_at.rfc3339(),
    })
}
