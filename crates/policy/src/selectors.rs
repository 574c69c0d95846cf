//! The list of selectors: from a rule as data to something that can be judged quickly.

mod account_member;
mod any_valid_service_token;
mod auth_context;
mod auth_method;
mod azure_group;
mod certificate;
mod common_name;
mod device_posture;
mod email;
mod email_domain;
mod email_list;
mod everyone;
mod external_evaluation;
mod geo;
mod github_organization;
mod gsuite;
mod ip;
mod ip_list;
mod linked_app_token;
mod login_method;
mod named;
mod oidc;
mod okta;
mod saml;
mod service_token;
mod user_risk;

use model::{IdpId, ObjectId, auth_context::ContextId, identity::Identity, rule::Rule};

use crate::{
    Facts, Reason,
    explain::FactUsed,
    scene::{Scene, Supposed},
    truth::Finding,
};
pub(crate) use named::Named;

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
    EmailList(email_list::Among),
    Ip(ip::Within),
    IpList(ip_list::Within),
    Geo(geo::Is),
    AzureGroup(azure_group::MemberOf),
    Okta,
    Gsuite,
    GithubOrganization,
    Saml,
    Oidc(oidc::Has),
    LoginMethod(login_method::Is),
    AuthMethod(auth_method::Used),
    AuthContext(auth_context::Satisfied),
    DevicePosture(device_posture::DevicePosture),
    Certificate,
    CommonName(common_name::Is),
    ServiceToken(service_token::Is),
    AnyValidServiceToken,
    LinkedAppToken(linked_app_token::Of),
    ExternalEvaluation(external_evaluation::Approved),
    UserRisk(user_risk::OneOf),
    AccountMember,
    /// The rule cannot be judged, whatever the facts.
    Unreadable(Reason),
}

impl Selector {
    /// `None` for a rule group.
    pub fn compile(rule: &Rule, named: &Named<'_>) -> Option<Self> {
        match rule {
            Rule::Group { .. } => None,
            rule => Some(Self::of(rule, named).unwrap_or_else(Self::Unreadable)),
        }
    }

    fn of(rule: &Rule, named: &Named<'_>) -> Result<Self, Reason> {
        Ok(match rule {
            Rule::Everyone {} => Self::Everyone,
            Rule::Email { email } => Self::Email(email::Is::new(email)),
            Rule::EmailDomain { domain } => Self::EmailDomain(email_domain::Is::new(domain).ok_or(Reason::RuleUnreadable)?),
            Rule::EmailList { id } => Self::EmailList(named.addresses(*id)?),
            Rule::Ip { ip } => Self::Ip(ip::Within::new(ip)),
            Rule::IpList { id } => Self::IpList(named.networks(*id)?),
            Rule::Geo { country_code } => Self::Geo(geo::Is::new(country_code)),
            Rule::AzureGroup { id, identity_provider_id } => {
                let members = named.members(identity_provider_id, id);
                Self::AzureGroup(azure_group::MemberOf::new(*id, *identity_provider_id, members).ok_or(Reason::GroupNotProvisioned)?)
            }
            Rule::Okta { .. } => Self::Okta,
            Rule::Gsuite { .. } => Self::Gsuite,
            Rule::GithubOrganization { .. } => Self::GithubOrganization,
            Rule::Saml { .. } => Self::Saml,
            Rule::Oidc { claim_name, claim_value, identity_provider_id } => {
                Self::Oidc(oidc::Has::new(claim_name, claim_value, *identity_provider_id))
            }
            Rule::LoginMethod { id } => Self::LoginMethod(login_method::Is::new(*id)),
            Rule::AuthMethod { auth_method } => Self::AuthMethod(auth_method::Used::new(auth_method)),
            Rule::AuthContext { ac_id, identity_provider_id, .. } => {
                Self::AuthContext(auth_context::Satisfied::new(ac_id, *identity_provider_id).ok_or(Reason::RuleUnreadable)?)
            }
            Rule::DevicePosture { integration_uid, .. } => {
                Self::DevicePosture(device_posture::DevicePosture::new(named.posture_rule(integration_uid)?))
            }
            Rule::Certificate {} => Self::Certificate,
            Rule::CommonName { common_name } => Self::CommonName(common_name::Is::new(common_name)),
            Rule::ServiceToken { token_id } => Self::ServiceToken(service_token::Is::new(*token_id)),
            Rule::AnyValidServiceToken {} => Self::AnyValidServiceToken,
            Rule::LinkedAppToken { app_uid } => Self::LinkedAppToken(linked_app_token::Of::new(*app_uid)),
            Rule::ExternalEvaluation { evaluate_url, keys_url } => {
                Self::ExternalEvaluation(external_evaluation::Approved::new(evaluate_url, keys_url))
            }
            Rule::UserRiskScore { user_risk_score } => Self::UserRisk(user_risk::OneOf::new(user_risk_score)),
            Rule::AccountMember { .. } => Self::AccountMember,
            Rule::Group { .. } => return Err(Reason::RuleUnreadable),
        })
    }

