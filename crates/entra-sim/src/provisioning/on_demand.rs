//! Owns provisioning of single objects on demand; it always speaks the default dialect.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Endpoint, Failure};
use super::dialect::Dialect;
use super::engine::Ticket;
use super::job::{Job, Kind};
use super::perform::Run;
use super::plan::{self, Deed, MemberTask, Retry, Scope, Task};
use crate::directory::Directory;
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
    let _turn = ticket.turn().await;
    let mut endpoint = Endpoint::of(&sim.engine.http, job)?;
    endpoint.dialect = Dialect::Usual;
    let run = Run::new(sim, job, endpoint);
    let mut results = Vec::with_capacity(subjects.len());
    for subject in subjects {
        if subject.links.members.len() > MEMBERS {
            return Err(OnDemandError::TooManyMembers);
        }
        let kind = match subject.object_type_name.to_ascii_lowercase().as_str() {
            "user" => Kind::User,
            "group" => Kind::Group,
            _ => return Err(OnDemandError::Type(subject.object_type_name.clone())),
        };
        results.push(one(&run, kind, subject).await);
    }
    Ok(results)
}

async fn one(run: &Run, kind: Kind, subject: &Subject) -> Value {
    let id = subject.object_id;
    let task = {
        let directory = run.sim.tenant();
        directory.jobs.get(&run.job).and_then(|job| planned(&directory, job, kind, id, run.sim.now()))
    };
    let deed = task.as_ref().map_or("none", |task| word(&task.deed));
    if let Some(task) = task {
        run.perform(task).await;
    }
    if kind == Kind::Group {
        let wanted: Vec<ObjectId> = subject.links.members.iter().map(|member| member.object_id).collect();
        let members = {
            let directory = run.sim.tenant();
            directory.jobs.get(&run.job).and_then(|job| {
                let scope = Scope::of(&directory, job);
                plan::members(&directory, job, &scope).into_iter().find(|task| task.id == id)
            })
        };
        if let Some(task) = members {
            run.members(only(task, &wanted)).await;
        }
    }
    let failure = run.trouble.lock().1.as_ref().map(ToString::to_string);
    let errors = run.tally.lock().errors.clone();
    let status = if errors.is_empty() { "success" } else { "failure" };
    let target = run.sim.tenant().jobs.get(&run.job).and_then(|job| job.links.get(&id)).map(|link| link.target.clone());
    json!({
        "objectId": id,
        "objectTypeName": kind.word(),
        "action": deed,
        "status": status,
        "targetId": target,
        "errors": errors,
        "endpoint": failure,
    })
}

fn word(deed: &Deed) -> &'static str {
    match deed {
        Deed::Match(_) => "create",
        Deed::Change(..) => "update",
        Deed::Disable(_) => "disable",
        // Objects disabled or deleted in the directory are beyond on-demand runs.
        Deed::Delete(_) | Deed::Forget | Deed::Skip(_) => "none",
    }
}

fn planned(directory: &Directory, job: &Job, kind: Kind, id: ObjectId, now: crate::clock::Stamp) -> Option<Task> {
    let scope = Scope::of(directory, job);
    let tasks = match kind {
        Kind::User => plan::people(directory, job, &scope, now, Retry::All),
        Kind::Group => plan::groups(directory, job, &scope, now, Retry::All),
    };
    tasks.into_iter().find(|task| task.id == id).filter(|task| word(&task.deed) != "none")
}

fn only(mut task: MemberTask, wanted: &[ObjectId]) -> MemberTask {
    task.add.retain(|(id, _)| wanted.contains(id));
    task.remove.retain(|(id, _)| wanted.contains(id));
    task.noted.clear();
    task.dropped.clear();
    task
}
