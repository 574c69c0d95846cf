//! What a builder of rules asks: groups of the directory by name, what names what, tests that nobody waits for.

use model::api_token::Permission;
use serde_json::{Value, json};

use crate::world::{World, entra_body, id};

fn groups(idp: &str, search: &str) -> String {
    format!("~/doorward/identity_providers/{idp}/groups?search={search}")
}

#[tokio::test]
async fn groups_come_from_provisioning_and_from_graph_each_with_its_source() {
    let world = World::start().await;
    let idp = world.entra().await;
    let only_graph = world.get(&groups(&idp, "Pil")).await;
    assert_eq!(
        only_graph["groups"],
        json!([{ "id": "a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014", "name": "Pilots", "sources": ["graph"] }]),
        "provisioning is off"
    );
    assert_eq!((&only_graph["scim"]["state"], &only_graph["graph"]["state"]), (&json!("none"), &json!("read")));

    let mut body = entra_body();
    body["name"] = json!("Harbour Entra");
    body["config"]["client_secret"] = json!("of~the~other");
    body["scim_config"] = json!({ "enabled": true });
    let idp = id(&world.post("~/access/identity_providers", body).await);
    world.provisioned_group(&idp, "Dock Crew", "5b1f0a3c-2d4e-4f6a-8b9c-0d1e2f3a4b5c").await;
    world.provisioned_group(&idp, "Docks without object id", "dock-7").await;
    for search in ["ock c", "5B1F0A3C-2d4e-4f6a-8b9c-0d1e2f3a4b5c"] {
        let found = world.get(&groups(&idp, &search.replace(' ', "%20"))).await;
        assert_eq!(
            found["groups"],
            json!([{ "id": "5b1f0a3c-2d4e-4f6a-8b9c-0d1e2f3a4b5c", "name": "Dock Crew", "sources": ["scim"] }]),
            "{search}"
        );
        assert_eq!(found["graph"]["state"], "refused", "Graph does not know this secret");
        assert!(found["graph"]["fix"].as_str().unwrap().contains("GroupMember.Read.All"));
    }
    assert_eq!(world.get(&groups(&idp, "%25")).await["groups"], json!([]), "a sign of patterns is a character like others");
    world.call("GET", &groups(&idp, &"x".repeat(300)), None).await.bad(400);
    world.call("GET", &groups("86666835-06aa-4d90-8bbd-5a74ac4edf68", "x"), None).await.bad(404);
}

#[tokio::test]
async fn uses_tell_who_names_a_thing_and_which_applications_hang_on_it() {
    let world = World::start().await;
    let everyone = json!([{ "everyone": {} }]);
    let list = id(&world.call("POST", "~/gateway/lists", Some(json!({ "name": "Crew", "type": "EMAIL" }))).await.good(200));
    let inner = id(&world.post("~/access/groups", json!({ "name": "Inner", "include": [{ "email_list": { "id": list } }] })).await);
    let outer = id(&world.post("~/access/groups", json!({ "name": "Outer", "include": [{ "group": { "id": inner } }] })).await);
    let policy = json!({ "name": "Crew only", "decision": "allow", "include": [{ "group": { "id": outer } }] });
    let policy = id(&world.post("~/access/policies", policy).await);
    let app = json!({ "name": "Wiki", "type": "self_hosted", "domain": "wiki.localhost", "policies": [policy] });
    let app = id(&world.post("~/access/apps", app).await);
    let wiki = json!([{ "id": app, "name": "Wiki" }]);
    let uses = async |what: &str| world.get(&format!("~/doorward/uses?{what}")).await;
    let names = |uses: &Value| -> Vec<String> {
        let of = |user: &Value| format!("{} {}", user["type"].as_str().unwrap(), user["name"].as_str().unwrap());
        uses["used_by"].as_array().unwrap().iter().map(of).collect()
    };
    for (what, by) in [
        (format!("list_id={list}"), "group Inner"),
        (format!("group_id={inner}"), "group Outer"),
        (format!("group_id={outer}"), "policy Crew only"),
        (format!("policy_id={policy}"), "application Wiki"),
    ] {
        let found = uses(&what).await;
        assert_eq!(names(&found), [by], "{what}");
        assert_eq!((&found["applications"], &found["applications_count"]), (&wiki, &json!(1)), "{what}");
        assert_eq!(found["used_by"][0]["applications"], wiki, "{what}");
    }
    let approving = json!({
        "name": "Asked", "decision": "allow", "include": everyone, "approval_required": true,
        "approval_groups": [{ "approvals_needed": 1, "email_list_uuid": list }],
    });
    world.post("~/access/policies", approving).await;
    let found = uses(&format!("list_id={list}")).await;
    assert_eq!(names(&found), ["group Inner", "policy Asked"]);
    assert_eq!(found["applications_count"], 1, "the second one stands in no application");
    let nothing = uses(&format!("service_token_id={list}")).await;
    assert_eq!((&nothing["used_by"], &nothing["used_by_count"]), (&json!([]), &json!(0)));
    for bad in ["", "list_id=x", &format!("list_id={list}&tag=a")] {
        world.call("GET", &format!("~/doorward/uses?{bad}"), None).await.bad(400);
    }
}

#[tokio::test]
async fn an_ended_test_is_forgotten_and_frees_its_place() {
    let world = World::start().await;
    let body = json!({ "policies": [{ "name": "All", "decision": "allow", "include": [{ "everyone": {} }] }] });
    for _ in 0..20 {
        let test = id(&world.call("POST", "~/access/policy-tests", Some(body.clone())).await.good(200));
        world.call("DELETE", &format!("~/doorward/policy-tests/{test}"), None).await.good(200);
        world.call("GET", &format!("~/access/policy-tests/{test}"), None).await.bad(404);
    }
    let written = async |action: &str| {
        let found = world.call("GET", &format!("~/doorward/audit?action={action}"), None).await;
        found.body["result_info"]["total_count"].as_u64().unwrap()
    };
    assert_eq!((written("policy_test.begin").await, written("policy_test.end").await), (1, 0), "one record for twenty trials of the same");
    let test = id(&world.call("POST", "~/access/policy-tests", Some(body)).await.good(200));
    let other = world.token_with(&[Permission::PolicyTestsWrite], None).await;
    let path = format!("~/doorward/policy-tests/{test}");
    world.send("DELETE", &path, Some(&format!("Bearer {other}")), None).await.good(200);
    assert_eq!((written("policy_test.begin").await, written("policy_test.end").await), (1, 1), "ending another one's is written down");
}

#[tokio::test]
async fn policies_and_items_of_a_list_are_found_by_a_part() {
    let world = World::start().await;
    for name in ["Crew only", "Pilots"] {
        world.post("~/access/policies", json!({ "name": name, "decision": "allow", "include": [{ "everyone": {} }] })).await;
    }
    let found = world.get("~/access/policies?search=PILOT").await;
    assert_eq!((found.as_array().unwrap().len(), &found[0]["name"]), (1, &json!("Pilots")));
    let items = json!([{ "value": "203.0.113.7", "description": "The quay" }, { "value": "198.51.100.0/24" }]);
    let list = id(&world.call("POST", "~/gateway/lists", Some(json!({ "name": "Piers", "type": "IP", "items": items }))).await.good(200));
    for (search, value) in [("quay", "203.0.113.7"), ("198.51", "198.51.100.0/24")] {
        let found = world.get(&format!("~/gateway/lists/{list}/items?search={search}")).await;
        assert_eq!((found.as_array().unwrap().len(), &found[0]["value"]), (1, &json!(value)), "{search}");
    }
}
