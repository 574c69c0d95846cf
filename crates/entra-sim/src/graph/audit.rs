//! Owns `/auditLogs/provisioning`. Filters may name the status as `provisioningStatusInfo` or, as older clients do, `statusInfo`.

use axum::http::Method;
use serde_json::Value;

use super::call::Call;
use super::reply::{Item, ListKind, Outcome, page};
use super::{needs, quota, wrong_verb};
use crate::state::Sim;

/// `GET /auditLogs/provisioning`, newest first.
pub fn provisioning(sim: &Sim, call: &Call) -> Outcome {
    if call.method != Method::GET {
        return Err(wrong_verb());
    }
    call.caller.need(needs::LOGS)?;
    quota::reports(sim, call.caller.app)?;
    let entries = sim.engine.log.lock().latest();
    let tenant = sim.tenant();
    let items = entries.iter().map(|(key, entry)| {
        let sp = tenant.jobs.get(&entry.job).and_then(|job| tenant.principals.get(&job.principal));
        let app = sp.map_or((entry.object.source, ""), |sp| (sp.id, sp.display_name.as_str()));
        let id = tenant.tenant.id;
        Item { key: key.clone(), show: Box::new(move || with_older_name(entry.graph(id, app))) }
    });
    page(sim, call, ("auditLogs/provisioning", "auditLogs/provisioning"), ListKind::Report, items, without_older_name)
}

const NAME: &str = "provisioningStatusInfo";
const OLDER_NAME: &str = "statusInfo";

fn with_older_name(mut shown: Value) -> Value {
    shown[OLDER_NAME] = shown[NAME].clone();
    shown
}

fn without_older_name(mut shown: Value) -> Value {
    if let Some(map) = shown.as_object_mut() {
        map.shift_remove(OLDER_NAME);
    }
    shown
}
