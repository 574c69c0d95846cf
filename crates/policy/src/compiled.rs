//! The policies of one application, compiled once for each configuration snapshot.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use model::{
    AccessGroupId, AppId, IdpId, ListId, ObjectId, PolicyId, PostureRuleId,
    access_group::AccessGroup,
    access_policy::{AccessPolicy, PolicyAction},
    auth_context::{ContextId, ContextSet},
    list::List,
    posture::PostureRule,
    rule::{Rule, RuleSet},
};

use crate::{
    Reason,
    demands::Demanded,
    groups::Groups,
    in_question::InQuestion,
    selectors::{Lane, Named, Selector},
};

/// A rule ready for judging.
#[derive(Debug)]
pub(crate) struct Test {
    /// The selector's name on the wire.
    pub kind: &'static str,
    /// What it looks at can change between two requests of one session.
    pub continuous: bool,
    pub check: Check,
}

#[derive(Debug)]
pub(crate) enum Check {
    Selector(Selector),
    /// A rule group by its place.
    Group(usize),
    /// A rule group that cannot be judged.
    BrokenGroup(Reason),
}

/// The three lists.
#[derive(Debug)]
pub(crate) struct Lists {
    pub include: Box<[Test]>,
    pub require: Box<[Test]>,
    pub exclude: Box<[Test]>,
}

impl Lists {
    pub fn compile(rules: &RuleSet, groups: &Groups, named: &Named<'_>) -> Self {
        let list = |rules: &[Rule]| rules.iter().map(|rule| Test::compile(rule, groups, named)).collect();
        Self { include: list(&rules.include), require: list(&rules.require), exclude: list(&rules.exclude) }
    }
    fn iter(&self) -> impl Iterator<Item = &Test> {
        self.include.iter().chain(&self.require).chain(&self.exclude)
    }
}

impl Test {
    fn context(&self) -> Option<(IdpId, ContextId)> {
        match &self.check {
            Check::Selector(selector) => selector.context(),
            Check::Group(_) | Check::BrokenGroup(_) => None,
        }
    }
    fn compile(rule: &Rule, groups: &Groups, named: &Named<'_>) -> Self {
        let check = match (rule, Selector::compile(rule, named)) {
            (_, Some(selector)) => Check::Selector(selector),
            (Rule::Group { id }, None) => match groups.place(*id) {
                Ok(place) => Check::Group(place),
                Err(reason) => Check::BrokenGroup(reason),
            },
            (_, None) => Check::Selector(Selector::Unreadable(Reason::RuleUnreadable)),
        };
        Self { kind: rule.kind(), continuous: is_continuous(rule), check }
    }
}

/// A policy ready for judging.
#[derive(Debug)]
pub(crate) struct Policy {
    pub id: PolicyId,
    pub name: Box<str>,
    pub action: PolicyAction,
    pub lists: Lists,
    /// The rules as they were written, for explanations.
    pub source: Box<RuleSet>,
    pub session_duration: Option<Duration>,
    pub demanded: Demanded,
}

impl Policy {
    pub const fn lane(&self) -> Lane {
        match self.action {
            PolicyAction::Bypass | PolicyAction::NonIdentity => Lane::WithoutPerson,
            PolicyAction::Allow => Lane::Allow,
            PolicyAction::Deny => Lane::Block,
        }
    }
}

/// The policies of one application in the order in which they are asked, with their rule groups resolved.
#[derive(Debug)]
pub struct PolicySet {
    /// Bypass and Service Auth, in listed order.
    pub(crate) first: Box<[Policy]>,
    /// Allow and Block, in listed order.
    pub(crate) second: Box<[Policy]>,
    pub(crate) groups: Groups,
    /// Which of the second a person's directory groups leave in question.
    pub(crate) in_question: InQuestion,
    /// Whose policies they are: only what somebody has with this application meets their demands.
    pub(crate) app: Option<AppId>,
    has_service_auth: bool,
    has_continuous_rules: bool,
    has_demands: bool,
    /// Authentication contexts that some rule asks for, by provider.
    contexts: BTreeMap<IdpId, ContextSet>,
}

/// What rules may refer to: everything of the account.
#[derive(Debug, Clone, Copy)]
pub struct References<'a> {
    /// Rule groups. One that is missing, leads to a cycle or is too large makes the rules that name it unknown.
    pub groups: &'a BTreeMap<AccessGroupId, Arc<AccessGroup>>,
    /// Posture rules.
    pub posture: &'a BTreeMap<PostureRuleId, Arc<PostureRule>>,
    /// Lists.
    pub lists: &'a BTreeMap<ListId, Arc<List>>,
    /// Set when the policies are tried on people who never signed in: the groups that provisioning tells about.
    pub told: Option<&'a GroupsTold>,
}

