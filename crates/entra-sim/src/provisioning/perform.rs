//! Owns carrying out the deed planned for one object and remembering the result.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use serde_json::Value;
use uuid::Uuid;

use super::client::{Endpoint, Failure, id_of};
use super::document;
use super::job::{Escrow, Job, Kind, Link};
use super::log::{Action, Ending, Entry};
use super::plan::{Attributes, Deed, Task};
use super::tally::Tally;
use crate::clock::Stamp;
use crate::directory::id::ObjectId;
use crate::state::Sim;

/// General failures in a row after which a cycle gives up.
const PATIENCE: u32 = 5;

/// One cycle, or one on-demand run, under way.
pub struct Run {
    /// The simulator.
    pub sim: Arc<Sim>,
    /// Job id.
    pub job: String,
    /// Cycle id.
    pub cycle: Uuid,
    /// The target.
    pub endpoint: Endpoint,
    /// Attribute that users are matched by.
    pub match_users: Option<String>,
    /// Attribute that groups are matched by.
    pub match_groups: Option<String>,
    /// Counts.
    pub tally: Mutex<Tally>,
    /// General failures in a row, and the last of them.
    pub trouble: Mutex<(u32, Option<Failure>)>,
}

/// What a deed came to.
struct Done {
    action: Action,
    link: Change,
    changes: Vec<(String, Value, Value)>,
}

enum Change {
    Keep(Link),
    Drop,
}

impl Run {
    /// Prepares a run of a job.
    pub fn new(sim: &Arc<Sim>, job: &Job, endpoint: Endpoint) -> Self {
        let target = |mapping: &super::mapping::ObjectMapping| mapping.matching().map(|line| line.target.clone());
        Self {
            sim: Arc::clone(sim),
            job: job.id.clone(),
            cycle: Uuid::new_v4(),
            endpoint,
            match_users: target(&job.schema.users),
            match_groups: target(&job.schema.groups),
            tally: Mutex::default(),
            trouble: Mutex::default(),
        }
    }

    /// Whether the endpoint as a whole is in trouble, so that the rest is not tried.
    pub fn is_broken(&self) -> bool {
        let trouble = self.trouble.lock();
        trouble.0 >= PATIENCE || matches!(trouble.1, Some(Failure::Credentials(_) | Failure::NotConfigured))
    }

    /// Carries one task out.
    pub async fn perform(&self, task: Task) {
        if self.is_broken() {
            return;
        }
        let began = Instant::now();
        let now = self.sim.now();
        self.tally.lock().imported += 1;
        let done = match task.deed.clone() {
            Deed::Skip(reason) => {
                self.tally.lock().skipped += 1;
                self.note(&task, Action::Other, Ending::Skipped(reason), None, Vec::new(), began);
                return;
            }
            Deed::Forget => {
                self.change(|job| job.links.remove(&task.id));
                return;
            }
            Deed::Match(wanted) => self.matched(task.kind, wanted).await,
            Deed::Change(link, changes) => self.changed(task.kind, link, changes).await,
            Deed::Disable(link) => self.disabled(link).await,
            Deed::Delete(link) => self.deleted(task.kind, link).await,
        };
        match done {
            Ok(done) => self.succeed(&task, done, began),
            Err(failure) => self.fail(&task, &failure, now, began),
        }
    }

    async fn matched(&self, kind: Kind, wanted: Attributes) -> Result<Done, Failure> {
        let by = match kind {
            Kind::User => self.match_users.as_deref(),
            Kind::Group => self.match_groups.as_deref(),
        };
        let by = by.ok_or(Failure::Nonsense("the mapping has no matching attribute"))?;
        let value = wanted.get(by).and_then(Value::as_str);
        let value = value.ok_or(Failure::Nonsense("the object has no value to match by"))?;
        let mut found = self.endpoint.find(kind, by, value).await?;
        let link = |target: String| Link { kind, target, sent: wanted.clone(), in_scope: true, members: BTreeSet::new() };
        match found.pop() {
            Some(_) if !found.is_empty() => Err(Failure::Ambiguous(format!("{by} {value:?}"))),
            Some(held) => {
                let id = id_of(&held).ok_or(Failure::Nonsense("a listed object needs an \"id\""))?;
                let changes = self.bring_up(kind, &id, &held, wanted.iter()).await?;
                let action = if changes.is_empty() { Action::Other } else { Action::Update };
                Ok(Done { action, link: Change::Keep(link(id)), changes })
            }
            None => {
                let id = self.endpoint.create(kind, &document::create(kind, wanted.iter())).await?;
                let changes = wanted.iter().map(|(path, value)| (path.clone(), Value::Null, value.clone())).collect();
                Ok(Done { action: Action::Create, link: Change::Keep(link(id)), changes })
            }
        }
    }

