//! The policy tester: everybody who is known, also those who never signed in, and which facts are assumed about them.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};
use testkit::{Rule, Tenant, World, allow, allow_group};

/// Runs a test to its end.
async fn run(world: &World, policies: Value) -> Value {
    let begun = world.api().post("access/policy-tests", json!({ "policies": policies })).await;
    assert_eq!(begun["status"], "success");
    let id = begun["id"].as_str().unwrap().to_owned();
    loop {
        let test = world.api().get(&format!("access/policy-tests/{id}")).await;
        if test["status"] != "processing" {
            assert_eq!(test["status"], "complete", "{test:#}");
            return test;
        }
    }
}

async fn results(world: &World, test: &Value) -> BTreeMap<String, (String, String)> {
    let listed = world.api().get(&format!("access/policy-tests/{}/users", test["id"].as_str().unwrap())).await;
    let word = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let name = |row: &Value| word(row, "email").split('@').next().unwrap().to_owned();
    listed.as_array().unwrap().iter().map(|row| (name(row), (word(row, "status"), word(row, "id")))).collect()
}

fn statuses(results: &BTreeMap<String, (String, String)>) -> Vec<(&str, &str)> {
    results.iter().map(|(name, (status, _))| (name.as_str(), status.as_str())).collect()
}

async fn harbour() -> World {
    let readable = Tenant::harbour_works().registration("application", json!(["GroupMember.Read.All", "User.Read.All"]));
    let world = World::plan().tenant(readable).external_id_from_object_id().start().await;
    world.app("wiki").policy(allow_group("Pilots")).create().await;
    world.provisioning().await.cycle().await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_who_never_signed_in_are_judged_by_what_is_provisioned() {
    let world = harbour().await;
    let wiki = world.app("log").policy(allow_group("Pilots")).create().await;
    assert_eq!(world.browser().sign_in("mara").open(wiki.at("/")).await.status, 200);
    let pilots = world.policy(&allow_group("Pilots")).await;
    let test = run(&world, json!([pilots])).await;
    let found = results(&world, &test).await;
    // Mara is a pilot by her sign-in, Ilo by what SCIM sent. Entra sends direct members: the others may be pilots through another group.
    assert_eq!(statuses(&found), [("bram", "error"), ("ilo", "approved"), ("mara", "approved"), ("tessa", "error")]);
    assert_eq!(
        (&test["total_users"], &test["users_approved"], &test["users_blocked"], &test["users_errored"]),
        (&json!(4), &json!(2), &json!(0), &json!(2))
    );
    assert_eq!((&test["percent_approved"], &test["percent_users_processed"]), (&json!(50), &json!(100)));

    // Nobody told doorward about the dock crew but the sign-in.
    let dockers = world.policy(&allow_group("Dock Crew")).await;
    let test = run(&world, json!([dockers])).await;
    let found = results(&world, &test).await;
    assert_eq!(statuses(&found), [("bram", "error"), ("ilo", "error"), ("mara", "blocked"), ("tessa", "error")]);
    let tessa = &found["tessa"].1;
    let one = world.api().get(&format!("doorward/policy-tests/{}/users/{tessa}", test["id"].as_str().unwrap())).await;
    assert_eq!((&one["source"], &one["registered"], &one["status"]), (&json!("provisioning"), &json!(false), &json!("error")));
    let rule = &one["why"]["policies"][0]["rules"][0];
    assert_eq!((&rule["verdict"], &rule["reason"]), (&json!("unknown"), &json!("group-not-provisioned")), "{one:#}");
    assert!(one["why"]["fixes"][0].as_str().unwrap().contains("SCIM has not sent it"), "{one:#}");
    let assumed: Vec<&str> = one["assumed"].as_array().unwrap().iter().map(|a| a["fact"].as_str().unwrap()).collect();
    for fact in ["email", "groups", "country", "client-address"] {
        assert!(assumed.contains(&fact), "{fact}: {assumed:?}");
    }
    let errors = world.api().get(&format!("access/policy-tests/{}/users?status=error&per_page=2", test["id"].as_str().unwrap())).await;
    assert_eq!(errors.as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_in_a_group_through_another_one_is_not_told_until_that_was_read() {
    let world = harbour().await;
    let pilots = world.policy(&allow_group("Pilots")).await;
    let (first, second) = (format!("first-{pilots}"), pilots.as_str());
    // A set of several policies is looked through by groups first: the unknown member is not lost there.
    let several = |policy: &str| json!([{ "name": first, "decision": "allow", "include": [{ "email": { "email": "nobody@harbourworks.example" } }] }, policy]);
    for policies in [json!([second]), several(second)] {
        let found = results(&world, &run(&world, policies).await).await;
        assert_eq!(statuses(&found), [("bram", "error"), ("ilo", "approved"), ("mara", "error"), ("tessa", "error")]);
    }
    let test = run(&world, json!([second])).await;
    let mara = results(&world, &test).await["mara"].1.clone();
    let one = world.api().get(&format!("doorward/policy-tests/{}/users/{mara}", test["id"].as_str().unwrap())).await;
    let rule = &one["why"]["policies"][0]["rules"][0];
    assert_eq!((&rule["verdict"], &rule["reason"]), (&json!("unknown"), &json!("group-nested-unknown")), "{one:#}");
    assert!(one["why"]["fixes"][0].as_str().unwrap().contains("expand_nested_secs"), "{one:#}");

    world.fill_in_nested(Some(3600)).await;
    world.expand().await;
    for policies in [json!([second]), several(second)] {
        let found = results(&world, &run(&world, policies).await).await;
        assert_eq!(statuses(&found), [("bram", "blocked"), ("ilo", "approved"), ("mara", "approved"), ("tessa", "blocked")]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_written_in_place_are_tried_and_a_deactivated_person_is_blocked() {
    let world = harbour().await;
    let body = json!({ "name": "Everyone at the works", "decision": "allow", "include": [{ "email_domain": { "domain": "harbourworks.example" } }] });
    let ilo = world.scim().find("ilo").await.unwrap();
    world.scim().set_active(ilo["id"].as_str().unwrap(), "False").await;
    let test = run(&world, json!([body])).await;
    let found = results(&world, &test).await;
    assert_eq!(statuses(&found), [("bram", "approved"), ("ilo", "blocked"), ("mara", "approved"), ("tessa", "approved")]);
    for (bad, pointer) in [
        (json!({}), "/policies"),
        (json!({ "policies": [] }), "/policies"),
        (json!({ "policies": ["86666835-06aa-4d90-8bbd-5a74ac4edf68"] }), "/policies/0"),
        (json!({ "policies": [{ "name": "x", "decision": "allow", "include": [] }] }), "/policies/0/include"),
    ] {
        let reply = world.api().call(Method::POST, "access/policy-tests", Some(&bad)).await;
        assert!(reply.status == 400 && reply.body["errors"][0]["source"]["pointer"] == pointer, "{bad}: {:#}", reply.body);
    }
    let missing = world.api().call(Method::GET, "access/policy-tests/86666835-06aa-4d90-8bbd-5a74ac4edf68", None).await;
    assert_eq!(missing.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_is_checked_against_an_application_as_it_is() {
    let world = harbour().await;
    let wiki = world.app("charts").policy(allow_group("Pilots").only_if(Rule::Country("PT"))).create().await;
    let check = world.api().get(&format!("doorward/apps/{}/check?email=ilo@harbourworks.example", wiki.id)).await;
    let ilo = &check["people"][0];
    // In the group; where he will come from is not known.
    assert_eq!((&ilo["status"], &ilo["source"]), (&json!("error"), &json!("provisioning")), "{check:#}");
    let rules = ilo["why"]["policies"][0]["rules"].as_array().unwrap();
    assert_eq!((&rules[0]["verdict"], &rules[1]["verdict"]), (&json!("matched"), &json!("unknown")), "{check:#}");
    assert_eq!((&rules[0]["fact"]["source"], &rules[0]["rule"]), (&json!("provisioning"), &json!("Pilots")));

    let open = world.app("open").policy(allow(Rule::Domain("harbourworks.example")).named("Crew")).create().await;
    let path = format!("access/apps/{}/user_policy_checks", open.id);
    let told = world.api().get(&format!("{path}?email=ilo@harbourworks.example")).await;
    assert_eq!((&told["app_state"]["status"], &told["user_identity"]["email"]), (&json!("Success"), &json!("ilo@harbourworks.example")));
    assert_eq!(told["app_state"]["policies"][0]["include"][0]["_type"], "email_domain");
    let nobody = world.api().get(&path).await;
    assert_eq!((&nobody["app_state"]["status"], &nobody["user_identity"]), (&json!("Fail"), &json!({})));
    let missing = world.api().call(Method::GET, &format!("{path}?email=nobody@harbourworks.example"), None).await;
    assert_eq!(missing.status, 404);
}
