//! Owns devices: Intune's `/deviceManagement/managedDevices` and the directory's `/devices`.

use axum::http::Method;
use serde_json::Value;
use uuid::Uuid;

use super::call::Call;
use super::error::GraphError;
use super::reply::{Item, ListKind, Outcome, Reply, page};
use super::{needs, wrong_verb};
use crate::directory::Directory;
use crate::directory::device::Device;
use crate::directory::id::ObjectId;
use crate::state::Sim;

fn managed(directory: &Directory, device: &Device) -> Value {
    let owner = device.user.and_then(|id| directory.users.get(&id));
    device.managed(owner.map(|user| {
        let profile = &user.profile;
        (user.id, profile.user_principal_name.as_str(), profile.display_name.as_str(), user.mail())
    }))
}

/// `/deviceManagement/managedDevices...`
pub fn intune(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    if call.method != Method::GET {
        return Err(wrong_verb());
    }
    call.caller.need(needs::MANAGED_DEVICES)?;
    match rest {
        [] => list(sim, call, "deviceManagement/managedDevices", None),
        [key] => {
            let tenant = sim.tenant();
            let found = key.parse::<Uuid>().ok().and_then(|id| tenant.devices.get(&id)).map(|device| managed(&tenant, device));
            let found = found.ok_or_else(|| GraphError::missing(key))?;
            Ok(Reply::object(sim, call, "deviceManagement/managedDevices/$entity", found))
        }
        [_, other, ..] => Err(GraphError::unknown_path(other)),
    }
}

/// `/users/{id}/managedDevices`
pub fn of_person(sim: &Sim, call: &Call, person: ObjectId) -> Outcome {
    if call.method != Method::GET {
        return Err(wrong_verb());
    }
    call.caller.need(needs::MANAGED_DEVICES)?;
    list(sim, call, &format!("users/{person}/managedDevices"), Some(person))
}

fn list(sim: &Sim, call: &Call, path: &str, owner: Option<ObjectId>) -> Outcome {
    let tenant = sim.tenant();
    let directory = &*tenant;
    let items = directory
        .devices
        .values()
        .filter(|device| owner.is_none() || device.user == owner)
        .map(|device| Item { key: device.id.to_string(), show: Box::new(move || managed(directory, device)) });
    page(sim, call, (path, path), ListKind::Plain, items, |shown| shown)
}

/// `/devices...`; a device is named by its object id, or as `/devices(deviceId='...')`.
pub fn registered(sim: &Sim, call: &Call, rest: &[&str]) -> Outcome {
    if call.method != Method::GET {
        return Err(wrong_verb());
    }
    call.caller.need(needs::DEVICES)?;
    let tenant = sim.tenant();
    match rest {
        [] => {
            let items = tenant
                .devices
                .values()
                .map(|device| Item { key: device.object_id.to_string(), show: Box::new(move || device.registered()) });
            page(sim, call, ("devices", "devices"), ListKind::Plain, items, |shown| shown)
        }
        [key] => {
            let by_device = key.strip_prefix("deviceId=").and_then(|id| id.parse::<Uuid>().ok());
            let by_object = key.parse::<ObjectId>().ok();
            let is = |device: &&Device| Some(device.device_id) == by_device || Some(device.object_id) == by_object;
            let found = tenant.devices.values().find(is).map(Device::registered);
            Ok(Reply::object(sim, call, "devices/$entity", found.ok_or_else(|| GraphError::missing(key))?))
        }
        [_, other, ..] => Err(GraphError::unknown_path(other)),
    }
}
