//! Tokens of this API: what they hand on, where they work, and that nobody locks everybody out.

use api::ClientAddress;
use axum::body::Body;
use http::Request;
use model::api_token::Permission;
use serde_json::{Value, json};

use crate::world::{Reply, World, id};

const TOKENS: &str = "~/doorward/api_tokens";

/// The administrator's token of the world.
fn administrator(world: &World) -> String {
    let all = |t: &&std::sync::Arc<model::api_token::ApiToken>| t.permissions.len() == Permission::ALL.len();
    world.store.snapshot().api_tokens.values().find(all).unwrap().id.to_string()
}

async fn with(world: &World, value: &Value, verb: &str, path: &str, body: Option<Value>) -> Reply {
    world.send(verb, path, Some(&format!("Bearer {}", value.as_str().unwrap())), body.map(|b| b.to_string())).await
}

#[tokio::test]
async fn a_token_hands_on_what_it_holds_and_no_more() {
    let world = World::start().await;
    let names = ["Account API Tokens Write", "Access: Apps and Policies Read"];
    let made = world.post(TOKENS, json!({ "name": "ci", "permissions": names })).await;
    assert_eq!(made["permissions"], json!(["Access: Apps and Policies Read", "Account API Tokens Write"]));
    let ci = &made["value"];
    with(&world, ci, "GET", "~/access/apps", None).await.good(200);
    with(&world, ci, "GET", "~/access/service_tokens", None).await.bad(403);
    let less = with(&world, ci, "POST", TOKENS, Some(json!({ "name": "less", "permissions": ["apps_read"] }))).await.good(201);
    let more = with(&world, ci, "POST", TOKENS, Some(json!({ "name": "more", "permissions": ["apps_write"] }))).await;
    assert!(more.bad(403)[0].1.contains("Access: Apps and Policies Write"));
    let administrators = Permission::ConsoleAdmin.name();
    with(&world, ci, "POST", TOKENS, Some(json!({ "name": "console", "permissions": [administrators] }))).await.bad(403);
    assert!(world.get(TOKENS).await.as_array().unwrap().iter().all(|t| t.get("value").is_none()));
    assert!(!world.get(TOKENS).await.to_string().contains("secret"));

    let admin = format!("{TOKENS}/{}", administrator(&world));
    for (verb, path) in [("DELETE", admin.clone()), ("PUT", admin.clone()), ("PUT", format!("{admin}/value"))] {
        let body = (verb == "PUT").then(|| json!({ "name": "x", "permissions": [] }));
        with(&world, ci, verb, &path, body).await.bad(403);
    }
    // Not by way of a wider one either, nor by widening itself.
    let own = format!("{TOKENS}/{}", id(&made));
    let wider = json!({ "name": "ci", "permissions": ["apps_write", "tokens_write"] });
    with(&world, ci, "PUT", &own, Some(wider)).await.bad(403);
    with(&world, ci, "DELETE", &format!("{TOKENS}/{}", id(&less)), None).await.good(200);
    world.call("DELETE", &own, None).await.good(200);
    with(&world, ci, "GET", "~/access/apps", None).await.bad(401);
    world.call("GET", &own, None).await.bad(404);
}

