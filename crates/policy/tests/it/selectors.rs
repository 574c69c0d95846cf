//! What each selector says, by table.

use model::{
    access_policy::PolicyAction,
    identity::{EmailTrust, GroupsUnknown, Identity},
    rule::Rule,
};
use policy::{Fact, Facts, PolicyVerdict, RequestFacts, Truth, explain};
use serde_json::{Value, json};

use crate::cast::*;

/// What one rule says, and why, as the include of a policy with this decision.
pub fn says(decision: PolicyAction, rule: Rule, facts: &Facts<'_>) -> (Truth, &'static str) {
    let one = policy(1, "One", decision, rules(vec![rule], vec![], vec![]));
    let explanation = explain(&compile(&[one], &RuleGroups::new()), facts);
    let rule = &explanation.policies[0].lists.include[0];
    (rule.verdict, rule.reason.unwrap().as_str())
}
pub fn allow(rule: Rule, identity: &Identity) -> (Truth, &'static str) {
    says(PolicyAction::Allow, rule, &signed_in(identity))
}

#[test]
fn email_ignores_case_and_trusts_only_vouched_addresses() {
    let mara = person("mara", &[]);
    let edov = Identity { email_trust: EmailTrust::DomainOwnerVerified, ..mara.clone() };
    let guest = guest("mara");
    let hers = || email("MARA@harbourworks.EXAMPLE");
    assert_eq!(allow(hers(), &mara), (Truth::True, "matches"));
    assert_eq!(allow(hers(), &edov), (Truth::True, "matches"));
    assert_eq!(allow(hers(), &guest), (Truth::Unknown, "email-unverified"));
    assert_eq!(allow(email("ilo@harbourworks.example"), &mara), (Truth::False, "differs"));
}

#[test]
fn email_domain_is_the_whole_domain_and_nothing_like_it() {
    let mara = person("mara", &[]);
    for (text, expected) in [
        ("harbourworks.example", (Truth::True, "matches")),
        ("HarbourWorks.Example", (Truth::True, "matches")),
        ("works.example", (Truth::False, "differs")),
        ("mail.harbourworks.example", (Truth::False, "differs")),
        ("example", (Truth::False, "differs")),
        ("harbourworks.example.evil.test", (Truth::False, "differs")),
        ("xn--harbourwrks-9db.example", (Truth::False, "differs")),
        ("@harbourworks.example", (Truth::Unknown, "rule-unreadable")),
        ("harbourworks.example.", (Truth::Unknown, "rule-unreadable")),
        ("", (Truth::Unknown, "rule-unreadable")),
    ] {
        assert_eq!(allow(domain(text), &mara), expected, "{text:?}");
    }
    assert_eq!(allow(domain("harbourworks.example"), &guest("mara")), (Truth::Unknown, "email-unverified"));
}

#[test]
fn address_lies_in_the_network_or_is_unknown() {
    let from = |ip: Option<&str>| Facts {
        request: RequestFacts { ip: ip.map(address), ..request() },
        identity: None,
        readings: None,
        standing: None,
    };
    for (range, client, expected) in [
        ("203.0.113.0/24", Some("203.0.113.9"), (Truth::True, "matches")),
        ("203.0.113.0/24", Some("203.0.114.9"), (Truth::False, "differs")),
        ("203.0.113.9", Some("::ffff:203.0.113.9"), (Truth::True, "matches")),
        ("2001:db8::/32", Some("2001:db8::1"), (Truth::True, "matches")),
        ("2001:db8::/32", Some("203.0.113.9"), (Truth::False, "differs")),
        ("0.0.0.0/0", None, (Truth::Unknown, "address-unknown")),
    ] {
        let said = says(PolicyAction::Bypass, ip(range), &from(client));
        assert_eq!(said, expected, "{range} {client:?}");
    }
}

#[test]
fn country_counts_only_when_known() {
    let from = |country| Facts { request: RequestFacts { country, ..request() }, identity: None, readings: None, standing: None };
    for (country, expected) in [
        (Fact::Known("PT"), (Truth::True, "matches")),
        (Fact::Known("pt"), (Truth::True, "matches")),
        (Fact::Known("SE"), (Truth::False, "differs")),
        (Fact::Known("XX"), (Truth::Unknown, "country-unknown")),
        (Fact::Unknown, (Truth::Unknown, "country-unknown")),
    ] {
        let said = says(PolicyAction::Bypass, geo("PT"), &from(country));
        assert_eq!(said, expected, "{country:?}");
    }
}

