//! Owns what each event in the directory makes the provisioning service send: one row for each event.

use entra_sim::TenantSource;
use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{Bench, DEFAULT_ACCESS, bench_of};

/// Everybody has a row of their own; Crew holds Cal and Kim, Wide holds Crew only.
const TENANT: &str = r#"{
  "tenant": {"domain": "pier.example", "displayName": "Pier"},
  "users": [
    {"userPrincipalName": "ann@pier.example", "displayName": "Ann", "mailNickname": "ann", "password": "x"},
    {"userPrincipalName": "ben@pier.example", "displayName": "Ben", "mailNickname": "ben", "password": "x"},
    {"userPrincipalName": "cal@pier.example", "displayName": "Cal", "mailNickname": "cal", "password": "x"},
    {"userPrincipalName": "dot@pier.example", "displayName": "Dot", "mailNickname": "dot", "password": "x"},
    {"userPrincipalName": "eli@pier.example", "displayName": "Eli", "mailNickname": "eli", "password": "x"},
    {"userPrincipalName": "fay@pier.example", "displayName": "Fay", "mailNickname": "fay", "password": "x"},
    {"userPrincipalName": "gus@pier.example", "displayName": "Gus", "mailNickname": "gus", "password": "x", "accountEnabled": false},
    {"userPrincipalName": "hal@pier.example", "displayName": "Hal", "mailNickname": "hal", "password": "x", "department": "Docks"},
    {"userPrincipalName": "ira@pier.example", "displayName": "Ira", "mailNickname": "ira", "password": "x", "manager": "jon@pier.example"},
    {"userPrincipalName": "jon@pier.example", "displayName": "Jon", "mailNickname": "jon", "password": "x"},
    {"userPrincipalName": "kim@pier.example", "displayName": "Kim", "mailNickname": "kim", "password": "x", "accountEnabled": false},
    {"userPrincipalName": "lou@pier.example", "displayName": "Lou", "mailNickname": "lou", "password": "x"},
    {"userPrincipalName": "max@pier.example", "displayName": "Max", "mailNickname": "max", "password": "x"}
  ],
  "groups": [
    {"name": "Crew", "members": ["cal@pier.example", "kim@pier.example"]},
    {"name": "Wide", "members": ["group:Crew"]}
  ],
  "apps": [
    {"name": "doorward"},
    {"name": "doorward provisioning", "kind": "provisioning", "assigned": ["ben@pier.example", "dot@pier.example", "eli@pier.example",
      "fay@pier.example", "gus@pier.example", "hal@pier.example", "ira@pier.example", "lou@pier.example", "max@pier.example", "group:Crew"]},
    {"name": "harbour-admin", "application": ["User.ReadWrite.All", "GroupMember.ReadWrite.All", "Group.ReadWrite.All",
      "Synchronization.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "Directory.Read.All"]}
  ]
}"#;

async fn started() -> Bench {
    let bench = bench_of(TenantSource::Json(TENANT.into()), "").await;
    assert_eq!(bench.run().await["state"], "Succeeded");
    bench.sent();
    bench
}

/// Runs a cycle and tells what it sent.
async fn cycle(bench: &Bench) -> Vec<Value> {
    bench.run().await;
    bench.sent()
}

fn active(target: &str, text: &str) -> Vec<Value> {
    vec![json!(["PATCH", target, [{"op": "Replace", "path": "active", "value": text}]])]
}

async fn patch(bench: &Bench, name: &str, change: Value) {
    bench.write(Method::PATCH, &format!("/users/{}", bench.user(name)), change).await;
}

#[tokio::test]
async fn assigning_creates_unassigning_disables_and_assigning_again_enables() {
    let bench = started().await;
    let ann = bench.user("ann");
    bench.assign(&ann, DEFAULT_ACCESS).await;
    bench.run().await;
    let seen: Vec<String> = bench.scim.taken().iter().map(|one| format!("{} {}", one.method, one.path)).collect();
    assert_eq!(seen, ["GET Users", "POST Users"], "looked up, then made");
    let (ben, target) = (bench.user("ben"), bench.target("ben"));
    bench.unassign(&ben).await;
    assert_eq!(cycle(&bench).await, active(&target, "False"));
    assert!(cycle(&bench).await.is_empty());
    bench.assign(&ben, DEFAULT_ACCESS).await;
    assert_eq!(cycle(&bench).await, active(&target, "True"));
}

#[tokio::test]
async fn blocking_disables_unblocking_enables_and_memberships_are_not_sent_again() {
    let bench = started().await;
    let target = bench.target("cal");
    patch(&bench, "cal", json!({"accountEnabled": false})).await;
    assert_eq!(cycle(&bench).await, active(&target, "False"));
    patch(&bench, "cal", json!({"accountEnabled": true})).await;
    assert_eq!(cycle(&bench).await, active(&target, "True"), "and nothing about Crew");
}

#[tokio::test]
async fn soft_deletion_disables_restoring_enables_and_only_a_purge_deletes() {
    let bench = started().await;
    let (dot, eli) = ((bench.user("dot"), bench.target("dot")), (bench.user("eli"), bench.target("eli")));
    for (id, target) in [&dot, &eli] {
        bench.write(Method::DELETE, &format!("/users/{id}"), Value::Null).await;
        assert_eq!(cycle(&bench).await, active(target, "False"));
    }
    bench.write(Method::POST, &format!("/directory/deletedItems/{}/restore", dot.0), Value::Null).await;
    bench.write(Method::DELETE, &format!("/directory/deletedItems/{}", eli.0), Value::Null).await;
    let sent = cycle(&bench).await;
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent.contains(&json!(["DELETE", eli.1, null])) && sent.contains(&active(&dot.1, "True")[0]));
}

