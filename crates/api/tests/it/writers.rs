//! Several who write at the same time: the last one wins, whole. And secrets, which a body leaves out without losing them.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{World, entra_body, id, timeless};

/// A thing, and two bodies that differ in every member that can differ.
struct Row {
    path: String,
    bodies: [Value; 2],
}

async fn things(world: &World) -> Vec<Row> {
    let rule = |text: &str| json!([{ "email": { "email": format!("{text}@harbourworks.example") } }]);
    let policy =
        |n: &str| json!({ "name": n, "decision": if n == "a" { "allow" } else { "deny" }, "include": rule(n), "exclude": rule("bram") });
    let app = |n: &str| {
        json!({ "name": n, "type": "self_hosted", "domain": format!("{n}.localhost"), "session_duration": if n == "a" { "1h" } else { "2h" },
            "allow_iframe": n == "a", "cors_headers": { "allowed_origins": [format!("https://{n}.example")] }, "policies": [policy(n)] })
    };
    let items = |n: &str| json!([{ "value": format!("{n}@harbourworks.example"), "description": n }]);
    let list = |n: &str| json!({ "name": n, "type": "EMAIL", "description": n, "items": items(n) });
    let page = |n: &str| json!({ "name": n, "type": "forbidden", "custom_html": format!("<p>{n}</p>") });
    let group = |n: &str| json!({ "name": n, "include": rule(n), "require": rule(n) });
    let token = |n: &str| json!({ "name": n, "duration": if n == "a" { "1h" } else { "2h" } });
    let bookmark = |n: &str| json!({ "name": n, "domain": format!("https://{n}.example"), "logo_url": format!("https://{n}.example/l") });
    let mut rows = Vec::new();
    let two = |of: &dyn Fn(&str) -> Value| [of("a"), of("b")];
    let all: [(&str, u16, &str, [Value; 2]); 6] = [
        ("~/access/apps", 201, "id", two(&app)),
        ("~/access/policies", 201, "id", two(&policy)),
        ("~/access/groups", 201, "id", two(&group)),
        ("~/access/service_tokens", 201, "id", two(&token)),
        ("~/access/custom_pages", 201, "uid", two(&page)),
        ("~/gateway/lists", 200, "id", two(&list)),
    ];
    for (path, status, name, bodies) in all {
        let made = world.call("POST", path, Some(bodies[0].clone())).await.good(status);
        rows.push(Row { path: format!("{path}/{}", made[name].as_str().unwrap()), bodies });
    }
    let path = format!("~/access/bookmarks/{}", uuid::Uuid::new_v4());
    world.call("POST", &path, Some(bookmark("a"))).await.good(200);
    rows.push(Row { path, bodies: two(&bookmark) });
    rows
}

