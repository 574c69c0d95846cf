//! The edited objects: policies, rule groups and applications in the API's shapes, found by id or by name, put into a copy of the
//! configuration.

use std::{fmt::Display, str::FromStr, sync::Arc};

use model::{AccessGroupId, AppId, PolicyId, Timestamp, access_group::AccessGroup, access_policy::PolicyLink, rule::RuleSet};
use serde_json::{Value, json};
use store::{Reader, Snapshot};

use crate::{
    access::{policies::wire as policy_wire, rules},
    asked,
    fault::{Faults, Fields},
    state::Stop,
};

/// Objects of one replay.
const MOST: usize = 500;

/// Which object is meant.
#[derive(Debug)]
pub(super) struct Target<I> {
    pointer: String,
    id: Option<I>,
    name: Option<String>,
}

/// An edited object.
#[derive(Debug)]
pub(super) enum Edit {
    /// A policy.
    Policy(Target<PolicyId>, Box<policy_wire::Draft>),
    /// A rule group.
    Group(Target<AccessGroupId>, RuleSet),
    /// The policies of an application, in order.
    App(Target<AppId>, Vec<InApp>),
}

/// A policy in an application's list.
#[derive(Debug)]
pub(super) enum InApp {
    /// One that is there.
    Linked(Target<PolicyId>),
    /// One that is there with other contents, or a new one.
    Written(Target<PolicyId>, Box<policy_wire::Draft>),
}

/// Reads one object, a list of them, or an object of lists (`policies`, `groups`, `apps`).
pub(super) fn read(with: &Value, base: &str, faults: &Faults) -> Vec<Edit> {
    let mut out = Vec::new();
    asked::note(|| base.to_owned(), || json!({ "type": ["object", "array"] }));
    match with {
        Value::Array(items) => {
            items.iter().take(MOST + 1).enumerate().for_each(|(i, item)| out.extend(object(item, format!("{base}/{i}"), faults)));
        }
        Value::Object(members) if !members.contains_key("decision") && !members.contains_key("include") && !is_app(with) => {
            for (key, items) in members {
                if !["policies", "groups", "apps"].contains(&key.as_str()) {
                    faults.add(format!("{base}/{key}"), "is not one of: policies, groups, apps");
                }
                for (i, item) in items.as_array().into_iter().flatten().take(MOST + 1).enumerate() {
                    out.extend(object(item, format!("{base}/{key}/{i}"), faults));
                }
            }
        }
        _ => out.extend(object(with, base.to_owned(), faults)),
    }
    if out.len() > MOST {
        faults.add(base, format!("has more than {MOST} objects"));
    } else if out.is_empty() {
        faults.add(base, "name at least one edited policy, rule group or application");
    }
    out
}

fn is_app(value: &Value) -> bool {
    ["domain", "destinations", "aud", "type"].iter().any(|key| value.get(key).is_some())
        || value.get("policies").is_some() && (value.get("id").is_some() || value.get("name").is_some())
}

fn object(value: &Value, pointer: String, faults: &Faults) -> Option<Edit> {
    let fields = Fields::of(value, pointer, faults)?;
    if value.get("decision").is_some() {
        let target = target(&fields);
        fields.read_only(&["precedence"]);
        let draft = policy_wire::members(&fields);
        fields.done();
        return Some(Edit::Policy(target, Box::new(draft?)));
    }
    if is_app(value) {
        // Addresses and settings are echoed and stay as they are: what is tried are the policies.
        let target = target(&fields);
        let Some(items) = fields.array("policies") else {
            fields.fault("policies", "the policies of the application are what is tried: list them");
            return None;
        };
        return Some(Edit::App(target, items.into_iter().filter_map(|(pointer, item)| in_app(item, pointer, faults)).collect()));
    }
    let target = target(&fields);
    let rules = rules::read(&fields);
    fields.read_only(&["uid", "is_default", "created_at", "updated_at"]);
    fields.done();
    Some(Edit::Group(target, rules))
}

fn in_app(item: &Value, pointer: String, faults: &Faults) -> Option<InApp> {
    asked::note(|| pointer.clone(), || json!({ "type": ["string", "object"] }));
    if let Some(text) = item.as_str() {
        let id: Option<PolicyId> = text.parse().ok();
        let name = id.is_none().then(|| text.to_owned());
        return Some(InApp::Linked(Target { pointer, id, name }));
    }
    let fields = Fields::of(item, pointer, faults)?;
    let target = target(&fields);
    fields.read_only(&["precedence"]);
    if item.get("decision").is_none() {
        fields.done();
        return Some(InApp::Linked(target));
    }
    let draft = policy_wire::members(&fields);
    fields.done();
    Some(InApp::Written(target, Box::new(draft?)))
}