#[tokio::test]
async fn thirty_days_after_a_deletion_the_person_is_purged_by_the_clock() {
    let bench = started().await;
    let (max, target) = (bench.user("max"), bench.target("max"));
    bench.write(Method::DELETE, &format!("/users/{max}"), Value::Null).await;
    assert_eq!(cycle(&bench).await, active(&target, "False"));
    bench.pass(29 * 86_400, false).await;
    assert!(bench.sent().is_empty());
    bench.pass(86_400 + 60, false).await;
    assert_eq!(bench.sent(), [json!(["DELETE", target, null])]);
}

#[tokio::test]
async fn whoever_was_unassigned_before_being_purged_is_never_deleted() {
    let bench = started().await;
    let (fay, target) = (bench.user("fay"), bench.target("fay"));
    bench.unassign(&fay).await;
    assert_eq!(cycle(&bench).await, active(&target, "False"));
    bench.write(Method::DELETE, &format!("/users/{fay}"), Value::Null).await;
    assert!(cycle(&bench).await.is_empty());
    bench.write(Method::DELETE, &format!("/directory/deletedItems/{fay}"), Value::Null).await;
    assert!(cycle(&bench).await.is_empty());
}

#[tokio::test]
async fn whoever_is_disabled_before_the_first_cycle_is_made_only_when_enabled() {
    let bench = started().await;
    assert!(bench.scim.one("Users", "userName", "gus@pier.example").is_none());
    assert!(cycle(&bench).await.is_empty());
    patch(&bench, "gus", json!({"accountEnabled": true})).await;
    let sent = cycle(&bench).await;
    assert_eq!((sent.len(), &sent[0][0], &sent[0][2]["active"]), (1, &json!("POST"), &json!(true)));
}

#[tokio::test]
async fn an_emptied_attribute_is_not_sent_and_its_next_value_is() {
    let bench = started().await;
    patch(&bench, "hal", json!({"department": null})).await;
    assert!(cycle(&bench).await.is_empty());
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    assert_eq!(bench.held("hal")[urn]["department"], "Docks", "the old value stays");
    patch(&bench, "hal", json!({"department": "Pilotage"})).await;
    assert_eq!(cycle(&bench).await[0][2], json!([{"op": "Replace", "path": format!("{urn}:department"), "value": "Pilotage"}]));
}

