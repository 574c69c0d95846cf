//! What an application's verdicts depend on, and whether it is the same as before.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{
    AccessGroupId, AppId, ListId, PostureRuleId, access_group::AccessGroup, access_policy::AccessPolicy, list::List, posture::PostureRule,
    rule::RuleSet,
};
use store::Snapshot;

/// The objects that an application's policies name, directly or through rule groups; one that is missing counts as well.
#[derive(Default)]
pub(super) struct Depends {
    groups: BTreeMap<AccessGroupId, Option<Arc<AccessGroup>>>,
    posture: BTreeMap<PostureRuleId, Option<Arc<PostureRule>>>,
    lists: BTreeMap<ListId, Option<Arc<List>>>,
    /// Generations of the applications whose tokens count.
    linked: BTreeMap<AppId, Option<u32>>,
    /// Addresses of external evaluations: where, and whose keys.
    pub evaluations: BTreeSet<(String, String)>,
}

impl Depends {
    pub fn of(policies: &[Arc<AccessPolicy>], snapshot: &Snapshot) -> Self {
        let mut depends = Self::default();
        for policy in policies {
            depends.add(&policy.rules, snapshot);
            let groups = policy.demands.approval_groups.iter();
            groups.filter_map(|group| group.email_list).for_each(|id| depends.add_list(id, snapshot));
        }
        depends
    }

    fn add(&mut self, rules: &RuleSet, snapshot: &Snapshot) {
        use model::rule::Rule;
        for rule in rules.iter() {
            match rule {
                Rule::Group { id } if !self.groups.contains_key(id) => {
                    let group = snapshot.access_groups.get(id).cloned();
                    self.groups.insert(*id, group.clone());
                    // Groups that lead to each other are met once.
                    group.iter().for_each(|group| self.add(&group.rules, snapshot));
                }
                Rule::DevicePosture { integration_uid, .. } => {
                    if let Ok(id) = integration_uid.parse() {
                        self.posture.insert(id, snapshot.posture_rules.get(&id).cloned());
                    }
                }
                Rule::EmailList { id } | Rule::IpList { id } => self.add_list(*id, snapshot),
                Rule::LinkedAppToken { app_uid } => {
                    self.linked.insert(*app_uid, snapshot.apps.get(app_uid).map(|app| app.generation));
                }
                Rule::ExternalEvaluation { evaluate_url, keys_url } => {
                    self.evaluations.insert((evaluate_url.clone(), keys_url.clone()));
                }
                _ => {}
            }
        }
    }

    fn add_list(&mut self, id: ListId, snapshot: &Snapshot) {
        self.lists.insert(id, snapshot.lists.get(&id).cloned());
    }

    /// The very same objects.
    pub fn is_as(&self, other: &Self) -> bool {
        is_same(&self.groups, &other.groups, same_option)
            && is_same(&self.posture, &other.posture, same_option)
            && is_same(&self.lists, &other.lists, same_option)
            && self.linked == other.linked
    }
}

/// What concerns every application whose rules look at more than the identity.
pub(super) fn is_same_around(new: &Snapshot, old: &Snapshot) -> bool {
    is_same(&new.service_tokens, &old.service_tokens, Arc::ptr_eq)
        && is_same(&new.certificates, &old.certificates, Arc::ptr_eq)
        && is_same(&new.hostname_settings, &old.hostname_settings, Arc::ptr_eq)
        && is_same(&new.posture_integrations, &old.posture_integrations, Arc::ptr_eq)
}

/// Which application answers where, and how programs are judged: both concern everybody.
pub(super) fn is_same_for_all(new: &Snapshot, old: &Snapshot) -> bool {
    new.organization.strict_service_token_auth == old.organization.strict_service_token_auth
        && is_same(&new.apps, &old.apps, |a, b| Arc::ptr_eq(a, b) || a.destinations == b.destinations)
}

fn same_option<T>(a: &Option<Arc<T>>, b: &Option<Arc<T>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

fn is_same<K: Ord, V>(a: &BTreeMap<K, V>, b: &BTreeMap<K, V>, same: impl Fn(&V, &V) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|((a_key, a), (b_key, b))| a_key == b_key && same(a, b))
}
