//! Owns the switches for devices and risk, and telling the simulator which device a browser runs on.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::control::{problem, read};
use crate::directory::Directory;
use crate::directory::device::{Compliance, Device};
use crate::directory::risk::{Detection, Risk, RiskLevel, RiskState};
use crate::oidc::cookies;
use crate::state::Sim;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeviceOrder {
    compliance_state: Compliance,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RiskOrder {
    risk_level: RiskLevel,
    risk_state: RiskState,
}

/// Finds a device by any of its ids or by its name.
fn find(directory: &Directory, key: &str) -> Option<Device> {
    let id = key.parse::<Uuid>().ok();
    let is = |device: &&Device| {
        id.is_some_and(|id| device.id == id || device.device_id == id || device.object_id.guid() == id)
            || device.name.eq_ignore_ascii_case(key)
    };
    directory.devices.values().find(is).cloned()
}

/// `PUT /sim/devices/{id}`
pub async fn device(State(sim): State<Arc<Sim>>, Path(key): Path<String>, body: Bytes) -> Response {
    let order = match read::<DeviceOrder>(&body) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    let now = sim.now();
    let changed = sim.change(|directory| {
        let found = find(directory, &key)?;
        let device = directory.devices.get_mut(&found.id)?;
        device.compliance = order.compliance_state;
        device.last_sync = Some(now);
        // A device that must be mended has three days.
        device.grace_until = (order.compliance_state == Compliance::InGracePeriod).then(|| now.plus(3 * 86_400));
        Some(())
    });
    match changed {
        Some(()) => StatusCode::NO_CONTENT.into_response(),
        None => problem(StatusCode::NOT_FOUND, format!("no device has the id or name {key:?}")),
    }
}

/// `PUT /sim/risk/{person}`
pub async fn risk(State(sim): State<Arc<Sim>>, Path(key): Path<String>, body: Bytes) -> Response {
    let order = match read::<RiskOrder>(&body) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    let now = sim.now();
    let changed = sim.change(|directory| {
        let person = directory.user(&key)?.id;
        put(directory, Risk { level: order.risk_level, state: order.risk_state, updated: now }, person);
        Some(())
    });
    match changed {
        Some(()) => StatusCode::NO_CONTENT.into_response(),
        None => problem(StatusCode::NOT_FOUND, format!("nobody has the id or user name {key:?}")),
    }
}

/// Sets a person's risk; open risk comes from a detection.
pub fn put(directory: &mut Directory, risk: Risk, person: crate::directory::id::ObjectId) {
    if matches!(risk.state, RiskState::AtRisk | RiskState::ConfirmedCompromised) {
        let id = Uuid::new_v5(&person.guid(), format!("detection:{}", directory.detections.len()).as_bytes());
        directory.detections.push(Detection { id, person, level: risk.level, state: risk.state, at: risk.updated });
    }
    directory.risk.insert(person, risk);
}

/// `GET /sim/browser-device/{id}`: from now on the browser that asks runs on that device; `none` ends it.
pub async fn browser(State(sim): State<Arc<Sim>>, Path(key): Path<String>) -> Response {
    if key == "none" {
        let mut response = "This browser runs on no known device.\n".into_response();
        cookies::clear(response.headers_mut(), &sim.base, cookies::DEVICE);
        return response;
    }
    let Some(device) = find(&sim.tenant(), &key) else {
        return problem(StatusCode::NOT_FOUND, format!("no device has the id or name {key:?}"));
    };
    let mut response = format!("This browser runs on {}.\n", device.name).into_response();
    cookies::set(response.headers_mut(), &sim.base, cookies::DEVICE, &device.device_id.to_string());
    response
}
