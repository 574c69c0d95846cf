//! Cases 40, 46 and 61: what is good for one application, or was good a moment ago, is worth nothing elsewhere or later.

use serde_json::{Value, json};
use testkit::allow_group;

use super::{get, with_cookie};
use crate::scene::{HOST, Scene};

/// Case 40, authentik CVE-2025-52553: a token shown to another application, or from another browser than it is bound to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_opens_its_own_application_only_and_only_with_its_binding() {
    let scene = Scene::start().await;
    let other = scene.other("payroll").policy(allow_group("Pilots")).create().await;
    // Known to the cache by now.
    assert_eq!(with_cookie(&scene, &scene.cookie()).await, [200, 200]);
    scene.origin.taken();
    for fields in [[("cookie", scene.cookie())], [("cf-access-token", scene.token.clone())]] {
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(get(&scene, &other.host, "/page", &fields).await, [302, 302], "{}", fields[0].0);
    }
    let team = scene.browser.cookie(&scene.world.team(), "CF_Authorization").unwrap();
    assert_eq!(with_cookie(&scene, &format!("CF_Authorization={team}")).await, [302, 302], "the team domain's token opens no application");
    scene.origin.nothing("it is another application's");

    let bound = scene.other("vault").with("enable_binding_cookie", json!(true)).policy(allow_group("Pilots")).create().await;
    assert_eq!(scene.browser.open(bound.at("/")).await.status, 200);
    scene.origin.taken();
    let (token, binding) = ["CF_Authorization", "CF_Binding"].map(|name| scene.browser.cookie(&bound.url, name).unwrap()).into();
    let ask = async |cookie: String| get(&scene, &bound.host, "/page", &[("cookie", &cookie)]).await;
    assert_eq!(ask(format!("CF_Authorization={token}")).await, [302, 302], "taken without its binding");
    assert_eq!(ask(format!("CF_Authorization={token}; CF_Binding=guessed")).await, [302, 302]);
    scene.origin.nothing("the binding is missing");
    assert_eq!(ask(format!("CF_Authorization={token}; CF_Binding={binding}")).await, [200, 200]);
    for taken in scene.origin.taken() {
        assert!(!taken.raw.windows(binding.len()).any(|bytes| bytes == binding.as_bytes()), "the origin never sees the binding");
    }
}

/// Case 46, Pomerium CVE-2024-39315: scripts of an application learn who is there, and get no token; other sites' scripts get nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_identity_endpoint_leaks_no_tokens_and_answers_no_other_site() {
    let scene = Scene::start().await;
    let ask = |fields: &str| scene.head("GET /cdn-cgi/access/get-identity", fields);
    let mut client = scene.h1().await;
    client.send(ask("")).await;
    let answer = client.answer().await.unwrap();
    assert_eq!(answer.status, 200);
    let identity: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(identity["email"], "mara@harbourworks.example");
    let text = answer.text();
    for secret in ["refresh_token", "access_token", "id_token", "eyJ", "client_secret", &scene.token] {
        assert!(!text.contains(secret), "{secret} stands in {text}");
    }
    assert!(answer.field("cache-control").is_some_and(|value| value.contains("no-store")), "{:?}", answer.fields);
    for origin in ["https://evil.example", "null", "https://payroll.localhost", "https://wiki.localhost.evil.example"] {
        let fields = format!("Origin: {origin}\r\nSec-Fetch-Site: cross-site\r\n");
        client.send(ask(&fields)).await;
        let answer = client.answer().await.unwrap();
        let readers: Vec<_> = answer.fields.iter().filter(|(name, _)| name.starts_with("access-control-")).collect();
        assert!(readers.is_empty(), "{origin} may read: {readers:?}");
        let line = format!(
            "OPTIONS /cdn-cgi/access/get-identity HTTP/1.1\r\nHost: {HOST}\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: GET\r\n\r\n"
        );
        client.send(line).await;
        let preflight = client.answer().await.unwrap();
        assert_eq!(preflight.field("access-control-allow-origin"), None, "{origin}");
    }
    scene.origin.nothing("the door answers for itself");
    assert_eq!(get(&scene, HOST, "/cdn-cgi/access/get-identity", &[]).await, [401, 401], "nobody is there");
}

/// Case 61, Pingora CVE-2026-2836 (a key that lacks a part): a remembered decision is this session's, this application's and these rules'.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remembered_decision_ends_with_the_rules_that_it_was_made_by_and_holds_for_nothing_else() {
    let scene = Scene::start().await;
    let rules = scene.world.policy_body(&allow_group("Pilots"));
    let policy = scene.world.api().post("access/policies", rules.clone()).await;
    let path = format!("access/policies/{}", policy["id"].as_str().unwrap());
    let body = json!({ "name": "vault", "type": "self_hosted", "domain": "vault.localhost", "session_duration": "24h",
        "policies": [policy["id"]], "allowed_idps": [scene.world.idp()] });
    let made = scene.world.api().post("access/apps", body).await;
    let upstream = json!({ "url": scene.origin.url() });
    scene.world.api().put(&format!("doorward/apps/{}/upstream", made["id"].as_str().unwrap()), upstream).await;
    let vault = format!("https://vault.localhost:{}", scene.world.port());
    assert_eq!(scene.browser.open(format!("{vault}/")).await.status, 200);
    let token = scene.browser.cookie(&vault, "CF_Authorization").unwrap();
    let cookie = format!("CF_Authorization={token}");
    // Two connections that stay, and a decision that is remembered.
    let (mut h1, mut h2) = (scene.h1_for("vault.localhost").await, scene.h2_for("vault.localhost").await);
    let line = format!("GET /page HTTP/1.1\r\nHost: vault.localhost\r\nCookie: {cookie}\r\n\r\n");
    let list =
        [(":method", "GET"), (":scheme", "https"), (":authority", "vault.localhost"), (":path", "/page"), ("cookie", cookie.as_str())];
    for (include, status) in [
        (json!([{ "everyone": {} }]), 200),
        (json!([{ "email": { "email": "tessa@harbourworks.example" } }]), 403),
        (json!([{ "email": { "email": "mara@harbourworks.example" } }]), 200),
        (json!([{ "email_domain": { "domain": "elsewhere.example" } }]), 403),
        (rules["include"].clone(), 200),
    ] {
        let edited = json!({ "name": "Pilots", "decision": "allow", "include": include });
        scene.world.api().put(&path, edited).await;
        for _ in 0..3 {
            assert_eq!(h1.status(&line).await, status, "{include}");
            assert_eq!(h2.ask(&list, None).await.status(), Some(status), "{include}");
        }
        // Her other application has its own rules.
        assert_eq!(with_cookie(&scene, &scene.cookie()).await, [200, 200]);
    }
}
