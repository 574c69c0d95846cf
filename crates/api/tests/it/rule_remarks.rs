//! What is said about a rule that is saved although it cannot be judged as things stand, by table.

use serde_json::{Value, json};

use crate::world::{Reply, World, entra_body, id};

const ELSEWHERE: &str = "86666835-06aa-4d90-8bbd-5a74ac4edf68";
const OBJECT: &str = "61503835-b6fe-4630-af88-de551dd59a2a";

fn remarks(reply: &Reply) -> Vec<(String, String)> {
    let text = |m: &Value| (m["source"]["pointer"].as_str().unwrap().to_owned(), m["message"].as_str().unwrap().to_owned());
    reply.body["messages"].as_array().unwrap().iter().map(text).collect()
}

/// A rule, and a piece of what is said about it in an allow and in a block policy; `None`: nothing is.
type Row = (Value, Option<&'static str>);

fn table(idp: &str, token: &str, app: &str) -> Vec<Row> {
    vec![
        (json!({"everyone": {}}), None),
        (json!({"email": {"email": "mara@harbourworks.example"}}), None),
        (json!({"email_domain": {"domain": "harbourworks.example"}}), None),
        (json!({"ip": {"ip": "203.0.113.0/24"}}), None),
        (json!({"login_method": {"id": idp}}), None),
        (json!({"auth_method": {"auth_method": "mfa"}}), None),
        (json!({"external_evaluation": {"evaluate_url": "https://a.example/e", "keys_url": "https://a.example/k"}}), None),
        (json!({"geo": {"country_code": "PT"}}), Some("http.country_header")),
        (json!({"azureAD": {"id": OBJECT, "identity_provider_id": idp}}), Some("support_groups")),
        (
            json!({"oidc": {"claim_name": "team", "claim_value": "ops", "identity_provider_id": idp}}),
            Some("add it to the provider's claims"),
        ),
        (json!({"okta": {"name": "Ops", "identity_provider_id": ELSEWHERE}}), Some("type okta cannot be set up yet")),
        (
            json!({"gsuite": {"email": "ops@corp.example", "identity_provider_id": ELSEWHERE}}),
            Some("type google-apps cannot be set up yet"),
        ),
        (json!({"github-organization": {"name": "acme", "identity_provider_id": ELSEWHERE}}), Some("type github cannot be set up yet")),
        (
            json!({"saml": {"attribute_name": "a", "attribute_value": "b", "identity_provider_id": ELSEWHERE}}),
            Some("type saml cannot be set up yet"),
        ),
        (json!({"auth_context": {"id": "1", "ac_id": "c77", "identity_provider_id": idp}}), Some("c77")),
        (json!({"certificate": {}}), Some("no host asks clients for certificates")),
        (json!({"common_name": {"common_name": "agent-7"}}), Some("no host asks clients for certificates")),
        (json!({"user_risk_score": {"user_risk_score": ["low"]}}), Some("read_risk")),
        (json!({"cloudflare_account_member": {}}), Some("not tied to the administrators")),
        (json!({"service_token": {"token_id": token}}), Some("do not count in allow policies")),
        (json!({"any_valid_service_token": {}}), Some("do not count in allow policies")),
        (json!({"linked_app_token": {"app_uid": app}}), Some("do not count in allow policies")),
    ]
}

#[tokio::test]
async fn a_rule_that_cannot_be_judged_is_saved_and_said_to_be_unknown_wherever_it_stands() {
    let world = World::start().await;
    let mut body = entra_body();
    body["config"]["support_groups"] = json!(false);
    let idp = id(&world.post("~/access/identity_providers", body).await);
    let token = id(&world.post("~/access/service_tokens", json!({ "name": "crane" })).await);
    let app = id(&world.app("wiki").await);
    for (rule, expected) in table(&idp, &token, &app) {
        let kind = rule.as_object().unwrap().keys().next().unwrap().clone();
        let policy = |decision: &str| json!({ "name": "One", "decision": decision, "include": [{ "everyone": {} }], "exclude": [rule] });
        let of_program = expected.is_some_and(|text| text.contains("do not count"));
        for decision in ["allow", "deny"] {
            // A block looks at tokens of programs: nothing to be said.
            let expected = expected.filter(|_| decision == "allow" || !of_program);
            let said = |reply: Reply, base: &str| match (remarks(&reply).as_slice(), expected) {
                ([], None) => reply.good(201),
                ([(pointer, text)], Some(piece)) => {
                    assert_eq!(pointer, &format!("{base}/exclude/0"));
                    assert!(text.starts_with(&format!("{kind}: ")) && text.contains(piece), "{text}");
                    reply.good(201)
                }
                (said, _) => panic!("{decision} {kind}: {said:?}"),
            };
            let reusable = world.call("POST", "~/access/policies", Some(policy(decision))).await;
            let path = format!("~/access/policies/{}", id(&said(reusable, "")));
            let again = world.call("PUT", &path, Some(policy(decision))).await;
            assert_eq!(remarks(&again).len(), usize::from(expected.is_some()), "{kind} by PUT");
            let own = world.call("POST", &format!("~/access/apps/{app}/policies"), Some(policy(decision))).await;
            let own = id(&said(own, ""));
            world.call("DELETE", &format!("~/access/apps/{app}/policies/{own}"), None).await.good(202);
            let inline = json!({ "name": "x", "type": "self_hosted", "domain": "x.localhost", "policies": [policy(decision)] });
            let inline = id(&said(world.call("POST", "~/access/apps", Some(inline)).await, "/policies/0"));
            world.call("DELETE", &format!("~/access/apps/{inline}"), None).await.good(202);
        }
        // A rule group has no action: whether anything looks at the rule is said where the group is used.
        let group = json!({ "name": "One", "include": [rule] });
        let made = world.call("POST", "~/access/groups", Some(group)).await;
        assert_eq!(remarks(&made).len(), usize::from(expected.is_some() && !of_program), "{kind} in a group");
        let through = json!({ "name": "One", "decision": "allow", "include": [{ "group": { "id": id(&made.good(201)) } }] });
        let through = world.call("POST", "~/access/policies", Some(through)).await;
        match (remarks(&through).as_slice(), expected) {
            ([], None) => {}
            ([(pointer, text)], Some(piece)) => {
                assert_eq!(pointer, "/include/0");
                assert!(
                    text.starts_with(&format!("group: the rule group \"One\" holds the rule {kind}: ")) && text.contains(piece),
                    "{text}"
                );
            }
            (said, _) => panic!("{kind} through a group: {said:?}"),
        }
    }
}

#[tokio::test]
async fn rules_about_people_are_never_met_in_service_auth() {
    let world = World::start().await;
    for (rule, expected) in [
        (json!({"email": {"email": "mara@harbourworks.example"}}), 1),
        (json!({"everyone": {}}), 0),
        (json!({"any_valid_service_token": {}}), 0),
    ] {
        let body = json!({ "name": "Robots", "decision": "non_identity", "include": [rule] });
        let reply = world.call("POST", "~/access/policies", Some(body)).await;
        assert_eq!(remarks(&reply).len(), expected, "{rule}");
    }
}
