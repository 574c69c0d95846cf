//! Owns working out what a cycle has to do: what objects should look like, what differs, what waits.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::escrow::Retry;
use super::expression::Expression;
use super::job::{Job, Kind, Link};
use super::mapping::{Flow, ObjectMapping};
use super::scope::Scope;
use super::source::{Entitlement, Source};
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::id::ObjectId;
use crate::directory::user::User;

/// Attribute values by target path.
pub type Attributes = BTreeMap<String, Value>;

/// What to do with one object.
#[derive(Debug, Clone)]
pub enum Deed {
    /// Look it up, then link or create it.
    Match(Wanted),
    /// Read it and send what differs.
    Change(Link, Wanted),
    /// It has left the scope; the value that `active` gets by the mapping, if it is mapped.
    Leave(Link, Option<Value>),
    /// Delete it.
    Delete(Link),
    /// Forget it without telling anyone.
    Forget,
    /// Leave it out, with Graph's reason word.
    Skip(&'static str),
}

/// What an object should look like.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Values that are sent whenever they differ.
    pub always: Attributes,
    /// Values that are sent only when the object is made.
    pub at_creation: Attributes,
}

/// One object's deed.
#[derive(Debug, Clone)]
pub struct Task {
    /// Source object.
    pub id: ObjectId,
    /// Its name, for the log.
    pub name: String,
    /// User or group.
    pub kind: Kind,
    /// What to do.
    pub deed: Deed,
}

impl Task {
    /// What escrow compares with: the same wish waits, another one does not.
    pub fn wish(&self) -> Value {
        match &self.deed {
            Deed::Match(wanted) | Deed::Change(_, wanted) => wanted.always.clone().into_iter().collect(),
            Deed::Leave(..) => "leave".into(),
            Deed::Delete(_) => "delete".into(),
            Deed::Forget | Deed::Skip(_) => Value::Null,
        }
    }

    /// Whether the target loses an object, or someone who is deleted or no longer in scope.
    pub fn is_deletion(&self, directory: &Directory) -> bool {
        match &self.deed {
            Deed::Delete(_) => true,
            Deed::Leave(link, active) => active.as_ref().is_some_and(|active| link.sent.get("active") != Some(active)),
            Deed::Change(link, wanted) => {
                let deleted = directory.users.get(&self.id).is_some_and(|user| !user.is_live());
                deleted && wanted.always.get("active") != link.sent.get("active")
            }
            Deed::Match(_) | Deed::Forget | Deed::Skip(_) => false,
        }
    }
}

/// A mapping, parsed. References are left to later passes.
pub struct Lines(Vec<Line>);

struct Line {
    target: String,
    expression: Expression,
    flow: Flow,
    default: Option<Value>,
}

impl Lines {
    /// Parses a mapping.
    pub fn of(mapping: &ObjectMapping) -> Self {
        let lines = mapping.attributes.iter().filter(|line| !is_reference(&line.target)).filter_map(|line| {
            let expression = Expression::parse(&line.expression).ok()?;
            let default = line.default.clone().map(Value::String);
            Some(Line { target: line.target.clone(), expression, flow: line.flow, default })
        });
        Self(lines.collect())
    }

    /// The values for one object; what is empty is left out, because nulls are not provisioned.
    pub fn values(&self, source: &Source) -> Wanted {
        let mut wanted = Wanted::default();
        for line in &self.0 {
            let value = line.expression.value(source);
            match (value, line.flow) {
                (Some(value), Flow::Always) => {
                    wanted.always.insert(line.target.clone(), value);
                }
                (value, _) => {
                    if let Some(value) = value.or_else(|| line.default.clone()) {
                        wanted.at_creation.insert(line.target.clone(), value);
                    }
                }
            }
        }
        wanted
    }

    fn value(&self, target: &str, source: &Source) -> Option<Value> {
        self.0.iter().find(|line| line.target == target).and_then(|line| line.expression.value(source))
    }
}

/// Whether an attribute points to another object.
pub fn is_reference(target: &str) -> bool {
    target == "members" || target.ends_with("manager")
}

fn differs(link: &Link, wanted: &Wanted) -> bool {
    wanted.always.iter().any(|(path, value)| link.sent.get(path) != Some(value))
}

/// What a plan is made from.
pub struct Ground<'a> {
    /// The tenant.
    pub directory: &'a Directory,
    /// The job.
    pub job: &'a Job,
    /// Its scope.
    pub scope: &'a Scope,
    /// The present moment.
    pub now: Stamp,
    /// Which failed objects are tried again.
    pub retry: Retry,
}

