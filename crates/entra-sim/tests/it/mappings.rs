//! Owns custom attribute mappings and scopes over Graph's schema: expressions, traps, roles, filters, precedence.

use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{Bench, bench};
use crate::world::graph;

const ADMIN: &str = "5c1b4f6e-0d3f-4d1f-8a51-4c3a9f0f6a01";
const READER: &str = "5c1b4f6e-0d3f-4d1f-8a51-4c3a9f0f6a02";

/// The line for a target attribute of users, made when missing.
fn line<'a>(mappings: &'a mut Value, target: &str) -> &'a mut Value {
    let lines = mappings[0]["attributeMappings"].as_array_mut().unwrap();
    let at = lines.iter().position(|line| line["targetAttributeName"] == target);
    let at = at.unwrap_or_else(|| {
        lines.push(json!({"targetAttributeName": target, "source": {}, "matchingPriority": 0}));
        lines.len() - 1
    });
    &mut lines[at]
}

fn map(mappings: &mut Value, target: &str, expression: &str) {
    line(mappings, target)["source"] = json!({"expression": expression});
}

async fn ran(bench: &Bench) -> Vec<Value> {
    bench.run().await;
    bench.sent()
}

#[tokio::test]
async fn custom_mappings_are_sent_as_they_are_written() {
    let bench = bench().await;
    let custom = "urn:ietf:params:scim:schemas:extension:Harbour:2.0:User:costCentre";
    bench
        .remap(|mappings| {
            map(mappings, "externalId", "[objectId]");
            map(mappings, "nickName", "ToUpper([mailNickname])");
            map(mappings, "userType", "\"Employee\"");
            map(mappings, "locale", "Coalesce([preferredLanguage], \"en-GB\")");
            map(mappings, "timezone", "IIF([department]=\"Docks\", \"Europe/Amsterdam\", \"UTC\")");
            map(mappings, custom, "[extension_0123_costCentre]");
            map(mappings, "profileUrl", "[title]");
            line(mappings, "profileUrl")["defaultValue"] = "https://pier.example".into();
            map(mappings, "displayName", "[displayName]");
            line(mappings, "displayName")["flowType"] = "ObjectAddOnly".into();
        })
        .await;
    bench.write(Method::PATCH, "/users/ada@pier.example", json!({"extension_0123_costCentre": "C7"})).await;
    bench.run().await;
    let ada = bench.held("ada");
    assert_eq!((&ada["externalId"], &ada["nickName"], &ada["userType"]), (&bench.user("ada").into(), &json!("ADA"), &json!("Employee")));
    assert_eq!(
        (&ada["locale"], &ada["timezone"], &ada["profileUrl"]),
        (&json!("en-GB"), &json!("Europe/Amsterdam"), &json!("https://pier.example"))
    );
    assert_eq!(ada["urn:ietf:params:scim:schemas:extension:Harbour:2.0:User"]["costCentre"], "C7");
    assert_eq!(ada["schemas"].as_array().unwrap().len(), 2, "the extension is not listed");
    assert_eq!(bench.held("bo")["timezone"], "UTC");
    bench.sent();
    bench.write(Method::PATCH, "/users/ada@pier.example", json!({"displayName": "Other", "extension_0123_costCentre": "C8"})).await;
    assert_eq!(ran(&bench).await[0][2], json!([{"op": "Replace", "path": custom, "value": "C8"}]), "the name is sent only at creation");
}

#[tokio::test]
async fn schemas_that_cannot_work_are_refused() {
    let bench = bench().await;
    let path = format!("{}/jobs/{}/schema", bench.path, bench.job);
    let good = bench.get(&path).await;
    type Edit = fn(&mut Value);
    let edits: [Edit; 5] = [
        |mappings| map(mappings, "title", "Rot13([jobTitle])"),
        |mappings| map(mappings, "title", "Mid([jobTitle])"),
        |mappings| {
            mappings[0]["attributeMappings"]
                .as_array_mut()
                .unwrap()
                .push(json!({"targetAttributeName": "Title", "source": {"expression": "[city]"}}))
        },
        |mappings| line(mappings, "userName")["matchingPriority"] = 0.into(),
        |mappings| {
            mappings[0]["scope"] =
                json!({"groups": [{"name": "x", "clauses": [{"operatorName": "REGEX MATCH", "sourceOperandName": "mail"}]}]});
        },
    ];
    for (at, edit) in edits.into_iter().enumerate() {
        let mut schema = good.clone();
        edit(&mut schema["synchronizationRules"][0]["objectMappings"]);
        assert_eq!(bench.world.refused(&bench.admin(), Method::PUT, &path, Some(schema)).await.0, 400, "edit {at}");
    }
    assert_eq!(bench.get(&path).await["synchronizationRules"], good["synchronizationRules"]);
}

