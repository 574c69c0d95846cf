//! Extra claims that a provider is set to carry into the identity.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Largest extra claim carried along, in bytes of JSON.
const MAX_CLAIM: usize = 8 * 1024;
/// Most extra claims carried along.
const MAX_CLAIMS: usize = 64;

/// The claims of these names, JSON types kept. Claims that are absent stay absent.
pub(crate) fn carried(names: &[String], all: &Map<String, Value>) -> BTreeMap<String, Value> {
    let mut carried = BTreeMap::new();
    for name in names.iter().take(MAX_CLAIMS) {
        let Some(value) = all.get(name) else {
            continue;
        };
        if value.to_string().len() > MAX_CLAIM {
            tracing::warn!(claim = %name, limit = MAX_CLAIM, "an extra claim is too large and was left out");
        } else {
            carried.insert(name.clone(), value.clone());
        }
    }
    carried
}
