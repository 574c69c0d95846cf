//! Which groups of a login method rules name, in which policies they decide, and which way.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use model::{
    AccessGroupId, AppId, IdpId, ObjectId, PolicyId,
    access_group::AccessGroup,
    access_policy::{AccessPolicy, PolicyAction},
    app::App,
    drift::{Effect, PolicyUse},
    rule::{Rule, RuleSet},
};
use store::Snapshot;

/// What may name groups.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Policies, reusable and owned.
    pub policies: &'a BTreeMap<PolicyId, Arc<AccessPolicy>>,
    /// Rule groups.
    pub groups: &'a BTreeMap<AccessGroupId, Arc<AccessGroup>>,
    /// Applications, at which policies stand.
    pub apps: &'a BTreeMap<AppId, Arc<App>>,
}

impl<'a> From<&'a Snapshot> for Rules<'a> {
    fn from(snapshot: &'a Snapshot) -> Self {
        Self { policies: &snapshot.policies, groups: &snapshot.access_groups, apps: &snapshot.apps }
    }
}

/// Where a group is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Policies in which it decides, directly or by rule groups; in both directions is two entries.
    pub policies: Vec<PolicyUse>,
    /// Names of the rule groups whose own rules name it.
    pub rule_groups: Vec<String>,
}

/// The groups of a login method that rules name, by object id.
pub fn named(among: Rules<'_>, idp: &IdpId) -> Vec<(ObjectId, Named)> {
    let mut found: BTreeMap<ObjectId, Named> = BTreeMap::new();
    for group in among.groups.values() {
        let ids: BTreeSet<ObjectId> = group.rules.iter().filter_map(|rule| of(rule, idp)).collect();
        for id in ids {
            found.entry(id).or_default().rule_groups.push(group.name.clone());
        }
    }
    for policy in among.policies.values() {
        let mut walk = Walk { among, idp, seen: HashSet::new(), found: BTreeSet::new() };
        walk.rules(&policy.rules, effect(policy.decision));
        for (id, effect) in walk.found {
            found.entry(id).or_default().policies.push(PolicyUse {
                id: policy.id,
                name: policy.name.clone(),
                decision: policy.decision,
                effect,
                applications: applications(among, policy),
            });
        }
    }
    for named in found.values_mut() {
        named.policies.sort_by(|a, b| (&a.name, a.id, a.effect).cmp(&(&b.name, b.id, b.effect)));
        named.rule_groups.sort();
    }
    found.into_iter().collect()
}

/// What a policy does with those who match.
const fn effect(decision: PolicyAction) -> Effect {
    match decision {
        PolicyAction::Deny => Effect::KeepsOut,
        PolicyAction::Allow | PolicyAction::NonIdentity | PolicyAction::Bypass => Effect::LetsIn,
    }
}

fn of(rule: &Rule, idp: &IdpId) -> Option<ObjectId> {
    match rule {
        Rule::AzureGroup { id, identity_provider_id } if identity_provider_id == idp => Some(*id),
        _ => None,
    }
}

fn applications(among: Rules<'_>, policy: &AccessPolicy) -> Vec<String> {
    let stands_at = |app: &App| policy.owner.as_ref() == Some(&app.id) || app.policies.iter().any(|link| link.id == policy.id);
    let apps = among.apps.values().filter(|app| stands_at(app));
    apps.map(|app| app.name.clone()).collect()
}

/// Through a policy's rules and the rule groups that they refer to.
struct Walk<'a> {
    among: Rules<'a>,
    idp: &'a IdpId,
    /// Rule groups that were looked into, each way once: they may form circles.
    seen: HashSet<(AccessGroupId, Effect)>,
    found: BTreeSet<(ObjectId, Effect)>,
}

impl Walk<'_> {
    fn rules(&mut self, rules: &RuleSet, effect: Effect) {
        for rule in rules.include.iter().chain(&rules.require) {
            self.rule(rule, effect);
        }
        for rule in &rules.exclude {
            self.rule(rule, effect.reversed());
        }
    }

    fn rule(&mut self, rule: &Rule, effect: Effect) {
        if let Some(id) = of(rule, self.idp) {
            self.found.insert((id, effect));
        }
        if let Rule::Group { id } = rule
            && self.seen.insert((*id, effect))
            && let Some(group) = self.among.groups.get(id)
        {
            self.rules(&group.rules, effect);
        }
    }
}

#[cfg(test)]
mod tests;