#[test]
fn entra_group_is_object_id_and_provider_and_unknown_is_not_empty() {
    let ilo = person("ilo", &[dock_crew(), pilots()]);
    assert_eq!(allow(azure(pilots()), &ilo), (Truth::True, "matches"));
    assert_eq!(allow(azure(night_pilots()), &ilo), (Truth::False, "differs"));
    let elsewhere = Rule::AzureGroup { id: pilots(), identity_provider_id: idp(2) };
    assert_eq!(allow(elsewhere, &ilo), (Truth::False, "other-provider"));
    for (why, reason) in [
        (GroupsUnknown::NotRequested, "groups-not-requested"),
        (GroupsUnknown::GraphRefused, "groups-graph-refused"),
        (GroupsUnknown::GraphFailed, "groups-graph-failed"),
        (GroupsUnknown::Incomplete, "groups-incomplete"),
    ] {
        let tessa = without_groups("tessa", why);
        assert_eq!(allow(azure(pilots()), &tessa), (Truth::Unknown, reason));
    }
}

#[test]
fn login_method_is_the_provider() {
    let mara = person("mara", &[]);
    let by = |n| Rule::LoginMethod { id: idp(n) };
    assert_eq!(allow(by(1), &mara), (Truth::True, "matches"));
    assert_eq!(allow(by(2), &mara), (Truth::False, "differs"));
}

#[test]
fn authentication_method_is_unknown_when_the_provider_tells_none() {
    let mara = person("mara", &[]);
    let silent = Identity { amr: vec![], ..mara.clone() };
    let used = |method: &str| rule(json!({"auth_method": {"auth_method": method}}));
    assert_eq!(allow(used("mfa"), &mara), (Truth::True, "matches"));
    assert_eq!(allow(used("hwk"), &mara), (Truth::False, "differs"));
    assert_eq!(allow(used("mfa"), &silent), (Truth::Unknown, "authentication-methods-unknown"));
}

#[test]
fn authentication_context_counts_by_the_token_and_is_unknown_until_asked_for() {
    let mara = person("mara", &[]);
    let yes = (Truth::True, "matches");
    for (asked, held, expected) in [
        (&[][..], &[][..], (Truth::Unknown, "authentication-context-not-asked")),
        (&["c2"], &[], (Truth::Unknown, "authentication-context-not-asked")),
        (&["c1"], &["c2"], (Truth::False, "authentication-context-not-granted")),
        (&["c1"], &["c1"], yes),
        (&[], &["c1", "c2"], yes),
    ] {
        let mara = stepped_up(&mara, asked, held);
        assert_eq!(allow(context("c1"), &mara), expected, "asked {asked:?}, held {held:?}");
        assert_eq!(allow(context("C1"), &mara), expected, "asked {asked:?}, held {held:?}");
        assert_eq!(allow(context_of("c1", idp(2)), &mara), (Truth::False, "other-provider"));
    }
    assert_eq!(says(PolicyAction::Allow, context("c1"), &visitor()), (Truth::Pending, "sign-in-required"));
    assert_eq!(says(PolicyAction::Bypass, context("c1"), &signed_in(&mara)), (Truth::Unknown, "identity-rule-not-counted"));
}

#[test]
fn claim_compares_by_json_kind_and_null_is_an_answer() {
    let has = |idp_number, value: &str| Rule::Oidc {
        claim_name: "team".into(),
        claim_value: value.into(),
        identity_provider_id: idp(idp_number),
    };
    let table: [(Value, &str, (Truth, &str)); 9] = [
        (json!("ops"), "ops", (Truth::True, "matches")),
        (json!("Ops"), "ops", (Truth::False, "differs")),
        (json!(["dev", "ops"]), "ops", (Truth::True, "matches")),
        (json!([["ops"]]), "ops", (Truth::False, "differs")),
        (json!(7), "7", (Truth::True, "matches")),
        (json!(true), "true", (Truth::True, "matches")),
        (json!({"ops": 1}), "ops", (Truth::False, "differs")),
        (json!([]), "ops", (Truth::False, "differs")),
        (Value::Null, "null", (Truth::False, "differs")),
    ];
    for (claim, wanted, expected) in table {
        let bram = Identity { claims: [("team".to_owned(), claim.clone())].into(), ..person("bram", &[]) };
        assert_eq!(allow(has(1, wanted), &bram), expected, "{claim}");
    }
    let bram = person("bram", &[]);
    assert_eq!(allow(has(1, "ops"), &bram), (Truth::Unknown, "claim-unknown"));
    assert_eq!(allow(has(2, "ops"), &bram), (Truth::False, "other-provider"));
}

