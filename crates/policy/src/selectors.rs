//! The list of selectors: from a rule as data to something that can be judged quickly.

mod auth_context;
mod auth_method;
mod azure_group;
mod device_posture;
mod email;
mod email_domain;
mod everyone;
mod geo;
mod ip;
mod login_method;
mod oidc;
mod service_token;
mod unanswered;
mod user_risk;

use std::{collections::BTreeMap, sync::Arc};

use model::{IdpId, ListId, PostureRuleId, auth_context::ContextId, identity::Identity, list::List, posture::PostureRule, rule::Rule};

use crate::{
    Facts, Reason, References,
    explain::FactUsed,
    scene::{Scene, Supposed},
    selectors::service_token::ServiceToken,
    truth::Finding,
};

/// What rules name beside rule groups.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub posture: BTreeMap<PostureRuleId, Arc<PostureRule>>,
    #[expect(dead_code, reason = "list rules are judged in the next change")]
    pub lists: BTreeMap<ListId, Arc<List>>,
}

impl Named {
    pub fn of(references: &References<'_>) -> Self {
        Self { posture: references.posture.clone(), lists: references.lists.clone() }
    }
}

/// In which policies a rule is being judged. The same rule group may serve all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Bypass and Service Auth: rules about the person do not count.
    WithoutPerson,
    /// Allow: service tokens do not count.
    Allow,
    /// Block: everything counts.
    Block,
}

/// A rule made ready for judging. Rule groups are not here: they are lists, not tests of a fact.
#[derive(Debug)]
pub(crate) enum Selector {
    Everyone,
    Email(email::Is),
    EmailDomain(email_domain::Is),
    Ip(ip::Within),
    Geo(geo::Is),
    AzureGroup(azure_group::MemberOf),
    LoginMethod(login_method::Is),
    AuthMethod(auth_method::Used),
    AuthContext(auth_context::Satisfied),
    Oidc(oidc::Has),
    ServiceToken(ServiceToken),
    DevicePosture(device_posture::DevicePosture),
    UserRisk(user_risk::OneOf),
    Fixed(Reason),
}

impl Selector {
    /// `None` for a rule group.
    pub fn compile(rule: &Rule, named: &Named) -> Option<Self> {
        Some(match rule {
            Rule::Group { .. } => return None,
            Rule::Everyone {} => Self::Everyone,
            Rule::Email { email } => Self::Email(email::Is::new(email)),
            Rule::EmailDomain { domain } => match email_domain::Is::new(domain) {
                Some(is) => Self::EmailDomain(is),
                None => Self::Fixed(Reason::RuleUnreadable),
            },
            Rule::Ip { ip } => Self::Ip(ip::Within::new(ip)),
            Rule::Geo { country_code } => Self::Geo(geo::Is::new(country_code)),
            Rule::AzureGroup { id, identity_provider_id } => Self::AzureGroup(azure_group::MemberOf::new(*id, *identity_provider_id)),
            Rule::LoginMethod { id } => Self::LoginMethod(login_method::Is::new(*id)),
            Rule::AuthMethod { auth_method } => Self::AuthMethod(auth_method::Used::new(auth_method)),
            Rule::AuthContext { ac_id, identity_provider_id, .. } => match auth_context::Satisfied::new(ac_id, *identity_provider_id) {
                Some(satisfied) => Self::AuthContext(satisfied),
                None => Self::Fixed(Reason::RuleUnreadable),
            },
            Rule::Oidc { claim_name, claim_value, identity_provider_id } => {
                Self::Oidc(oidc::Has::new(claim_name, claim_value, *identity_provider_id))
            }
            Rule::ServiceToken { token_id } => Self::ServiceToken(ServiceToken::This(*token_id)),
            Rule::AnyValidServiceToken {} => Self::ServiceToken(ServiceToken::Any),
            Rule::DevicePosture { integration_uid } => match integration_uid.parse().ok().and_then(|id| named.posture.get(&id)) {
                Some(rule) => Self::DevicePosture(device_posture::DevicePosture::new(rule)),
                None => Self::Fixed(Reason::PostureRuleMissing),
            },
            Rule::UserRiskScore { user_risk_score } => Self::UserRisk(user_risk::OneOf::new(user_risk_score)),
            Rule::EmailList { .. }
            | Rule::IpList { .. }
            | Rule::Saml { .. }
            | Rule::Okta { .. }
            | Rule::Gsuite { .. }
            | Rule::GithubOrganization { .. }
            | Rule::LinkedAppToken { .. }
            | Rule::Certificate {}
            | Rule::CommonName { .. }
            | Rule::ExternalEvaluation { .. }
            | Rule::AccountMember { .. } => Self::Fixed(unanswered::reason(rule)),
        })
    }