    /// Patches what the target holds differently.
    async fn bring_up<'a>(
        &self,
        kind: Kind,
        id: &str,
        held: &Value,
        wanted: impl Iterator<Item = (&'a String, &'a Value)>,
    ) -> Result<Vec<(String, Value, Value)>, Failure> {
        let changes: Vec<(String, Value, Value)> = wanted
            .filter(|(path, value)| !document::agrees(document::get(held, path), value))
            .map(|(path, value)| (path.clone(), document::get(held, path).cloned().unwrap_or_default(), value.clone()))
            .collect();
        if !changes.is_empty() {
            let sent: Vec<(String, Value)> = changes.iter().map(|(path, _, value)| (path.clone(), value.clone())).collect();
            self.endpoint.patch(kind, id, &self.endpoint.dialect.change(&sent)).await?;
        }
        Ok(changes)
    }

    async fn changed(&self, kind: Kind, mut link: Link, changes: Vec<(String, Value)>) -> Result<Done, Failure> {
        link.sent.extend(changes.iter().cloned());
        link.in_scope = true;
        let inactive = link.sent.get("active").and_then(Value::as_str) == Some("False");
        let Some(held) = self.endpoint.read(kind, &link.target).await? else {
            if inactive {
                return Ok(Done { action: Action::Other, link: Change::Drop, changes: Vec::new() });
            }
            return self.matched(kind, link.sent).await;
        };
        let wanted = changes.iter().map(|(path, value)| (path, value));
        let sent = self.bring_up(kind, &link.target, &held, wanted).await?;
        let disables = inactive && sent.iter().any(|(path, _, _)| path == "active");
        let action = match (sent.is_empty(), disables) {
            (true, _) => Action::Other,
            (false, true) => Action::Disable,
            (false, false) => Action::Update,
        };
        Ok(Done { action, link: Change::Keep(link), changes: sent })
    }

    async fn disabled(&self, mut link: Link) -> Result<Done, Failure> {
        link.in_scope = false;
        let idle = Done { action: Action::Other, link: Change::Keep(link.clone()), changes: Vec::new() };
        let mapped = link.sent.get("active").and_then(Value::as_str);
        if mapped.is_none_or(|held| held == "False") {
            return Ok(idle);
        }
        let Some(held) = self.endpoint.read(link.kind, &link.target).await? else {
            return Ok(Done { action: Action::Other, link: Change::Drop, changes: Vec::new() });
        };
        let inactive = Value::from("False");
        link.sent.insert("active".to_owned(), inactive.clone());
        let path = "active".to_owned();
        let changes = self.bring_up(link.kind, &link.target, &held, std::iter::once((&path, &inactive))).await?;
        Ok(Done { action: Action::Disable, link: Change::Keep(link), changes })
    }

    async fn deleted(&self, kind: Kind, link: Link) -> Result<Done, Failure> {
        self.endpoint.delete(kind, &link.target).await?;
        Ok(Done { action: Action::Delete, link: Change::Drop, changes: Vec::new() })
    }

    fn succeed(&self, task: &Task, done: Done, began: Instant) {
        self.trouble.lock().0 = 0;
        let target = match &done.link {
            Change::Keep(link) => Some(link.target.clone()),
            Change::Drop => None,
        };
        self.change(|job| {
            job.escrows.remove(&task.id);
            match done.link {
                Change::Keep(mut link) => {
                    // References are kept by later passes and must not get lost here.
                    if let Some(known) = job.links.get(&task.id).filter(|known| known.target == link.target) {
                        link.members.clone_from(&known.members);
                    }
                    job.links.insert(task.id, link);
                }
                Change::Drop => {
                    job.links.remove(&task.id);
                }
            }
        });
        {
            let mut tally = self.tally.lock();
            let count = match (task.kind, done.action) {
                (Kind::User, Action::Create) => Some(&mut tally.users_created),
                (Kind::User, Action::Update) => Some(&mut tally.users_updated),
                (Kind::User, Action::Disable) => Some(&mut tally.users_disabled),
                (Kind::User, Action::Delete) => Some(&mut tally.users_deleted),
                (Kind::Group, Action::Create) => Some(&mut tally.groups_created),
                (Kind::Group, Action::Update | Action::Disable) => Some(&mut tally.groups_updated),
                (Kind::Group, Action::Delete) => Some(&mut tally.groups_deleted),
                (_, Action::Other) => None,
            };
            if let Some(count) = count {
                *count += 1;
            }
        }
        self.note(task, done.action, Ending::Success, target, done.changes, began);
    }

    fn fail(&self, task: &Task, failure: &Failure, now: Stamp, began: Instant) {
        self.tally.lock().fail(format!("{} {}: {failure}", task.kind.word(), task.name));
        if failure.is_general() {
            let mut trouble = self.trouble.lock();
            trouble.0 += 1;
            trouble.1 = Some(failure.clone());
        } else {
            self.change(|job| escrow(job, task.id, failure, now));
        }
        let action = match task.deed {
            Deed::Match(_) => Action::Create,
            Deed::Disable(_) => Action::Disable,
            Deed::Delete(_) => Action::Delete,
            _ => Action::Update,
        };
        self.note(task, action, Ending::Failure(failure.word(), failure.to_string()), None, Vec::new(), began);
    }

    /// Changes the job, if it is still there.
    pub fn change<R>(&self, edit: impl FnOnce(&mut Job) -> R) -> Option<R> {
        self.sim.change(|directory| directory.jobs.get_mut(&self.job).map(edit))
    }

    fn note(
        &self,
        task: &Task,
        action: Action,
        ending: Ending,
        target: Option<String>,
        changes: Vec<(String, Value, Value)>,
        began: Instant,
    ) {
        self.sim.engine.log.lock().add(Entry {
            id: Uuid::new_v4(),
            at: self.sim.now(),
            job: self.job.clone(),
            cycle: self.cycle,
            action,
            ending,
            kind: task.kind,
            source: task.id,
            name: task.name.clone(),
            target,
            changes,
            millis: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
    }
}

/// Puts an object aside: tried again after 6, 12, 24 hours, then daily, dropped after 28 days.
fn escrow(job: &mut Job, id: ObjectId, failure: &Failure, now: Stamp) {
    let known = job.escrows.remove(&id);
    let failures = known.as_ref().map_or(0, |escrow| escrow.failures) + 1;
    let since = known.map_or(now, |escrow| escrow.since);
    let hours = match failures {
        1 => 6,
        2 => 12,
        _ => 24,
    };
    let dropped = since.plus(28 * 86_400) <= now;
    let next = if dropped { now.plus(100 * 365 * 86_400) } else { now.plus(hours * 3_600) };
    job.escrows.insert(id, Escrow { failures, since, next, reason: failure.to_string() });
}