#[test]
fn service_tokens_count_in_service_auth_and_block_only() {
    let shown =
        Facts { request: RequestFacts { service_token: Some(token(1)), ..request() }, identity: None, readings: None, standing: None };
    let this = |n| Rule::ServiceToken { token_id: token(n) };
    let not_counted = (Truth::Unknown, "service-token-not-counted");
    for (decision, rule, facts, expected) in [
        (PolicyAction::NonIdentity, this(1), &shown, (Truth::True, "matches")),
        (PolicyAction::NonIdentity, this(2), &shown, (Truth::False, "differs")),
        (PolicyAction::NonIdentity, any_token(), &shown, (Truth::True, "matches")),
        (PolicyAction::NonIdentity, any_token(), &visitor(), (Truth::False, "no-service-token")),
        (PolicyAction::Deny, any_token(), &shown, (Truth::True, "matches")),
        (PolicyAction::Allow, any_token(), &shown, not_counted),
        (PolicyAction::Allow, this(1), &shown, not_counted),
        (PolicyAction::Allow, this(2), &shown, (Truth::False, "differs")),
    ] {
        assert_eq!(says(decision, rule.clone(), facts), expected, "{decision:?} {rule:?}");
    }
}

#[test]
fn what_doorward_cannot_know_is_unknown_with_and_without_a_person() {
    let mara = person("mara", &[]);
    let provider = entra().to_string();
    for (json, reason) in [
        (json!({"auth_context": {"id": "1", "ac_id": "c0", "identity_provider_id": provider}}), "rule-unreadable"),
        (json!({"saml": {"attribute_name": "a", "attribute_value": "b", "identity_provider_id": provider}}), "saml-unavailable"),
        (json!({"okta": {"name": "Ops", "identity_provider_id": provider}}), "okta-unavailable"),
        (json!({"gsuite": {"email": "ops@corp.example", "identity_provider_id": provider}}), "google-workspace-unavailable"),
        (json!({"github-organization": {"name": "acme", "identity_provider_id": provider}}), "github-unavailable"),
        (json!({"device_posture": {"integration_uid": "disk"}}), "posture-rule-missing"),
        (json!({"cloudflare_account_member": {"account_id": "6f0c2b1e93d44a578e210d9b7c5e4a10"}}), "account-member-unavailable"),
    ] {
        let expected = (Truth::Unknown, reason);
        assert_eq!(allow(rule(json.clone()), &mara), expected);
        assert_eq!(says(PolicyAction::Deny, rule(json.clone()), &signed_in(&mara)), expected);
        assert_eq!(says(PolicyAction::Allow, rule(json), &visitor()), expected);
    }
}

#[test]
fn rules_about_the_person_wait_for_a_sign_in_and_never_bypass() {
    let mara = person("mara", &[pilots()]);
    for one in [email("mara@harbourworks.example"), domain("harbourworks.example"), azure(pilots())] {
        assert_eq!(says(PolicyAction::Allow, one.clone(), &visitor()), (Truth::Pending, "sign-in-required"));
        for decision in [PolicyAction::Bypass, PolicyAction::NonIdentity] {
            assert_eq!(says(decision, one.clone(), &signed_in(&mara)), (Truth::Unknown, "identity-rule-not-counted"));
        }
    }
}

#[test]
fn lists_are_any_all_and_none() {
    let mara = person("mara", &[pilots()]);
    let yes = || everyone();
    let no = || geo("SE");
    let dim = posture;
    for (include, require, exclude, expected) in [
        (vec![], vec![], vec![], PolicyVerdict::NotMatched),
        (vec![], vec![yes()], vec![], PolicyVerdict::NotMatched),
        (vec![no(), yes()], vec![], vec![], PolicyVerdict::Matched),
        (vec![no(), no()], vec![], vec![], PolicyVerdict::NotMatched),
        (vec![dim(), yes()], vec![], vec![], PolicyVerdict::Matched),
        (vec![dim(), no()], vec![], vec![], PolicyVerdict::Unknown),
        (vec![yes()], vec![yes(), yes()], vec![], PolicyVerdict::Matched),
        (vec![yes()], vec![geo("PT"), geo("SE")], vec![], PolicyVerdict::NotMatched),
        (vec![yes()], vec![yes(), dim()], vec![], PolicyVerdict::Unknown),
        (vec![yes()], vec![dim(), no()], vec![], PolicyVerdict::NotMatched),
        (vec![yes()], vec![], vec![no()], PolicyVerdict::Matched),
        (vec![yes()], vec![], vec![no(), yes()], PolicyVerdict::NotMatched),
        (vec![yes()], vec![], vec![dim()], PolicyVerdict::Unknown),
        (vec![yes()], vec![], vec![dim(), yes()], PolicyVerdict::NotMatched),
        (vec![no()], vec![dim()], vec![dim()], PolicyVerdict::NotMatched),
    ] {
        let shown = format!("{include:?} {require:?} {exclude:?}");
        let one = policy(1, "One", PolicyAction::Allow, rules(include, require, exclude));
        let said = explain(&compile(&[one], &RuleGroups::new()), &signed_in(&mara));
        assert_eq!(said.policies[0].verdict, expected, "{shown}");
    }
}
