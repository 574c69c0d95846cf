//! doorward's own sub-resources: upstreams, clouds, API tokens.

use model::api_token::Permission;
use serde_json::{Value, json};

use crate::world::{World, entra_body, id, timeless};

#[tokio::test]
async fn an_upstream_is_set_apart_from_the_application_and_survives_its_put() {
    let world = World::start().await;
    let app = world.app("wiki").await;
    let path = format!("~/doorward/apps/{}/upstream", id(&app));
    world.call("GET", &path, None).await.bad(404);
    let set = world.put(&path, json!({ "url": "http://127.0.0.1:8080" })).await;
    assert_eq!((&set["forward_token_cookie"], &set["connect_timeout_ms"]), (&json!(true), &json!(10_000)));
    assert_eq!(timeless(world.put(&path, set.clone()).await), timeless(set.clone()));
    world.put(&format!("~/access/apps/{}", id(&app)), app.clone()).await;
    assert_eq!(timeless(world.get(&path).await), timeless(set));
    let bad = json!({ "url": "ftp://x", "tls": { "ca_pool": "x", "verify": 1 }, "host_header": "a b", "connect_timeout_ms": 0 });
    let mut pointers = world.call("PUT", &path, Some(bad)).await.pointers();
    pointers.sort();
    assert_eq!(pointers, ["/connect_timeout_ms", "/host_header", "/tls/ca_pool", "/tls/verify", "/url"]);
    let further = json!({
        "url": "http://a:1", "origins": ["http://b:1", "HTTP://a", "http://A:1", 3], "balance": "best", "protocol": "http3", "body_limit_bytes": -1,
        "pool": { "max_connections": 0, "more": 1 }, "health": { "failures": 0 },
    });
    let mut pointers = world.call("PUT", &path, Some(further)).await.pointers();
    pointers.sort();
    let expected = [
        "/balance",
        "/body_limit_bytes",
        "/health/failures",
        "/origins/1",
        "/origins/2",
        "/origins/3",
        "/pool/max_connections",
        "/pool/more",
        "/protocol",
    ];
    assert_eq!(pointers, expected);
    world.call("DELETE", &path, None).await.good(202);
    world.call("DELETE", &path, None).await.bad(404);
    let unknown = format!("~/doorward/apps/{}/upstream", "86666835-06aa-4d90-8bbd-5a74ac4edf68");
    world.call("PUT", &unknown, Some(json!({ "url": "http://127.0.0.1:8080" }))).await.bad(404);
}

#[tokio::test]
async fn what_ends_streams_is_set_apart_from_the_application_and_survives_its_put() {
    let world = World::start().await;
    let app = world.app("wiki").await;
    let path = format!("~/doorward/apps/{}/streams", id(&app));
    assert_eq!(world.get(&path).await["token_expiry"], "cut", "the usual one");
    let set = world.put(&path, json!({ "token_expiry": "keep" })).await;
    assert_eq!(set["token_expiry"], "keep");
    world.put(&format!("~/access/apps/{}", id(&app)), app.clone()).await;
    assert_eq!(world.get(&path).await, set);
    assert_eq!(timeless(world.put(&path, set.clone()).await), timeless(set));
    for bad in [json!({}), json!({ "token_expiry": "never" }), json!({ "token_expiry": true })] {
        assert_eq!(world.call("PUT", &path, Some(bad)).await.pointers(), ["/token_expiry"]);
    }
    world.call("PUT", &path, Some(json!({ "token_expiry": "cut", "x": 1 }))).await.bad(400);
    world.call("DELETE", &format!("~/access/apps/{}", id(&app)), None).await.good(202);
    world.call("GET", &path, None).await.bad(404);
    let bookmark =
        world.call("POST", "~/access/apps", Some(json!({ "type": "bookmark", "name": "b", "domain": "b.example" }))).await.good(201);
    let path = format!("~/doorward/apps/{}/streams", id(&bookmark));
    world.call("GET", &path, None).await.bad(404);
    world.call("PUT", &path, Some(json!({ "token_expiry": "cut" }))).await.bad(400);
}

