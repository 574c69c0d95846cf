//! `policies` of an application's body: links to reusable policies, or policies of its own written in place.

use std::collections::BTreeSet;

use model::{
    AppId, PolicyId,
    access_policy::{AccessPolicy, PolicyLink},
};
use serde_json::{Value, json};
use store::Tx;

use crate::{
    access::policies::{
        NOUN,
        wire::{self as policy_wire, Draft},
    },
    asked,
    fault::{Faults, Fields, kind},
    state::Stop,
};

/// One element of the list.
#[derive(Debug)]
pub(super) struct Item {
    pointer: String,
    id: Option<Named>,
    precedence: Option<u32>,
    /// What a policy of its own shall be; what a GET shows of a linked one.
    contents: Option<Draft>,
}

/// A policy that the body names, and where it does.
#[derive(Debug)]
struct Named {
    id: PolicyId,
    pointer: String,
}

/// Reads the list; `None` when it is left out, which leaves the policies as they are.
pub(super) fn read(fields: &Fields<'_>) -> Option<Vec<Item>> {
    let items = fields.array("policies")?;
    Some(items.into_iter().filter_map(|(pointer, value)| item(pointer, value, fields.faults())).collect())
}

fn item(pointer: String, value: &Value, faults: &Faults) -> Option<Item> {
    asked::note(|| pointer.clone(), || json!({ "type": ["string", "object"] }));
    match value {
        Value::String(text) => match text.parse() {
            Ok(id) => Some(Item { id: Some(Named { id, pointer: pointer.clone() }), pointer, precedence: None, contents: None }),
            Err(e) => {
                faults.add(pointer, e.to_string());
                None
            }
        },
        Value::Object(_) => object(pointer, value, faults),
        other => {
            faults.add(pointer, format!("must be a policy's id, a link or a policy, not {}", kind(other)));
            None
        }
    }
}

fn object(pointer: String, value: &Value, faults: &Faults) -> Option<Item> {
    let fields = Fields::of(value, pointer.clone(), faults)?;
    let id = fields.parsed("id").map(|id| Named { id, pointer: fields.at("id") });
    let precedence = read_precedence(&fields);
    let is_link = fields.given("id") && !["name", "decision", "include"].iter().any(|key| fields.given(key));
    fields.read_only(&["account_id"]);
    let contents = if is_link { None } else { policy_wire::members(&fields) };
    fields.done();
    if is_link && id.is_none() || !is_link && contents.is_none() {
        return None;
    }
    Some(Item { pointer, id, precedence, contents })
}

/// `precedence` of a policy in an application.
pub(super) fn read_precedence(fields: &Fields<'_>) -> Option<u32> {
    fields.integer("precedence", 0..=1_000_000).and_then(|n| u32::try_from(n).ok())
}

/// Puts the list into force: writes the application's own policies, removes those that are gone, returns the links in order. The
/// application's audit record tells its links only, so that each policy has a record of its own.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    actor: &str,
    (app, before): (&AppId, &[PolicyLink]),
    items: Vec<Item>,
) -> Result<Vec<PolicyLink>, Stop> {
    let faults = Faults::default();
    let resolved = resolve(tx, app, items, &faults)?;
    let links = links(&resolved, &faults);
    faults.finish(())?;
    for entry in &resolved {
        if let Policy::Own { policy, changed: true } = &entry.policy {
            let former = tx.policy(&policy.id)?.map(|former| policy_wire::write(&former, 0));
            tx.put_policy(policy)?;
            let wired = policy_wire::write(policy, 0);
            match former {
                Some(former) => NOUN.updated(tx, actor.to_owned(), policy.id, (former, wired))?,
                None => NOUN.created(tx, actor.to_owned(), policy.id, wired)?,
            }
        }
    }
    for gone in before.iter().filter(|link| !links.iter().any(|kept| kept.id == link.id)) {
        if let Some(policy) = tx.policy(&gone.id)?.filter(|p| p.owner.as_ref() == Some(app)) {
            tx.remove_policy(&gone.id)?;
            NOUN.deleted(tx, actor.to_owned(), gone.id, policy_wire::write(&policy, 0))?;
        }
    }
    Ok(links)
}

