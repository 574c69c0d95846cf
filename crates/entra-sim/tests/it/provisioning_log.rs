//! Owns the tests of the provisioning log in Graph's form.

use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{Bench, bench};

async fn with_history() -> Bench {
    let bench = bench().await;
    bench.sim(Method::PUT, "/pool", json!({"mode": "off"})).await;
    bench.scim.refuse("bo@pier.example", 409);
    bench.run().await;
    bench.pass(3_600, false).await;
    bench.write(Method::PATCH, "/users/ada@pier.example", json!({"jobTitle": "Mate", "displayName": "Ada Stone"})).await;
    bench.write(Method::PATCH, "/users/cy@pier.example", json!({"accountEnabled": false})).await;
    bench.run().await;
    bench
}

async fn names(bench: &Bench, query: &str) -> Vec<String> {
    let found = bench.get(&format!("/auditLogs/provisioning{query}")).await;
    let shown = |one: &Value| {
        let text = |path: &str| one.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        format!("{} {} {}", text("/provisioningAction"), text("/sourceIdentity/displayName"), text("/provisioningStatusInfo/status"))
    };
    found["value"].as_array().unwrap().iter().map(shown).collect()
}

#[tokio::test]
async fn entries_tell_action_steps_changes_and_both_identities() {
    let bench = with_history().await;
    let found = bench.get("/auditLogs/provisioning?$filter=sourceIdentity/displayName eq 'ada@pier.example'").await;
    let update = &found["value"][0];
    assert_eq!((&update["provisioningAction"], &update["jobId"]), (&json!("update"), &json!(bench.job)));
    assert_eq!(
        update["modifiedProperties"],
        json!([
            {"displayName": "displayName", "oldValue": "Ada", "newValue": "Ada Stone"},
            {"displayName": "title", "oldValue": null, "newValue": "Mate"},
        ])
    );
    let steps: Vec<&Value> = update["provisioningSteps"].as_array().unwrap().iter().map(|step| &step["provisioningStepType"]).collect();
    assert_eq!(steps, ["import", "matching", "export"]);
    assert_eq!((&update["sourceIdentity"]["id"], &update["targetIdentity"]["id"]), (&json!(bench.user("ada")), &bench.held("ada")["id"]));
    assert_eq!(update["servicePrincipal"]["displayName"], "doorward provisioning");
    assert_eq!(update["initiatedBy"]["initiatorType"], "system");
    assert!(update.get("statusInfo").is_none());
    assert_ne!(update["cycleId"], found["value"].as_array().unwrap().last().unwrap()["cycleId"]);

    let failed = bench.get("/auditLogs/provisioning?$filter=statusInfo/status eq 'failure'").await;
    let error = &failed["value"][0]["provisioningStatusInfo"]["errorInformation"];
    assert_eq!(error["errorCode"], "SystemForCrossDomainIdentityManagementEntryConflict");
    assert!(error["reason"].as_str().unwrap().contains("409"));
    assert_eq!(failed["value"][0]["provisioningSteps"][2]["status"], "failure");

    let group =
        bench.get("/auditLogs/provisioning?$filter=sourceIdentity/identityType eq 'Group' and provisioningAction eq 'update'").await;
    assert_eq!(group["value"][0]["modifiedProperties"][0]["displayName"], "members");
    assert_eq!(group["value"][0]["provisioningSteps"][1]["provisioningStepType"], "referenceResolution");
    let skipped = bench.get("/auditLogs/provisioning?$filter=provisioningStatusInfo/status eq 'skipped'").await;
    assert_eq!(skipped["value"][0]["provisioningSteps"][1]["provisioningStepType"], "scoping");
    assert_eq!(skipped["value"][0]["provisioningStatusInfo"]["errorInformation"]["errorCode"], "NotEffectivelyEntitled");
}

#[tokio::test]
async fn the_log_is_filtered_ordered_and_paged() {
    let bench = with_history().await;
    assert_eq!(names(&bench, "?$filter=provisioningAction eq 'disable'").await, ["disable cy@pier.example success"]);
    assert!(names(&bench, "?$filter=provisioningAction eq 'Disable'").await.is_empty(), "capitals matter");
    let sp = bench.principal();
    let all = names(&bench, &format!("?$filter=jobId eq '{}' and servicePrincipal/id eq '{sp}'&$top=999", bench.job)).await;
    assert_eq!(all, names(&bench, "?$top=999").await);
    assert!(names(&bench, "?$filter=jobId eq 'scim.other'").await.is_empty());
    assert!(names(&bench, "?$filter=contains(sourceIdentity/displayName,'ada@')").await.len() >= 2);

    let newest = bench.get("/auditLogs/provisioning?$top=1").await["value"][0]["activityDateTime"].as_str().unwrap().to_owned();
    // The border is the very entry that is looked for: what else belongs to its cycle may have come a second later.
    let adas = bench.get("/auditLogs/provisioning?$filter=sourceIdentity/displayName eq 'ada@pier.example'&$top=1").await;
    let border = adas["value"][0]["activityDateTime"].as_str().unwrap();
    let recent = names(&bench, &format!("?$filter=activityDateTime ge {border}&$top=999")).await;
    let earlier = names(&bench, &format!("?$filter=activityDateTime lt {border}&$top=999")).await;
    assert!(
        recent.contains(&"update ada@pier.example success".to_owned()) && earlier.contains(&"create ada@pier.example success".to_owned())
    );
    assert_eq!(recent.len() + earlier.len(), all.len());
    let oldest = names(&bench, "?$orderby=activityDateTime&$top=1").await;
    assert!(oldest[0].starts_with("create") || oldest[0].starts_with("other"), "{oldest:?}");
    let down = bench.get("/auditLogs/provisioning?$orderby=activityDateTime desc&$top=1").await;
    assert_eq!(down["value"][0]["activityDateTime"], newest.as_str());

    let (ids, pages) = bench.world.all(&bench.admin(), "/auditLogs/provisioning?$top=2").await;
    assert_eq!((ids.len(), pages), (all.len(), all.len().div_ceil(2)));
    let first = bench.get("/auditLogs/provisioning?$top=2").await;
    bench.write(Method::PATCH, "/users/ada@pier.example", json!({"jobTitle": "Master"})).await;
    bench.run().await;
    let next = bench.get(first["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!(next["value"][0]["id"], ids[2].as_str(), "entries that came since shift nothing");
}