#[tokio::test]
async fn the_last_token_that_may_do_everything_stays_and_is_named() {
    let world = World::start().await;
    let admin = format!("{TOKENS}/{}", administrator(&world));
    let token = world.get(&admin).await;
    let narrowed = |change: Value| {
        let mut body = token.clone();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let app = id(&world.app("wiki").await);
    let wrong = [
        narrowed(json!({ "status": "disabled" })),
        narrowed(json!({ "permissions": ["apps_read"] })),
        narrowed(json!({ "resources": { "apps": [app] } })),
        narrowed(json!({ "not_before": world.now().plus_secs(60).rfc3339() })),
    ];
    for body in wrong {
        let reply = world.call("PUT", &admin, Some(body.clone())).await;
        assert!(reply.bad(409)[0].1.contains("\"test\" is the last API token"), "{body}");
        assert_eq!(reply.headers.get("x-should-retry").unwrap(), "false");
    }
    world.call("DELETE", &admin, None).await.bad(409);
    assert_eq!(world.put(&admin, token.clone()).await["modified_on"], token["modified_on"], "the clock stands");
    let condition = json!({ "condition": { "request_ip": { "in": ["203.0.113.0/24"] } } });
    let shut_out = world.call("PUT", &admin, Some(narrowed(condition))).await;
    assert!(shut_out.bad(409)[0].1.contains("shut out"), "nobody knows where this request comes from");
    world.post(TOKENS, json!({ "name": "second", "permissions": Permission::ALL.map(Permission::name) })).await;
    world.call("DELETE", &admin, None).await.good(200);
}

#[tokio::test]
async fn a_token_is_changed_switched_and_given_a_new_text() {
    let world = World::start().await;
    let made = world.post(TOKENS, json!({ "name": "ci", "permissions": ["apps_read"] })).await;
    let path = format!("{TOKENS}/{}", id(&made));
    assert_eq!((&made["status"], &made["resources"], &made["condition"]), (&json!("active"), &json!(null), &json!({})));
    let mut body = world.get(&path).await;
    body["status"] = json!("disabled");
    assert_eq!(world.put(&path, body.clone()).await["status"], "disabled");
    with(&world, &made["value"], "GET", "~/access/apps", None).await.bad(401);
    let renamed = world.put(&path, json!({ "name": "builds", "permissions": ["apps_read"] })).await;
    assert_eq!((&renamed["name"], &renamed["status"]), (&json!("builds"), &json!("disabled")), "nothing is switched on by leaving it out");
    body["status"] = json!("active");
    world.put(&path, body).await;
    with(&world, &made["value"], "GET", "~/access/apps", None).await.good(200);
    world.pass(5);
    let rolled = world.put(&format!("{path}/value"), json!({})).await;
    assert_ne!(rolled["value"], made["value"]);
    with(&world, &made["value"], "GET", "~/access/apps", None).await.bad(401);
    with(&world, &rolled["value"], "GET", "~/access/apps", None).await.good(200);
    let text = world.store.read(|r| r.list_audit(store::Page { page: 1, per_page: 100 })).await.unwrap();
    let text = format!("{:?}", text.items);
    assert!(text.contains("api_token.roll") && text.contains("api_token.update"));
    assert!(!text.contains(rolled["value"].as_str().unwrap()));
}

#[tokio::test]
async fn a_token_that_ends_gives_no_new_text_to_one_that_lasts_longer() {
    let world = World::start().await;
    let admin = administrator(&world);
    let ends = world.now().plus_secs(3600).rfc3339();
    let passing =
        world.post(TOKENS, json!({ "name": "passing", "permissions": Permission::ALL.map(Permission::name), "expires_on": ends })).await;
    for path in [format!("{TOKENS}/{admin}/value"), format!("~/tokens/{admin}/value")] {
        let rolled = with(&world, &passing["value"], "PUT", &path, Some(json!({}))).await;
        assert!(rolled.bad(403)[0].1.contains("ends at"), "{:#}", rolled.body);
    }
    world.get(TOKENS).await;
    // Its own text, it may.
    with(&world, &passing["value"], "PUT", &format!("{TOKENS}/{}/value", id(&passing)), Some(json!({}))).await.good(200);
}

#[tokio::test]
async fn the_last_use_is_told_and_written_down_at_most_once_a_minute() {
    let world = World::start().await;
    let made = world.post(TOKENS, json!({ "name": "ci", "permissions": ["apps_read"] })).await;
    let path = format!("{TOKENS}/{}", id(&made));
    assert_eq!(world.get(&path).await["last_used_on"], Value::Null);
    with(&world, &made["value"], "GET", "~/access/apps", None).await.good(200);
    assert_eq!(world.get(&path).await["last_used_on"], world.now().rfc3339());
    let commits = world.store.commits();
    world.pass(5);
    for _ in 0..20 {
        with(&world, &made["value"], "GET", "~/access/apps", None).await.good(200);
    }
    assert_eq!(world.get(&path).await["last_used_on"], world.now().rfc3339());
    // The first uses of two tokens may still be on their way.
    assert!(world.store.commits() <= commits + 2, "a use is no write");
    let version = world.store.snapshot().version;
    world.pass(60);
    with(&world, &made["value"], "GET", "~/access/apps", None).await.good(200);
    let (id, now) = (id(&made).parse().unwrap(), world.now());
    // Writes are carried out in the order they came in.
    world.store.write(|_| Ok(())).await.unwrap();
    let mut stored = None;
    while stored != Some(now) {
        stored = world
            .store
            .read({
                let id: model::ApiTokenId = Clone::clone(&id);
                move |r| r.api_token_use(&id)
            })
            .await
            .unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(world.store.snapshot().version, version, "no verdict is forgotten for it");
}

#[tokio::test]
async fn a_token_works_from_its_addresses_only() {
    let world = World::start().await;
    let condition = json!({ "request_ip": { "in": ["203.0.113.0/24"], "not_in": ["203.0.113.66"] } });
    let made = world.post(TOKENS, json!({ "name": "ci", "permissions": ["apps_read", "tokens_write"], "condition": condition })).await;
    assert_eq!(made["condition"], condition);
    let from = |address: Option<&str>, path: &str| {
        let bearer = format!("Bearer {}", made["value"].as_str().unwrap());
        let request = Request::get(world.url(path)).header("authorization", bearer);
        let request = request.extension(ClientAddress(address.map(|a| a.parse().unwrap())));
        world.raw(request.body(Body::empty()).unwrap())
    };
    for path in ["~/access/apps", "/user/tokens/verify"] {
        from(Some("203.0.113.7"), path).await.good(200);
        for elsewhere in [Some("203.0.113.66"), Some("198.51.100.7"), Some("::1"), None] {
            let reply = from(elsewhere, path).await;
            assert_eq!(reply.bad(403)[0].0, 9109, "{elsewhere:?}");
        }
    }
    // And it makes none that works elsewhere.
    let order = |condition: Option<&Value>| {
        let bearer = format!("Bearer {}", made["value"].as_str().unwrap());
        let mut body = json!({ "name": "x", "permissions": [] });
        if let Some(condition) = condition {
            body["condition"] = condition.clone();
        }
        let request = Request::post(world.url(TOKENS)).header("authorization", bearer).header("content-type", "application/json");
        world.raw(request.extension(ClientAddress(Some("203.0.113.7".parse().unwrap()))).body(Body::from(body.to_string())).unwrap())
    };
    order(None).await.bad(403);
    order(Some(&condition)).await.good(201);
}

#[tokio::test]
async fn a_token_is_for_its_applications_only() {
    let world = World::start().await;
    let (wiki, other) = (id(&world.app("wiki").await), id(&world.app("mail").await));
    let order = json!({ "name": "wiki", "permissions": ["apps_write"], "resources": { "apps": [wiki] } });
    let made = world.post(TOKENS, order).await;
    assert_eq!(made["resources"], json!({ "apps": [wiki], "identity_providers": [] }));
    with(&world, &made["value"], "GET", &format!("~/access/apps/{wiki}"), None).await.good(200);
    with(&world, &made["value"], "GET", &format!("~/access/apps/{other}"), None).await.bad(403);
    with(&world, &made["value"], "GET", "~/access/apps", None).await.bad(403);
    with(&world, &made["value"], "POST", "~/access/apps", Some(json!({ "name": "x" }))).await.bad(403);
    with(&world, &made["value"], "GET", "~/tokens/verify", None).await.good(200);
    let mut app = world.get(&format!("~/access/apps/{wiki}")).await;
    app["name"] = json!("Wiki");
    with(&world, &made["value"], "PUT", &format!("~/access/apps/{wiki}"), Some(app.clone())).await.good(200);
    for members in ["domain", "self_hosted_domains", "destinations"] {
        app.as_object_mut().unwrap().remove(members);
    }
    app["domain"] = json!("mail.localhost/inbox");
    with(&world, &made["value"], "PUT", &format!("~/access/apps/{wiki}"), Some(app)).await.bad(403);
    for (wrong, pointer) in [
        (json!({}), "/resources"),
        (json!({ "apps": [] }), "/resources"),
        (json!({ "apps": ["nonsense"] }), "/resources/apps/0"),
        (json!({ "apps": ["86666835-06aa-4d90-8bbd-5a74ac4edf68"] }), "/resources/apps/0"),
        (json!({ "groups": ["x"], "apps": [wiki] }), "/resources/groups"),
    ] {
        let reply = world.call("POST", TOKENS, Some(json!({ "name": "x", "permissions": [], "resources": wrong }))).await;
        assert!(reply.pointers().contains(&pointer.to_owned()), "{wrong}: {:?}", reply.pointers());
    }
}

#[tokio::test]
async fn a_token_has_its_time() {
    let world = World::start().await;
    let (begin, end) = (world.now().plus_secs(60), world.now().plus_secs(120));
    let order = json!({ "name": "x", "permissions": [], "not_before": begin.rfc3339(), "expires_on": end.rfc3339() });
    let made = world.post(TOKENS, order).await;
    with(&world, &made["value"], "GET", "~/tokens/verify", None).await.bad(401);
    world.pass(60);
    let verified = with(&world, &made["value"], "GET", "~/tokens/verify", None).await.good(200);
    let expected = json!({ "id": made["id"], "status": "active", "not_before": begin.rfc3339(), "expires_on": end.rfc3339() });
    assert_eq!(verified, expected);
    world.pass(60);
    with(&world, &made["value"], "GET", "~/tokens/verify", None).await.bad(401);
    let path = format!("{TOKENS}/{}", id(&made));
    let over = world.get(&path).await;
    assert_eq!(over["status"], "expired");
    assert_eq!(world.put(&path, over.clone()).await["expires_on"], over["expires_on"], "what GET gave is taken");
    let (later, sooner) = (world.now().plus_secs(60).rfc3339(), world.now().plus_secs(30).rfc3339());
    for (times, pointer) in [
        (json!({ "expires_on": begin.rfc3339() }), "/expires_on"),
        (json!({ "not_before": later, "expires_on": sooner }), "/not_before"),
        (json!({ "expires_on": "soon" }), "/expires_on"),
    ] {
        let mut body = json!({ "name": "x", "permissions": [] });
        body.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
        assert_eq!(world.call("POST", TOKENS, Some(body)).await.pointers(), [pointer], "{times}");
    }
}

#[tokio::test]
async fn a_token_that_ends_makes_none_that_lasts_longer() {
    let world = World::start().await;
    let end = world.now().plus_secs(600);
    let short = format!("Bearer {}", world.token_with(&Permission::ALL, Some(end)).await);
    let order = |expires: Value| Some(json!({ "name": "x", "permissions": [], "expires_on": expires }).to_string());
    world.send("POST", TOKENS, Some(&short), order(json!(null))).await.bad(403);
    world.send("POST", TOKENS, Some(&short), order(json!(end.plus_secs(1).rfc3339()))).await.bad(403);
    world.send("POST", TOKENS, Some(&short), order(json!(end.rfc3339()))).await.good(201);
    world.pass(601);
    world.send("POST", TOKENS, Some(&short), order(json!(null))).await.bad(401);
}

#[tokio::test]
async fn scripts_for_the_accounts_tokens_find_them_in_the_form_they_know() {
    let world = World::start().await;
    let groups = world.get("~/tokens/permission_groups").await;
    assert_eq!(groups.as_array().unwrap().len(), Permission::ALL.len());
    let group = |name: &str| groups.as_array().unwrap().iter().find(|group| group["name"] == name).unwrap()["id"].clone();
    let own = format!("com.cloudflare.api.account.{}", world.account);
    let body = |resources: Value| {
        let groups = json!([{ "id": group("Access: Apps and Policies Read") }]);
        json!({ "name": "ci", "policies": [{ "effect": "allow", "permission_groups": groups, "resources": resources }],
            "condition": { "request_ip": { "not_in": ["198.51.100.0/24"] } } })
    };
    let whole = json!({ own.as_str(): "*" });
    let made = world.call("POST", "~/tokens", Some(body(whole.clone()))).await.good(200);
    let path = format!("~/tokens/{}", id(&made));
    assert_eq!(made["policies"][0]["permission_groups"][0]["name"], "Access: Apps and Policies Read");
    assert_eq!((&made["policies"][0]["resources"], &made["status"]), (&whole, &json!("active")));
    let other = world.get(&format!("{TOKENS}/{}", id(&made))).await;
    assert_eq!((&other["permissions"], &other["resources"]), (&json!(["Access: Apps and Policies Read"]), &Value::Null));
    let shown = world.get(&path).await;
    assert_eq!(world.put(&path, shown.clone()).await, shown, "what GET gave is taken");
    let rolled = world.put(&format!("{path}/value"), json!({})).await;
    assert!(rolled.as_str().unwrap().starts_with("dw_"));

    let app = id(&world.app("wiki").await);
    let limited = json!({ format!("com.doorward.app.{app}"): "*" });
    let narrowed = world.put(&path, body(limited.clone())).await;
    assert_eq!(narrowed["policies"][0]["resources"], limited);
    assert_eq!(world.get(&format!("{TOKENS}/{}", id(&made))).await["resources"]["apps"], json!([app]));
    for wrong in [
        json!({}),
        json!({ "com.cloudflare.api.account.0": "*" }),
        json!({ "com.cloudflare.api.account.zone.*": "*" }),
        json!({ own.as_str(): "x" }),
        json!("*"),
    ] {
        assert_eq!(world.call("POST", "~/tokens", Some(body(wrong.clone()))).await.pointers(), ["/policies/0/resources"], "{wrong}");
    }
    let mut denying = body(whole);
    denying["policies"][0]["effect"] = json!("deny");
    denying["policies"][0]["permission_groups"][0]["id"] = json!("c8fed203ed3043cba015a93ad1616f1f");
    assert_eq!(
        world.call("POST", "~/tokens", Some(denying)).await.pointers(),
        ["/policies/0/effect", "/policies/0/permission_groups/0/id"]
    );
    world.call("DELETE", &path, None).await.good(200);
}