fn target<I: FromStr<Err: Display>>(fields: &Fields<'_>) -> Target<I> {
    let name = fields.text_up_to("name", 255).map(str::to_owned);
    Target { pointer: fields.at("id").trim_end_matches("/id").to_owned(), id: fields.parsed("id"), name }
}

impl<I: Copy + PartialEq + Display> Target<I> {
    /// The object of this id; without one the only object of this name.
    fn find<'a>(&self, noun: &str, all: impl Iterator<Item = (I, &'a str)>, faults: &Faults) -> Option<I> {
        let found: Vec<I> = match (self.id, &self.name) {
            (Some(wanted), _) => all.filter(|(id, _)| *id == wanted).map(|(id, _)| id).collect(),
            (None, Some(wanted)) => all.filter(|(_, name)| name == wanted).map(|(id, _)| id).collect(),
            (None, None) => Vec::new(),
        };
        let shown = self.id.map(|id| id.to_string()).or_else(|| self.name.clone()).unwrap_or_default();
        match found.as_slice() {
            [one] => Some(*one),
            [] => {
                faults.add(self.pointer.clone(), format!("there is no {noun} {shown:?}: name one that is there by id or name"));
                None
            }
            _ => {
                faults.add(
                    self.pointer.clone(),
                    format!("{} {noun} objects are called {shown:?}: name the one that is meant by its id", found.len()),
                );
                None
            }
        }
    }
}

/// The configuration with the edits.
pub(super) fn apply(reader: &Reader<'_>, base: &Snapshot, edits: Vec<Edit>, now: Timestamp) -> Result<Snapshot, Stop> {
    let (mut next, faults) = (base.clone(), Faults::default());
    for edit in edits {
        match edit {
            Edit::Policy(target, mut draft) => {
                policy_wire::check(reader, &target.pointer, &mut draft, &faults)?;
                replace_policy(&mut next, &target, *draft, now, &faults);
            }
            Edit::Group(target, mut rules) => {
                rules::check(reader, &target.pointer, &mut rules, &faults)?;
                let names = base.access_groups.values().map(|group| (group.id, group.name.as_str()));
                if let Some(id) = target.find("rule group", names, &faults)
                    && let Some(before) = next.access_groups.get(&id).cloned()
                {
                    next.access_groups.insert(id, Arc::new(AccessGroup { rules, updated_at: now, ..(*before).clone() }));
                }
            }
            Edit::App(target, policies) => {
                let names = base.apps.values().map(|app| (app.id, app.name.as_str()));
                if let Some(id) = target.find("application", names, &faults) {
                    let links = links(reader, &mut next, id, policies, (now, &faults))?;
                    if let Some(before) = next.apps.get(&id).cloned() {
                        next.apps.insert(id, Arc::new(model::app::App { policies: links, ..(*before).clone() }));
                    }
                }
            }
        }
    }
    Ok(faults.finish(next)?)
}

fn replace_policy(
    next: &mut Snapshot,
    target: &Target<PolicyId>,
    draft: policy_wire::Draft,
    now: Timestamp,
    faults: &Faults,
) -> Option<PolicyId> {
    let names = next.policies.values().map(|policy| (policy.id, policy.name.as_str()));
    let id = target.find("policy", names, faults)?;
    let before = next.policies.get(&id).cloned()?;
    next.policies.insert(id, Arc::new(draft.replace(&before, now)));
    Some(id)
}

fn links(
    reader: &Reader<'_>,
    next: &mut Snapshot,
    app: AppId,
    policies: Vec<InApp>,
    (now, faults): (Timestamp, &Faults),
) -> Result<Vec<PolicyLink>, Stop> {
    let mut links = Vec::new();
    for policy in policies {
        let id = match policy {
            InApp::Linked(target) => {
                let names = next.policies.values().map(|policy| (policy.id, policy.name.as_str()));
                target.find("policy", names, faults)
            }
            InApp::Written(target, mut draft) => {
                policy_wire::check(reader, &target.pointer, &mut draft, faults)?;
                let known = target.id.is_some_and(|id| next.policies.contains_key(&id));
                if known {
                    replace_policy(next, &target, *draft, now, faults)
                } else {
                    let policy = draft.into_policy(Some(app), now);
                    let id = policy.id;
                    next.policies.insert(id, Arc::new(policy));
                    Some(id)
                }
            }
        };
        let precedence = u32::try_from(links.len() + 1).unwrap_or(u32::MAX);
        links.extend(id.map(|id| PolicyLink { id, precedence }));
    }
    Ok(links)
}
