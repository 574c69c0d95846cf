//! `/accounts/{account_id}/access/keys`: the keys that sign tokens.

pub(crate) mod get;
pub(crate) mod rotate;
pub(crate) mod update;

use model::{Timestamp, key::SigningKey, organization::Organization};
use serde_json::{Map, Value, json};

use crate::audit::Object;

/// How audit records name signing keys.
const NOUN: Object = Object("key");
const DAY: i64 = 86_400;

/// The wire form: when the current key was made and when the next comes.
fn write(organization: &Organization, current: Option<&SigningKey>, now: Timestamp) -> Value {
    let mut out = Map::new();
    let interval = organization.key_rotation_interval_days;
    out.insert("key_rotation_interval_days".into(), json!(interval));
    if let Some(key) = current {
        let due = key.created_at.plus_secs(i64::from(interval) * DAY);
        out.insert("last_key_rotation_at".into(), json!(key.created_at.rfc3339()));
        out.insert("days_until_next_rotation".into(), json!((due.secs_since(now).max(0) + DAY - 1) / DAY));
    }
    Value::Object(out)
}
