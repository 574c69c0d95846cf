//! Names in a file become ids where the object is there already; what the file itself will make keeps its name until then.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{current::Current, kinds, references};

/// The names that a file gives to its own objects, by kind.
pub(super) type Own = BTreeMap<&'static str, BTreeSet<String>>;

/// Puts ids in the place of names. Faults are added with their place.
pub(super) fn resolve(object: &mut Value, place: &str, current: &Current, own: &Own, faults: &mut Vec<String>) {
    references::each(object, &mut |kind, pointer, text| {
        let Some(objects) = current.0.get(kind) else { return };
        if text.is_empty() || objects.iter().any(|object| object.id == *text) {
            return;
        }
        let named: Vec<&str> = objects.iter().filter(|object| object.name == *text).map(|object| object.id.as_str()).collect();
        let (noun, place) = (kinds::named(kind).map_or(kind, |kind| kind.noun), format!("{place}{pointer}"));
        match named.as_slice() {
            [id] => *text = (*id).to_owned(),
            [] if own.get(kind).is_some_and(|names| names.contains(text.as_str())) => {}
            [] => {
                let mut names: Vec<&str> = objects.iter().map(|object| object.name.as_str()).collect();
                names.extend(own.get(kind).into_iter().flatten().map(String::as_str));
                names.sort_unstable();
                names.dedup();
                let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                faults.push(format!("{place}: there is no {noun} {text:?}; there is: {names}"));
            }
            ids => {
                faults.push(format!("{place}: {} objects are called {text:?} ({noun}): write the id, one of {}", ids.len(), ids.join(", ")))
            }
        }
    });
}

/// What an object names that has no id yet.
pub(super) fn pending(object: &Value, current: &Current) -> Vec<(&'static str, String)> {
    let mut found = references::of(object);
    found.retain(|(kind, text)| {
        !text.is_empty() && current.0.get(kind).is_some_and(|objects| !objects.iter().any(|object| object.id == *text))
    });
    found
}
