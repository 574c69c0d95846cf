//! Attacks on an administrator's interface: ids of other objects and accounts, first credentials, markup that is kept.

use api::operations;
use model::api_token::Permission;
use serde_json::{Value, json};

use crate::world::{World, id};

const OTHER: &str = "86666835-06aa-4d90-8bbd-5a74ac4edf68";
const OTHER_ACCOUNT: &str = "6f0c2b1e93d44a578e210d9b7c5e4a10";

/// One object of each kind that a PUT replaces: its address.
async fn objects(world: &World) -> Vec<String> {
    let everyone = json!([{ "everyone": {} }]);
    let pem = crate::certificates::authority().0;
    let app = id(&world.app("wiki").await);
    let mut paths = vec![format!("~/access/apps/{app}"), format!("~/access/identity_providers/{}", world.entra().await)];
    for (path, body) in [
        (format!("~/access/apps/{app}/policies"), json!({ "name": "own", "decision": "allow", "include": everyone })),
        ("~/access/policies".into(), json!({ "name": "p", "decision": "allow", "include": everyone })),
        ("~/access/groups".into(), json!({ "name": "g", "include": everyone })),
        ("~/access/service_tokens".into(), json!({ "name": "t" })),
        ("~/access/users".into(), json!({ "email": "ilo@harbourworks.example", "name": "Ilo" })),
        ("~/access/certificates".into(), json!({ "name": "c", "certificate": pem, "associated_hostnames": [] })),
        ("~/access/custom_pages".into(), json!({ "name": "p", "type": "forbidden", "custom_html": "<p>" })),
        ("~/gateway/lists".into(), json!({ "name": "l", "type": "IP" })),
    ] {
        let made = world.call("POST", &path, Some(body)).await;
        assert!(made.status.is_success(), "{path}: {}", made.body);
        let made = &made.body["result"];
        paths.push(format!("{path}/{}", made["id"].as_str().or(made["uid"].as_str()).unwrap()));
    }
    let mark = "~/access/bookmarks/0f6a1f7e-55b0-4a6b-a1c0-0f7b2d9d4c11";
    world.call("POST", mark, Some(json!({ "name": "b", "domain": "a.example" }))).await.good(200);
    paths.push(mark.into());
    paths.push("~".into());
    paths
}

#[tokio::test]
async fn the_address_says_which_object_and_a_body_that_says_another_is_refused() {
    let world = World::start().await;
    for path in objects(&world).await {
        let own = world.get(&path).await;
        let key = if own.get("id").is_some() { "id" } else { "uid" };
        let mut odd = own.clone();
        odd[key] = json!(if path == "~" { OTHER_ACCOUNT } else { OTHER });
        let refused = world.call("PUT", &path, Some(odd)).await.pointers();
        assert!(refused.contains(&format!("/{key}")), "{path}: {refused:?}");
        let mut elsewhere = own.clone();
        elsewhere["account_id"] = json!(OTHER_ACCOUNT);
        assert_eq!(world.call("PUT", &path, Some(elsewhere)).await.pointers(), ["/account_id"], "{path}");
        // A query changes nothing of what the address says.
        for query in ["id", "uid", "account_id", "app_id"] {
            assert_eq!(world.get(&format!("{path}?{query}={OTHER}")).await, own, "{path}");
        }
    }
}

#[tokio::test]
async fn the_policies_of_one_application_are_out_of_reach_through_another() {
    let world = World::start().await;
    let (wiki, docs) = (id(&world.app("wiki").await), id(&world.app("docs").await));
    let policy = json!({ "name": "own", "decision": "allow", "include": [{ "everyone": {} }] });
    let own = world.post(&format!("~/access/apps/{wiki}/policies"), policy.clone()).await;
    let through = format!("~/access/apps/{docs}/policies/{}", id(&own));
    for (verb, path) in
        [("GET", through.clone()), ("PUT", through.clone()), ("DELETE", through.clone()), ("PUT", format!("{through}/make_reusable"))]
    {
        let body = (verb == "PUT").then(|| policy.clone());
        world.call(verb, &path, body).await.bad(404);
    }
    world.call("GET", &format!("~/access/policies/{}", id(&own)), None).await.bad(404);
    let mut body = world.get(&format!("~/access/apps/{docs}")).await;
    body["policies"] = json!([{ "id": id(&own) }]);
    assert_eq!(world.call("PUT", &format!("~/access/apps/{docs}"), Some(body.clone())).await.pointers(), ["/policies/0/id"]);
    body["policies"] = json!([{ "name": "x", "decision": "allow", "include": [{ "everyone": {} }], "account_id": OTHER_ACCOUNT }]);
    assert_eq!(world.call("PUT", &format!("~/access/apps/{docs}"), Some(body)).await.pointers(), ["/policies/0/account_id"]);
    assert_eq!(world.get(&format!("~/access/apps/{wiki}/policies/{}", id(&own))).await["name"], "own");
}

