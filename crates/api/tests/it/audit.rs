//! Administrators' changes: listed, found, exported.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use store::AuditedChange;

use crate::world::{World, id};

const AUDIT: &str = "~/doorward/audit";
/// Members whose text is a secret, in bodies and in results that reveal one.
const SECRETS: [&str; 6] = ["client_secret", "secret", "value", "private_key_pem", "second_client_secret", "password"];

async fn changes(world: &World) -> Vec<AuditedChange> {
    let page = store::Page { page: 1, per_page: 10 };
    world.store.read(move |r| r.find_changes(&store::AuditFilter::default(), page)).await.unwrap().items
}

/// Number of the newest change.
pub async fn newest(world: &World) -> i64 {
    changes(world).await.first().map_or(0, |change| change.no)
}

/// What leaves no record: ending a policy test that one began.
const UNWRITTEN: &str = "DELETE /accounts/{account_id}/doorward/policy-tests/{policy_test_id}";

/// What changes something leaves one record: who, what, the object before and after, and no secret. Reading leaves none.
pub async fn audited(world: &World, op: &str, before: i64, exchanged: &[Value]) {
    let mut left = changes(world).await;
    left.retain(|change| change.no > before);
    assert_eq!(
        left.len(),
        usize::from(!op.starts_with("GET ") && op != UNWRITTEN),
        "{op} leaves another number of audit records: {left:?}"
    );
    let Some(AuditedChange { record, .. }) = left.first() else { return };
    assert!(record.actor.starts_with("api-token:"), "{op}: {}", record.actor);
    assert!(record.object.contains('/'), "{op}: {}", record.object);
    let (noun, done) = record.action.rsplit_once('.').unwrap();
    assert!(record.object.starts_with(noun), "{op}: {} on {}", record.action, record.object);
    let sides = (record.before.is_some(), record.after.is_some());
    let expected = match done {
        "create" => (false, true),
        "update" => (true, true),
        "delete" => (true, false),
        // A rotation, a check, a revocation: what there is to say is in the action.
        _ => sides,
    };
    assert_eq!(sides, expected, "{op}: before and after of {}", record.action);
    let text = format!("{:?} {:?}", record.before, record.after);
    let mut secrets = Vec::new();
    exchanged.iter().for_each(|value| secrets_of(value, &mut secrets));
    if op.contains("/gateway/lists") {
        // The items of a list are what is to be seen, and are called values.
        secrets.clear();
    }
    for secret in secrets {
        assert!(!text.contains(&secret), "{op}: the audit record holds a secret");
    }
}

fn secrets_of(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(text) if SECRETS.contains(&key.as_str()) && text.len() > 8 => found.push(text.clone()),
                    other => secrets_of(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| secrets_of(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn changes_are_listed_newest_first_with_who_made_them() {
    let world = World::start().await;
    let app = world.app("wiki").await;
    world.pass(10);
    let then = world.now().rfc3339();
    let group = world.post("~/access/groups", json!({ "name": "Crew", "include": [{ "everyone": {} }] })).await;
    let path = format!("~/access/groups/{}", id(&group));
    let renamed = world.put(&path, json!({ "name": "All crew", "include": [{ "everyone": {} }] })).await;
    world.call("DELETE", &path, None).await.good(202);
    let listed = world.get(AUDIT).await;
    let actions: Vec<&str> = listed.as_array().unwrap().iter().map(|change| change["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["group.delete", "group.update", "group.create", "app.create"]);
    let update = &listed[1];
    assert_eq!((&update["before"], &update["after"]), (&group, &renamed));
    assert_eq!((&update["object"], &update["actor_name"]), (&json!(format!("group/{}", id(&group))), &json!("test")));
    assert_eq!(update["at"], then);
    let count = async |query: &str| world.get(&format!("{AUDIT}?{query}")).await.as_array().unwrap().len();
    for (query, found) in [
        ("action=group.".to_owned(), 3),
        ("action=group.update".to_owned(), 1),
        (format!("object=app/{}", id(&app)), 1),
        (format!("since={then}"), 3),
        (format!("until={then}"), 1),
        (format!("actor={}", update["actor"].as_str().unwrap()), 4),
        ("actor=system".to_owned(), 0),
        ("per_page=2&page=2".to_owned(), 2),
        ("per_page=2&page=3".to_owned(), 0),
    ] {
        assert_eq!(count(&query).await, found, "{query}");
    }
    assert_eq!(world.call("GET", &format!("{AUDIT}?since=yesterday"), None).await.pointers(), ["since"]);

    let other = world.get("~/audit_logs?action.type=group.update").await;
    assert_eq!(other[0]["oldValueJson"], group);
    assert_eq!((&other[0]["resource"]["type"], &other[0]["actor"]["type"]), (&json!("group"), &json!("api-token")));
    assert_eq!(other[0]["owner"]["id"], world.account.as_str());
}

#[tokio::test]
async fn an_export_brings_every_change_once_the_oldest_first() {
    let world = World::start().await;
    for n in 0..230 {
        let body = json!({ "name": format!("Crew {n}"), "include": [{ "everyone": {} }] });
        world.post("~/access/groups", body).await;
    }
    let read = async |query: &str| {
        let request = Request::get(world.url(&format!("{AUDIT}/export{query}"))).header("authorization", format!("Bearer {}", world.token));
        let response = world.response(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.headers()["content-type"], "application/x-ndjson");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let lines = std::str::from_utf8(&bytes).unwrap().lines();
        lines.map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let all = read("").await;
    let names: Vec<String> = all.iter().map(|change| change["after"]["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, (0..230).map(|n| format!("Crew {n}")).collect::<Vec<_>>());
    assert_eq!(read("?action=app.").await, Vec::<Value>::new());
    assert_eq!(world.call("GET", &format!("{AUDIT}/export?since=x"), None).await.pointers(), ["since"]);
}
