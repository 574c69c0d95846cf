//! Which surface answers on which host, and with which credentials.

use http::Method;
use serde_json::{Value, json};
use testkit::{World, allow_group};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_answers_on_the_team_domain_and_on_its_own_host_only() {
    let world = World::plan().http("api_host = \"api.localhost\"").start().await;
    let wiki = world.app("wiki").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    browser.open(wiki.at("/")).await;
    world.origin().taken();
    let on = |host: &str| format!("https://{host}:{}/client/v4/accounts", world.port());
    // The sign-in cookie is no credential of the API: it is as if nothing had been sent.
    for (host, status) in [("team.localhost", 400), ("api.localhost", 400), ("wiki.localhost", 200), ("other.localhost", 404)] {
        let page = browser.get(on(host)).await;
        assert_eq!(page.status, status, "{host}: {}", page.body);
    }
    assert_eq!(world.origin().one().target, "/client/v4/accounts", "an application's path like any other");
    let bad = world.api().with_token("nonsense").call(Method::GET, "access/apps", None).await;
    assert_eq!((bad.status, &bad.body["success"]), (401, &false.into()), "{}", bad.body);
    let made = world.api().post("doorward/api_tokens", json!({ "name": "reader", "permissions": ["apps_read"] })).await;
    let reader = world.api().with_token(made["token"].as_str().or(made["value"].as_str()).unwrap());
    assert_eq!(reader.call(Method::GET, "access/apps", None).await.status, 200);
    let write = reader.call(Method::DELETE, &format!("access/apps/{}", wiki.id), None).await;
    assert_eq!(write.status, 403, "{}", write.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scim_secret_and_api_token_do_not_open_each_others_surface() {
    let world = World::start().await;
    let crossed = world.api().with_token(world.scim().secret()).call(Method::GET, "access/apps", None).await;
    assert_eq!(crossed.status, 401);
    let verify = world.browser().get(format!("{}/client/v4/user/tokens/verify", world.team())).await;
    assert_eq!((verify.status, &verify.json()["success"]), (400, &false.into()));
    let foreign = world.api().call(Method::GET, "../00000000000000000000000000000000/access/apps", None).await;
    assert_eq!(foreign.status, 403, "{}", foreign.body);
    let other = world.browser().get(format!("{}/populations/{}/scim/v2/Users", world.team(), uuid::Uuid::nil())).await;
    assert_eq!(other.status, 401, "an unknown provider looks like a known one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_seeds_provider_is_created_read_changed_and_keeps_its_secret() {
    let world = World::start().await;
    let body = json!({
        "name": "Entra ID", "type": "azureAD",
        "config": {
            "client_id": world.sim().sign_in_app().unwrap().client_id.to_string(),
            "client_secret": world.sim().sign_in_app().unwrap().client_secret,
            "directory_id": world.sim().tenant_id().to_string(),
            "support_groups": true,
        },
    });
    let made = world.api().post("access/identity_providers", body).await;
    let id = made["id"].as_str().unwrap();
    assert!(made["config"].get("client_secret").is_none_or(Value::is_null), "{made}");
    let path = format!("access/identity_providers/{id}");
    let mut provider = world.api().get(&path).await;
    provider["config"]["prompt"] = "login".into();
    world.api().put(&path, provider).await;
    let app = world.app("wiki").with("allowed_idps", json!([id]));
    let group = world.sim().group_id("Pilots").unwrap().to_string();
    let rule = json!([{ "name": "Pilots", "decision": "allow", "include": [{ "azureAD": { "id": group, "identity_provider_id": id } }] }]);
    let app = app.create().await;
    let mut whole = world.api().get(&format!("access/apps/{}", app.id)).await;
    whole["policies"] = rule;
    world.api().put(&format!("access/apps/{}", app.id), whole).await;
    let page = world.browser().sign_in("mara").open(app.at("/")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let authorize = page.hops.iter().find(|hop| hop.url.path().ends_with("/authorize")).unwrap();
    assert_eq!(authorize.param("prompt").as_deref(), Some("login"));
    assert_eq!(authorize.param("code_challenge"), None, "PKCE only when it is switched on");
    let other = world.app("charts").policy(allow_group("Pilots")).create().await;
    let browser = world.browser().sign_in("mara");
    browser.open(app.at("/")).await;
    let crossed = browser.open(other.at("/")).await;
    assert_eq!(crossed.status, 200, "{}", crossed.body);
    assert!(crossed.trail().iter().any(|url| url.host_str() == Some("localhost")), "a session of another provider does not count");
}