/// Without what the server sets anew with each write.
fn settled(value: Value) -> Value {
    let mut value = timeless(value);
    value.as_object_mut().unwrap().remove("expires_at");
    let own = |policy: &mut Value| {
        for key in ["id", "uid", "created_at"] {
            policy.as_object_mut().unwrap().remove(key);
        }
    };
    value.get_mut("policies").and_then(Value::as_array_mut).into_iter().flatten().for_each(own);
    for item in value.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten() {
        item.as_object_mut().unwrap().remove("created_at");
    }
    value
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_write_at_the_same_time_one_wins_whole() {
    let world = World::start().await;
    for Row { path, bodies } in things(&world).await {
        let mut alone = Vec::new();
        for body in &bodies {
            world.put(&path, body.clone()).await;
            alone.push(settled(world.get(&path).await));
        }
        assert_ne!(alone[0], alone[1], "{path}");
        for _ in 0..6 {
            let calls = (0..8).map(|n| world.call("PUT", &path, Some(bodies[n % 2].clone())));
            for reply in join_all(calls).await {
                let told = settled(reply.good(200));
                let whole = |one: &Value| told.as_object().unwrap().iter().all(|(key, value)| one[key] == *value);
                assert!(alone.iter().any(whole), "{path} answered {told:#}");
            }
            let after = settled(world.get(&path).await);
            assert!(alone.contains(&after), "{path} is a mixture: {after:#}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edits_of_one_list_at_the_same_time_all_count() {
    let world = World::start().await;
    let list = id(&world.call("POST", "~/gateway/lists", Some(json!({ "name": "ships", "type": "IP" }))).await.good(200));
    let path = format!("~/gateway/lists/{list}");
    let edits = (1..=30).map(|n| world.call("PATCH", &path, Some(json!({ "append": [{ "value": format!("203.0.113.{n}") }] }))));
    join_all(edits).await.into_iter().for_each(|reply| drop(reply.good(200)));
    assert_eq!(world.get(&path).await["count"], 30);
    let edits = (1..=30).map(|n| world.call("PATCH", &path, Some(json!({ "remove": [format!("203.0.113.{n}")] }))));
    join_all(edits).await.into_iter().for_each(|reply| drop(reply.good(200)));
    assert_eq!(world.get(&path).await["count"], 0);
}

#[tokio::test]
async fn replays_of_the_log_have_a_number_of_places() {
    let world = World::start().await;
    let policy = json!({ "name": "p", "decision": "allow", "include": [{ "everyone": {} }] });
    let policy = world.post("~/access/policies", policy).await;
    let body = json!({ "with": policy });
    let at_once = join_all((0..6).map(|_| world.call("POST", "~/doorward/policies/replay", Some(body.clone())))).await;
    let statuses: Vec<u16> = at_once.iter().map(|reply| reply.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 2, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    world.call("POST", "~/doorward/policies/replay", Some(body)).await.good(200);
}

/// What the store holds of each secret, as text.
fn secrets(world: &World, idp: &str, integration: &str) -> [String; 5] {
    let snapshot = world.store.snapshot();
    let (idp, integration) = (idp.parse().unwrap(), integration.parse().unwrap());
    let shown = |secret: Option<&model::Secret>| secret.unwrap().expose().to_owned();
    [
        shown(snapshot.idp_credentials[&idp].secret.as_ref()),
        shown(snapshot.idps[&idp].scim.secret_hash.as_ref()),
        shown(snapshot.service_tokens.values().next().map(|token| &token.secret_hash)),
        shown(snapshot.api_tokens.values().find(|token| token.name == "ci").map(|token| &token.secret_hash)),
        shown(snapshot.posture_secrets.get(&integration)),
    ]
}

#[tokio::test]
async fn a_body_without_the_secret_keeps_it() {
    let world = World::start().await;
    let mut body = entra_body();
    body["scim_config"] = json!({ "enabled": true });
    let idp = id(&world.post("~/access/identity_providers", body).await);
    let token = id(&world.post("~/access/service_tokens", json!({ "name": "agent" })).await);
    let ci = id(&world.post("~/doorward/api_tokens", json!({ "name": "ci", "permissions": [] })).await);
    let config = json!({ "client_id": "b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa", "client_secret": "x~y", "customer_id": "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10" });
    let intune = json!({ "name": "Intune", "type": "intune", "interval": "10m", "config": config });
    let intune = id(&world.call("POST", "~/devices/posture/integration", Some(intune)).await.good(200));
    let before = secrets(&world, &idp, &intune);
    let table = [
        ("PUT", format!("~/access/identity_providers/{idp}")),
        ("PUT", format!("~/access/service_tokens/{token}")),
        ("PUT", format!("~/doorward/api_tokens/{ci}")),
        ("PUT", format!("~/tokens/{ci}")),
        ("PATCH", format!("~/devices/posture/integration/{intune}")),
    ];
    for (verb, path) in table {
        let mut body = world.get(&path).await;
        assert!(!before.iter().any(|secret| body.to_string().contains(secret.as_str())), "{path} tells a secret: {body:#}");
        for secret in ["client_secret", "secret"] {
            for object in ["config", "scim_config"] {
                if let Some(members) = body.get_mut(object).and_then(Value::as_object_mut) {
                    members.remove(secret);
                }
            }
        }
        let answer = world.call(verb, &path, Some(body)).await.good(200);
        assert!(!before.iter().any(|secret| answer.to_string().contains(secret.as_str())), "{path} tells a secret: {answer:#}");
        assert_eq!(secrets(&world, &idp, &intune), before, "{verb} {path}");
    }
}
