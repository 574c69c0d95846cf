//! Owns Graph's JSON of a provisioning job and its status.

use serde_json::{Value, json};

use crate::clock::Stamp;
use crate::provisioning::job::{Execution, Job, Kind, Quarantine, ScheduleState};
use crate::state::Sim;

/// How Graph writes a moment that has not come.
const UNSET: &str = "0001-01-01T00:00:00Z";

fn moment(at: Option<Stamp>) -> String {
    at.map_or_else(|| UNSET.to_owned(), Stamp::graph)
}

/// Graph's JSON of a job.
pub fn graph(sim: &Sim, job: &Job) -> Value {
    let busy = sim.engine.is_busy(&job.id);
    let code = match (job.state, &job.quarantine, &job.last, busy) {
        (_, Some(_), _, _) => "Quarantine",
        (ScheduleState::Paused, None, _, _) => "Paused",
        (ScheduleState::Disabled, None, None, false) if job.base_address.is_none() => "NotConfigured",
        (ScheduleState::Disabled, None, None, false) => "NotRun",
        _ => "Active",
    };
    let count = |kind: Kind| job.links.values().filter(|link| link.kind == kind).count();
    json!({
        "id": job.id,
        "templateId": job.template,
        "schedule": {"expiration": null, "interval": "PT40M", "state": job.state},
        "status": {
            "code": code,
            "countSuccessiveCompleteFailures": job.failures,
            "escrowsPruned": false,
            "lastExecution": running(job.last.as_ref(), busy),
            "lastSuccessfulExecution": job.last_good.as_ref().map(execution),
            "lastSuccessfulExecutionWithExports": job.last_export.as_ref().map(execution),
            "progress": [],
            "quarantine": job.quarantine.as_ref().map(quarantine),
            "steadyStateFirstAchievedTime": moment(job.steady_first),
            "steadyStateLastAchievedTime": moment(job.steady_last),
            "synchronizedEntryCountByType": [
                {"key": "User to urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "value": count(Kind::User)},
                {"key": "Group to urn:ietf:params:scim:schemas:core:2.0:Group", "value": count(Kind::Group)},
            ],
            "troubleshootingUrl": null,
        },
        "synchronizationJobSettings": [
            {"name": "QuarantineTooManyDeletesThreshold", "value": job.notification.delete_threshold_value.to_string()},
        ],
    })
}

/// The last execution; while one runs, its state says so.
fn running(last: Option<&Execution>, busy: bool) -> Value {
    let mut shown = last.map(execution).unwrap_or(Value::Null);
    if busy {
        if shown.is_null() {
            shown = json!({});
        }
        shown["state"] = "Started".into();
    }
    shown
}

fn execution(made: &Execution) -> Value {
    json!({
        "activityIdentifier": made.activity,
        "countEntitled": made.entitled,
        "countEntitledForProvisioning": made.entitled,
        "countEscrowed": made.escrowed,
        "countEscrowedRaw": made.escrowed,
        "countExported": made.exported,
        "countExports": made.exported,
        "countImported": made.imported,
        "countImportedDeltas": made.imported,
        "countImportedReferenceDeltas": 0,
        "error": made.error.as_ref().map(|text| json!({"code": "EncounteredQuarantineException", "message": text, "tenantActionable": true})),
        "state": made.state,
        "timeBegan": made.began.graph(),
        "timeEnded": made.ended.graph(),
    })
}

fn quarantine(held: &Quarantine) -> Value {
    json!({
        "currentBegan": held.current_began.graph(),
        "error": {"code": held.reason, "message": held.message, "tenantActionable": true},
        "nextAttempt": held.next_attempt.graph(),
        "reason": held.reason,
        "seriesBegan": held.series_began.graph(),
        "seriesCount": held.series_count,
    })
}