#[tokio::test]
async fn another_cloud_needs_the_secret_and_a_private_one_the_configuration() {
    let world = World::start().await;
    let idp = world.entra().await;
    let path = format!("~/doorward/identity_providers/{idp}/cloud");
    assert_eq!(world.get(&path).await, json!({ "preset": null, "login_url": null, "graph_url": null }));
    let mut body = json!({ "login_url": "https://localhost:9443", "graph_url": "https://localhost:9443" });
    assert_eq!(world.call("PUT", &path, Some(body.clone())).await.pointers(), ["/client_secret"]);
    body["client_secret"] = json!("for~the~simulator");
    let set = world.put(&path, body.clone()).await;
    assert_eq!(set, json!({ "preset": null, "login_url": "https://localhost:9443", "graph_url": "https://localhost:9443" }));
    assert_eq!(world.put(&path, set.clone()).await, set);

    let provider = format!("~/access/identity_providers/{idp}");
    let body = world.get(&provider).await;
    world.put(&provider, body).await;
    assert_eq!(world.get(&path).await, set, "a v4 PUT resets what v4 does not know");
    let private = json!({ "login_url": "https://10.0.0.1", "graph_url": "https://graph.microsoft.com", "client_secret": "x~y" });
    assert_eq!(world.call("PUT", &path, Some(private)).await.pointers(), ["/login_url"]);
}