#[tokio::test]
async fn whoever_may_read_alone_starts_nothing_and_leaves_no_trace() {
    let world = World::start().await;
    objects(&world).await;
    let reading = |p: &Permission| serde_json::to_value(p).unwrap().as_str().unwrap().ends_with("_read");
    let readers: Vec<Permission> = Permission::ALL.into_iter().filter(reading).collect();
    assert!(readers.len() > 5, "{readers:?}");
    let bearer = format!("Bearer {}", world.token_with(&readers, None).await);
    let (version, newest) = (world.store.snapshot().version, crate::audit::newest(&world).await);
    // Who took a backup is written down, although it changes nothing.
    for op in operations().into_iter().filter(|op| !op.path.ends_with("/doorward/backup")) {
        let path = op.path.replace("{account_id}", &world.account);
        let path = path.split('/').map(|s| if s.starts_with('{') { OTHER } else { s }).collect::<Vec<_>>().join("/");
        let reply = world.send(op.verb.as_str(), &path, Some(&bearer), Some("{}".into())).await;
        assert!(op.verb == "GET" || reply.status == 403, "{} {path} answers {} to a reader", op.verb, reply.status);
    }
    assert_eq!((world.store.snapshot().version, crate::audit::newest(&world).await), (version, newest));
}

#[tokio::test]
async fn a_server_without_an_administrator_takes_nobody_for_one() {
    let world = World::start().await;
    let known: Vec<_> = world.store.snapshot().api_tokens.keys().cloned().collect();
    for token in known {
        world.store.write(move |tx| tx.remove_api_token(&token)).await.unwrap();
    }
    let guesses = ["admin", "administrator", "changeme", "doorward", "setup", world.token.as_str()];
    for op in operations() {
        let path = op.path.replace("{account_id}", &world.account);
        assert_eq!(world.send(op.verb.as_str(), &path, None, None).await.bad(400)[0].0, 9106, "{} {path}", op.verb);
    }
    for guess in guesses {
        for (verb, path) in [("GET", "~/access/apps"), ("POST", "~/access/organizations"), ("POST", "~/doorward/api_tokens")] {
            let reply = world.send(verb, path, Some(&format!("Bearer {guess}")), Some("{}".into())).await;
            reply.bad(401);
        }
    }
}

#[tokio::test]
async fn markup_is_kept_as_text_and_links_lead_to_pages_only() {
    let world = World::start().await;
    let evil = "</p><script>alert(1)</script>";
    let group = world.post("~/access/groups", json!({ "name": evil, "include": [{ "everyone": {} }] })).await;
    let reply = world.call("GET", &format!("~/access/groups/{}", id(&group)), None).await;
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(reply.good(200)["name"], evil);
    world.call("POST", "~/access/tags", Some(json!({ "name": evil }))).await.bad(400);
    let launcher = |key: &str, value: Value| {
        let mut body = json!({ "type": "app_launcher" });
        match key.split_once('/') {
            Some((outer, inner)) => body[outer] = json!({ inner: value }),
            None => body[key] = value,
        }
        body
    };
    for link in ["javascript:alert(1)", "data:image/svg+xml,<svg onload=alert(1)>", "//a.example", "https://a.example/\" onerror=\"x", evil]
    {
        let app = |key: &str| json!({ "type": "self_hosted", "domain": "a.localhost", key: link });
        for (key, body) in [
            ("logo_url", app("logo_url")),
            ("custom_deny_url", app("custom_deny_url")),
            ("custom_non_identity_deny_url", app("custom_non_identity_deny_url")),
            ("app_launcher_logo_url", launcher("app_launcher_logo_url", json!(link))),
            ("landing_page_design/image_url", launcher("landing_page_design/image_url", json!(link))),
            ("footer_links/0/url", launcher("footer_links", json!([{ "name": "x", "url": link }]))),
            ("domain", json!({ "type": "bookmark", "name": "x", "domain": link })),
        ] {
            assert_eq!(world.call("POST", "~/access/apps", Some(body)).await.pointers(), [format!("/{key}")], "{link}");
        }
        let design = json!({ "login_design": { "logo_path": link } });
        assert_eq!(world.call("PUT", "~/access/organizations", Some(design)).await.pointers(), ["/login_design/logo_path"], "{link}");
    }
    for color in ["red;}body{display:none", "url(https://a.example)", "expression(alert(1))", "#12", evil] {
        for key in ["bg_color", "header_bg_color", "landing_page_design/button_color", "landing_page_design/button_text_color"] {
            let refused = world.call("POST", "~/access/apps", Some(launcher(key, json!(color)))).await;
            assert_eq!(refused.pointers(), [format!("/{key}")], "{color}");
        }
    }
}