struct Resolved {
    pointer: String,
    precedence: Option<u32>,
    policy: Policy,
}

#[expect(clippy::large_enum_variant, reason = "a handful of them live for one request")]
enum Policy {
    Linked(PolicyId),
    Own { policy: AccessPolicy, changed: bool },
}

impl Policy {
    const fn id(&self) -> PolicyId {
        match self {
            Self::Linked(id) => *id,
            Self::Own { policy, .. } => policy.id,
        }
    }
}

fn resolve(tx: &Tx<'_>, app: &AppId, items: Vec<Item>, faults: &Faults) -> Result<Vec<Resolved>, Stop> {
    let (mut resolved, mut links, mut written) = (Vec::new(), false, None);
    for Item { pointer, id, precedence, contents } in items {
        let stored = match &id {
            Some(named) => tx.policy(&named.id)?,
            None => None,
        };
        let policy = match (id, stored, contents) {
            (Some(named), Some(stored), contents) if stored.owner.is_none() => {
                links = true;
                if contents.is_some_and(|draft| !same(&stored, &draft)) {
                    let id = named.id;
                    faults.add(pointer.clone(), format!("the policy {id} is reusable and not as it is sent here: change it at /access/policies/{id}; to link it, its id is enough"));
                }
                Policy::Linked(named.id)
            }
            (Some(_), Some(stored), None) if stored.owner.as_ref() == Some(app) => Policy::Own { policy: stored, changed: false },
            (Some(_), Some(stored), Some(mut draft)) if stored.owner.as_ref() == Some(app) => {
                policy_wire::check(tx, &pointer, &mut draft, faults)?;
                own(stored, draft, tx)
            }
            (Some(Named { id, pointer }), Some(_), None) => {
                faults.add(pointer, format!("the policy {id} belongs to another application: make it reusable there first"));
                continue;
            }
            (Some(Named { id, pointer }), None, _) => {
                faults.add(pointer, format!("there is no policy {id}"));
                continue;
            }
            // A policy of another application with its contents: this one gets its own copy.
            (named, _, Some(mut draft)) => {
                policy_wire::check(tx, &pointer, &mut draft, faults)?;
                if named.is_none() {
                    written = written.or(Some(pointer.clone()));
                }
                Policy::Own { policy: draft.into_policy(Some(*app), tx.now()), changed: true }
            }
            (None, _, None) => continue,
        };
        resolved.push(Resolved { pointer, precedence, policy });
    }
    if let (true, Some(pointer)) = (links, written) {
        faults.add(pointer, "links to reusable policies and policies written in place are not to be mixed in one list");
    }
    Ok(resolved)
}

fn own(stored: AccessPolicy, draft: Draft, tx: &Tx<'_>) -> Policy {
    if same(&stored, &draft) {
        Policy::Own { policy: stored, changed: false }
    } else {
        Policy::Own { policy: draft.replace(&stored, tx.now()), changed: true }
    }
}

/// Whether a policy is as it is sent.
fn same(stored: &AccessPolicy, draft: &Draft) -> bool {
    stored.name == draft.name
        && stored.decision == draft.decision
        && stored.rules == draft.rules
        && stored.session_duration.as_ref().map(|d| d.as_str()) == draft.session_duration.as_ref().map(|d| d.as_str())
        && stored.demands == draft.demands
}

/// Links in order. Where no precedence is given, a policy comes right after the one before it.
fn links(resolved: &[Resolved], faults: &Faults) -> Vec<PolicyLink> {
    let (mut links, mut ids, mut places, mut last) = (Vec::new(), BTreeSet::new(), BTreeSet::new(), 0);
    for entry in resolved {
        let precedence = entry.precedence.unwrap_or(last + 1);
        last = precedence;
        if !ids.insert(entry.policy.id()) {
            faults.add(entry.pointer.clone(), format!("the policy {} is listed twice", entry.policy.id()));
        } else if !places.insert(precedence) {
            faults.add(
                format!("{}/precedence", entry.pointer),
                format!("precedence {precedence} is taken by another policy of this application"),
            );
        }
        links.push(PolicyLink { id: entry.policy.id(), precedence });
    }
    links.sort_by_key(|link| link.precedence);
    links
}
