//! The person of the v4 API: reading and writing it.

use model::{Email, Timestamp, readings::Readings, user::User};
use serde_json::{Map, Value, json};

use super::devices;
use crate::{
    error::ApiError,
    fault::{Faults, Fields},
};

/// A person as a body describes it.
#[derive(Debug)]
pub(super) struct Draft {
    pub email: Email,
    pub name: Option<String>,
}

/// Reads a body.
pub(super) fn read(body: &Value) -> Result<Draft, ApiError> {
    let faults = Faults::default();
    let draft = Fields::of(body, "", &faults).and_then(|fields| {
        let email = fields.required("email");
        let name = fields.text_up_to("name", 255).map(str::to_owned);
        fields.read_only(&[
            "id",
            "uid",
            "access_seat",
            "active_device_count",
            "created_at",
            "gateway_seat",
            "last_successful_login",
            "seat_uid",
            "updated_at",
        ]);
        fields.done();
        Some(Draft { email: email?, name })
    });
    faults.finish_some(draft)
}

/// The wire form with the devices that the directory told. There are no Gateway seats yet: these are told as they are.
pub(super) fn show(user: &User, readings: &Readings, now: Timestamp) -> Value {
    let mut out = write(user);
    out["active_device_count"] = json!(devices::of(user, readings, now).map(|read| read.count()).sum::<usize>());
    out
}

/// The same as audit records keep it.
pub(super) fn write(user: &User) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.into(), value);
    put("id", json!(user.id.to_string()));
    put("uid", json!(user.id.to_string()));
    put("email", json!(user.email.as_str()));
    put("name", json!(user.name));
    put("seat_uid", json!(user.seat_id.to_string()));
    put("access_seat", json!(user.access_seat));
    put("gateway_seat", json!(false));
    if let Some(login) = user.last_successful_login {
        put("last_successful_login", json!(login.rfc3339()));
    }
    put("created_at", json!(user.created_at.rfc3339()));
    put("updated_at", json!(user.updated_at.rfc3339()));
    Value::Object(out)
}
