//! Owns carrying out the deed planned for one object and remembering the result.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use serde_json::Value;
use uuid::Uuid;

use super::client::{Endpoint, id_of};
use super::dialect::Difference;
use super::document;
use super::escrow::Escrow;
use super::failure::Failure;
use super::job::{Job, Kind, Link};
use super::log::{Action, Ending, Entry, Object};
use super::mapping::ObjectMapping;
use super::plan::{Attributes, Deed, Task, Wanted, is_reference};
use super::tally::Tally;
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
    match_users: Vec<String>,
    match_groups: Vec<String>,
    /// Counts.
    pub tally: Mutex<Tally>,
    /// Trouble with the endpoint as a whole.
    pub trouble: Mutex<Trouble>,
    initiator: Initiator,
}

/// Who began a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiator {
    /// The schedule.
    Service,
    /// An administrator, on demand.
    Administrator,
}

/// What went wrong with the endpoint rather than with objects.
#[derive(Debug, Default)]
pub struct Trouble {
    /// Failures without a success between them.
    pub in_a_row: u32,
    /// The last.
    pub last: Option<Failure>,
    /// Whom it hit, and what was tried; put aside when the rest of the cycle goes well.
    pub hit: Vec<(ObjectId, Value, Failure)>,
}

/// What a deed came to.
pub(super) struct Done {
    pub(super) action: Action,
    link: Change,
    changes: Vec<Difference>,
}

enum Change {
    Keep(Link),
    Drop,
}

impl Run {
    /// Prepares a run of a job.
    pub fn new(sim: &Arc<Sim>, job: &Job, endpoint: Endpoint, initiator: Initiator) -> Self {
        let targets = |mapping: &ObjectMapping| mapping.matching().into_iter().map(|line| line.target.clone()).collect();
        Self {
            sim: Arc::clone(sim),
            job: job.id.clone(),
            cycle: Uuid::new_v4(),
            endpoint,
            match_users: targets(&job.schema.users),
            match_groups: targets(&job.schema.groups),
            tally: Mutex::default(),
            trouble: Mutex::default(),
            initiator,
        }
    }

    /// Whether the endpoint as a whole is in trouble, so that the rest is not tried.
    pub fn is_broken(&self) -> bool {
        let trouble = self.trouble.lock();
        trouble.in_a_row >= PATIENCE || matches!(trouble.last, Some(Failure::Credentials(_) | Failure::NotConfigured))
    }

    /// Carries one task out.
    pub async fn perform(&self, task: Task) {
        if self.is_broken() {
            return;
        }
        let began = Instant::now();
        self.tally.lock().imported += 1;
        let done = match task.deed.clone() {
            Deed::Skip(reason) => {
                self.tally.lock().skipped += 1;
                self.note(self.object(&task, None), Action::Other, Ending::Skipped(reason), Vec::new(), began);
                return;
            }
            Deed::Forget => {
                self.change(|job| job.links.remove(&task.id));
                return;
            }
            Deed::Match(wanted) => self.matched(task.kind, wanted).await,
            Deed::Change(link, wanted) => self.changed(task.kind, link, wanted).await,
            Deed::Leave(link, active) => self.left(link, active).await,
            Deed::Delete(link) => self.deleted(task.kind, link).await,
        };
        match done {
            Ok(done) => self.succeed(&task, done, began),
            Err(failure) => self.fail(&task, &failure, began),
        }
    }

    /// Looks for an object by each matching attribute in turn.
    async fn found(&self, kind: Kind, wanted: &Attributes) -> Result<Option<Value>, Failure> {
        let by = match kind {
            Kind::User => &self.match_users,
            Kind::Group => &self.match_groups,
        };
        let mut asked = false;
        for path in by {
            let Some(value) = wanted.get(path).and_then(Value::as_str) else {
                continue;
            };
            asked = true;
            let mut found = self.endpoint.find(kind, path, value).await?;
            match found.pop() {
                Some(_) if !found.is_empty() => return Err(Failure::Ambiguous(format!("{path} {value:?}"))),
                Some(held) => return Ok(Some(held)),
                None => {}
            }
        }
        if asked { Ok(None) } else { Err(Failure::Unmatched("it has no value to match by")) }
    }

    async fn matched(&self, kind: Kind, wanted: Wanted) -> Result<Done, Failure> {
        let Wanted { always, at_creation } = wanted;
        let link = |target: String| Link { kind, target, sent: always.clone(), in_scope: true, members: BTreeSet::new() };
        if let Some(held) = self.found(kind, &always).await? {
            let id = id_of(&held).ok_or(Failure::Nonsense("a listed object needs an \"id\""))?;
            let changes = self.bring_up(kind, &id, &held, always.iter()).await?;
            let action = if changes.is_empty() { Action::Other } else { Action::Update };
            return Ok(Done { action, link: Change::Keep(link(id)), changes });
        }
        let all = || always.iter().chain(&at_creation).filter(|(path, _)| self.sends(path));
        let id = self.endpoint.create(kind, &document::create(kind, all())).await?;
        let changes = all().map(|(path, value)| Difference { path: path.clone(), held: Value::Null, wanted: value.clone() }).collect();
        Ok(Done { action: Action::Create, link: Change::Keep(link(id)), changes })
    }

    /// Roles are not provisioned on demand.
    fn sends(&self, path: &str) -> bool {
        self.initiator == Initiator::Service || !path.starts_with("roles")
    }

