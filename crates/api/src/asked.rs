//! What the readers ask of a request, told as trace events. The description of the API is made from them, so that it says
//! what is read and nothing else. Only names and bounds are told, never values.

use serde_json::{Value, json};
use tracing::Level;

/// Target of the events.
pub const TARGET: &str = "doorward::asked";

/// Tells what may stand at a place, as a fragment of a JSON Schema. The place is a JSON pointer into the body, or `?name` for a
/// parameter of the query. Costs nothing unless somebody listens.
pub(crate) fn note(place: impl FnOnce() -> String, what: impl FnOnce() -> Value) {
    if tracing::enabled!(target: TARGET, Level::TRACE) {
        tracing::trace!(target: TARGET, place = place(), ask = what().to_string());
    }
}

/// The fragment of a text that is read in the form of a type.
pub(crate) fn form<T>() -> Value {
    let name = std::any::type_name::<T>();
    match name {
        "bool" => json!({ "type": "boolean" }),
        "u32" | "u64" => json!({ "type": "integer", "minimum": 0 }),
        _ => json!({ "type": "string", "x-form": name.rsplit("::").next().unwrap_or(name) }),
    }
}
