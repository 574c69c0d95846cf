//! Who may do what: every operation against every kind of caller, and the table of permissions as a golden file.

use std::collections::BTreeSet;

use api::{Operation, operations};
use axum::body::Body;
use http::Request;
use model::api_token::Permission;

use crate::{
    golden,
    world::{World, id},
};

/// Operations that any valid token may call.
const OPEN_TO_TOKENS: [&str; 6] = [
    "GET /accounts",
    "GET /accounts/{account_id}",
    "GET /accounts/{account_id}/tokens/verify",
    "GET /user/tokens/verify",
    "GET /accounts/{account_id}/doorward/health",
    "GET /accounts/{account_id}/doorward/console/session",
];

fn name(op: &Operation) -> String {
    format!("{} {}", op.verb, op.path)
}

/// The stored name of a permission: short, and the same on every line.
fn stored_name(permission: Permission) -> String {
    serde_json::to_value(permission).unwrap().as_str().unwrap().to_owned()
}

/// The path with ids in the place of its parameters.
fn concrete(world: &World, path: &str) -> String {
    path.split('/')
        .map(|segment| match segment {
            "{account_id}" => world.account.as_str(),
            "{nonce}" => "q7TrB2xLw9Zk0HdM",
            "{token_id}" | "{reference}" => "6f0c2b1e93d44a578e210d9b7c5e4a10",
            s if s.starts_with('{') => "86666835-06aa-4d90-8bbd-5a74ac4edf68",
            s => s,
        })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn no_operation_is_open_to_strangers() {
    let world = World::start().await;
    let unknown = {
        let elsewhere = World::start().await;
        format!("Bearer {}", elsewhere.token)
    };
    let idle = format!("Bearer {}", world.token_with(&[], None).await);
    for op in operations() {
        let (verb, path) = (op.verb.as_str(), concrete(&world, op.path));
        let anonymous = world.send(verb, &path, None, None).await;
        assert_eq!(anonymous.bad(400)[0].0, 9106, "{}", name(&op));
        let stranger = world.send(verb, &path, Some(&unknown), None).await;
        let code = if path.ends_with("/tokens/verify") { 1000 } else { 10000 };
        assert_eq!(stranger.bad(401)[0].0, code, "{}", name(&op));
        let unprivileged = world.send(verb, &path, Some(&idle), None).await;
        if OPEN_TO_TOKENS.contains(&name(&op).as_str()) {
            assert_eq!(unprivileged.status, 200, "{}", name(&op));
        } else {
            assert_eq!(unprivileged.bad(403)[0].0, 10000, "{}", name(&op));
        }
        if op.path.contains("{account_id}") {
            let foreign = path.replace(&world.account, "6f0c2b1e93d44a578e210d9b7c5e4a10");
            let reply = world.send(verb, &foreign, Some(&format!("Bearer {}", world.token)), None).await;
            assert_eq!(reply.bad(403)[0].0, 9109, "{}", name(&op));
        }
    }
}

#[tokio::test]
async fn the_table_of_permissions_is_the_committed_one() {
    let world = World::start().await;
    let mut bearers = Vec::new();
    for permission in Permission::ALL {
        bearers.push((permission, format!("Bearer {}", world.token_with(&[permission], None).await)));
    }
    let mut pairs = Vec::new();
    for (at, one) in Permission::ALL.into_iter().enumerate() {
        for other in Permission::ALL.into_iter().skip(at + 1) {
            pairs.push(([one, other], format!("Bearer {}", world.token_with(&[one, other], None).await)));
        }
    }
    // The description of the API is no operation and open to everybody.
    assert_eq!(world.send("GET", "/openapi.json", None, None).await.status, 200);
    let mut table = "GET /openapi.json: nobody\n".to_owned();
    for op in operations() {
        let mut enough = BTreeSet::new();
        for (permission, bearer) in &bearers {
            let reply = world.send(op.verb.as_str(), &concrete(&world, op.path), Some(bearer), Some("[]".into())).await;
            if reply.status != 403 {
                enough.insert(stored_name(*permission));
            }
        }
        let mut together = BTreeSet::new();
        for (both, bearer) in pairs.iter().filter(|_| enough.is_empty()) {
            let reply = world.send(op.verb.as_str(), &concrete(&world, op.path), Some(bearer), Some("[]".into())).await;
            if reply.status != 403 {
                together.insert(both.map(stored_name).join("+"));
            }
        }
        enough.append(&mut together);
        let reads = |names: &BTreeSet<String>| names.iter().any(|name| name.ends_with("_read"));
        let open = enough.len() == Permission::ALL.len();
        assert_eq!(open, OPEN_TO_TOKENS.contains(&name(&op).as_str()), "{}", name(&op));
        assert!(!enough.is_empty(), "{}: no two permissions are enough", name(&op));
        assert!(op.verb == "GET" || !reads(&enough), "{} may change something with a permission to read: {enough:?}", name(&op));
        let words = if open { "any".to_owned() } else { enough.into_iter().collect::<Vec<_>>().join(" ") };
        table.push_str(&format!("{}: {words}\n", name(&op)));
    }
    golden::check("tests/it/authorization.txt", &table);
}

#[tokio::test]
async fn a_token_for_one_application_reaches_nothing_else() {
    let world = World::start().await;
    let app = id(&world.app("wiki").await);
    let idp = world.entra().await;
    let bearer = format!("Bearer {}", world.token_for(&Permission::ALL, &[&app], &[]).await);
    for op in operations().iter().filter(|op| !OPEN_TO_TOKENS.contains(&name(op).as_str())) {
        // Another application's id in the path, and an operation without one.
        let other = concrete(&world, op.path);
        assert_eq!(world.send(op.verb.as_str(), &other, Some(&bearer), Some("[]".into())).await.bad(403)[0].0, 10000, "{}", name(op));
        let with_provider = op.path.contains("{identity_provider_id}");
        let own = op.path.replace("{app_id}", &app).replace("{identity_provider_id}", &idp);
        let reply = world.send(op.verb.as_str(), &concrete(&world, &own), Some(&bearer), Some("[]".into())).await;
        let about_everybody = name(op) == "GET /accounts/{account_id}/doorward/apps/{app_id}/access";
        assert_eq!(reply.status == 403, with_provider || about_everybody || !op.path.contains("{app_id}"), "{}", name(op));
    }
}

#[tokio::test]
async fn only_the_authorization_header_counts() {
    let world = World::start().await;
    let request = |header: &str, value: &str| Request::get(world.url("~/access/apps")).header(header, value).body(Body::empty()).unwrap();
    let cookie = format!("CF_Authorization={}; token={}", world.token, world.token);
    assert_eq!(world.raw(request("cookie", &cookie)).await.bad(400)[0].0, 9106);
    assert_eq!(world.raw(request("x-auth-key", &world.token)).await.bad(400)[0].0, 6003);
    for bad in ["", "Bearer", "Bearer ", "Basic abc", "Bearer a b", &world.token.clone()] {
        let reply = world.raw(request("authorization", bad)).await;
        assert_eq!(reply.bad(400)[0].0, 6003, "{bad:?}");
        assert_eq!(reply.body["errors"][0]["error_chain"][0]["code"], 6111);
    }
    let mut typo = world.token.clone();
    typo.pop();
    typo.push('x');
    assert_eq!(world.raw(request("authorization", &format!("Bearer {typo}"))).await.bad(401)[0].0, 10000);
    let lower = world.raw(request("authorization", &format!("bearer {}", world.token))).await;
    lower.good(200);
}

#[tokio::test]
async fn a_token_is_verified_until_it_ends() {
    let world = World::start().await;
    let end = world.now().plus_secs(60);
    let bearer = format!("Bearer {}", world.token_with(&[], Some(end)).await);
    for path in ["/user/tokens/verify", "~/tokens/verify"] {
        let reply = world.send("GET", path, Some(&bearer), None).await;
        assert_eq!(reply.body["messages"][0]["code"], 10000);
        let result = reply.good(200);
        assert_eq!((&result["status"], &result["expires_on"]), (&"active".into(), &end.rfc3339().into()));
        assert_eq!(result["id"].as_str().unwrap().len(), 32);
    }
    world.pass(60);
    assert_eq!(world.send("GET", "/user/tokens/verify", Some(&bearer), None).await.bad(401)[0].0, 1000);
}
