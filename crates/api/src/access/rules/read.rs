//! Rules from JSON: one key an object, its members read strictly, each fault with its pointer.

use std::fmt::Display;

use model::{
    email::is_domain,
    rule::{CountryCode, IpRange, RiskLevel, Rule, RuleSet},
};
use serde_json::{Value, json};

use crate::{
    asked,
    fault::{Faults, Fields},
};

/// Reads `include`, `exclude` and `require`. `include` needs at least one rule.
pub(crate) fn read(fields: &Fields<'_>) -> RuleSet {
    asked::note(|| fields.at("include"), || json!({ "type": "array", "minItems": 1, "x-required": true }));
    if fields.get("include").is_none_or(|v| v.as_array().is_some_and(Vec::is_empty)) {
        fields.fault("include", "include needs at least one rule");
    }
    RuleSet { include: list(fields, "include"), require: list(fields, "require"), exclude: list(fields, "exclude") }
}

fn list(fields: &Fields<'_>, key: &'static str) -> Vec<Rule> {
    let items = fields.array(key).unwrap_or_default();
    items.into_iter().filter_map(|(pointer, value)| rule(pointer, value, fields.faults())).collect()
}

fn rule(pointer: String, value: &Value, faults: &Faults) -> Option<Rule> {
    asked::note(|| pointer.clone(), || json!({ "minProperties": 1, "maxProperties": 1, "additionalProperties": false }));
    let outer = Fields::of(value, pointer.clone(), faults)?;
    let mut keys = outer.keys();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        faults.add(pointer, "a rule has exactly one key: the name of its selector");
        return None;
    };
    let Some(selector) = Rule::KINDS.into_iter().find(|s| *s == key) else {
        let shown: String = key.chars().take(80).collect();
        faults.add(outer.at(&shown), format!("{shown:?} is not a selector{}; the selectors are {}", hint(key), Rule::KINDS.join(", ")));
        return None;
    };
    outer.require(selector);
    let fields = outer.object(selector)?;
    let rule = by_selector(selector, &fields);
    fields.done();
    rule
}

/// What somebody probably meant who wrote the name as other tools do.
fn hint(key: &str) -> String {
    let plain = |s: &str| s.to_ascii_lowercase().replace(['_', '-'], "");
    let near = Rule::KINDS.iter().find(|s| plain(s) == plain(key));
    near.map(|s| format!(" (did you mean {s:?}?)")).unwrap_or_default()
}

fn by_selector(selector: &str, f: &Fields<'_>) -> Option<Rule> {
    Some(match selector {
        "everyone" => Rule::Everyone {},
        "email" => Rule::Email { email: f.required("email")? },
        "email_domain" => Rule::EmailDomain { domain: domain(f)? },
        "email_list" => Rule::EmailList { id: f.required("id")? },
        "ip" => Rule::Ip { ip: converted::<IpRange>(f, "ip")? },
        "ip_list" => Rule::IpList { id: f.required("id")? },
        "geo" => Rule::Geo { country_code: converted::<CountryCode>(f, "country_code")? },
        "group" => Rule::Group { id: f.required("id")? },
        "login_method" => Rule::LoginMethod { id: f.required("id")? },
        "auth_method" => Rule::AuthMethod { auth_method: text(f, "auth_method")? },
        "service_token" => Rule::ServiceToken { token_id: f.required("token_id")? },
        "any_valid_service_token" => Rule::AnyValidServiceToken {},
        "linked_app_token" => Rule::LinkedAppToken { app_uid: f.required("app_uid")? },
        "certificate" => Rule::Certificate {},
        "common_name" => Rule::CommonName { common_name: text(f, "common_name")? },
        "device_posture" => {
            let account_id = f.parsed("account_id");
            Rule::DevicePosture { integration_uid: text(f, "integration_uid")?, account_id }
        }
        "external_evaluation" => external_evaluation(f)?,
        "user_risk_score" => risk(f)?,
        "cloudflare_account_member" => Rule::AccountMember { account_id: f.parsed("account_id") },
        _ => of_provider(selector, f)?,
    })
}

/// Selectors that name the provider whose facts they look at.
fn of_provider(selector: &str, f: &Fields<'_>) -> Option<Rule> {
    let provider = f.required("identity_provider_id");
    Some(match selector {
        "azureAD" => {
            let id = f.required("id");
            Rule::AzureGroup { id: id?, identity_provider_id: provider? }
        }
        "auth_context" => {
            let (id, ac_id) = (text(f, "id"), text(f, "ac_id"));
            Rule::AuthContext { id: id?, ac_id: ac_id?, identity_provider_id: provider? }
        }
        "oidc" => {
            let (name, value) = (text(f, "claim_name"), text(f, "claim_value"));
            Rule::Oidc { claim_name: name?, claim_value: value?, identity_provider_id: provider? }
        }
        "saml" => {
            let (name, value) = (text(f, "attribute_name"), text(f, "attribute_value"));
            Rule::Saml { attribute_name: name?, attribute_value: value?, identity_provider_id: provider? }
        }
        "okta" => {
            let name = text(f, "name");
            Rule::Okta { name: name?, identity_provider_id: provider? }
        }
        "gsuite" => {
            let email = text(f, "email");
            Rule::Gsuite { email: email?, identity_provider_id: provider? }
        }
        _ => {
            let (name, team) = (text(f, "name"), f.filled_text("team"));
            Rule::GithubOrganization { name: name?, team, identity_provider_id: provider? }
        }
    })
}

fn text(f: &Fields<'_>, key: &'static str) -> Option<String> {
    f.required_text(key, 1024).map(str::to_owned)
}

