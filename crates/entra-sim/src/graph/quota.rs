//! Owns throttling: what a call costs, how much a client may spend, and the narrow pools of security data and reports.
//!
//! Source: "Microsoft Graph service-specific throttling limits".

use std::collections::HashMap;

use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;

use super::call::Call;
use super::error::GraphError;
use crate::clock::Stamp;
use crate::directory::id::{AppId, TenantId};
use crate::sim::knobs::Pool;
use crate::state::Sim;

/// Seconds over which units are counted.
const WINDOW: i64 = 10;
/// Share of the limit from which answers tell how much is used.
const TELL_FROM: f64 = 0.8;
/// Requests for reports that a client may make in the same time.
const REPORTS: u32 = 5;
/// Most clients that are counted at a time.
const CLIENTS: usize = 1_000;

/// What has been spent.
#[derive(Debug, Default)]
pub struct Meters {
    clients: HashMap<(AppId, TenantId), (Stamp, u32)>,
    narrow: HashMap<TenantId, Stamp>,
    reports: HashMap<(AppId, TenantId), (Stamp, u32)>,
}

/// What one call cost.
#[derive(Debug, Clone, Copy)]
pub struct Charge {
    units: u32,
    share: f64,
}

impl Charge {
    /// Writes it onto a good answer.
    pub fn mark(self, response: &mut Response) {
        let headers = response.headers_mut();
        headers.insert("x-ms-resource-unit", HeaderValue::from(self.units));
        if self.share >= TELL_FROM
            && let Ok(value) = HeaderValue::from_str(&format!("{:.2}", self.share))
        {
            headers.insert("x-ms-throttle-limit-percentage", value);
        }
    }
}

/// Takes a call's units from what its client may spend in this tenant.
pub fn charge(sim: &Sim, call: &Call) -> Result<Charge, GraphError> {
    let units = cost(call);
    let (tenant, people) = {
        let directory = sim.tenant();
        (directory.tenant.id, directory.live_users().count())
    };
    let limit = sim.knobs.lock().units.unwrap_or(match people {
        0..50 => 3_500,
        50..=500 => 5_000,
        _ => 8_000,
    });
    let now = sim.now();
    let mut meters = sim.meters.lock();
    if meters.clients.len() >= CLIENTS {
        meters.clients.retain(|_, (since, _)| since.plus(WINDOW) > now);
    }
    let (since, used) = meters.clients.entry((call.caller.app, tenant)).or_insert((now, 0));
    if since.plus(WINDOW) <= now {
        (*since, *used) = (now, 0);
    }
    if used.saturating_add(units) > limit {
        let mut error = throttled();
        error.retry_after = Some(wait(*since, now));
        error.more = vec![
            ("x-ms-throttle-scope", format!("Tenant_Application/ReadWrite/{}/{tenant}", call.caller.app)),
            ("x-ms-throttle-information", "ResourceUnitLimitExceeded".to_owned()),
        ];
        return Err(error);
    }
    *used += units;
    Ok(Charge { units, share: f64::from(*used) / f64::from(limit) })
}

/// Lets one request a second through to Conditional Access and Identity Protection, whoever asks, and names no time to wait.
pub fn narrow(sim: &Sim) -> Result<(), GraphError> {
    if sim.knobs.lock().pool == Pool::Off {
        return Ok(());
    }
    let (tenant, now) = (sim.tenant().tenant.id, sim.now());
    let mut meters = sim.meters.lock();
    if meters.narrow.get(&tenant).is_some_and(|last| last.plus(1) > now) {
        return Err(throttled());
    }
    meters.narrow.insert(tenant, now);
    Ok(())
}

/// Lets five requests in ten seconds through to a client's reports.
pub fn reports(sim: &Sim, app: AppId) -> Result<(), GraphError> {
    if sim.knobs.lock().pool == Pool::Off {
        return Ok(());
    }
    let (tenant, now) = (sim.tenant().tenant.id, sim.now());
    let mut meters = sim.meters.lock();
    if meters.reports.len() >= CLIENTS {
        meters.reports.retain(|_, (since, _)| since.plus(WINDOW) > now);
    }
    let (since, count) = meters.reports.entry((app, tenant)).or_insert((now, 0));
    if since.plus(WINDOW) <= now {
        (*since, *count) = (now, 0);
    }
    if *count >= REPORTS {
        let mut error = throttled();
        error.retry_after = Some(wait(*since, now));
        return Err(error);
    }
    *count += 1;
    Ok(())
}

/// Seconds until a window ends.
fn wait(since: Stamp, now: Stamp) -> u32 {
    u32::try_from((since.plus(WINDOW).unix() - now.unix()).clamp(1, WINDOW)).unwrap_or(1)
}

fn throttled() -> GraphError {
    GraphError::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Too many requests.")
}

/// Units of a call.
fn cost(call: &Call) -> u32 {
    let has = |names: &[&str]| call.segments.iter().any(|segment| names.contains(&super::short(segment)));
    let base: u32 = if has(&["transitiveMembers"]) {
        5
    } else if has(&["checkMemberGroups"]) {
        4
    } else if has(&["members"]) {
        3
    } else if has(&["memberOf", "transitiveMemberOf", "getMemberGroups", "getMemberObjects"]) || call.segments == ["users"] {
        2
    } else {
        1
    };
    let selects = u32::from(call.options.select.is_some());
    let small = u32::from(call.method == Method::GET && call.options.top.is_some_and(|top| top < 20));
    base.saturating_sub(selects + small).max(1)
}