#[tokio::test]
async fn a_cloud_of_microsoft_is_set_by_its_name() {
    let world = World::start().await;
    let idp = world.entra().await;
    let path = format!("~/doorward/identity_providers/{idp}/cloud");
    assert_eq!(world.call("PUT", &path, Some(json!({ "preset": "china" }))).await.pointers(), ["/client_secret"]);
    for (name, login, graph) in [
        ("us_government_dod", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
        ("us_government", "https://login.microsoftonline.us", "https://graph.microsoft.us"),
        ("china", "https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn"),
        ("global", "https://login.microsoftonline.com", "https://graph.microsoft.com"),
    ] {
        let set = world.put(&path, json!({ "preset": name, "client_secret": "x~y" })).await;
        assert_eq!(set, json!({ "preset": name, "login_url": login, "graph_url": graph }));
        assert_eq!(world.put(&path, set.clone()).await, set);
    }
    for bad in [
        json!({ "preset": "moon", "client_secret": "x~y" }),
        json!({ "preset": "china", "login_url": "https://login.microsoftonline.us", "graph_url": "https://graph.microsoft.us", "client_secret": "x~y" }),
    ] {
        assert_eq!(world.call("PUT", &path, Some(bad)).await.pointers(), ["/preset"]);
    }
    let none = world.put(&path, json!({ "preset": null, "client_secret": "x~y" })).await;
    assert_eq!(none, json!({ "preset": null, "login_url": null, "graph_url": null }));
}

#[tokio::test]
async fn every_write_leaves_an_audit_record_without_secrets() {
    let world = World::start().await;
    let idp = world.entra().await;
    let path = format!("~/access/identity_providers/{idp}");
    let mut body = world.get(&path).await;
    body["scim_config"] = json!({ "enabled": true });
    let secret = world.put(&path, body).await["scim_config"]["secret"].as_str().unwrap().to_owned();
    let token = world.post("~/access/service_tokens", json!({ "name": "t" })).await["client_secret"].as_str().unwrap().to_owned();
    let value = world.post("~/doorward/api_tokens", json!({ "name": "t", "permissions": [] })).await["value"].as_str().unwrap().to_owned();
    let audit = world.store.read(|r| r.list_audit(store::Page { page: 1, per_page: 100 })).await.unwrap();
    let actions: Vec<&str> = audit.items.iter().map(|record| record.action.as_str()).collect();
    for action in ["identity_provider.create", "identity_provider.update", "service_token.create", "api_token.create"] {
        assert!(actions.contains(&action), "{action} is missing in {actions:?}");
    }
    assert!(audit.items.iter().all(|record| record.actor.starts_with("api-token:")));
    let text = format!("{:?}", audit.items);
    for secret in [secret.as_str(), &token, &value, "q3H8Q"] {
        assert!(!text.contains(secret), "an audit record holds a secret");
    }
}

#[tokio::test]
async fn a_login_method_is_checked_with_its_stored_secret_and_the_teams_callback() {
    let world = World::start().await;
    let idp = world.entra().await;
    let check = format!("~/doorward/identity_providers/{idp}/check");
    assert_eq!(world.get(&check).await, json!({ "checked_at": null, "findings": [] }));
    let result = world.call("POST", &check, None).await.good(200);
    let now = world.now().rfc3339();
    assert_eq!(result["checked_at"], now);
    let callback = "https://team.localhost:8443/cdn-cgi/access/callback";
    let client = &entra_body()["config"]["client_id"];
    let text = format!("{} {callback} None {now}", client.as_str().unwrap());
    let none = Value::Null;
    let asked = json!({"severity": "note", "code": "asked", "about": none, "text": text, "fix": none, "link": none, "days_left": none});
    assert_eq!(result["findings"][0], asked);
    assert_eq!(result["findings"][1]["severity"], "ok");
    assert_eq!(result["findings"][2]["code"], "liveness");
    assert_eq!(world.get(&check).await, result, "the last result is kept");

    let about = world.call("POST", &check, Some(json!({ "person": "mara@harbourworks.example" }))).await.good(200);
    assert!(about["findings"][0]["text"].as_str().unwrap().contains("Some(\"mara@harbourworks.example\")"));
    assert_eq!(world.get(&check).await, result, "a question about a person is nobody's state");
    for odd in ["", "a/b", "../me", "a b", "a?b", "a\u{0}"] {
        assert_eq!(world.call("POST", &check, Some(json!({ "person": odd }))).await.pointers(), ["/person"], "{odd:?}");
    }
    let unknown = "~/doorward/identity_providers/86666835-06aa-4d90-8bbd-5a74ac4edf68/check";
    world.call("POST", unknown, None).await.bad(404);
    let audit = world.store.read(|r| r.list_audit(store::Page { page: 1, per_page: 100 })).await.unwrap();
    let told = format!("{audit:?}");
    assert_eq!(told.matches("check").count(), 2, "each check leaves a record: {told}");
    assert!(told.contains("mara@harbourworks.example"), "with the person who was looked up");
}

#[tokio::test]
async fn a_test_of_a_login_method_is_told_to_the_token_that_began_it() {
    let world = World::start().await;
    let idp = world.entra().await;
    let path = format!("~/doorward/identity_providers/{idp}");
    let begun = world.call("POST", &format!("{path}/test"), None).await.good(201);
    assert_eq!(begun["url"], "https://team.localhost:8443/start-of-test");
    assert_eq!(begun["expires_at"], "2026-03-04T08:10:00Z");
    let result = format!("{path}/tests/{}", begun["id"].as_str().unwrap());
    let told = world.get(&result).await;
    assert_eq!((&told["state"], &told["findings"][0]["code"]), (&json!("failed"), &json!("secret-expired")));
    assert_eq!(told["sent"], json!({ "url": "https://login.example/authorize", "parameters": { "prompt": "login" } }));
    assert_eq!((&told["said"]["code"], &told["identity"]), (&json!("AADSTS7000222"), &json!(null)));

    let other = format!("Bearer {}", world.token_with(&[Permission::OrgWrite], None).await);
    world.send("GET", &result, Some(&other), None).await.bad(404);
    let reader = format!("Bearer {}", world.token_with(&[Permission::OrgRead], None).await);
    world.send("POST", &format!("{path}/test"), Some(&reader), None).await.bad(403);
    world.call("GET", &format!("{path}/tests/{}", "0".repeat(32)), None).await.bad(404);
    world.call("GET", &format!("{path}/tests/nonsense"), None).await.bad(404);
    let unknown = "~/doorward/identity_providers/86666835-06aa-4d90-8bbd-5a74ac4edf68/test";
    world.call("POST", unknown, None).await.bad(404);
    let audit = world.store.read(|r| r.list_audit(store::Page { page: 1, per_page: 100 })).await.unwrap();
    assert_eq!(audit.items.iter().filter(|record| record.action == "identity_provider.test").count(), 1);
}

#[tokio::test]
async fn findings_become_warnings_that_are_acknowledged_and_go_when_their_cause_is_gone() {
    let world = World::start().await;
    let mut body = entra_body();
    body["config"]["client_secret"] = json!("another~secret");
    let idp = id(&world.post("~/access/identity_providers", body).await);
    assert_eq!(world.get("~/doorward/warnings").await, json!([]));
    let examine = async || world.doctor.examine(idp.parse().unwrap(), None, world.now()).await.unwrap().unwrap();
    examine().await;
    let raised = world.now().rfc3339();
    let listed = world.get("~/doorward/warnings").await;
    let warning = &listed[0];
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!((&warning["code"], &warning["severity"], &warning["alert"]), (&json!("secret"), &json!("fault"), &json!("due")));
    assert_eq!(warning["subject"], json!({ "kind": "identity_provider", "id": idp }));
    assert_eq!((&warning["first_seen"], &warning["acknowledged"]), (&json!(raised), &Value::Null));

    let path = format!("~/doorward/warnings/{}/acknowledge", warning["id"].as_str().unwrap());
    let noted = world.call("POST", &path, None).await.good(200);
    assert_eq!(noted["acknowledged"], raised);
    world.pass(86_400);
    examine().await;
    let again = &world.get("~/doorward/warnings").await[0];
    assert_eq!((&again["id"], &again["first_seen"], &again["acknowledged"]), (&warning["id"], &json!(raised), &json!(raised)));
    assert_eq!(again["last_seen"], world.now().rfc3339());

    let path_of_provider = format!("~/access/identity_providers/{idp}");
    let mut provider = world.get(&path_of_provider).await;
    provider["config"]["client_secret"] = entra_body()["config"]["client_secret"].clone();
    world.put(&path_of_provider, provider).await;
    examine().await;
    assert_eq!(world.get("~/doorward/warnings").await, json!([]));
    assert_eq!(world.call("POST", &path, None).await.bad(404).len(), 1);

    let missing = world.doctor.examine("86666835-06aa-4d90-8bbd-5a74ac4edf68".parse().unwrap(), None, world.now()).await.unwrap();
    assert_eq!(missing, None);
}

#[tokio::test]
async fn a_drift_report_is_made_on_demand_kept_and_raised_as_a_warning_that_a_check_leaves_alone() {
    let world = World::start().await;
    let idp = id(&world.post("~/access/identity_providers", entra_body()).await);
    let drift = format!("~/doorward/identity_providers/{idp}/drift");
    let never = world.get(&drift).await;
    assert_eq!((&never["checked_at"], &never["verdict"], &never["groups"]), (&Value::Null, &Value::Null, &json!([])));
    let report = world.call("POST", &drift, None).await.good(200);
    assert_eq!(
        (&report["checked_at"], &report["verdict"], &report["complete"]),
        (&json!(world.now().rfc3339()), &json!("drift"), &json!(true))
    );
    let group = &report["groups"][0];
    assert_eq!((&group["name"], &group["state"], &group["counts"]["nested"]), (&json!("Pilots"), &json!("drift"), &json!(1)));
    assert_eq!((&group["directory_members"], &group["scim_members"], &group["rule_groups"]), (&json!(2), &json!(1), &json!(["Crew"])));
    let person = &group["people"][0];
    assert_eq!((&person["kind"], &person["provisioned"], &person["through"]), (&json!("nested"), &json!(false), &json!(["Night Pilots"])));
    assert_eq!(world.get(&drift).await, report, "the last one is kept");

    let codes = async || {
        let listed = world.get("~/doorward/warnings").await;
        listed.as_array().unwrap().iter().map(|warning| warning["code"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(codes().await, ["scim-nested-missing"]);
    let findings = world.call("POST", &format!("~/doorward/identity_providers/{idp}/check"), None).await.good(200)["findings"].clone();
    assert!(findings.as_array().unwrap().iter().any(|finding| finding["code"] == "scim-nested-missing"), "{findings:#}");
    assert_eq!(codes().await, ["scim-nested-missing"], "once");
    let unknown = "~/doorward/identity_providers/86666835-06aa-4d90-8bbd-5a74ac4edf68/drift";
    assert_eq!(world.call("POST", unknown, None).await.bad(404).len(), 1);
    assert_eq!(world.call("GET", unknown, None).await.bad(404).len(), 1);
}