#[tokio::test]
async fn a_manager_who_comes_into_scope_later_is_linked_by_a_restart_only() {
    let bench = started().await;
    let (jon, ira) = (bench.user("jon"), bench.target("ira"));
    bench.assign(&jon, DEFAULT_ACCESS).await;
    let sent = cycle(&bench).await;
    assert_eq!((sent.len(), &sent[0][0]), (1, &json!("POST")), "Jon, and nothing about Ira");
    assert!(cycle(&bench).await.is_empty());
    bench.act("restart", Value::Null).await;
    bench.idle().await;
    let sent: Vec<Value> = bench.sent().into_iter().filter(|one| one[1].as_str().unwrap().starts_with("Users/")).collect();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!((&sent[0][1], &sent[0][2][0]["value"]), (&json!(ira), &bench.held("jon")["id"]));
}

#[tokio::test]
async fn a_member_who_comes_into_scope_later_is_added_by_a_restart_only() {
    let bench = started().await;
    patch(&bench, "kim", json!({"accountEnabled": true})).await;
    let sent = cycle(&bench).await;
    assert_eq!((sent.len(), &sent[0][0]), (1, &json!("POST")), "Kim, and nothing about Crew");
    bench.act("restart", Value::Null).await;
    bench.idle().await;
    let kim = bench.held("kim")["id"].clone();
    assert!(
        bench.sent().iter().any(|one| one[1].as_str().unwrap().starts_with("Groups/") && one[2].to_string().contains(&kim.to_string()))
    );
}

#[tokio::test]
async fn a_change_in_the_target_is_seen_only_when_the_person_changes_in_the_directory() {
    let bench = started().await;
    let mut changed = bench.held("lou");
    changed["displayName"] = "Somebody".into();
    let id = changed["id"].as_str().unwrap().to_owned();
    bench.scim.put("Users", &id, changed);
    assert_eq!(bench.run().await["requests"], json!([]));
    patch(&bench, "lou", json!({"jobTitle": "Mate"})).await;
    assert_eq!(
        cycle(&bench).await[0][2],
        json!([{"op": "Replace", "path": "displayName", "value": "Lou"}, {"op": "Replace", "path": "title", "value": "Mate"}])
    );
}

#[tokio::test]
async fn of_a_nested_group_only_the_group_itself_is_provisioned() {
    let bench = started().await;
    let (crew, wide) = (bench.world.sim.group_id("Crew").unwrap().to_string(), bench.world.sim.group_id("Wide").unwrap().to_string());
    let target = bench.target("cal");
    bench.assign(&wide, DEFAULT_ACCESS).await;
    bench.unassign(&crew).await;
    let sent = cycle(&bench).await;
    let wide = sent.iter().find(|one| one[0] == "POST").unwrap();
    assert_eq!(wide[2]["displayName"], "Wide");
    assert!(sent.contains(&active(&target, "False")[0]), "who is in it by nesting has left the scope");
    assert!(sent.iter().any(|one| one[0] == "DELETE" && one[1].as_str().unwrap().starts_with("Groups/")));
    assert_eq!(sent.len(), 3, "no members: {sent:?}");
}

#[tokio::test]
async fn a_resource_that_vanished_from_the_target_is_made_anew_with_its_next_change() {
    let bench = started().await;
    let target = bench.target("lou");
    let client = reqwest::Client::builder().build().unwrap();
    let base = bench.get(&format!("{}/secrets", bench.path)).await["value"][0]["value"].as_str().unwrap().to_owned();
    let base = base.replace("team.localhost", "127.0.0.1");
    client.delete(format!("{base}/{target}")).bearer_auth(crate::scim_server::SECRET).send().await.unwrap();
    bench.scim.taken();
    patch(&bench, "lou", json!({"jobTitle": "Mate"})).await;
    let sent = cycle(&bench).await;
    assert_eq!((sent.len(), &sent[0][0], &sent[0][2]["title"]), (1, &json!("POST"), &json!("Mate")));
}
