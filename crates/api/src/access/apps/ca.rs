//! `apps/ca` and `{app_id}/ca`: the key pair with which an application's short-lived SSH certificates are signed.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
mod pair;

use model::{app::App, app_ca::AppCa};
use serde_json::{Value, json};

use crate::audit::Object;

/// How audit records name a key pair.
const NOUN: Object = Object("app_ca");

/// The wire form.
fn write(app: &App, ca: &AppCa) -> Value {
    json!({ "id": ca.id.to_string(), "aud": app.aud.as_str(), "public_key": ca.public_key })
}