#[tokio::test]
async fn with_active_mapped_from_account_enabled_unassigning_and_deleting_do_nothing() {
    let bench = bench().await;
    bench.remap(|mappings| map(mappings, "active", "[accountEnabled]")).await;
    bench.run().await;
    bench.sent();
    let (ada, cy) = (bench.user("ada"), bench.user("cy"));
    bench.unassign(&ada).await;
    bench.write(Method::DELETE, &format!("/users/{cy}"), Value::Null).await;
    assert!(ran(&bench).await.is_empty(), "the trap: nobody is told");
    assert_eq!((&bench.held("ada")["active"], &bench.held("cy")["active"]), (&json!(true), &json!(true)));
    bench.write(Method::PATCH, "/users/bo@pier.example", json!({"accountEnabled": false})).await;
    assert_eq!(ran(&bench).await[0][2], json!([{"op": "Replace", "path": "active", "value": "False"}]), "blocking alone still works");
    let switch = "Switch([IsSoftDeleted], , \"False\", \"True\", \"True\", \"False\")";
    bench.remap(|mappings| map(mappings, "active", switch)).await;
    let sent: Vec<Value> = ran(&bench).await.into_iter().filter(|one| one[1].as_str().unwrap().starts_with("Users/")).collect();
    assert_eq!(sent.len(), 1, "the deleted one is told of now; the unassigned one is not managed any more: {sent:?}");
    assert_eq!(sent[0][1], bench.target("cy"));
}

#[tokio::test]
async fn a_negation_maps_active_as_well() {
    let bench = bench().await;
    bench.remap(|mappings| map(mappings, "active", "Not([IsSoftDeleted])")).await;
    bench.run().await;
    bench.sent();
    bench.unassign(&bench.user("ada")).await;
    assert_eq!(ran(&bench).await[0][2], json!([{"op": "Replace", "path": "active", "value": "False"}]));
}

async fn with_roles(expression: &str, target: &str) -> Bench {
    let bench = bench().await;
    let sp = bench.principal();
    let role =
        |id: &str, name: &str| json!({"id": id, "value": name, "displayName": name, "allowedMemberTypes": ["User"], "isEnabled": true});
    bench
        .write(Method::PATCH, &format!("/servicePrincipals/{sp}"), json!({"appRoles": [role(ADMIN, "Admin"), role(READER, "Reader")]}))
        .await;
    bench.unassign(&bench.user("ada")).await;
    bench.assign(&bench.user("ada"), ADMIN).await;
    bench.remap(|mappings| map(mappings, target, expression)).await;
    bench.on_demand(json!({"objectId": bench.user("ada"), "objectTypeName": "User"})).await;
    assert_eq!(bench.held("ada")["roles"], json!([]), "on-demand provisions no roles");
    bench.sent();
    bench
}

async fn regrade(bench: &Bench) -> (Value, Value) {
    let first = ran(bench).await;
    let patch = first.iter().find(|one| one[2].to_string().contains("roles")).unwrap()[2].clone();
    bench.assign(&bench.user("ada"), READER).await;
    (patch, ran(bench).await[0][2].clone())
}

