//! Owns the verdict of Conditional Access: which policies hit a sign-in, and what they still ask for.
//!
//! Source: "Targeting Resources in Conditional Access Policies", "Developer guidance for Conditional Access authentication context".

use uuid::Uuid;

use super::desk::Account;
use super::scope::Scopes;
use crate::clock::Stamp;
use crate::directory::Directory;
use crate::directory::app::Application;
use crate::directory::device::Compliance;
use crate::directory::id::{AppId, ObjectId};
use crate::directory::policy::{Control, Operator, Policy, PolicyState, Renewed, Users};
use crate::directory::user::UserType;

/// What a sign-in or a refresh brings before the policies.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'a> {
    /// Who, with the factors given so far.
    pub account: Account,
    /// Resources that are asked for.
    pub targets: &'a [AppId],
    /// Authentication contexts that are asked for.
    pub contexts: &'a [String],
    /// When.
    pub now: Stamp,
}

/// What the policies say, the hardest word first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing stands in the way.
    Met,
    /// A second factor is missing or stale (50076).
    SecondFactor(Vec<Uuid>),
    /// The sign-in is too old (70043).
    Again(Vec<Uuid>),
    /// The device is not compliant (53000).
    Device(Vec<Uuid>),
    /// Nothing helps (53003).
    Blocked(Vec<Uuid>),
}

impl Verdict {
    fn join(self, other: Self) -> Self {
        use Verdict::{Again, Blocked, Device, SecondFactor};
        let both = |mut ids: Vec<Uuid>, more: Vec<Uuid>| {
            ids.extend(more);
            ids
        };
        match (self, other) {
            (Blocked(ids), Blocked(more)) => Blocked(both(ids, more)),
            (Device(ids), Device(more)) => Device(both(ids, more)),
            (Again(ids), Again(more)) => Again(both(ids, more)),
            (SecondFactor(ids), SecondFactor(more)) => SecondFactor(both(ids, more)),
            (left, right) => left.max(right),
        }
    }
}

/// Resources of a request: a confidential client itself only when it asks for an ID token, and every API named.
pub fn targets(directory: &Directory, app: &Application, scopes: &Scopes) -> Vec<AppId> {
    let own = (scopes.has("openid") && !app.is_public()).then_some(app.app_id);
    let apis = scopes.apis.keys().filter_map(|id| directory.principals.get(id)).map(|sp| sp.app_id);
    own.into_iter().chain(apis).collect()
}

/// Judges a demand by the policies of the person's own tenant.
pub fn judge(home: &Directory, demand: &Demand<'_>) -> Verdict {
    let enforced = home.policies.values().filter(|policy| policy.state == PolicyState::Enabled);
    enforced.filter(|policy| applies(home, policy, demand)).map(|policy| one(home, policy, demand)).fold(Verdict::Met, Verdict::join)
}

fn applies(home: &Directory, policy: &Policy, demand: &Demand<'_>) -> bool {
    let conditions = &policy.conditions;
    let browser =
        conditions.client_app_types.is_empty() || conditions.client_app_types.iter().any(|kind| kind == "all" || kind == "browser");
    let risky = conditions.user_risk_levels.is_empty()
        || home.risk.get(&demand.account.person).is_some_and(|risk| {
            let level = serde_json::to_value(risk.level).unwrap_or_default();
            conditions.user_risk_levels.iter().any(|one| level == one.as_str())
        });
    browser && risky && concerns(home, &conditions.users, demand.account.person) && protects(policy, demand)
}

fn concerns(home: &Directory, users: &Users, person: ObjectId) -> bool {
    let Some(user) = home.users.get(&person) else {
        return false;
    };
    let id = person.to_string();
    let guest = user.profile.user_type == UserType::Guest;
    let groups: Vec<String> = home.all_groups(person).iter().map(ObjectId::to_string).collect();
    let roles: Vec<String> = home.roles_held(person).map(|role| role.template_id.to_string()).collect();
    let named = |words: &[String]| words.iter().any(|word| word.eq_ignore_ascii_case(&id) || (guest && word == "GuestsOrExternalUsers"));
    let among = |wanted: &[String], held: &[String]| wanted.iter().any(|one| held.iter().any(|id| id.eq_ignore_ascii_case(one)));
    let included = users.include_users.iter().any(|word| word == "All")
        || named(&users.include_users)
        || among(&users.include_groups, &groups)
        || among(&users.include_roles, &roles);
    let excluded = named(&users.exclude_users) || among(&users.exclude_groups, &groups) || among(&users.exclude_roles, &roles);
    included && !excluded
}

