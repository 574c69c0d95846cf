//! The cast: Harbour Works, its people, groups and provider, and short ways to write rules and policies.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use model::{
    AccessGroupId, AppId, CertificateId, IdpId, ListId, ObjectId, PolicyId, PostureIntegrationId, PostureRuleId, ServiceTokenId, Timestamp,
    UserId,
    access_group::AccessGroup,
    access_policy::{AccessPolicy, Demands, PolicyAction},
    auth_context::ContextId,
    identity::{
        AuthContexts, DirectoryGroup, EmailTrust, Evaluation, GroupSource, Groups, GroupsUnknown, HeldContext, Identity, SubjectKey,
        Verdict,
    },
    list::{Item, Items, List},
    posture::{ComplianceStatus, PostureCheck, PostureRule},
    readings::{Reading, Readings, Risk},
    rule::{RiskLevel, Rule, RuleSet},
};
use policy::{Fact, Facts, PolicySet, Presented, References, RequestFacts};
use serde_json::{Value, json};
use uuid::Uuid;

pub const NOW: Timestamp = Timestamp::from_secs(1_790_100_000);
pub type RuleGroups = BTreeMap<AccessGroupId, Arc<AccessGroup>>;

pub fn uuid(room: u8, n: u32) -> Uuid {
    Uuid::from_u128(u128::from(room) << 96 | u128::from(n))
}
pub fn idp(n: u32) -> IdpId {
    IdpId::new(uuid(1, n))
}
/// The Entra provider of Harbour Works.
pub fn entra() -> IdpId {
    idp(1)
}
pub fn pilots() -> ObjectId {
    ObjectId::new(uuid(2, 1))
}
pub fn night_pilots() -> ObjectId {
    ObjectId::new(uuid(2, 2))
}
pub fn dock_crew() -> ObjectId {
    ObjectId::new(uuid(2, 3))
}
pub fn policy_id(n: u32) -> PolicyId {
    PolicyId::new(uuid(3, n))
}
pub fn group_id(n: u32) -> AccessGroupId {
    AccessGroupId::new(uuid(4, n))
}
pub fn token(n: u32) -> ServiceTokenId {
    ServiceTokenId::new(uuid(5, n))
}

pub fn app_id(n: u32) -> AppId {
    AppId::new(uuid(10, n))
}
/// The certificate authority of Harbour Works.
pub fn authority() -> CertificateId {
    CertificateId::new(uuid(11, 1))
}
pub fn list_id(n: u32) -> ListId {
    ListId::new(uuid(12, n))
}

/// A rule from its JSON.
pub fn rule(json: Value) -> Rule {
    serde_json::from_value(json).unwrap()
}
pub fn everyone() -> Rule {
    rule(json!({"everyone": {}}))
}
pub fn email(address: &str) -> Rule {
    rule(json!({"email": {"email": address}}))
}
pub fn domain(domain: &str) -> Rule {
    rule(json!({"email_domain": {"domain": domain}}))
}
pub fn geo(country: &str) -> Rule {
    rule(json!({"geo": {"country_code": country}}))
}
pub fn ip(range: &str) -> Rule {
    rule(json!({"ip": {"ip": range}}))
}
pub fn azure(group: ObjectId) -> Rule {
    Rule::AzureGroup { id: group, identity_provider_id: entra() }
}
pub fn any_token() -> Rule {
    rule(json!({"any_valid_service_token": {}}))
}
/// List 1 holds people, list 2 networks; there is no other.
pub fn on_email_list(n: u32) -> Rule {
    Rule::EmailList { id: list_id(n) }
}
pub fn on_ip_list(n: u32) -> Rule {
    Rule::IpList { id: list_id(n) }
}
pub fn certificate() -> Rule {
    rule(json!({"certificate": {}}))
}
pub fn common_name(name: &str) -> Rule {
    rule(json!({"common_name": {"common_name": name}}))
}
pub fn linked(n: u32) -> Rule {
    Rule::LinkedAppToken { app_uid: app_id(n) }
}
pub const EVALUATE: &str = "https://risk.harbourworks.example/evaluate";
pub const KEYS: &str = "https://risk.harbourworks.example/keys";
pub fn evaluated() -> Rule {
    rule(json!({"external_evaluation": {"evaluate_url": EVALUATE, "keys_url": KEYS}}))
}
pub fn rule_group(n: u32) -> Rule {
    Rule::Group { id: group_id(n) }
}
pub fn posture() -> Rule {
    rule(json!({"device_posture": {"integration_uid": "disk"}}))
}

