//! `uses`: what names a policy, a rule group, a list, a service token, a tag or a login method, and which applications its removal or change would touch.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use model::{
    AccessGroupId, AppId, IdpId, ListId, PolicyId, ServiceTokenId,
    access_policy::AccessPolicy,
    app::App,
    console::Console,
    rule::{Rule, RuleSet},
};
use serde_json::{Value, json};
use store::Snapshot;

use crate::{
    access::in_use::names_provider,
    caller::{AppsRead, Caller},
    envelope::Answer,
    error::ApiError,
    params::Query,
    state::ApiState,
};

/// Entries of each list; more are counted only.
const SHOWN: usize = 100;

/// What is asked about.
enum Thing {
    Policy(PolicyId),
    Group(AccessGroupId),
    List(ListId),
    ServiceToken(ServiceTokenId),
    Tag(String),
    Provider(IdpId),
}

impl Thing {
    fn read(query: &Query) -> Result<Self, ApiError> {
        let asked = [
            query.parsed("policy_id")?.map(Self::Policy),
            query.parsed("group_id")?.map(Self::Group),
            query.parsed("list_id")?.map(Self::List),
            query.parsed("service_token_id")?.map(Self::ServiceToken),
            query.text("tag").map(|tag| Self::Tag(tag.to_owned())),
            query.parsed("identity_provider_id")?.map(Self::Provider),
        ];
        let mut asked = asked.into_iter().flatten();
        match (asked.next(), asked.next()) {
            (Some(thing), None) => Ok(thing),
            _ => Err(ApiError::fault("policy_id", "name one: policy_id, group_id, list_id, service_token_id, tag or identity_provider_id")),
        }
    }
    fn is_named_by(&self, rule: &Rule) -> bool {
        match (self, rule) {
            (Self::Group(id), Rule::Group { id: named }) => id == named,
            (Self::List(id), Rule::EmailList { id: named } | Rule::IpList { id: named }) => id == named,
            (Self::ServiceToken(id), Rule::ServiceToken { token_id }) => id == token_id,
            (Self::Provider(id), rule) => names_provider(rule, id),
            _ => false,
        }
    }
    /// A list may also hold the people who approve.
    fn approves(&self, policy: &AccessPolicy) -> bool {
        matches!(self, Self::List(id) if policy.demands.approval_groups.iter().any(|group| group.email_list.as_ref() == Some(id)))
    }
}

pub(crate) async fn list(_: Caller<AppsRead>, State(state): State<ApiState>, query: Query) -> Result<Answer, ApiError> {
    let (thing, snapshot) = (Thing::read(&query)?, state.store.snapshot());
    let mut apps: BTreeSet<AppId> = BTreeSet::new();
    let mut users: Vec<Value> = Vec::new();
    let direct = snapshot.apps.values().filter(|app| match &thing {
        Thing::Policy(id) => app.policies.iter().any(|link| link.id == *id),
        Thing::Tag(tag) => app.tags.contains(tag),
        Thing::Provider(id) => app.allowed_idps.contains(id),
        _ => false,
    });
    for app in direct {
        apps.insert(app.id);
        users.push(json!({ "type": "application", "id": app.id, "name": app.name, "applications": [named(app)] }));
    }
    let through = Through::of(&snapshot);
    let names = |rules: &RuleSet| rules.iter().any(|rule| thing.is_named_by(rule));
    for policy in snapshot.policies.values().filter(|policy| names(&policy.rules) || thing.approves(policy)) {
        let own = through.apps(&[policy.id].into());
        let kind = if policy.owner.is_some() { "own_policy" } else { "policy" };
        users.push(json!({ "type": kind, "id": policy.id, "name": policy.name, "applications": shown(&snapshot, &own) }));
        apps.extend(own);
    }
    for group in snapshot.access_groups.values().filter(|group| names(&group.rules)) {
        let own = through.apps(&through.policies(group.id));
        users.push(json!({ "type": "group", "id": group.id, "name": group.name, "applications": shown(&snapshot, &own) }));
        apps.extend(own);
    }
    // Administrators are believed from it: the console is no application of the account's.
    if let (Thing::Provider(id), Some(console)) = (&thing, &snapshot.console)
        && console.trusts(id)
    {
        users.push(json!({ "type": "console", "id": null, "name": Console::NAME, "applications": [] }));
    }
    users.sort_by_cached_key(|user| (user["type"].to_string(), user["name"].to_string().to_lowercase(), user["id"].to_string()));
    let count = users.len();
    users.truncate(SHOWN);
    Ok(Answer::ok(json!({
        "used_by": users, "used_by_count": count, "applications": shown(&snapshot, &apps), "applications_count": apps.len(),
    })))
}

fn named(app: &App) -> Value {
    json!({ "id": app.id, "name": app.name })
}

fn shown(snapshot: &Snapshot, ids: &BTreeSet<AppId>) -> Vec<Value> {
    let mut apps: Vec<&App> = ids.iter().filter_map(|id| snapshot.apps.get(id)).map(AsRef::as_ref).collect();
    apps.sort_by_cached_key(|app| (app.name.to_lowercase(), app.id));
    apps.into_iter().take(SHOWN).map(named).collect()
}

/// Who is named by whom, looked up backwards.
struct Through {
    apps: BTreeMap<PolicyId, BTreeSet<AppId>>,
    policies: BTreeMap<AccessGroupId, BTreeSet<PolicyId>>,
    groups: BTreeMap<AccessGroupId, BTreeSet<AccessGroupId>>,
}

impl Through {
    fn of(snapshot: &Snapshot) -> Self {
        let (mut apps, mut policies, mut groups) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for app in snapshot.apps.values() {
            for link in &app.policies {
                apps.entry(link.id).or_insert_with(BTreeSet::new).insert(app.id);
            }
        }
        for policy in snapshot.policies.values() {
            for group in nested(&policy.rules) {
                policies.entry(group).or_insert_with(BTreeSet::new).insert(policy.id);
            }
        }
        for outer in snapshot.access_groups.values() {
            for group in nested(&outer.rules) {
                groups.entry(group).or_insert_with(BTreeSet::new).insert(outer.id);
            }
        }
        Self { apps, policies, groups }
    }

    fn apps(&self, policies: &BTreeSet<PolicyId>) -> BTreeSet<AppId> {
        policies.iter().filter_map(|id| self.apps.get(id)).flatten().copied().collect()
    }

    /// Policies that name the group, themselves or through other groups.
    fn policies(&self, start: AccessGroupId) -> BTreeSet<PolicyId> {
        let (mut seen, mut open, mut found) = (BTreeSet::from([start]), vec![start], BTreeSet::new());
        while let Some(id) = open.pop() {
            found.extend(self.policies.get(&id).into_iter().flatten().copied());
            for outer in self.groups.get(&id).into_iter().flatten() {
                if seen.insert(*outer) {
                    open.push(*outer);
                }
            }
        }
        found
    }
}

fn nested(rules: &RuleSet) -> impl Iterator<Item = AccessGroupId> {
    rules.iter().filter_map(|rule| match rule {
        Rule::Group { id } => Some(*id),
        _ => None,
    })
}