    /// What the rule says in policies of this lane.
    pub fn judge(&self, scene: &Scene<'_>, lane: Lane) -> Finding {
        let facts = scene.facts;
        match self {
            Self::Everyone => everyone::judge(),
            Self::Ip(ip) => ip.judge(facts),
            Self::IpList(list) => list.judge(facts),
            Self::Geo(geo) => geo.judge(facts),
            Self::Certificate => certificate::judge(facts),
            Self::CommonName(name) => name.judge(facts),
            Self::ServiceToken(token) => token.judge(facts, lane),
            Self::AnyValidServiceToken => any_valid_service_token::judge(facts, lane),
            Self::LinkedAppToken(app) => app.judge(facts, lane),
            Self::Okta => okta::judge(),
            Self::Gsuite => gsuite::judge(),
            Self::GithubOrganization => github_organization::judge(),
            Self::Saml => saml::judge(),
            Self::AccountMember => account_member::judge(),
            Self::Unreadable(reason) => Finding::unknown(*reason),
            _ if lane == Lane::WithoutPerson => Finding::unknown(Reason::IdentityRuleNotCounted),
            _ => match facts.identity {
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

    /// The provider's group without which it comes to *false*.
    pub const fn directory_group(&self) -> Option<(IdpId, ObjectId)> {
        match self {
            Self::AzureGroup(group) => group.key(),
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
            Self::EmailList(list) => list.judge(identity),
            Self::AzureGroup(group) => group.judge(identity),
            Self::LoginMethod(method) => method.judge(&identity.idp),
            Self::AuthMethod(method) => method.judge(identity),
            Self::AuthContext(context) => context.judge(identity, supposed),
            Self::Oidc(claim) => claim.judge(identity),
            Self::DevicePosture(posture) => posture.judge(facts, identity),
            Self::ExternalEvaluation(approved) => approved.judge(identity),
            Self::UserRisk(levels) => levels.judge(facts, identity),
            // Judged without looking at the person.
            Self::Everyone
            | Self::Ip(_)
            | Self::IpList(_)
            | Self::Geo(_)
            | Self::Certificate
            | Self::CommonName(_)
            | Self::ServiceToken(_)
            | Self::AnyValidServiceToken
            | Self::LinkedAppToken(_)
            | Self::Okta
            | Self::Gsuite
            | Self::GithubOrganization
            | Self::Saml
            | Self::AccountMember
            | Self::Unreadable(_) => Finding::unknown(Reason::RuleUnreadable),
        }
    }

    /// Which fact the rule looks at, where that came from, and how old it is.
    pub fn fact(&self, facts: &Facts<'_>) -> Option<FactUsed> {
        let request = |class| Some(FactUsed::of_request(class));
        let person = |class| {
            let identity = facts.identity?;
            let age = facts.request.now.secs_since(identity.signed_in_at);
            Some(FactUsed::of_person(class, "sign-in", age))
        };
        match self {
            Self::Everyone
            | Self::Okta
            | Self::Gsuite
            | Self::GithubOrganization
            | Self::Saml
            | Self::AccountMember
            | Self::Unreadable(_) => None,
            Self::Ip(_) | Self::IpList(_) => request("client-address"),
            Self::Geo(_) => request("country"),
            Self::Certificate | Self::CommonName(_) => Some(certificate::fact(facts)),
            Self::ServiceToken(_) | Self::AnyValidServiceToken => request("service-token"),
            Self::LinkedAppToken(_) => Some(linked_app_token::fact(facts)),
            Self::Email(_) | Self::EmailList(_) => person("email"),
            Self::EmailDomain(_) => person("email-domain"),
            Self::LoginMethod(_) => person("login-method"),
            Self::AuthMethod(_) => person("authentication-methods"),
            Self::Oidc(_) => person("claim"),
            Self::AzureGroup(_) => azure_group::fact(facts),
            Self::AuthContext(context) => context.fact(facts),
            Self::DevicePosture(posture) => posture.fact(facts),
            Self::ExternalEvaluation(approved) => approved.fact(facts),
            Self::UserRisk(_) => user_risk::fact(facts),
        }
    }
}
