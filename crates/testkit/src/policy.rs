//! Policies and rules in a test's words.

use serde_json::{Value, json};

use crate::must::Must;

/// A rule.
#[derive(Debug, Clone)]
pub enum Rule {
    /// In the directory group of this name.
    Group(&'static str),
    /// One of the cast, by address.
    Person(&'static str),
    /// Anyone whose address is in this domain.
    Domain(&'static str),
    /// Everyone.
    Everyone,
    /// From this network.
    Ip(&'static str),
    /// From this country.
    Country(&'static str),
    /// The service token of this id.
    Token(String),
    /// Any service token.
    AnyToken,
    /// With this authentication context of the provider.
    Context(&'static str),
    /// What the posture rule of this id says.
    Posture(String),
    /// With one of these levels of risk.
    Risk(&'static [&'static str]),
    /// With a client certificate that counts.
    Certificate,
    /// With a client certificate for this common name.
    CommonName(&'static str),
    /// With a token of the application of this id.
    Linked(String),
    /// The rule group of this id.
    RuleGroup(String),
}

/// A policy.
#[derive(Debug, Clone)]
pub struct Policy {
    name: String,
    decision: &'static str,
    include: Vec<Rule>,
    require: Vec<Rule>,
    exclude: Vec<Rule>,
    session: Option<&'static str>,
}

/// Lets in whom the rule fits.
pub fn allow(rule: Rule) -> Policy {
    policy("allow", rule)
}

/// Lets in the members of a directory group, nested ones included.
pub fn allow_group(name: &'static str) -> Policy {
    policy("allow", Rule::Group(name)).named(name)
}

/// Keeps out whom the rule fits.
pub fn block(rule: Rule) -> Policy {
    policy("deny", rule)
}

/// Lets programs in.
pub fn service_auth(rule: Rule) -> Policy {
    policy("non_identity", rule)
}

/// Asks nobody.
pub fn bypass(rule: Rule) -> Policy {
    policy("bypass", rule)
}

fn policy(decision: &'static str, rule: Rule) -> Policy {
    Policy { name: decision.to_owned(), decision, include: vec![rule], require: Vec::new(), exclude: Vec::new(), session: None }
}

impl Policy {
    /// Gives it a name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// One more rule of which any may fit.
    #[must_use]
    pub fn or(mut self, rule: Rule) -> Self {
        self.include.push(rule);
        self
    }

    /// A rule that must fit too.
    #[must_use]
    pub fn only_if(mut self, rule: Rule) -> Self {
        self.require.push(rule);
        self
    }

    /// A rule that must not fit.
    #[must_use]
    pub fn except(mut self, rule: Rule) -> Self {
        self.exclude.push(rule);
        self
    }

    /// How long the application token lasts.
    #[must_use]
    pub fn for_(mut self, duration: &'static str) -> Self {
        self.session = Some(duration);
        self
    }

    /// The policy as the API takes it.
    pub fn body(&self, idp: &str, group_id: &dyn Fn(&str) -> Option<String>) -> Value {
        let rules = |list: &[Rule]| -> Value { list.iter().map(|rule| write(rule, idp, group_id)).collect() };
        let mut body = json!({
            "name": self.name, "decision": self.decision,
            "include": rules(&self.include), "require": rules(&self.require), "exclude": rules(&self.exclude),
        });
        if let Some(duration) = self.session {
            body["session_duration"] = json!(duration);
        }
        body
    }
}

fn write(rule: &Rule, idp: &str, group_id: &dyn Fn(&str) -> Option<String>) -> Value {
    match rule {
        Rule::Group(name) => json!({ "azureAD": { "id": group_id(name).must(name), "identity_provider_id": idp } }),
        Rule::Person(name) => json!({ "email": { "email": crate::tenant::upn(name) } }),
        Rule::Domain(domain) => json!({ "email_domain": { "domain": domain } }),
        Rule::Everyone => json!({ "everyone": {} }),
        Rule::Ip(network) => json!({ "ip": { "ip": network } }),
        Rule::Country(code) => json!({ "geo": { "country_code": code } }),
        Rule::Token(id) => json!({ "service_token": { "token_id": id } }),
        Rule::AnyToken => json!({ "any_valid_service_token": {} }),
        Rule::Context(id) => json!({ "auth_context": { "id": id, "ac_id": id, "identity_provider_id": idp } }),
        Rule::Posture(id) => json!({ "device_posture": { "integration_uid": id } }),
        Rule::Risk(levels) => json!({ "user_risk_score": { "user_risk_score": levels } }),
        Rule::Certificate => json!({ "certificate": {} }),
        Rule::CommonName(name) => json!({ "common_name": { "common_name": name } }),
        Rule::Linked(app) => json!({ "linked_app_token": { "app_uid": app } }),
        Rule::RuleGroup(id) => json!({ "group": { "id": id } }),
    }
}
