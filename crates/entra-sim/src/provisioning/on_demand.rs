//! Owns provisioning of single objects on demand; it always speaks the default dialect.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Endpoint;
use super::engine::Ticket;
use super::escrow::Retry;
use super::failure::Failure;
use super::job::{Job, Kind};
use super::perform::{Initiator, Run};
use super::plan::{Deed, Ground, Task};
use super::references_plan::MemberTask;
use super::scope::Scope;
use crate::directory::id::ObjectId;
use crate::state::Sim;

/// Most members of a group in one run.
const MEMBERS: usize = 5;

/// One object to provision.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// Source object.
    pub object_id: ObjectId,
    /// `User` or `Group`.
    pub object_type_name: String,
    /// Members of a group to provision with it.
    #[serde(default)]
    pub links: Links,
}

/// Linked objects.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Links {
    /// Members.
    pub members: Vec<Member>,
}

/// One member.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Person.
    pub object_id: ObjectId,
}

/// Why a run was refused.
#[derive(Debug, thiserror::Error)]
pub enum OnDemandError {
    /// Too many members.
    #[error("on-demand provisioning takes at most 5 members of a group")]
    TooManyMembers,
    /// A type that is not provisioned.
    #[error("objectTypeName must be User or Group, not {0:?}")]
    Type(String),
    /// The job cannot send.
    #[error("the job cannot send anything")]
    Target(#[from] Failure),
}

/// Provisions subjects and tells how each went.
pub async fn run(sim: &Arc<Sim>, job: &Job, ticket: &Ticket, subjects: &[Subject]) -> Result<Vec<Value>, OnDemandError> {
    let mut kinds = Vec::with_capacity(subjects.len());
    for subject in subjects {
        if subject.links.members.len() > MEMBERS {
            return Err(OnDemandError::TooManyMembers);
        }
        kinds.push(match subject.object_type_name.to_ascii_lowercase().as_str() {
            "user" => Kind::User,
            "group" => Kind::Group,
            _ => return Err(OnDemandError::Type(subject.object_type_name.clone())),
        });
    }
    let _turn = ticket.turn().await;
    let endpoint = Endpoint::of(sim, job)?.in_default_dialect();
    let run = Run::new(sim, job, endpoint, Initiator::Administrator);
    let mut results = Vec::with_capacity(subjects.len());
    for (subject, kind) in subjects.iter().zip(kinds) {
        results.extend(one(&run, kind, subject).await);
    }
    Ok(results)
}

async fn one(run: &Run, kind: Kind, subject: &Subject) -> Vec<Value> {
    let id = subject.object_id;
    let before = run.sim.engine.log.lock().of_cycle(run.cycle).len();
    match on_ground(run, |ground| planned(ground, kind, id)) {
        Some(Ok(task)) => run.perform(task).await,
        Some(Err(reason)) => return vec![refused(subject, reason)],
        None => {}
    }
    if kind == Kind::Group {
        let wanted: Vec<ObjectId> = subject.links.members.iter().map(|member| member.object_id).collect();
        let members = on_ground(run, |ground| ground.members().into_iter().find(|task| task.id == id));
        if let Some(task) = members {
            run.members(only(task, &wanted)).await;
        }
    }
    let told: Vec<Value> = run.sim.engine.log.lock().of_cycle(run.cycle).iter().skip(before).map(|entry| entry.on_demand()).collect();
    if told.is_empty() { vec![refused(subject, "RedundantExport")] } else { told }
}

/// What is told of an object that nothing was done with.
fn refused(subject: &Subject, reason: &str) -> Value {
    let step = json!({"name": "EntryScoping", "type": "Scoping", "status": "Skipped", "description": reason, "details": {}});
    json!({
        "provisioningSteps": [step],
        "modifiedProperties": [],
        "action": "Other",
        "status": "Skipped",
        "errorInformation": {"errorCode": reason, "reason": reason},
        "objectId": subject.object_id,
        "objectTypeName": subject.object_type_name,
        "targetId": null,
    })
}

fn on_ground<T>(run: &Run, plan: impl FnOnce(&Ground<'_>) -> Option<T>) -> Option<T> {
    let directory = run.sim.tenant();
    let job = directory.jobs.get(&run.job)?;
    let scope = Scope::of(&directory, job);
    plan(&Ground { directory: &directory, job, scope: &scope, now: run.sim.now(), retry: Retry::All })
}

/// The task of one object. People who are disabled or deleted in the directory are beyond on-demand runs; those who are
/// only no longer assigned are not.
fn planned(ground: &Ground<'_>, kind: Kind, id: ObjectId) -> Option<Result<Task, &'static str>> {
    let task = match kind {
        Kind::User => {
            if !ground.directory.users.get(&id).is_some_and(crate::directory::user::User::may_sign_in) {
                return Some(Err("NotEffectivelyEntitled"));
            }
            ground.person_on_demand(id)
        }
        Kind::Group => ground.group_on_demand(id),
    };
    match task {
        None if kind == Kind::User => Some(Err("NotInScope")),
        None => None,
        Some(Task { deed: Deed::Delete(_) | Deed::Forget, .. }) => Some(Err("NotInScope")),
        Some(task) => Some(Ok(task)),
    }
}

fn only(mut task: MemberTask, wanted: &[ObjectId]) -> MemberTask {
    task.add.retain(|(id, _)| wanted.contains(id));
    task.remove.retain(|(id, _)| wanted.contains(id));
    task.noted.clear();
    task.dropped.clear();
    task
}