/// The rule for an authentication context of Harbour Works' provider.
pub fn context(id: &str) -> Rule {
    context_of(id, entra())
}
pub fn context_of(id: &str, provider: IdpId) -> Rule {
    Rule::AuthContext { id: id.into(), ac_id: id.into(), identity_provider_id: provider }
}
pub fn context_id(id: &str) -> ContextId {
    id.parse().unwrap()
}
/// Every device of the person is compliant.
pub fn all_compliant() -> Rule {
    rule(json!({"device_posture": {"integration_uid": PostureRuleId::new(uuid(8, 1)).to_string()}}))
}
pub fn risk(levels: &[&str]) -> Rule {
    rule(json!({"user_risk_score": {"user_risk_score": levels}}))
}
pub fn intune() -> PostureIntegrationId {
    PostureIntegrationId::new(uuid(9, 1))
}
/// Rule 1 is about all devices, rule 2 about the device at hand; rule 3 counts for a minute only.
pub fn posture_rules() -> BTreeMap<PostureRuleId, Arc<PostureRule>> {
    let all = PostureCheck::IntuneAllDevices { connection_id: intune(), compliance_status: ComplianceStatus::Compliant };
    let at_hand = PostureCheck::Intune { connection_id: intune(), compliance_status: ComplianceStatus::Compliant };
    let made = |(n, check, expiration): (u32, PostureCheck, Option<&str>)| {
        let id = PostureRuleId::new(uuid(8, n));
        let rule = PostureRule {
            id,
            name: format!("Rule {n}"),
            description: String::new(),
            platforms: vec![],
            schedule: None,
            expiration: expiration.map(|text| text.parse().unwrap()),
            check,
            created_at: NOW,
            updated_at: NOW,
        };
        (id, Arc::new(rule))
    };
    [(1, all.clone(), None), (2, at_hand, None), (3, all, Some("1m"))].into_iter().map(made).collect()
}
/// Mara and Ilo by address; the office and the ship by network.
pub fn lists() -> BTreeMap<ListId, Arc<List>> {
    fn items<T: TryFrom<String, Error: std::fmt::Debug>>(texts: &[&str]) -> Vec<Item<T>> {
        texts.iter().map(|text| Item { value: (*text).to_owned().try_into().unwrap(), description: None, created_at: NOW }).collect()
    }
    let people = Items::Email(items(&["Mara@harbourworks.example", "ilo@HARBOURWORKS.example", "aida@other.example"]));
    let places = Items::Ip(items(&["203.0.113.0/25", "203.0.113.64/26", "192.0.2.7", "2001:db8:5::/48", "::ffff:198.51.100.200"]));
    let made = |(n, items)| {
        let list = List { id: list_id(n), name: format!("List {n}"), description: None, items, created_at: NOW, updated_at: NOW };
        (list.id, Arc::new(list))
    };
    [(1, people), (2, places)].into_iter().map(made).collect()
}
/// A reading of two minutes ago that counts for ten.
pub fn reading<T>(people: impl IntoIterator<Item = (&'static str, T)>) -> Arc<Reading<T>> {
    let people = people.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Arc::new(Reading { issuer: "harbour-works".into(), people, at: NOW.plus_secs(-120), good_until: NOW.plus_secs(480) })
}
/// Mara's devices and risk; nobody else has any.
pub fn readings_of_mara() -> Readings {
    Readings {
        risk: [(entra(), reading([("mara", Risk::Level(RiskLevel::Low))]))].into(),
        devices: [(intune(), reading([("mara", vec![ComplianceStatus::Compliant])]))].into(),
    }
}

pub fn rules(include: Vec<Rule>, require: Vec<Rule>, exclude: Vec<Rule>) -> RuleSet {
    RuleSet { include, require, exclude }
}
pub fn policy(n: u32, name: &str, decision: PolicyAction, rules: RuleSet) -> AccessPolicy {
    AccessPolicy {
        id: policy_id(n),
        name: name.into(),
        decision,
        rules,
        session_duration: None,
        demands: Demands::default(),
        owner: None,
        created_at: NOW,
        updated_at: NOW,
    }
}
pub fn rule_groups(groups: impl IntoIterator<Item = (u32, RuleSet)>) -> RuleGroups {
    let made = |(n, rules)| {
        let group = AccessGroup { id: group_id(n), name: format!("Group {n}"), rules, is_default: false, created_at: NOW, updated_at: NOW };
        (group.id, Arc::new(group))
    };
    groups.into_iter().map(made).collect()
}
pub fn compile(policies: &[AccessPolicy], groups: &RuleGroups) -> PolicySet {
    let references = References { groups, posture: &posture_rules(), lists: &lists(), told: None };
    PolicySet::compile(&policies.iter().collect::<Vec<_>>(), &references)
}

/// Somebody of Harbour Works, member of the tenant, with a complete list of groups.
pub fn person(name: &str, groups: &[ObjectId]) -> Identity {
    let list = groups.iter().map(|id| DirectoryGroup { id: *id, name: None });
    Identity {
        user_id: UserId::new(uuid(6, name.len() as u32)),
        idp: entra(),
        idp_kind: "azureAD".into(),
        key: SubjectKey { issuer: "harbour-works".into(), subject: name.into() },
        email: format!("{name}@HarbourWorks.example").parse().unwrap(),
        email_trust: EmailTrust::TenantMember,
        name: name.into(),
        upn: None,
        groups: Groups::known(list.collect(), GroupSource::Token, NOW.plus_secs(-60)),
        amr: vec!["pwd".into(), "mfa".into()],
        contexts: AuthContexts::default(),
        sid: None,
        claims: BTreeMap::new(),
        evaluations: vec![],
        country: Some("PT".into()),
        ip: address("203.0.113.9"),
        signed_in_at: NOW.plus_secs(-60),
    }
}
/// The person after a sign-in at which these contexts were asked for and those held came back.
pub fn stepped_up(person: &Identity, asked: &[&str], held: &[&str]) -> Identity {
    let held = held.iter().map(|id| HeldContext { id: context_id(id), at: NOW.plus_secs(-30) }).collect();
    let contexts = AuthContexts { held, asked: asked.iter().map(|id| context_id(id)).collect() };
    Identity { contexts, ..person.clone() }
}
/// The person after an endpoint was asked about them.
pub fn judged(person: &Identity, said: Verdict) -> Identity {
    let verdict = Evaluation { evaluate_url: EVALUATE.into(), keys_url: KEYS.into(), said, at: NOW.plus_secs(-20) };
    Identity { evaluations: vec![verdict], ..person.clone() }
}
/// A certificate for this name.
pub fn shown(common_name: Option<&str>) -> Presented<'_> {
    Presented { authority: authority(), common_name }
}
/// Somebody whose groups could not be read.
pub fn without_groups(name: &str, reason: GroupsUnknown) -> Identity {
    Identity { groups: Groups::Unknown { reason, at: NOW }, ..person(name, &[]) }
}
/// A guest whose address nobody vouches for.
pub fn guest(name: &str) -> Identity {
    Identity { email_trust: EmailTrust::Unverified, ..person(name, &[]) }
}

pub fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}
/// A request from Portugal, without a service token.
pub fn request() -> RequestFacts<'static> {
    RequestFacts {
        ip: Some(address("203.0.113.9")),
        country: Fact::Known("PT"),
        service_token: None,
        certificate: Fact::Unknown,
        linked_app: None,
        now: NOW,
    }
}
pub fn visitor() -> Facts<'static> {
    Facts { request: request(), identity: None, readings: None, standing: None }
}
pub fn signed_in(identity: &Identity) -> Facts<'_> {
    Facts { request: request(), identity: Some(identity), readings: None, standing: None }
}
