//! What has to be done so that the server is as a file says: computed, nothing is asked or changed here.

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;

use super::{
    Prune,
    current::{Current, Object},
    document::Document,
    kinds::{Kind, Part, Shape},
    names::{self, Own},
    order, secrets,
    secrets::Sent,
    shape::{self, Difference, at, differences, merged},
};

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Create,
    Update,
    Delete,
}

/// One call of the API.
#[derive(Debug)]
pub(super) struct Step {
    pub kind: &'static Kind,
    /// The part of the object that it is about, when it is not the object itself.
    pub part: Option<&'static Part>,
    pub act: Act,
    pub name: String,
    /// `None` while the object has yet to be made.
    pub id: Option<String>,
    /// What is sent, references by id where there is one.
    pub body: Value,
    pub secrets: Vec<Sent>,
    /// What is different; of a new object, all of it.
    pub changes: Vec<Difference>,
    /// Objects that have to be there first.
    pub needs: Vec<(&'static str, String)>,
}

/// Steps in the order in which they are carried out.
#[derive(Debug)]
pub struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) current: Current,
}

impl Plan {
    /// Whether the server is as the file says.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Compares a file with what the server has. All faults of the file are told at once.
pub(super) fn make(document: Document, current: Current, prune: Prune) -> Result<Plan, Vec<String>> {
    let own: Own = document.kinds.iter().map(|(kind, objects)| (kind.key, objects.iter().filter_map(name).collect())).collect();
    let mut made =
        Making { current: &current, own: &own, folder: &document.folder, steps: Vec::new(), removals: Vec::new(), faults: Vec::new() };
    for (kind, objects) in document.kinds {
        made.kind(kind, objects, prune);
    }
    let Making { steps, removals, mut faults, .. } = made;
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut steps = order::creations(steps).map_err(|circle| {
        faults.push(circle);
        faults
    })?;
    steps.extend(order::removals(removals));
    Ok(Plan { steps, current })
}

fn name(object: &Value) -> Option<String> {
    object.get("name")?.as_str().map(str::to_owned)
}

struct Making<'a> {
    current: &'a Current,
    own: &'a Own,
    folder: &'a Path,
    steps: Vec<Step>,
    removals: Vec<Step>,
    faults: Vec<String>,
}

impl<'a> Making<'a> {
    fn kind(&mut self, kind: &'static Kind, objects: Vec<Value>, prune: Prune) {
        if !self.current.0.contains_key(kind.key) {
            if !objects.is_empty() {
                self.faults.push(format!("{}: this server does not have this kind of object", kind.key));
            }
            return;
        }
        let mut met = BTreeSet::new();
        for (at, object) in objects.into_iter().enumerate() {
            let place = if kind.shape == Shape::One { kind.key.to_owned() } else { format!("{}/{at}", kind.key) };
            match self.matching(kind, &object) {
                Ok(found) => {
                    let named =
                        found.map_or_else(|| format!("name {}", name(&object).unwrap_or_default()), |found| format!("id {}", found.id));
                    if met.insert(named) {
                        self.object(kind, object, &place, found);
                    } else {
                        self.faults.push(format!("{place}: is the same object as one before it: names have to differ, or ids be given"));
                    }
                }
                Err(fault) => self.faults.push(format!("{place}: {fault}")),
            }
        }
        if prune == Prune::Listed && kind.shape == Shape::Many {
            for object in self.current.of(kind.key).iter().filter(|object| !met.contains(&format!("id {}", object.id))) {
                self.removals.push(removal(kind, object));
            }
        }
    }

    /// The object of the server that one of the file is: by id when it gives one, else by name.
    fn matching(&self, kind: &'static Kind, object: &Value) -> Result<Option<&'a Object>, String> {
        let current: &'a Current = self.current;
        let objects = current.of(kind.key);
        if kind.shape == Shape::One {
            return Ok(objects.first());
        }
        if let Some(id) = object.get(kind.id).and_then(Value::as_str).filter(|_| kind.id != "name") {
            let found = objects.iter().find(|object| object.id == id);
            return found.map(Some).ok_or_else(|| format!("the server has no {} {id}: leave {} out to make one", kind.noun, kind.id));
        }
        let name = name(object).unwrap_or_default();
        let named: Vec<&'a Object> = objects.iter().filter(|object| object.name == name).collect();
        match named.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            many => {
                let ids = many.iter().map(|object| object.id.as_str()).collect::<Vec<_>>().join(", ");
                Err(format!("{} objects are called {name:?}: give {}, one of {ids}", many.len(), kind.id))
            }
        }
    }