impl Ground<'_> {
    fn waits(&self, task: &Task) -> bool {
        !matches!(task.deed, Deed::Forget)
            && self.job.escrows.get(&task.id).is_some_and(|held| held.waits(&task.wish(), self.now, self.retry))
    }

    fn all(&self, kind: Kind) -> BTreeSet<ObjectId> {
        let scoped = match kind {
            Kind::User => &self.scope.people,
            Kind::Group => &self.scope.groups,
        };
        let linked = self.job.links.iter().filter(|(_, link)| link.kind == kind).map(|(id, _)| *id);
        scoped.iter().copied().chain(linked).collect()
    }

    /// Tasks for people.
    pub fn people(&self) -> Vec<Task> {
        let lines = Lines::of(&self.job.schema.users);
        let tasks = self.all(Kind::User).into_iter().filter_map(|id| Some(self.person_task(id, self.person(&lines, id)?)));
        tasks.filter(|task| !self.waits(task)).collect()
    }

    fn person_task(&self, id: ObjectId, deed: Deed) -> Task {
        let name = self.directory.users.get(&id).map_or_else(|| id.to_string(), |user| user.profile.user_principal_name.clone());
        Task { id, name, kind: Kind::User, deed }
    }

    fn person(&self, lines: &Lines, id: ObjectId) -> Option<Deed> {
        let link = self.job.links.get(&id);
        let Some(user) = self.directory.users.get(&id) else {
            // Purged: told only while the service still managed the person.
            return link.map(|link| if link.in_scope { Deed::Delete(link.clone()) } else { Deed::Forget });
        };
        let assigned = self.scope.people.contains(&id);
        let source = self.scope.source(self.directory, self.job, user, Entitlement::Inside);
        if !assigned || !self.job.schema.users.filter.lets_pass(&source) {
            return self
                .left(lines, user, link.filter(|link| link.in_scope))
                .or((assigned && link.is_none()).then_some(Deed::Skip("NotInScope")));
        }
        let wanted = lines.values(&source);
        match link {
            None if user.may_sign_in() => Some(Deed::Match(wanted)),
            None => Some(Deed::Skip("NotEffectivelyEntitled")),
            Some(link) => (differs(link, &wanted) || !link.in_scope).then(|| Deed::Change(link.clone(), wanted)),
        }
    }

    fn left(&self, lines: &Lines, user: &User, link: Option<&Link>) -> Option<Deed> {
        let source = self.scope.source(self.directory, self.job, user, Entitlement::Outside);
        link.map(|link| Deed::Leave(link.clone(), lines.value("active", &source)))
    }

    /// One person's task on demand: what is linked is compared with the target even when nothing changed here.
    pub fn person_on_demand(&self, id: ObjectId) -> Option<Task> {
        let lines = Lines::of(&self.job.schema.users);
        let again = || {
            let (user, link) = (self.directory.users.get(&id)?, self.job.links.get(&id).filter(|link| link.in_scope)?);
            let source = self.scope.source(self.directory, self.job, user, Entitlement::Inside);
            Some(Deed::Change(link.clone(), lines.values(&source)))
        };
        self.person(&lines, id).or_else(again).map(|deed| self.person_task(id, deed))
    }

    /// Tasks for groups, members aside.
    pub fn groups(&self) -> Vec<Task> {
        let lines = Lines::of(&self.job.schema.groups);
        let tasks = self.all(Kind::Group).into_iter().filter_map(|id| Some(self.group_task(id, self.group(&lines, id)?)));
        tasks.filter(|task| !self.waits(task)).collect()
    }

    fn group_task(&self, id: ObjectId, deed: Deed) -> Task {
        let name = self.directory.groups.get(&id).map_or_else(|| id.to_string(), |group| group.display_name.clone());
        Task { id, name, kind: Kind::Group, deed }
    }

    fn group(&self, lines: &Lines, id: ObjectId) -> Option<Deed> {
        let link = self.job.links.get(&id);
        let source = self.directory.groups.get(&id).filter(|_| self.scope.groups.contains(&id)).map(Source::group);
        let source = source.filter(|source| self.job.schema.groups.filter.lets_pass(source));
        match (source, link) {
            (None, link) => link.map(|link| Deed::Delete(link.clone())),
            (Some(source), None) => Some(Deed::Match(lines.values(&source))),
            (Some(source), Some(link)) => {
                let wanted = lines.values(&source);
                differs(link, &wanted).then(|| Deed::Change(link.clone(), wanted))
            }
        }
    }

    /// One group's task on demand.
    pub fn group_on_demand(&self, id: ObjectId) -> Option<Task> {
        let lines = Lines::of(&self.job.schema.groups);
        self.group(&lines, id).map(|deed| self.group_task(id, deed))
    }
}