fn protects(policy: &Policy, demand: &Demand<'_>) -> bool {
    let applications = &policy.conditions.applications;
    let contexts = &applications.include_authentication_context_class_references;
    let by_context = contexts.iter().any(|one| demand.contexts.contains(one));
    let is = |words: &[String], target: &AppId| words.iter().any(|word| word.eq_ignore_ascii_case(&target.to_string()));
    let by_resource = demand.targets.iter().any(|target| {
        let all = applications.include_applications.iter().any(|word| word == "All");
        (all || is(&applications.include_applications, target)) && !is(&applications.exclude_applications, target)
    });
    by_context || by_resource
}

fn one(home: &Directory, policy: &Policy, demand: &Demand<'_>) -> Verdict {
    let ids = || vec![policy.id];
    let account = &demand.account;
    let controls = policy.grant_controls.as_ref();
    let frequency = policy.session_controls.as_ref().and_then(|session| session.sign_in_frequency.as_ref());
    let limit = frequency.and_then(|one| one.seconds().map(|seconds| (seconds, one.authentication_type)));
    let is_stale = |at: Stamp| limit.is_some_and(|(seconds, _)| at.plus(seconds) <= demand.now);
    let second = account.second_factor.is_some_and(|at| !is_stale(at));
    let state = |control: Control| match control {
        Control::Block => Verdict::Blocked(ids()),
        Control::Mfa if second => Verdict::Met,
        Control::Mfa => Verdict::SecondFactor(ids()),
        Control::CompliantDevice if is_compliant(home, account.device) => Verdict::Met,
        Control::CompliantDevice => Verdict::Device(ids()),
    };
    let granted = controls.map_or(Verdict::Met, |controls| {
        let states = controls.built_in_controls.iter().map(|control| state(*control));
        match controls.operator {
            // The easiest of several ways is the one that is asked for.
            Operator::Or => states.min().unwrap_or(Verdict::Met),
            Operator::And => states.fold(Verdict::Met, Verdict::join),
        }
    });
    let fresh = match limit {
        Some((_, Renewed::SecondaryAuthentication)) if !second => Verdict::SecondFactor(ids()),
        Some((_, Renewed::PrimaryAndSecondaryAuthentication)) if is_stale(account.auth_time) => Verdict::Again(ids()),
        _ => Verdict::Met,
    };
    granted.max(fresh)
}