    fn object(&mut self, kind: &'static Kind, mut object: Value, place: &str, found: Option<&Object>) {
        let parts = object.as_object_mut().and_then(|members| members.shift_remove("doorward"));
        if kind.id != "name" {
            shape::leave_out(&mut object, kind.id);
        }
        kind.leave_out.iter().for_each(|path| shape::leave_out(&mut object, path));
        let (sent, missing) = secrets::take(&mut object, kind.secrets, self.folder);
        names::resolve(&mut object, place, self.current, self.own, &mut self.faults);
        let name = name(&object).or_else(|| found.map(|found| found.name.clone())).unwrap_or_default();
        let nothing = Value::Null;
        let value = found.map_or(&nothing, |found| &found.value);
        if let Some(value) = found.map(|found| &found.value) {
            keep_own_policies(&mut object, value);
        }
        let changes = differences(&object, value);
        let (act, id) = found.map_or((Act::Create, None), |found| (Act::Update, Some(found.id.clone())));
        if act == Act::Create || !changes.is_empty() {
            self.faults.extend(missing.into_iter().map(|fault| format!("{place}/{fault}")));
            let needs = names::pending(&object, self.current);
            let mut body = merged(value, &object);
            if let Some(fixed) = kind.fixed.filter(|_| act == Act::Update) {
                if changes.iter().any(|change| change.pointer == format!("/{fixed}")) {
                    self.faults.push(format!("{place}/{fixed}: cannot change: make another {} and remove this one", kind.noun));
                }
                shape::leave_out(&mut body, fixed);
            }
            let (id, secrets) = (id.clone(), sent.clone());
            self.steps.push(Step { kind, part: None, act, name: name.clone(), id, body, secrets, changes, needs });
        }
        for part in kind.parts {
            if let Some(wanted) = parts.as_ref().and_then(|parts| parts.get(part.key)) {
                let has = found.and_then(|found| found.parts.get(part.key));
                self.part(kind, part, wanted.clone(), has, (&name, id.as_deref()), (place, &sent));
            }
        }
    }

    fn part(
        &mut self,
        kind: &'static Kind,
        part: &'static Part,
        mut wanted: Value,
        has: Option<&Value>,
        (name, id): (&str, Option<&str>),
        (place, of_object): (&str, &[Sent]),
    ) {
        let place = format!("{place}/doorward/{}", part.key);
        let (mut sent, missing) = secrets::take(&mut wanted, part.secrets, self.folder);
        part.leave_out.iter().for_each(|path| shape::leave_out(&mut wanted, path));
        let nothing = Value::Null;
        let current = has.unwrap_or(&nothing);
        let act = match (wanted.is_null(), has) {
            (true, Some(_)) if part.removable => Act::Delete,
            (true, _) => return,
            (false, None) if id.is_none() => Act::Create,
            (false, _) => Act::Update,
        };
        let changes = if act == Act::Delete {
            vec![Difference { pointer: String::new(), before: current.clone(), after: Value::Null }]
        } else {
            differences(&wanted, current)
        };
        if changes.is_empty() {
            return;
        }
        self.faults.extend(missing.into_iter().map(|fault| format!("{place}/{fault}")));
        if let Some((of, member)) = part.with_secret {
            let secret = of_object.iter().find(|sent| sent.path == of);
            sent.extend(secret.map(|found| Sent { path: member.to_owned(), secret: found.secret.clone() }));
        }
        let needs = if id.is_none() { vec![(kind.key, name.to_owned())] } else { Vec::new() };
        let body = merged(current, &wanted);
        self.steps.push(Step {
            kind,
            part: Some(part),
            act,
            name: name.to_owned(),
            id: id.map(str::to_owned),
            body,
            secrets: sent,
            changes,
            needs,
        });
    }
}

/// A policy of an application's own stays the same policy when it has the same name.
fn keep_own_policies(wanted: &mut Value, current: &Value) {
    let has = current.get("policies").and_then(Value::as_array).cloned().unwrap_or_default();
    for policy in wanted.get_mut("policies").and_then(Value::as_array_mut).into_iter().flatten() {
        if !policy.is_object() || at(policy, "id").is_some() {
            continue;
        }
        if let Some(same) = has.iter().find(|other| other.is_object() && other.get("name") == policy.get("name")) {
            *policy = merged(same, policy);
        }
    }
}

fn removal(kind: &'static Kind, object: &Object) -> Step {
    Step {
        kind,
        part: None,
        act: Act::Delete,
        name: object.name.clone(),
        id: Some(object.id.clone()),
        body: object.value.clone(),
        secrets: Vec::new(),
        changes: Vec::new(),
        needs: Vec::new(),
    }
}
