//! Owns the exact requests of each intent in both dialects, and the switches for what Microsoft's documents leave open.

use entra_sim::TenantSource;
use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{Bench, TENANT, bench, bench_of};

const URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const FLAG: &str = "?aadOptscim062020";

async fn bench_with(flag: &str) -> Bench {
    bench_of(TenantSource::Json(TENANT.into()), flag).await
}

async fn edit(bench: &Bench, name: &str, change: Value) {
    bench.write(Method::PATCH, &format!("/users/{name}@pier.example"), change).await;
}

#[tokio::test]
async fn people_and_groups_are_made_with_the_bodies_of_the_default_mapping() {
    let bench = bench().await;
    let all = json!({
        "givenName": "Ada", "surname": "Stone", "jobTitle": "Pilot", "preferredLanguage": "en-GB", "officeLocation": "Quay 3",
        "streetAddress": "Dock Road 1", "city": "Pier", "state": "North", "postalCode": "1000", "country": "NL",
        "businessPhones": ["+31 1"], "mobilePhone": "+31 2", "faxNumber": "+31 3", "employeeId": "0042",
    });
    edit(&bench, "ada", all).await;
    bench.run().await;
    let sent = bench.sent();
    let ada = sent.iter().find(|one| one[2]["userName"] == "ada@pier.example").unwrap();
    assert_eq!(
        *ada,
        json!(["POST", "Users", {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", URN],
            "externalId": "ada", "userName": "ada@pier.example", "active": true,
            "addresses": [{"type": "work", "country": "NL", "formatted": "Quay 3", "locality": "Pier", "postalCode": "1000", "region": "North",
                "streetAddress": "Dock Road 1"}],
            "displayName": "Ada", "emails": [{"primary": true, "type": "work", "value": "ada@pier.example"}],
            "meta": {"resourceType": "User"}, "name": {"familyName": "Stone", "formatted": "Ada Stone", "givenName": "Ada"},
            "phoneNumbers": [{"type": "fax", "value": "+31 3"}, {"type": "mobile", "value": "+31 2"}, {"type": "work", "value": "+31 1"}],
            "preferredLanguage": "en-GB", "roles": [], "title": "Pilot",
            (URN): {"department": "Docks", "employeeNumber": "0042"},
        }])
    );
    let names: Vec<&String> = ada[2].as_object().unwrap().keys().collect();
    assert_eq!(names[..4], ["schemas", "externalId", "userName", "active"]);
    assert_eq!(*names.last().unwrap(), URN);
    let crew = sent.iter().find(|one| one[0] == "POST" && one[1] == "Groups").unwrap();
    assert_eq!(
        crew[2],
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": bench.world.sim.group_id("Crew").unwrap(), "displayName": "Crew", "meta": {"resourceType": "Group"},
        })
    );
}

/// One intent after the other; what each is sent as with and without the flag.
async fn intents(flag: &str) -> Vec<Value> {
    let bench = bench_with(flag).await;
    bench.sim(Method::PUT, "/provisioning-wire", json!({"at_once": 1})).await;
    bench.run().await;
    let (ada, bo) = (bench.target("ada"), bench.target("bo"));
    let crew = bench.world.sim.group_id("Crew").unwrap();
    let manager = bench.sent().into_iter().find(|one| one[1] == ada.as_str() && one[0] == "PATCH").unwrap();
    assert_eq!(bo.rsplit('/').next(), manager[2][0]["value"]["value"].as_str().or(manager[2][0]["value"].as_str()));
    let mut seen = vec![manager[2].clone()];
    let mut step = async |change: Value, group: Option<(Method, String, Value)>| {
        if !change.is_null() {
            edit(&bench, "ada", change).await;
        }
        if let Some((method, path, body)) = group {
            bench.write(method, &path, body).await;
        }
        bench.run().await;
        for one in bench.sent() {
            assert_eq!(one[0], "PATCH");
            seen.push(one[2].clone());
        }
    };
    step(json!({"displayName": "Ada Stone"}), None).await;
    step(json!({"displayName": "Ada S", "givenName": "Ada", "employeeId": "7", "mail": "a@pier.example", "city": "Quay"}), None).await;
    step(json!({"accountEnabled": false}), None).await;
    step(json!({"accountEnabled": true}), None).await;
    step(Value::Null, Some((Method::PATCH, format!("/groups/{crew}"), json!({"displayName": "Night Crew"})))).await;
    let id = bench.user("ada");
    let reference = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/users/{id}")});
    step(Value::Null, Some((Method::POST, format!("/groups/{crew}/members/$ref"), reference))).await;
    step(Value::Null, Some((Method::DELETE, format!("/groups/{crew}/members/{id}/$ref"), Value::Null))).await;
    seen
}

