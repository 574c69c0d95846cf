//! Owns `/auditLogs/provisioning`.

use axum::http::Method;

use super::call::Call;
use super::reply::{Item, ListKind, Outcome, page};
use super::{needs, quota, wrong_verb};
use crate::provisioning::log::Entry;
use crate::state::Sim;

/// `GET /auditLogs/provisioning`, newest first.
pub fn provisioning(sim: &Sim, call: &Call) -> Outcome {
    if call.method != Method::GET {
        return Err(wrong_verb());
    }
    call.caller.need(needs::LOGS)?;
    quota::reports(sim, call.caller.app)?;
    let entries: Vec<Entry> = sim.engine.log.lock().latest().cloned().collect();
    let tenant = sim.tenant();
    let items = entries.iter().enumerate().map(|(at, entry)| {
        let sp = tenant.jobs.get(&entry.job).and_then(|job| tenant.principals.get(&job.principal));
        let app = sp.map_or((entry.source, ""), |sp| (sp.id, sp.display_name.as_str()));
        let id = tenant.tenant.id;
        Item { key: format!("{at:08}"), show: Box::new(move || entry.graph(id, app)) }
    });
    page(sim, call, ("auditLogs/provisioning", "auditLogs/provisioning"), ListKind::Plain, items, |shown| shown)
}