#[tokio::test]
async fn roles_go_as_one_value_as_texts_that_grow_or_as_a_list_that_replaces() {
    let bench = with_roles("SingleAppRoleAssignment([appRoleAssignments])", "roles[primary eq \"True\"].value").await;
    let first = ran(&bench).await;
    let single = json!([{"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "Admin"}]);
    assert!(first.iter().any(|one| one[2] == single), "{first:?}");

    let bench = with_roles("AppRoleAssignmentsComplex([appRoleAssignments])", "roles").await;
    let text = |id: &str, name: &str| json!({"value": json!({"id": id, "value": name, "displayName": name}).to_string()});
    let (first, second) = regrade(&bench).await;
    assert_eq!(first, json!([{"op": "Add", "path": "roles", "value": [text(ADMIN, "Admin")]}]));
    assert_eq!(second, json!([{"op": "Add", "path": "roles", "value": [text(ADMIN, "Admin"), text(READER, "Reader")]}]));
    bench.unassign(&bench.user("ada")).await;
    bench.assign(&bench.user("ada"), READER).await;
    assert!(ran(&bench).await.is_empty(), "never removed");

    let bench = with_roles("AssertiveAppRoleAssignmentsComplex([appRoleAssignments])", "roles").await;
    let clean = |name: &str| json!({"primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": name, "value": name});
    let (first, second) = regrade(&bench).await;
    assert_eq!(first, json!([{"op": "Replace", "path": "roles", "value": [clean("Admin")]}]));
    assert_eq!(second, json!([{"op": "Replace", "path": "roles", "value": [clean("Admin"), clean("Reader")]}]));
    bench.unassign(&bench.user("ada")).await;
    bench.assign(&bench.user("ada"), READER).await;
    assert_eq!(ran(&bench).await[0][2], json!([{"op": "Replace", "path": "roles", "value": [clean("Reader")]}]));
}

#[tokio::test]
async fn people_are_matched_by_the_next_attribute_when_the_first_finds_nobody() {
    let bench = bench().await;
    bench.scim.put("Users", "old-7", json!({"id": "old-7", "userName": "former@pier.example", "externalId": "ada", "active": true}));
    bench.remap(|mappings| line(mappings, "externalId")["matchingPriority"] = 2.into()).await;
    bench.run().await;
    let asked: Vec<String> = bench.scim.taken().into_iter().filter(|one| one.query.contains("ada")).map(|one| one.query).collect();
    assert_eq!(asked, ["filter=userName+eq+%22ada%40pier.example%22", "filter=externalId+eq+%22ada%22"]);
    assert_eq!(bench.held("ada")["id"], "old-7");
    bench.scim.put("Users", "twin", json!({"id": "twin", "userName": "bo@pier.example"}));
    bench.act("restart", json!({"criteria": {"resetScope": "Full"}})).await;
    bench.idle().await;
    let log = bench.get("/auditLogs/provisioning?$filter=provisioningStatusInfo/status eq 'failure'").await;
    assert_eq!(log["value"][0]["provisioningStatusInfo"]["errorInformation"]["errorCode"], "DuplicateTargetEntries", "{log}");
}

#[tokio::test]
async fn a_scoping_filter_leaves_people_out_and_takes_them_out() {
    let bench = bench().await;
    let clause = json!({"operatorName": "EQUALS", "sourceOperandName": "department", "targetOperand": {"values": ["Docks"]}});
    bench.remap(|mappings| mappings[0]["scope"] = json!({"groups": [{"name": "dock people", "clauses": [clause]}]})).await;
    let summary = bench.run().await;
    assert_eq!((&summary["users_created"], &summary["groups_created"]), (&json!(1), &json!(1)), "only Ada works at the docks: {summary}");
    bench.sent();
    bench.write(Method::PATCH, "/users/ada@pier.example", json!({"department": "Office"})).await;
    assert_eq!(ran(&bench).await[0][2], json!([{"op": "Replace", "path": "active", "value": "False"}]));
    bench.write(Method::PATCH, "/users/ada@pier.example", json!({"department": "Docks"})).await;
    assert_eq!(ran(&bench).await[0][2], json!([{"op": "Replace", "path": "active", "value": "True"}]));
    let read = bench.get(&format!("{}/jobs/{}/schema", bench.path, bench.job)).await;
    let operator = read.pointer("/synchronizationRules/0/objectMappings/0/scope/groups/0/clauses/0/operatorName");
    assert_eq!(operator, Some(&json!("EQUALS")));
}

#[tokio::test]
async fn sync_all_provisions_everybody_and_every_group() {
    let bench = bench().await;
    let secrets = format!("{}/secrets", bench.path);
    let all = |value: &str| json!({"value": [{"key": "SyncAll", "value": value}]});
    bench.write(Method::PUT, &secrets, all("true")).await;
    let summary = bench.run().await;
    assert_eq!((&summary["users_created"], &summary["groups_created"]), (&json!(5), &json!(2)), "Di and Deep too: {summary}");
    let shown = bench.get(&secrets).await;
    assert!(shown["value"].as_array().unwrap().contains(&json!({"key": "SyncAll", "value": "true"})));
    bench.sent();
    bench.write(Method::PUT, &secrets, all("false")).await;
    let summary = bench.run().await;
    assert_eq!((&summary["users_disabled"], &summary["groups_deleted"]), (&json!(1), &json!(1)), "{summary}");
    let (status, _) =
        graph(&bench.world.sim.base, &bench.admin(), Method::PUT, &secrets, Some(json!({"value": [{"key": "Nope", "value": "x"}]}))).await;
    assert_eq!(status, 400);
}