#[tokio::test]
async fn without_the_flag_each_attribute_is_an_operation_with_a_path() {
    let (manager, number) = (format!("{URN}:manager"), format!("{URN}:employeeNumber"));
    assert_eq!(
        intents("").await,
        [
            json!([{"op": "Add", "path": manager, "value": "users-4"}]),
            json!([{"op": "Replace", "path": "displayName", "value": "Ada Stone"}]),
            json!([
                {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Quay"},
                {"op": "Replace", "path": "displayName", "value": "Ada S"},
                {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "a@pier.example"},
                {"op": "Replace", "path": "name.formatted", "value": "Ada"},
                {"op": "Replace", "path": "name.givenName", "value": "Ada"},
                {"op": "Add", "path": number, "value": "7"},
            ]),
            json!([{"op": "Replace", "path": "active", "value": "False"}]),
            json!([{"op": "Replace", "path": "active", "value": "True"}]),
            json!([{"op": "Replace", "path": "displayName", "value": "Night Crew"}]),
            json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "users-1"}]}]),
            json!([{"op": "Remove", "path": "members", "value": [{"value": "users-1"}]}]),
        ]
    );
}

#[tokio::test]
async fn with_the_flag_one_operation_without_path_holds_all_but_lists() {
    let (manager, number) = (format!("{URN}:manager"), format!("{URN}:employeeNumber"));
    assert_eq!(
        intents(FLAG).await,
        [
            json!([{"op": "add", "path": manager, "value": {"value": "users-4"}}]),
            json!([{"op": "replace", "value": {"displayName": "Ada Stone"}}]),
            json!([
                {"op": "replace", "value": {"displayName": "Ada S", "name.formatted": "Ada", "name.givenName": "Ada", (number): "7"}},
                {"op": "add", "path": "addresses[type eq \"work\"].locality", "value": "Quay"},
                {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@pier.example"},
            ]),
            json!([{"op": "replace", "path": "active", "value": false}]),
            json!([{"op": "replace", "path": "active", "value": true}]),
            json!([{"op": "replace", "value": {"displayName": "Night Crew"}}]),
            json!([{"op": "add", "path": "members", "value": [{"$ref": null, "value": "users-1"}]}]),
            json!([{"op": "remove", "path": "members[value eq \"users-1\"]"}]),
        ]
    );
}

#[tokio::test]
async fn the_way_back_counts_once_the_new_behaviour_is_the_default() {
    for (flag, op) in [("", "replace"), ("?AzureAdScimPatch2017", "Replace")] {
        let bench = bench_with(flag).await;
        bench.sim(Method::PUT, "/provisioning-wire", json!({"default_dialect": "compliant"})).await;
        bench.run().await;
        bench.sent();
        edit(&bench, "ada", json!({"accountEnabled": false})).await;
        bench.run().await;
        assert_eq!(bench.sent()[0][2][0]["op"], op, "{flag:?}");
    }
}

#[tokio::test]
async fn references_are_asked_for_before_they_are_written() {
    let bench = bench().await;
    bench.sim(Method::PUT, "/provisioning-wire", json!({"reference_checks": "all"})).await;
    bench.run().await;
    let asked: Vec<String> = bench.scim.taken().into_iter().map(|one| format!("{}?{}", one.path, one.query)).collect();
    let group = bench.scim.one("Groups", "displayName", "Crew").unwrap()["id"].as_str().unwrap().to_owned();
    let person = |name: &str| bench.held(name)["id"].as_str().unwrap().to_owned();
    for expected in [
        format!("Users?filter=id+eq+%22{}%22+and+manager+eq+%22{}%22&attributes=id", person("ada"), person("bo")),
        format!("Groups?filter=id+eq+%22{group}%22+and+members+eq+%22{}%22&attributes=id", person("cy")),
    ] {
        assert!(asked.contains(&expected), "{expected} in {asked:#?}");
    }
    bench.act("restart", json!({"criteria": {"resetScope": "Watermark"}})).await;
    bench.idle().await;
    assert!(bench.sent().is_empty(), "what the target refers to already is not written again");
    bench.sim(Method::PUT, "/provisioning-wire", json!({"reference_checks": "none"})).await;
    bench.act("restart", json!({"criteria": {"resetScope": "Watermark"}})).await;
    bench.idle().await;
    let seen = bench.scim.taken();
    assert!(!seen.iter().any(|one| one.query.contains("manager")));
    assert!(seen.iter().any(|one| one.body.to_string().contains(":manager")), "and then it is written blindly");
}

#[tokio::test]
async fn what_the_documents_leave_open_is_switched() {
    let bench = bench_with(FLAG).await;
    let switches = json!({"spaces": "percent", "flag": "kept", "user_agent": "Azure/1.0", "accept": "application/scim+json"});
    bench.sim(Method::PUT, "/provisioning-wire", switches).await;
    bench.run().await;
    let seen = bench.scim.taken();
    assert!(seen.iter().any(|one| one.query == "filter=userName%20eq%20%22ada%40pier.example%22&aadOptscim062020"));
    assert!(seen.iter().any(|one| one.method == "POST" && one.query == "aadOptscim062020"));
    assert!(seen.iter().all(|one| one.agent.as_deref() == Some("Azure/1.0") && one.accept.as_deref() == Some("application/scim+json")));
    let shown = bench.sim(Method::GET, "/provisioning-wire", Value::Null).await;
    assert_eq!((&shown["spaces"], &shown["flag"], &shown["repeats"]), (&json!("percent"), &json!("kept"), &json!(3)));
    bench.sim(Method::DELETE, "/provisioning-wire", Value::Null).await;
    assert_eq!(bench.sim(Method::GET, "/provisioning-wire", Value::Null).await["spaces"], "plus");

    let older = bench_with("").await;
    older.sim(Method::PUT, "/provisioning-wire", json!({"manager": "list", "booleans": "json"})).await;
    older.run().await;
    let id = older.held("bo")["id"].clone();
    let list = json!([{"op": "Add", "path": "manager", "value": [{"$ref": format!("../Users/{}", id.as_str().unwrap()), "value": id}]}]);
    assert!(older.sent().iter().any(|one| one[2] == list));
    edit(&older, "ada", json!({"accountEnabled": false})).await;
    older.run().await;
    assert_eq!(older.sent()[0][2], json!([{"op": "Replace", "path": "active", "value": false}]));
}

#[tokio::test]
async fn a_quotation_mark_in_a_group_name_breaks_the_filter_unless_it_is_escaped() {
    let bench = bench().await;
    let crew = bench.world.sim.group_id("Crew").unwrap();
    bench.write(Method::PATCH, &format!("/groups/{crew}"), json!({"displayName": "The \"A\" Crew"})).await;
    let summary = bench.run().await;
    assert_eq!((&summary["state"], &summary["groups_created"]), (&json!("EntryLevelErrors"), &json!(0)), "{summary}");
    bench.sim(Method::PUT, "/provisioning-wire", json!({"quoting": "escaped"})).await;
    let summary = bench.run_with(json!({"retry_failed": true})).await;
    assert_eq!(summary["groups_created"], 1, "{summary}");
}

#[tokio::test]
async fn without_a_secret_token_the_service_sends_a_token_of_its_own() {
    let bench = bench().await;
    bench.write(Method::PUT, &format!("{}/secrets", bench.path), json!({"value": [{"key": "SecretToken", "value": ""}]})).await;
    assert_eq!(bench.run().await["state"], "Failed", "this endpoint does not know the tenant's keys");
    let claims = crate::world::payload(&bench.scim.taken()[0].token);
    assert_eq!(claims["aud"], "8adf8e6e-67b2-4cf2-a259-e3dc5476c621");
    assert_eq!(claims["iss"], format!("https://sts.windows.net/{}/", bench.world.sim.tenant_id()));
}

#[tokio::test]
async fn on_demand_takes_one_person_or_a_group_with_five_members_and_has_its_limits() {
    let bench = bench_with(FLAG).await;
    let person = |name: &str| json!({"objectId": bench.user(name), "objectTypeName": "User"});
    let told = bench.on_demand(person("ada")).await;
    assert_eq!((&told[0]["action"], &told[0]["targetId"]), (&json!("Create"), &json!("users-1")));
    let steps: Vec<&Value> = told[0]["provisioningSteps"].as_array().unwrap().iter().map(|step| &step["type"]).collect();
    assert_eq!(steps, ["Import", "Matching", "Export"]);
    assert_eq!(bench.on_demand(person("eve")).await[0]["errorInformation"]["errorCode"], "NotEffectivelyEntitled", "blocked");
    assert_eq!(bench.on_demand(person("di")).await[0]["errorInformation"]["errorCode"], "NotInScope", "only nested");
    bench.on_demand(person("cy")).await;
    let crew = bench.world.sim.group_id("Crew").unwrap();
    bench.sent();
    bench.on_demand(json!({"objectId": crew, "objectTypeName": "Group", "links": {"members": [{"objectId": bench.user("cy")}]}})).await;
    let sent = bench.sent();
    assert_eq!(
        sent[1][2],
        json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "users-2"}]}]),
        "never the flag's dialect"
    );
    let six: Vec<Value> = (0..6).map(|_| json!({"objectId": bench.user("cy")})).collect();
    let path = format!("{}/jobs/{}/provisionOnDemand", bench.path, bench.job);
    let rule = bench.world.sim.job().unwrap().rule_id;
    let body =
        json!({"parameters": [{"ruleId": rule, "subjects": [{"objectId": crew, "objectTypeName": "Group", "links": {"members": six}}]}]});
    assert_eq!(bench.world.refused(&bench.admin(), Method::POST, &path, Some(body)).await.0, 400);

    let mut changed = bench.held("ada");
    changed["displayName"] = "Elsewhere".into();
    bench.scim.put("Users", "users-1", changed);
    assert!(bench.run().await["requests"].as_array().unwrap().iter().all(|one| one["path"] != "/Users/users-1" || one["method"] != "GET"));
    bench.sent();
    bench.on_demand(person("ada")).await;
    assert_eq!(bench.sent()[0][2], json!([{"op": "Replace", "path": "displayName", "value": "Ada"}]), "compared with the target");
    bench.unassign(&bench.user("ada")).await;
    assert_eq!(bench.on_demand(person("ada")).await[0]["action"], "Disable", "whom nobody assigned any longer it can disable");
    assert_eq!(bench.sent()[0][2], json!([{"op": "Replace", "path": "active", "value": "False"}]));
}
