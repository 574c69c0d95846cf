//! Owns the tests of the provisioning service against a small SCIM server.

use std::time::Instant;

use entra_sim::{ExternalIdSource, Seed, TenantSource};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::bench::{TENANT, bench, bench_of};
use crate::scim_server::{SECRET, ScimServer};
use crate::world::{browser, world_of};

#[tokio::test]
async fn an_initial_cycle_looks_up_creates_and_adds_direct_members_only() {
    let bench = bench().await;
    let summary = bench.run().await;
    assert_eq!(summary["state"], "Succeeded", "{summary}");
    assert_eq!((&summary["users_created"], &summary["groups_created"], &summary["skipped"]), (&json!(4), &json!(1), &json!(1)));
    let seen = bench.scim.taken();
    assert!(seen.iter().all(|one| one.agent.is_none()), "Entra sends no User-Agent");
    let bodied: Vec<_> = seen.iter().filter(|one| one.method != "GET").collect();
    assert!(bodied.iter().all(|one| one.kind.as_deref() == Some("application/scim+json; charset=utf-8")));
    assert!(seen.iter().any(|one| one.query == "filter=userName+eq+%22ada%40pier.example%22"));
    assert!(seen.iter().any(|one| one.query.starts_with("excludedAttributes=members&filter=displayName+eq+")));
    let ada = bench.held("ada");
    assert_eq!((&ada["active"], &ada["externalId"]), (&json!(true), &json!("ada")));
    assert_eq!(ada["emails"], json!([{"primary": true, "type": "work", "value": "ada@pier.example"}]));
    assert_eq!(ada["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["department"], "Docks");
    assert!(bench.held("bo").get("emails").is_none(), "no mail, no emails");
    assert!(bench.scim.one("Users", "userName", "gus_far.example").is_some(), "guests without #EXT#");
    assert!(bench.scim.one("Users", "userName", "di@pier.example").is_none(), "nested people are out of scope");
    assert!(bench.scim.one("Users", "userName", "eve@pier.example").is_none(), "disabled before the first cycle");
    let created = seen.iter().find(|one| one.method == "POST" && one.path == "Groups").unwrap();
    assert!(created.body.get("members").is_none(), "groups are made empty");
    assert_eq!(created.body["externalId"], bench.world.sim.group_id("Crew").unwrap().to_string());
    let mut expected: Vec<String> = ["bo", "cy"].iter().map(|name| bench.held(name)["id"].as_str().unwrap().to_owned()).collect();
    expected.sort();
    let mut members = bench.members();
    members.sort();
    assert_eq!(members, expected);
    let manager =
        seen.iter().find(|one| one.body.pointer("/Operations/0/path").is_some_and(|path| path.as_str().unwrap().ends_with(":manager")));
    assert_eq!(manager.unwrap().body["Operations"][0]["value"], bench.held("bo")["id"]);
}

#[tokio::test]
async fn a_second_cycle_sends_nothing_and_a_third_only_the_difference() {
    let bench = bench().await;
    bench.run().await;
    bench.scim.taken();
    let second = bench.run().await;
    assert_eq!(second["requests"], json!([]), "{second}");
    bench.write(Method::PATCH, "/users/ada@pier.example", json!({"displayName": "Ada Anew", "jobTitle": "Pilot"})).await;
    bench.run().await;
    let writes = bench.writes();
    assert_eq!(writes.len(), 1);
    let mut paths: Vec<&str> = writes[0].2["Operations"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["displayName", "title"]);
    assert!(writes[0].2["Operations"].as_array().unwrap().iter().all(|one| one["op"] == "Replace"));
}

#[tokio::test]
async fn disabling_sends_the_text_false_and_enabling_the_text_true() {
    let bench = bench().await;
    bench.run().await;
    bench.scim.taken();
    for (enabled, text) in [(false, "False"), (true, "True")] {
        bench.write(Method::PATCH, "/users/ada@pier.example", json!({"accountEnabled": enabled})).await;
        let summary = bench.run().await;
        assert_eq!(summary["users_disabled"], u8::from(!enabled));
        let writes = bench.writes();
        assert_eq!(writes.len(), 1);
        assert_eq!(writes[0].2["Operations"], json!([{"op": "Replace", "path": "active", "value": text}]));
        assert_eq!(bench.held("ada")["active"], enabled);
    }
}

#[tokio::test]
async fn the_flag_in_the_tenant_url_changes_the_dialect_but_not_on_demand() {
    let bench = bench_of(TenantSource::Json(TENANT.into()), "?aadOptscim062020").await;
    bench.run().await;
    bench.scim.taken();
    bench.write(Method::PATCH, "/users/ada@pier.example", json!({"accountEnabled": false})).await;
    bench.run().await;
    assert_eq!(bench.writes()[0].2["Operations"], json!([{"op": "replace", "path": "active", "value": false}]));
    bench.write(Method::PATCH, "/users/ada@pier.example", json!({"accountEnabled": true})).await;
    let told = bench.on_demand(json!({"objectId": bench.user("ada"), "objectTypeName": "User"})).await;
    assert_eq!((&told[0]["action"], &told[0]["status"]), (&json!("Update"), &json!("Success")), "{told}");
    assert_eq!(bench.writes()[0].2["Operations"], json!([{"op": "Replace", "path": "active", "value": "True"}]));
}

#[tokio::test]
async fn leaving_the_scope_sets_inactive_and_a_later_purge_sends_nothing() {
    let bench = bench().await;
    bench.run().await;
    bench.scim.taken();
    let sp = bench.world.sim.job().unwrap().service_principal_id;
    let path = format!("/servicePrincipals/{sp}/appRoleAssignedTo");
    let list = bench.world.get(&bench.admin(), &path).await;
    let ada = list["value"].as_array().unwrap().iter().find(|one| one["principalDisplayName"] == "Ada").unwrap();
    bench.write(Method::DELETE, &format!("{path}/{}", ada["id"].as_str().unwrap()), json!(null)).await;
    bench.run().await;
    let writes = bench.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert_eq!(writes[0].2["Operations"][0]["value"], "False");
    let id = bench.user("ada");
    bench.write(Method::DELETE, &format!("/users/{id}"), json!(null)).await;
    bench.write(Method::DELETE, &format!("/directory/deletedItems/{id}"), json!(null)).await;
    bench.run().await;
    assert!(bench.writes().is_empty(), "no longer managed, so no DELETE");
}

#[tokio::test]
async fn a_soft_delete_sets_inactive_and_a_purge_deletes_without_touching_memberships() {
    let bench = bench().await;
    bench.run().await;
    bench.scim.taken();
    let (id, target) = (bench.user("cy"), bench.held("cy")["id"].as_str().unwrap().to_owned());
    bench.write(Method::DELETE, &format!("/users/{id}"), json!(null)).await;
    bench.run().await;
    let writes = bench.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert_eq!((writes[0].1.as_str(), &writes[0].2["Operations"][0]["value"]), (format!("Users/{target}").as_str(), &json!("False")));
    assert!(bench.members().contains(&target));
    bench.write(Method::DELETE, &format!("/directory/deletedItems/{id}"), json!(null)).await;
    bench.run().await;
    let writes = bench.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert_eq!((writes[0].0.as_str(), writes[0].1.as_str()), ("DELETE", format!("Users/{target}").as_str()));
}

#[tokio::test]
async fn leaving_a_group_removes_the_member_and_the_person_leaves_the_scope() {
    let bench = bench().await;
    bench.run().await;
    bench.scim.taken();
    let crew = bench.world.sim.group_id("Crew").unwrap();
    let target = bench.held("cy")["id"].clone();
    bench.write(Method::DELETE, &format!("/groups/{crew}/members/{}/$ref", bench.user("cy")), json!(null)).await;
    let summary = bench.run().await;
    assert_eq!((&summary["users_disabled"], &summary["members_removed"]), (&json!(1), &json!(1)));
    let writes = bench.writes();
    let removal = writes.iter().find(|one| one.1.starts_with("Groups/")).unwrap();
    assert_eq!(removal.2["Operations"], json!([{"op": "Remove", "path": "members", "value": [{"value": target}]}]));
    let reference = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/users/{}", bench.user("cy"))});
    bench.write(Method::POST, &format!("/groups/{crew}/members/$ref"), reference).await;
    let summary = bench.run().await;
    assert_eq!((&summary["users_updated"], &summary["members_added"]), (&json!(1), &json!(1)));
    assert_eq!(bench.held("cy")["active"], true);
}

#[tokio::test]
async fn people_that_the_target_has_already_are_linked_and_only_brought_up() {
    let bench = bench().await;
    bench.scim.put(
        "Users",
        "old-1",
        json!({"id": "old-1", "userName": "ADA@pier.example", "active": true, "externalId": "ada", "displayName": "Old"}),
    );
    let summary = bench.run().await;
    assert_eq!(summary["users_created"], 3);
    let writes = bench.writes();
    let patch = writes.iter().find(|one| one.1 == "Users/old-1").unwrap();
    let paths: Vec<&Value> = patch.2["Operations"].as_array().unwrap().iter().map(|one| &one["path"]).collect();
    assert!(paths.contains(&&json!("displayName")));
    assert!(!paths.contains(&&json!("externalId")) && !paths.contains(&&json!("active")));
}

#[tokio::test]
async fn a_refused_object_waits_in_escrow_while_the_rest_goes_on() {
    let bench = bench().await;
    bench.scim.refuse("bo@pier.example", 409);
    let summary = bench.run().await;
    assert_eq!(summary["state"], "EntryLevelErrors");
    assert_eq!(summary["users_created"], 3);
    assert_eq!(bench.members().len(), 1);
    let logs = bench.world.get(&bench.admin(), "/auditLogs/provisioning?$top=999").await;
    let failed = logs["value"].as_array().unwrap().iter().find(|one| one["provisioningStatusInfo"]["status"] == "failure").unwrap();
    assert_eq!(failed["sourceIdentity"]["displayName"], "bo@pier.example");
    assert!(failed["provisioningStatusInfo"]["errorInformation"]["errorCode"].as_str().unwrap().ends_with("EntryConflict"));
    bench.scim.taken();
    bench.run().await;
    assert!(bench.writes().is_empty(), "not tried again before its time");
    bench.scim.refuse("nobody", 409);
    let summary = bench.run_with(json!({"retry_failed": true})).await;
    assert_eq!((&summary["users_created"], &summary["members_added"]), (&json!(1), &json!(1)), "{summary}");
}

#[tokio::test]
async fn bad_credentials_put_the_job_into_quarantine_until_a_good_cycle() {
    let bench = bench().await;
    let secret = |value: &str| json!({"value": [{"key": "SecretToken", "value": value}]});
    bench.write(Method::PUT, &format!("{}/secrets", bench.path), secret("wrong")).await;
    assert_eq!(bench.run().await["state"], "Failed");
    let job = format!("{}/jobs/{}", bench.path, bench.job);
    let status = bench.world.get(&bench.admin(), &job).await["status"].clone();
    assert_eq!(status["code"], "Quarantine");
    assert_eq!(status["quarantine"]["reason"], "EncounteredQuarantineException");
    bench.write(Method::PUT, &format!("{}/secrets", bench.path), secret(SECRET)).await;
    assert_eq!(bench.run().await["state"], "Succeeded");
    let status = bench.world.get(&bench.admin(), &job).await["status"].clone();
    assert_eq!((&status["code"], &status["quarantine"]), (&json!("Active"), &Value::Null));
    bench.scim.down(Some(503));
    bench.write(Method::PATCH, "/users/ada@pier.example", json!({"accountEnabled": false})).await;
    assert_eq!(bench.run().await["state"], "Failed");
    bench.scim.down(None);
    assert_eq!(bench.run().await["users_disabled"], 1);
}

#[tokio::test]
async fn test_connection_wants_an_empty_list_and_the_right_secret() {
    let bench = bench().await;
    let path = format!("{}/jobs/{}/validateCredentials", bench.path, bench.job);
    bench.write(Method::POST, &path, json!({"useSavedCredentials": true})).await;
    let seen = bench.scim.taken();
    assert_eq!(seen.len(), 2);
    assert!(seen[0].query.starts_with("filter=userName+eq+%22"));
    let wrong = json!({"credentials": [{"key": "SecretToken", "value": "wrong"}]});
    let refused = bench.world.refused(&bench.admin(), Method::POST, &path, Some(wrong)).await;
    assert_eq!(refused, (400, "CredentialValidationFailure".into()));
    bench.scim.down(Some(404));
    let refused = bench.world.refused(&bench.admin(), Method::POST, &path, Some(json!({"useSavedCredentials": true}))).await;
    assert_eq!(refused.0, 400);
}

#[tokio::test]
async fn a_job_started_through_graph_answers_at_once_and_can_be_waited_for() {
    let bench = bench().await;
    let job = format!("{}/jobs/{}", bench.path, bench.job);
    let before = bench.world.get(&bench.admin(), &job).await;
    assert_eq!(before["status"]["code"], "NotRun");
    bench.write(Method::POST, &format!("{job}/start"), json!(null)).await;
    let url = format!("{}/sim/provisioning/{}/idle", bench.world.sim.base, bench.job);
    assert_eq!(browser().get(url).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    let after = bench.world.get(&bench.admin(), &job).await;
    assert_eq!(after["status"]["lastExecution"]["state"], "Succeeded");
    assert_eq!(after["status"]["synchronizedEntryCountByType"][0]["value"], 4);
    assert_eq!(after["schedule"]["state"], "Active");
    bench.scim.taken();
    bench.write(Method::POST, &format!("{job}/restart"), json!({"criteria": {"resetScope": "Full"}})).await;
    let url = format!("{}/sim/provisioning/{}/idle", bench.world.sim.base, bench.job);
    browser().get(url).send().await.unwrap();
    let seen = bench.scim.taken();
    assert!(seen.iter().filter(|one| one.method == "GET" && one.query.contains("filter=")).count() >= 5);
    assert!(seen.iter().all(|one| one.method != "POST"), "matched, not made twice");
    bench.write(Method::POST, &format!("{job}/pause"), json!(null)).await;
    assert_eq!(bench.world.get(&bench.admin(), &job).await["status"]["code"], "Paused");
}

#[tokio::test]
async fn the_object_id_can_be_mapped_to_the_external_id() {
    let bench = bench().await;
    bench.run().await;
    bench.scim.taken();
    let url = format!("{}/sim/provisioning/{}/external-id", bench.world.sim.base, bench.job);
    let answer = browser().put(url).json(&json!({"source": "objectId"})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    bench.run().await;
    assert_eq!(bench.held("ada")["externalId"], bench.user("ada"));
    let schema = format!("{}/jobs/{}/schema", bench.path, bench.job);
    let mut body = bench.world.get(&bench.admin(), &schema).await;
    let lines = body["synchronizationRules"][0]["objectMappings"][0]["attributeMappings"].as_array_mut().unwrap();
    lines.retain(|line| line["targetAttributeName"] != "displayName");
    bench.write(Method::PUT, &schema, body.clone()).await;
    let read = bench.world.get(&bench.admin(), &schema).await;
    assert_eq!(read["synchronizationRules"], body["synchronizationRules"]);
}

#[tokio::test]
async fn a_thousand_people_are_provisioned_well_within_twenty_seconds() {
    let (scim, url) = ScimServer::start().await;
    let world = world_of(Seed {
        scim_base: Some(url),
        scim_secret: Some(SECRET.into()),
        external_id: ExternalIdSource::ObjectId,
        ..Seed::default()
    })
    .await;
    let job = world.sim.job().unwrap().id;
    let began = Instant::now();
    let url = format!("{}/sim/provisioning/{job}/run", world.sim.base);
    let summary: Value = browser().post(url).send().await.unwrap().json().await.unwrap();
    let took = began.elapsed();
    println!("initial cycle of {} people took {took:?}", summary["users_created"]);
    assert_eq!(summary["state"], "Succeeded");
    assert!(summary["users_created"].as_u64().unwrap() >= 1_000);
    assert_eq!(scim.all("Groups").len(), 5);
    assert!(took.as_secs() < 100, "five times the goal");
}
