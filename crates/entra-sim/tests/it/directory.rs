//! Owns the tests of Graph's wider reach: delta, batches, invitations, devices, risk, secrets' expiry, quotas.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, browser, location, query, world};

const MARA: &str = "mara@harbourworks.example";
const TESSA: &str = "tessa@harbourworks.example";

async fn put(world: &World, path: &str, body: Value) {
    let answer = browser().put(format!("{}{path}", world.sim.base)).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{path} {body}");
}

/// Follows a delta to its end: the objects and the link for the next time.
async fn delta(world: &World, token: &str, path: &str) -> (Vec<Value>, String) {
    let (mut found, mut next) = (Vec::new(), path.to_owned());
    loop {
        let body = world.get(token, &next).await;
        found.extend(body["value"].as_array().unwrap().iter().cloned());
        match (body["@odata.nextLink"].as_str(), body["@odata.deltaLink"].as_str()) {
            (Some(link), None) => next = link.to_owned(),
            (None, Some(link)) => return (found, link.to_owned()),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_delta_tells_people_that_came_changed_and_went() {
    let world = world().await;
    let admin = world.admin().await;
    let (all, link) = delta(&world, &admin, "/users/delta?$select=displayName,accountEnabled").await;
    assert_eq!(all.len(), world.sim.user_names().len());
    assert!(all[0].get("mail").is_none(), "only what is selected");
    let (nothing, link) = delta(&world, &admin, &link).await;
    assert!(nothing.is_empty());
    world.write(&admin, Method::PATCH, &format!("/users/{MARA}"), json!({"accountEnabled": false})).await;
    world.write(&admin, Method::DELETE, &format!("/users/{TESSA}"), Value::Null).await;
    let (changed, later) = delta(&world, &admin, &link).await;
    assert_eq!(changed.len(), 2);
    let mara = changed.iter().find(|one| one.get("@removed").is_none()).unwrap();
    assert_eq!((&mara["accountEnabled"], mara.get("mail")), (&json!(false), None));
    assert!(changed.iter().any(|one| one["@removed"]["reason"] == "changed"));
    let (again, _) = delta(&world, &admin, &link).await;
    assert_eq!(again.len(), 2, "a token can be used again");
    assert!(delta(&world, &admin, &later).await.0.is_empty());
    let (latest, _) = delta(&world, &admin, "/users/delta?$deltatoken=latest").await;
    assert!(latest.is_empty());
    let foreign = link.split_once("$deltatoken=").unwrap().1;
    assert_eq!(world.refused(&admin, Method::GET, &format!("/groups/delta?$deltatoken={foreign}"), None).await.0, 400);
    let person = world.tokens("ilo@harbourworks.example").await["access_token"].as_str().unwrap().to_owned();
    assert_eq!(world.refused(&person, Method::GET, "/users/delta", None).await.0, 403);
}

#[tokio::test]
async fn a_delta_of_groups_tells_members_and_survives_small_pages() {
    let world = world().await;
    let admin = world.admin().await;
    let (all, link) = delta(&world, &admin, "/groups/delta").await;
    let pilots = world.sim.group_id("Pilots").unwrap().to_string();
    let whole = all.iter().find(|one| one["id"] == pilots.as_str()).unwrap();
    assert!(whole["members@delta"].as_array().unwrap().len() >= 2);
    put(&world, "/sim/paging", json!({"page_size": 1})).await;
    let id = |upn: &str| world.sim.person(upn).unwrap().id;
    let (ilo, bram) = (id("ilo@harbourworks.example"), id("bram@harbourworks.example"));
    world.write(&admin, Method::DELETE, &format!("/groups/{pilots}/members/{ilo}/$ref"), Value::Null).await;
    let reference = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{bram}")});
    world.write(&admin, Method::POST, &format!("/groups/{pilots}/members/$ref"), reference).await;
    let dock = world.sim.group_id("Dock Crew").unwrap();
    world.write(&admin, Method::DELETE, &format!("/groups/{dock}"), Value::Null).await;
    let (changed, _) = delta(&world, &admin, &link).await;
    let of = |id: &str| changed.iter().find(|one| one["id"] == id).unwrap();
    assert_eq!(of(&dock.to_string())["@removed"]["reason"], "deleted");
    let mut members: Vec<(String, bool)> = of(&pilots)["members@delta"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap().to_owned(), one.get("@removed").is_some()))
        .collect();
    members.sort();
    let mut expected = vec![(ilo.to_string(), true), (bram.to_string(), false)];
    expected.sort();
    assert_eq!(members, expected);
}

#[tokio::test]
async fn a_batch_answers_each_request_with_its_own_status() {
    let world = world().await;
    let admin = world.admin().await;
    let fault = json!({"target": "graph", "kind": "throttle", "retry_after": 7, "path": "deletedItems"});
    browser().post(format!("{}/sim/faults", world.sim.base)).json(&fault).send().await.unwrap();
    let requests = json!({"requests": [
        {"id": "1", "method": "GET", "url": format!("/users/{MARA}?$select=displayName")},
        {"id": "2", "method": "GET", "url": "/users/nobody@harbourworks.example"},
        {"id": "3", "method": "GET", "url": "/groups?$top=1", "dependsOn": ["2"]},
        {"id": "4", "method": "GET", "url": "/directory/deletedItems/microsoft.graph.user"},
        {"id": "5", "method": "PATCH", "url": format!("/users/{MARA}"), "body": {"jobTitle": "Pilot"}, "headers": {"Content-Type": "application/json"}},
    ]});
    let body = world.write(&admin, Method::POST, "/$batch", requests).await;
    let answers = body["responses"].as_array().unwrap();
    let statuses: Vec<u64> = answers.iter().map(|one| one["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 404, 424, 429, 204]);
    assert_eq!(answers[0]["body"]["displayName"], "Mara Lindqvist");
    assert_eq!(answers[3]["headers"]["Retry-After"], "7");
    assert_eq!(world.get(&admin, &format!("/users/{MARA}")).await["jobTitle"], "Pilot");
    let one = json!({"id": "1", "method": "GET", "url": "/me"});
    let many: Vec<Value> = (0..21).map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/me"})).collect();
    for broken in [json!([]), json!([one, one]), json!(many)] {
        assert_eq!(world.refused(&admin, Method::POST, "/$batch", Some(json!({"requests": broken}))).await.0, 400);
    }
    assert_eq!(world.refused("nonsense", Method::POST, "/$batch", Some(json!({"requests": [one]}))).await.0, 401);
}

#[tokio::test]
async fn an_invited_guest_signs_in() {
    let world = world().await;
    let admin = world.admin().await;
    let invite = json!({"invitedUserEmailAddress": "rex@partner.example", "inviteRedirectUrl": "https://team.localhost", "invitedUserDisplayName": "Rex"});
    let made = world.write(&admin, Method::POST, "/invitations", invite.clone()).await;
    assert_eq!((&made["status"], &made["invitedUserType"]), (&json!("PendingAcceptance"), &json!("Guest")));
    assert_eq!(world.refused(&admin, Method::POST, "/invitations", Some(invite)).await.0, 400);
    let link = browser().get(made["inviteRedeemUrl"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(location(&link), "https://team.localhost");
    let page = world.authorize(&world.usual()).await.text().await.unwrap();
    let back = world.submit(&page, &[("loginfmt", "rex@partner.example"), ("passwd", "Guest-rex-1")]).await;
    assert!(query(&location(&back)).contains_key("code"));
    let id = made["invitedUser"]["id"].as_str().unwrap();
    let shown = world.get(&admin, &format!("/users/{id}?$select=userPrincipalName,userType")).await;
    assert_eq!(
        (&shown["userPrincipalName"], &shown["userType"]),
        (&json!("rex_partner.example#EXT#@harbourworks.example"), &json!("Guest"))
    );
}

/// A token of the sign-in application for itself.
async fn own(world: &World) -> String {
    let id = world.app.client_id.to_string();
    let scope = "https://graph.microsoft.com/.default";
    let form = [("grant_type", "client_credentials"), ("client_id", &id), ("client_secret", &world.app.client_secret), ("scope", scope)];
    let (status, body) = world.token(&form).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn devices_are_listed_for_whom_they_belong_to() {
    let world = world().await;
    let token = own(&world).await;
    let tessa = world.sim.person(TESSA).unwrap().id;
    let list = "/deviceManagement/managedDevices";
    assert_eq!(world.get(&token, list).await["value"].as_array().unwrap().len(), 3);
    let (ids, pages) = world.all(&token, &format!("{list}?$top=2")).await;
    assert_eq!((ids.len(), pages), (3, 2));
    let hers = world.get(&token, &format!("{list}?$filter=userId eq '{tessa}'&$select=deviceName,complianceState,serialNumber")).await;
    let states: Vec<&str> = hers["value"].as_array().unwrap().iter().map(|one| one["complianceState"].as_str().unwrap()).collect();
    assert_eq!(states.len(), 2);
    assert!(states.contains(&"compliant") && states.contains(&"noncompliant"));
    assert!(hers["value"][0].get("userId").is_none());
    put(&world, "/sim/devices/TESSA-TABLET", json!({"complianceState": "inGracePeriod"})).await;
    let hers = world.get(&token, &format!("/users/{tessa}/managedDevices")).await;
    let tablet = hers["value"].as_array().unwrap().iter().find(|one| one["deviceName"] == "TESSA-TABLET").unwrap();
    assert_eq!(tablet["complianceState"], "inGracePeriod");
    assert_eq!(tablet["easActivationDateTime"], "0001-01-01T00:00:00Z");
    let laptop = hers["value"].as_array().unwrap().iter().find(|one| one["deviceName"] == "TESSA-LAPTOP").unwrap();
    assert_eq!(laptop["complianceGracePeriodExpirationDateTime"], "9999-12-31T23:59:59.9999999Z");
    assert_eq!(world.refused(&token, Method::GET, "/devices", None).await.0, 403);
    let admin = world.admin().await;
    let entry = world.get(&admin, &format!("/devices(deviceId='{}')", laptop["azureADDeviceId"].as_str().unwrap())).await;
    assert_eq!((&entry["isCompliant"], &entry["displayName"]), (&json!(true), &json!("TESSA-LAPTOP")));
    assert_eq!(world.get(&admin, "/devices").await["value"].as_array().unwrap().len(), 3);
    assert_eq!(world.get(&token, &format!("{list}/{}", laptop["id"].as_str().unwrap())).await["id"], laptop["id"]);
}

#[tokio::test]
async fn risk_is_read_and_set() {
    let world = world().await;
    put(&world, "/sim/pool", json!({"mode": "off"})).await;
    let token = own(&world).await;
    let users = "/identityProtection/riskyUsers";
    let listed = world.get(&token, users).await;
    assert_eq!(listed["value"].as_array().unwrap().len(), 1);
    assert_eq!((&listed["value"][0]["userPrincipalName"], &listed["value"][0]["riskLevel"]), (&json!(TESSA), &json!("medium")));
    put(&world, &format!("/sim/risk/{MARA}"), json!({"riskLevel": "high", "riskState": "atRisk"})).await;
    let high = world.get(&token, &format!("{users}?$filter=riskLevel eq 'high'")).await;
    assert_eq!(high["value"][0]["userPrincipalName"], MARA);
    let mara = world.sim.person(MARA).unwrap().id;
    put(&world, &format!("/sim/risk/{MARA}"), json!({"riskLevel": "none", "riskState": "dismissed"})).await;
    assert_eq!(world.get(&token, &format!("{users}/{mara}")).await["riskState"], "dismissed");
    let ilo = world.sim.person("ilo@harbourworks.example").unwrap().id;
    assert_eq!(world.refused(&token, Method::GET, &format!("{users}/{ilo}"), None).await.0, 404);
    let detections = "/identityProtection/riskDetections";
    assert_eq!(world.refused(&token, Method::GET, detections, None).await.0, 403);
    let admin = world.admin().await;
    let seen = world.get(&admin, &format!("{detections}?$filter=userId eq '{mara}'")).await;
    assert_eq!(seen["value"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_expiry_of_secrets_can_be_read_but_not_the_secrets() {
    let world = world().await;
    let admin = world.admin().await;
    let listed = world.get(&admin, &format!("/applications/{}/passwordCredentials", world.app.object_id)).await;
    let secret = &listed["value"][0];
    assert!(secret["endDateTime"].as_str().unwrap().ends_with('Z'));
    assert!(world.app.client_secret.starts_with(secret["hint"].as_str().unwrap()));
    assert!(secret["secretText"].is_null());
    assert_eq!(world.refused(&own(&world).await, Method::GET, "/applications", None).await.0, 403);
}

#[tokio::test]
async fn members_have_no_names_for_those_who_may_not_read_people() {
    let world = world().await;
    let token = world.tokens(MARA).await["access_token"].as_str().unwrap().to_owned();
    let pilots = world.sim.group_id("Pilots").unwrap();
    let body = world.get(&token, &format!("/groups/{pilots}/members")).await;
    for one in body["value"].as_array().unwrap() {
        let person = one["@odata.type"] == "#microsoft.graph.user";
        assert_eq!(one["displayName"].is_null(), person, "{one}");
    }
}

#[tokio::test]
async fn calls_cost_units_and_too_many_are_throttled() {
    let world = world().await;
    let admin = world.admin().await;
    let get = |path: &'static str| browser().get(format!("{}/v1.0{path}", world.sim.base)).bearer_auth(&admin).send();
    for (path, units) in [("/users?$top=50", "2"), ("/users?$select=id&$top=1", "1"), ("/groups", "1")] {
        let answer = get(path).await.unwrap();
        assert_eq!(answer.headers()["x-ms-resource-unit"], units, "{path}");
        assert!(answer.headers().get("x-ms-throttle-limit-percentage").is_none());
        assert!(answer.headers().contains_key("date"));
    }
    put(&world, "/sim/units", json!({"units": 1})).await;
    let answer = get("/users").await.unwrap();
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u32 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=10).contains(&wait));
    assert!(answer.headers().contains_key("x-ms-throttle-scope") && answer.headers().contains_key("x-ms-throttle-information"));
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], "TooManyRequests");
    put(&world, "/sim/units", json!({"units": 8})).await;
    let mut told = false;
    for _ in 0..8 {
        told |= get("/groups").await.unwrap().headers().contains_key("x-ms-throttle-limit-percentage");
    }
    assert!(told);
}

#[tokio::test]
async fn answers_are_dated_by_the_simulators_clock() {
    let mut config = entra_sim::Config::new("127.0.0.1:0".parse().unwrap(), "http://localhost:{port}");
    config.now = std::sync::Arc::new(|| time::macros::datetime!(2026-03-04 09:15:22 UTC));
    let sim = entra_sim::start(config).await.unwrap();
    let answer = browser().get(format!("{}/v2.0/.well-known/openid-configuration", sim.authority())).send().await.unwrap();
    let dates: Vec<_> = answer.headers().get_all("date").iter().collect();
    assert_eq!(dates, ["Wed, 04 Mar 2026 09:15:22 GMT"]);
}

#[tokio::test]
async fn reports_have_a_pool_of_their_own() {
    let world = world().await;
    let admin = world.admin().await;
    let ask = || browser().get(format!("{}/v1.0/auditLogs/provisioning", world.sim.base)).bearer_auth(&admin).send();
    let mut refused = 0;
    // A window may end between two calls, hence more than six.
    for _ in 0..12 {
        let answer = ask().await.unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.headers().contains_key("retry-after"));
            refused += 1;
        }
    }
    assert!(refused >= 1);
    put(&world, "/sim/pool", json!({"mode": "off"})).await;
    assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
}