/// Groups of a provider that provisioning tells about. Whether somebody who never signed in is in another one is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupsTold {
    /// The provider.
    pub idp: IdpId,
    /// The groups.
    pub groups: BTreeSet<ObjectId>,
    /// Those of them whose members through groups in them were read as well. Of the others provisioning tells direct members only
    /// (Microsoft Entra documentation, "How provisioning works", assignment-based scoping), so that nobody is known to be outside.
    pub complete: BTreeSet<ObjectId>,
}

/// What may be told about a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyView<'a> {
    /// Id.
    pub id: PolicyId,
    /// Name, shown to people who are refused.
    pub name: &'a str,
    /// What it does.
    pub action: PolicyAction,
}

impl PolicySet {
    /// Compiles an application's policies, given in order of precedence.
    pub fn compile(policies: &[&AccessPolicy], references: &References<'_>) -> Self {
        let named = Named::new(*references);
        let groups = Groups::collect(policies.iter().map(|policy| &policy.rules), &named);
        let (first, second): (Vec<Policy>, Vec<Policy>) =
            policies.iter().map(|policy| compile_policy(policy, &groups, &named)).partition(|policy| policy.lane() == Lane::WithoutPerson);
        let continuous = |lists: &Lists| lists.iter().any(|test| test.continuous);
        let mut policies = first.iter().chain(&second);
        let has_continuous_rules = groups.lists().any(continuous) || policies.any(|policy| continuous(&policy.lists));
        let mut contexts: BTreeMap<IdpId, ContextSet> = BTreeMap::new();
        let lists = groups.lists().chain(second.iter().map(|policy| &policy.lists));
        for (idp, id) in lists.flat_map(Lists::iter).filter_map(Test::context) {
            let set = contexts.entry(idp).or_default();
            *set = set.with(id);
        }
        Self {
            contexts,
            in_question: InQuestion::of(&second, &groups),
            has_service_auth: first.iter().any(|p| p.action == PolicyAction::NonIdentity),
            has_continuous_rules,
            has_demands: second.iter().any(|policy| policy.demanded.is_any()),
            app: None,
            first: first.into(),
            second: second.into(),
            groups,
        }
    }

    /// The same, of this application. Without one no demand can be met.
    #[must_use]
    pub fn of(self, app: AppId) -> Self {
        Self { app: Some(app), ..self }
    }

    /// True when an Allow policy demands a purpose or an approval: a verdict may then change without a change of rules or identity.
    pub const fn has_demands(&self) -> bool {
        self.has_demands
    }
    /// True when a rule looks at something that can change between two requests of one session: address, country,
    /// service token, certificate, device, risk. Without one, a verdict holds as long as identity and policies do.
    pub const fn has_continuous_rules(&self) -> bool {
        self.has_continuous_rules
    }
    /// True when an Allow holds as long as identity and policies do: see [`Remembered`](crate::Remembered).
    pub const fn may_be_remembered(&self) -> bool {
        !self.has_continuous_rules && !self.has_demands
    }
    /// True when the application has a Service Auth policy.
    pub const fn has_service_auth(&self) -> bool {
        self.has_service_auth
    }
    /// The authentication contexts of a provider that the rules ask for.
    pub(crate) fn contexts(&self, idp: &IdpId) -> ContextSet {
        self.contexts.get(idp).copied().unwrap_or_default()
    }
    /// Name and action of one of the policies.
    pub fn policy(&self, id: PolicyId) -> Option<PolicyView<'_>> {
        self.first.iter().chain(&self.second).find(|policy| policy.id == id).map(|policy| PolicyView {
            id: policy.id,
            name: &policy.name,
            action: policy.action,
        })
    }
}

fn compile_policy(policy: &AccessPolicy, groups: &Groups, named: &Named<'_>) -> Policy {
    Policy {
        id: policy.id,
        name: policy.name.as_str().into(),
        action: policy.decision,
        lists: Lists::compile(&policy.rules, groups, named),
        source: Box::new(policy.rules.clone()),
        demanded: match policy.decision {
            PolicyAction::Allow => {
                Demanded { purpose: policy.demands.purpose_justification_required, approval: policy.demands.approval_required }
            }
            PolicyAction::Deny | PolicyAction::NonIdentity | PolicyAction::Bypass => Demanded::default(),
        },
        session_duration: policy.session_duration.as_ref().map(|d| Duration::from_millis(d.millis().unsigned_abs())),
    }
}

/// The selectors that Cloudflare One checks on every request, not at sign-in only.
const fn is_continuous(rule: &Rule) -> bool {
    match rule {
        Rule::Everyone {} | Rule::Group { .. } => false,
        Rule::UserRiskScore { .. } => true,
        _ => !rule.needs_identity(),
    }
}