fn converted<T: TryFrom<String, Error: Display>>(f: &Fields<'_>, key: &'static str) -> Option<T> {
    text(f, key)?.try_into().map_err(|e| f.fault(key, format!("{e}"))).ok()
}

fn domain(f: &Fields<'_>) -> Option<String> {
    let domain = text(f, "domain")?;
    if is_domain(&domain) {
        return Some(domain);
    }
    f.fault("domain", format!("{domain:?} is not a domain like corp.example (write it without @)"));
    None
}

fn external_evaluation(f: &Fields<'_>) -> Option<Rule> {
    let address = |key| {
        f.require(key);
        f.web_address(key)
    };
    let (evaluate_url, keys_url) = (address("evaluate_url"), address("keys_url"));
    Some(Rule::ExternalEvaluation { evaluate_url: evaluate_url?, keys_url: keys_url? })
}

fn risk(f: &Fields<'_>) -> Option<Rule> {
    const LEVELS: [(&str, RiskLevel); 4] =
        [("low", RiskLevel::Low), ("medium", RiskLevel::Medium), ("high", RiskLevel::High), ("unscored", RiskLevel::Unscored)];
    f.require("user_risk_score");
    let mut levels = Vec::new();
    for (pointer, value) in f.array("user_risk_score")? {
        asked::note(|| pointer.clone(), || json!({ "enum": LEVELS.iter().map(|(word, _)| *word).collect::<Vec<_>>() }));
        match LEVELS.iter().find(|(word, _)| Some(*word) == value.as_str()) {
            Some((_, level)) => levels.push(*level),
            None => f.faults().add(pointer, format!("{value} is not one of: low, medium, high, unscored")),
        }
    }
    if levels.is_empty() {
        f.fault("user_risk_score", "needs at least one level");
    }
    Some(Rule::UserRiskScore { user_risk_score: levels })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ApiError;

    fn faults_of(body: &Value) -> Vec<(String, String)> {
        let faults = Faults::default();
        let fields = Fields::of(body, "", &faults).unwrap();
        read(&fields);
        match faults.finish(()) {
            Err(ApiError::Invalid(found)) => found.into_iter().map(|f| (f.pointer, f.message)).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn each_selector_is_read_back_as_it_is_written() {
        let provider = "86666835-06aa-4d90-8bbd-5a74ac4edf68";
        let id = "61503835-b6fe-4630-af88-de551dd59a2a";
        let bodies = json!([
            {"everyone":{}}, {"email":{"email":"mara@harbourworks.example"}}, {"email_domain":{"domain":"harbourworks.example"}},
            {"email_list":{"id":id}}, {"ip":{"ip":"203.0.113.0/24"}}, {"ip_list":{"id":id}}, {"geo":{"country_code":"PT"}},
            {"group":{"id":id}}, {"azureAD":{"id":id,"identity_provider_id":provider}}, {"login_method":{"id":provider}},
            {"auth_method":{"auth_method":"mfa"}}, {"auth_context":{"id":id,"ac_id":"c3","identity_provider_id":provider}},
            {"oidc":{"claim_name":"team","claim_value":"ops","identity_provider_id":provider}},
            {"saml":{"attribute_name":"group","attribute_value":"ops","identity_provider_id":provider}},
            {"okta":{"name":"Ops","identity_provider_id":provider}}, {"gsuite":{"email":"ops@corp.example","identity_provider_id":provider}},
            {"github-organization":{"name":"acme","team":"core","identity_provider_id":provider}},
            {"service_token":{"token_id":id}}, {"any_valid_service_token":{}}, {"linked_app_token":{"app_uid":id}},
            {"certificate":{}}, {"common_name":{"common_name":"agent-7"}}, {"device_posture":{"integration_uid":id}},
            {"external_evaluation":{"evaluate_url":"https://a.example/e","keys_url":"https://a.example/k"}},
            {"user_risk_score":{"user_risk_score":["low","unscored"]}},
            {"cloudflare_account_member":{"account_id":"6f0c2b1e93d44a578e210d9b7c5e4a10"}}
        ]);
        let body = json!({ "include": bodies });
        let faults = Faults::default();
        let rules = read(&Fields::of(&body, "", &faults).unwrap());
        assert!(faults.finish(()).is_ok());
        assert_eq!(rules.include.len(), Rule::KINDS.len());
        assert_eq!(super::super::wire(&rules.include), bodies);
        let kinds: std::collections::BTreeSet<_> = rules.include.iter().map(Rule::kind).collect();
        assert_eq!(kinds, Rule::KINDS.into_iter().collect());
    }

    #[test]
    fn faults_point_at_the_member() {
        let provider = "86666835-06aa-4d90-8bbd-5a74ac4edf68";
        let found = faults_of(&json!({
            "include": [
                {"everyone":{}},
                {"azureAD":{"id":"61503835-b6fe-4630-af88-de551dd59a2","identity_provider_id":provider}},
                {"azure_ad":{"id":"x"}},
                {"email":{"email":"nobody"}, "ip":{"ip":"x"}},
                {"email":{"email":"a@b.c","extra":1}},
                {"geo":null},
            ],
            "exclude": "everyone",
            "require": [{"email_domain":{"domain":"@corp.example"}}],
        }));
        let pointers: Vec<&str> = found.iter().map(|(p, _)| p.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/include/1/azureAD/id",
                "/include/2/azure_ad",
                "/include/3",
                "/include/4/email/extra",
                "/include/5/geo",
                "/require/0/email_domain/domain",
                "/exclude",
            ]
        );
        assert!(found[0].1.contains("object id"), "{}", found[0].1);
        assert!(found[1].1.contains("did you mean \"azureAD\""), "{}", found[1].1);
        assert_eq!(faults_of(&json!({ "include": [] }))[0].0, "/include");
    }
}