    /// Patches what the target holds differently.
    async fn bring_up<'a>(
        &self,
        kind: Kind,
        id: &str,
        held: &Value,
        wanted: impl Iterator<Item = (&'a String, &'a Value)>,
    ) -> Result<Vec<Difference>, Failure> {
        let changes: Vec<Difference> = wanted
            .filter(|(path, value)| self.sends(path) && !document::agrees(path, document::get(held, path), value))
            .map(|(path, value)| {
                let held = document::get(held, path).cloned().unwrap_or_default();
                Difference { path: path.clone(), held, wanted: value.clone() }
            })
            .collect();
        if !changes.is_empty() {
            self.endpoint.patch(kind, id, &self.endpoint.writer().change(&changes)).await?;
        }
        Ok(changes)
    }

    async fn changed(&self, kind: Kind, mut link: Link, wanted: Wanted) -> Result<Done, Failure> {
        let inactive = wanted.always.get("active").is_some_and(is_false);
        let Some(held) = self.endpoint.read(kind, &link.target).await? else {
            if inactive {
                return Ok(Done { action: Action::Other, link: Change::Drop, changes: Vec::new() });
            }
            return self.matched(kind, wanted).await;
        };
        let changes = self.bring_up(kind, &link.target, &held, wanted.always.iter()).await?;
        // References are kept by later passes.
        link.sent.retain(|path, _| is_reference(path));
        link.sent.extend(wanted.always);
        link.in_scope = true;
        let disables = inactive && changes.iter().any(|one| one.path == "active");
        let action = match (changes.is_empty(), disables) {
            (true, _) => Action::Other,
            (false, true) => Action::Disable,
            (false, false) => Action::Update,
        };
        Ok(Done { action, link: Change::Keep(link), changes })
    }

    async fn left(&self, mut link: Link, active: Option<Value>) -> Result<Done, Failure> {
        link.in_scope = false;
        let Some(active) = active.filter(|active| link.sent.get("active") != Some(active)) else {
            return Ok(Done { action: Action::Other, link: Change::Keep(link), changes: Vec::new() });
        };
        let Some(held) = self.endpoint.read(link.kind, &link.target).await? else {
            return Ok(Done { action: Action::Other, link: Change::Drop, changes: Vec::new() });
        };
        let path = "active".to_owned();
        let changes = self.bring_up(link.kind, &link.target, &held, std::iter::once((&path, &active))).await?;
        let action = match (changes.is_empty(), is_false(&active)) {
            (true, _) => Action::Other,
            (false, true) => Action::Disable,
            (false, false) => Action::Update,
        };
        link.sent.insert(path, active);
        Ok(Done { action, link: Change::Keep(link), changes })
    }

    async fn deleted(&self, kind: Kind, link: Link) -> Result<Done, Failure> {
        self.endpoint.delete(kind, &link.target).await?;
        Ok(Done { action: Action::Delete, link: Change::Drop, changes: Vec::new() })
    }

    fn succeed(&self, task: &Task, done: Done, began: Instant) {
        self.trouble.lock().in_a_row = 0;
        let target = match &done.link {
            Change::Keep(link) => Some(link.target.clone()),
            Change::Drop => None,
        };
        self.change(|job| {
            job.escrows.remove(&task.id);
            match done.link {
                Change::Keep(mut link) => {
                    link.sent.retain(|path, _| self.sends(path));
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
        self.tally.lock().count(task.kind, done.action);
        self.note(self.object(task, target), done.action, Ending::Success, done.changes, began);
    }

    fn fail(&self, task: &Task, failure: &Failure, began: Instant) {
        self.tally.lock().fail(format!("{} {}: {failure}", task.kind.word(), task.name));
        if failure.is_general() {
            let mut trouble = self.trouble.lock();
            trouble.in_a_row += 1;
            trouble.last = Some(failure.clone());
            trouble.hit.push((task.id, task.wish(), failure.clone()));
        } else {
            self.put_aside(task.id, task.wish(), failure);
        }
        let action = match task.deed {
            Deed::Match(_) => Action::Create,
            Deed::Leave(..) => Action::Disable,
            Deed::Delete(_) => Action::Delete,
            _ => Action::Update,
        };
        self.note(self.object(task, None), action, Ending::failed(failure), Vec::new(), began);
    }

    /// Puts an object into escrow.
    pub fn put_aside(&self, id: ObjectId, wish: Value, failure: &Failure) {
        let now = self.sim.now();
        self.change(|job| {
            let made = Escrow::after(job.escrows.get(&id), wish, failure, now);
            job.escrows.insert(id, made);
        });
    }

    /// Changes the job, if it is still there.
    pub fn change<R>(&self, edit: impl FnOnce(&mut Job) -> R) -> Option<R> {
        self.sim.change(|directory| directory.jobs.get_mut(&self.job).map(edit))
    }

    fn object(&self, task: &Task, target: Option<String>) -> Object {
        Object { kind: task.kind, source: task.id, name: task.name.clone(), target }
    }

    /// Writes the log.
    pub(super) fn note(&self, object: Object, action: Action, ending: Ending, changes: Vec<Difference>, began: Instant) {
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.sim.engine.log.lock().add(Entry {
            id: Uuid::new_v4(),
            at: self.sim.now(),
            job: self.job.clone(),
            cycle: self.cycle,
            action,
            ending,
            object,
            changes,
            millis,
            initiator: self.initiator,
        });
    }
}

/// Whether a value of `active` means no.
fn is_false(value: &Value) -> bool {
    value == "False" || *value == Value::Bool(false)
}