    /// What the rule says in policies of this lane.
    pub fn judge(&self, scene: &Scene<'_>, lane: Lane) -> Finding {
        let facts = scene.facts;
        match self {
            Self::Everyone => everyone::judge(),
            Self::Ip(ip) => ip.judge(facts),
            Self::Geo(geo) => geo.judge(facts),
            Self::ServiceToken(token) => token.judge(facts, lane),
            Self::Fixed(reason) => Finding::unknown(*reason),
            Self::Email(_)
            | Self::EmailDomain(_)
            | Self::AzureGroup(_)
            | Self::LoginMethod(_)
            | Self::AuthMethod(_)
            | Self::AuthContext(_)
            | Self::Oidc(_)
            | Self::DevicePosture(_)
            | Self::UserRisk(_) => match facts.identity {
                _ if lane == Lane::WithoutPerson => Finding::unknown(Reason::IdentityRuleNotCounted),
                None => self.judge_arrival(scene.supposed),
                Some(identity) => self.judge_person(facts, identity, scene.supposed),
            },
        }
    }

    /// The provider and the context that an `auth_context` rule asks for.
    pub const fn context(&self) -> Option<(IdpId, ContextId)> {
        match self {
            Self::AuthContext(satisfied) => Some(satisfied.context()),
            _ => None,
        }
    }

    /// Nobody is there yet. Through which provider they will come may be known; who they are is not.
    fn judge_arrival(&self, supposed: Supposed) -> Finding {
        let through = match supposed {
            Supposed::Arriving { idp, .. } => Some(idp),
            Supposed::Nothing | Supposed::Granted(_) => None,
        };
        match (self, through) {
            (Self::AuthContext(context), _) => context.judge_arrival(supposed),
            (Self::LoginMethod(method), Some(idp)) => method.judge(&idp),
            (Self::AzureGroup(group), Some(idp)) if !group.is_of(&idp) => Finding::no(Reason::OtherProvider),
            (Self::Oidc(claim), Some(idp)) if !claim.is_of(&idp) => Finding::no(Reason::OtherProvider),
            (Self::DevicePosture(posture), _) => posture.judge_visitor(),
            _ => Finding::PENDING,
        }
    }

    fn judge_person(&self, facts: &Facts<'_>, identity: &Identity, supposed: Supposed) -> Finding {
        match self {
            Self::Email(email) => email.judge(identity),
            Self::EmailDomain(domain) => domain.judge(identity),
            Self::AzureGroup(group) => group.judge(identity),
            Self::LoginMethod(method) => method.judge(&identity.idp),
            Self::AuthMethod(method) => method.judge(identity),
            Self::AuthContext(context) => context.judge(identity, supposed),
            Self::Oidc(claim) => claim.judge(identity),
            Self::DevicePosture(posture) => posture.judge(facts, identity),
            Self::UserRisk(levels) => levels.judge(facts, identity),
            Self::Everyone | Self::Ip(_) | Self::Geo(_) | Self::ServiceToken(_) | Self::Fixed(_) => {
                Finding::unknown(Reason::RuleUnreadable)
            }
        }
    }

    /// Which fact the rule looks at, where that came from, and how old it is. Never its value.
    pub fn fact(&self, facts: &Facts<'_>) -> Option<FactUsed> {
        let request = |class| Some(FactUsed::of_request(class));
        let person = |class| {
            let identity = facts.identity?;
            let age = facts.request.now.secs_since(identity.signed_in_at);
            Some(FactUsed::of_person(class, "sign-in", age))
        };
        match self {
            Self::Everyone | Self::Fixed(_) => None,
            Self::Ip(_) => request("client-address"),
            Self::Geo(_) => request("country"),
            Self::ServiceToken(_) => request("service-token"),
            Self::Email(_) => person("email"),
            Self::EmailDomain(_) => person("email-domain"),
            Self::LoginMethod(_) => person("login-method"),
            Self::AuthMethod(_) => person("authentication-methods"),
            Self::Oidc(_) => person("claim"),
            Self::AzureGroup(_) => azure_group::fact(facts),
            Self::AuthContext(context) => context.fact(facts),
            Self::DevicePosture(posture) => posture.fact(facts),
            Self::UserRisk(_) => user_risk::fact(facts),
        }
    }
}