fn is_compliant(home: &Directory, device: Option<Uuid>) -> bool {
    device.is_some_and(|id| home.devices.values().any(|one| one.device_id == id && one.compliance == Compliance::Compliant))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::directory::policy::PolicyShape;
    use crate::seed::build;
    use crate::seed::{Seed, TenantSource};

    /// Members of a policy, and the verdict with no factor, a second factor, a device, both.
    type Case<'a> = (&'a [(&'a str, Value)], [&'a str; 4]);

    fn harbour() -> Directory {
        let tenant = json!({
            "tenant": {"domain": "pier.example", "displayName": "Pier"},
            "users": [{"userPrincipalName": "ada@pier.example", "displayName": "Ada", "mailNickname": "ada", "password": "x"},
                      {"userPrincipalName": "bo@pier.example", "displayName": "Bo", "mailNickname": "bo", "password": "x"}],
            "groups": [{"name": "Inner", "members": ["ada@pier.example"]}, {"name": "Outer", "members": ["group:Inner"]}],
            "devices": [{"name": "PIER-1", "user": "ada@pier.example", "complianceState": "compliant"}],
            "risk": [{"user": "bo@pier.example", "riskLevel": "high", "riskState": "atRisk"}],
        });
        let seed = Seed { tenant: TenantSource::Json(tenant.to_string()), ..Seed::default() };
        build::directory(&seed, at(0)).unwrap()
    }

    fn at(seconds: i64) -> Stamp {
        Stamp::new(time::OffsetDateTime::UNIX_EPOCH).plus(1_000_000 + seconds)
    }

    fn put(directory: &mut Directory, body: &Value) {
        let shape = PolicyShape::read(body.as_object().unwrap()).unwrap();
        let policy = shape.policy(Uuid::new_v4(), at(0));
        directory.policies.insert(policy.id, policy);
    }

    fn policy(users: &Value, applications: &Value, rest: &[(&str, Value)]) -> Value {
        let mut body = json!({"displayName": "p", "state": "enabled", "conditions": {"users": users, "applications": applications}});
        for (name, value) in rest {
            body[*name] = value.clone();
        }
        body
    }

    fn controls(names: &[&str], operator: &str) -> (&'static str, Value) {
        ("grantControls", json!({"operator": operator, "builtInControls": names}))
    }

    fn word(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Met => "met",
            Verdict::SecondFactor(_) => "mfa",
            Verdict::Again(_) => "again",
            Verdict::Device(_) => "device",
            Verdict::Blocked(_) => "blocked",
        }
    }

    #[test]
    fn a_policy_hits_whom_and_what_it_names() {
        let app = AppId::random();
        let plain = harbour();
        let id = |upn: &str| plain.user(upn).unwrap().id;
        let (ada, bo) = (id("ada@pier.example"), id("bo@pier.example"));
        let outer = plain.groups.values().find(|group| group.display_name == "Outer").unwrap().id.to_string();
        let everything = json!({"includeApplications": ["All"]});
        let table = [
            (json!({"includeUsers": ["All"]}), everything.clone(), true, true),
            (json!({"includeUsers": ["All"], "excludeUsers": [ada.to_string()]}), everything.clone(), false, true),
            (json!({"includeGroups": [outer]}), everything.clone(), true, false),
            (json!({"includeUsers": ["All"], "excludeGroups": [outer]}), everything.clone(), false, true),
            (json!({"includeUsers": ["None"]}), everything, false, false),
            (json!({"includeUsers": ["All"]}), json!({"includeApplications": [app.to_string()]}), true, true),
            (
                json!({"includeUsers": ["All"]}),
                json!({"includeApplications": ["All"], "excludeApplications": [app.to_string()]}),
                false,
                false,
            ),
            (json!({"includeUsers": ["All"]}), json!({"includeAuthenticationContextClassReferences": ["c1"]}), false, false),
        ];
        for (users, applications, hits_ada, hits_bo) in table {
            let mut directory = harbour();
            put(&mut directory, &policy(&users, &applications, &[controls(&["block"], "OR")]));
            for (person, hit) in [(ada, hits_ada), (bo, hits_bo)] {
                let demand = Demand { account: Account::new(person, at(0)), targets: &[app], contexts: &[], now: at(0) };
                assert_eq!(judge(&directory, &demand) != Verdict::Met, hit, "{users} {applications}");
            }
        }
    }

    #[test]
    fn controls_combine_and_are_met_by_their_factors() {
        let app = AppId::random();
        let plain = harbour();
        let ada = plain.user("ada@pier.example").unwrap().id;
        let device = plain.devices.values().next().unwrap().device_id;
        let hourly = json!({"signInFrequency": {"isEnabled": true, "type": "hours", "value": 1}});
        let second = json!({"signInFrequency": {"isEnabled": true, "frequencyInterval": "everyTime", "authenticationType": "secondaryAuthentication"}});
        let all = json!({"includeApplications": ["All"]});
        let table: [Case<'_>; 7] = [
            (&[controls(&["mfa"], "OR")], ["mfa", "met", "mfa", "met"]),
            (&[controls(&["compliantDevice"], "OR")], ["device", "device", "met", "met"]),
            (&[controls(&["mfa", "compliantDevice"], "OR")], ["mfa", "met", "met", "met"]),
            (&[controls(&["mfa", "compliantDevice"], "AND")], ["device", "device", "mfa", "met"]),
            (&[controls(&["block"], "OR")], ["blocked"; 4]),
            (&[("sessionControls", hourly)], ["again"; 4]),
            (&[("sessionControls", second)], ["mfa"; 4]),
        ];
        for (rest, expected) in table {
            let mut directory = harbour();
            put(&mut directory, &policy(&json!({"includeUsers": ["All"]}), &all, rest));
            let factors = [(None, None), (Some(at(0)), None), (None, Some(device)), (Some(at(0)), Some(device))];
            let words = factors.map(|(second_factor, device)| {
                let account = Account { second_factor, device, ..Account::new(ada, at(0)) };
                word(&judge(&directory, &Demand { account, targets: &[app], contexts: &[], now: at(3_600) }))
            });
            assert_eq!(words, expected, "{rest:?}");
        }
    }

    #[test]
    fn risk_and_state_of_a_policy_count() {
        let app = AppId::random();
        let mut directory = harbour();
        let mut body = policy(&json!({"includeUsers": ["All"]}), &json!({"includeApplications": ["All"]}), &[controls(&["block"], "OR")]);
        body["conditions"]["userRiskLevels"] = json!(["high"]);
        put(&mut directory, &body);
        let verdict = |directory: &Directory, upn: &str| {
            let account = Account::new(directory.user(upn).unwrap().id, at(0));
            judge(directory, &Demand { account, targets: &[app], contexts: &[], now: at(0) })
        };
        assert_eq!(verdict(&directory, "ada@pier.example"), Verdict::Met);
        assert!(matches!(verdict(&directory, "bo@pier.example"), Verdict::Blocked(_)));
        for policy in directory.policies.values_mut() {
            policy.state = PolicyState::ReportOnly;
        }
        assert_eq!(verdict(&directory, "bo@pier.example"), Verdict::Met);
    }
}
