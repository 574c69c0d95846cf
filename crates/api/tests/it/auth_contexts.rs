//! Imported authentication contexts, and the remarks on rules that name them.

use serde_json::{Value, json};

use crate::world::{World, entra_body, id};

async fn provider(world: &World, import: bool) -> String {
    let mut body = entra_body();
    body["config"]["conditional_access_enabled"] = json!(import);
    id(&world.post("~/access/identity_providers", body).await)
}
fn path(idp: &str) -> String {
    format!("~/doorward/identity_providers/{idp}/auth_contexts")
}
async fn refresh(world: &World, idp: &str) -> Value {
    world.call("POST", &format!("{}/refresh", path(idp)), None).await.good(200)
}
fn context(idp: &str, ac_id: &str) -> Value {
    json!({ "auth_context": { "id": ac_id, "ac_id": ac_id, "identity_provider_id": idp } })
}
/// The remarks on a policy that requires these contexts.
async fn remarks(world: &World, idp: &str, ids: &[&str]) -> Vec<(String, String)> {
    let require: Vec<Value> = ids.iter().map(|ac_id| context(idp, ac_id)).collect();
    let body = json!({ "name": "p", "decision": "allow", "include": [{ "everyone": {} }], "require": require });
    let reply = world.call("POST", "~/access/policies", Some(body)).await;
    let text = |m: &Value| (m["source"]["pointer"].as_str().unwrap().to_owned(), m["message"].as_str().unwrap().to_owned());
    reply.body["messages"].as_array().unwrap().iter().map(text).collect()
}

#[tokio::test]
async fn contexts_are_listed_once_they_were_read() {
    let world = World::start().await;
    let idp = provider(&world, true).await;
    let before = world.get(&path(&idp)).await;
    assert_eq!(before, json!({ "identity_provider_id": idp, "read_at": null, "policies_unread": null, "auth_contexts": [] }));
    let read = refresh(&world, &idp).await;
    assert_eq!(read["read_at"], world.now().rfc3339());
    assert_eq!(
        read["auth_contexts"][1],
        json!({ "id": "c3", "ac_id": "c3", "display_name": "Night shift", "description": "", "is_available": true, "has_policy": "no" })
    );
    let policies: Vec<&str> = read["auth_contexts"].as_array().unwrap().iter().map(|c| c["has_policy"].as_str().unwrap()).collect();
    assert_eq!(policies, ["yes", "no", "unknown"]);
    assert_eq!(world.get(&path(&idp)).await, read);
    world.call("DELETE", &format!("~/access/identity_providers/{idp}"), None).await.good(202);
    assert!(world.store.snapshot().auth_contexts.is_empty());
    world.call("GET", &path(&idp), None).await.bad(404);
}

#[tokio::test]
async fn what_was_read_of_one_directory_is_not_shown_for_another() {
    let world = World::start().await;
    let idp = provider(&world, true).await;
    let provider = format!("~/access/identity_providers/{idp}");
    refresh(&world, &idp).await;
    let mut body = world.get(&provider).await;
    world.put(&provider, body.clone()).await;
    assert!(world.get(&path(&idp)).await["read_at"].is_string(), "the same directory");
    body["config"]["directory_id"] = json!("99999999-93d4-4a57-8e21-0d9b7c5e4a10");
    body["config"]["client_secret"] = json!("of~the~other");
    world.put(&provider, body).await;
    assert_eq!(world.get(&path(&idp)).await["read_at"], Value::Null);
    let said = remarks(&world, &idp, &["c1"]).await;
    assert!(said.len() == 1 && said[0].1.contains("not read yet"), "no word about c1 of the former directory: {said:?}");
}

#[tokio::test]
async fn what_hinders_the_import_is_told() {
    let world = World::start().await;
    let off = provider(&world, false).await;
    let refused = world.call("POST", &format!("{}/refresh", path(&off)), None).await;
    assert!(refused.text().contains("conditional_access_enabled is off"), "{}", refused.text());
    refused.bad(409);
    let mut body = entra_body();
    body["config"]["conditional_access_enabled"] = json!(true);
    body["config"]["client_secret"] = json!("another~secret");
    let idp = id(&world.post("~/access/identity_providers", body).await);
    let refused = world.call("POST", &format!("{}/refresh", path(&idp)), None).await;
    assert!(refused.text().contains("AuthenticationContext.Read.All"), "{}", refused.text());
    refused.bad(409);
    assert_eq!(world.get(&path(&idp)).await["read_at"], Value::Null);
}

#[tokio::test]
async fn rules_about_contexts_that_protect_nothing_or_do_not_exist_get_a_remark() {
    let world = World::start().await;
    let idp = provider(&world, true).await;
    let unread = remarks(&world, &idp, &["c1"]).await;
    assert!(unread.len() == 1 && unread[0].1.contains("not read yet"), "{unread:?}");
    refresh(&world, &idp).await;
    let said = remarks(&world, &idp, &["c1", "c3", "c4", "c9", "managed"]).await;
    let expected = [
        ("/require/1", "protects nothing"),
        ("/require/2", "is not known"),
        ("/require/3", "publishes no authentication context c9"),
        ("/require/4", "\"managed\" is no authentication context"),
    ];
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for ((pointer, text), (at, part)) in said.iter().zip(expected) {
        assert!(pointer == at && text.contains(part), "{pointer} {text}");
    }
    let off = provider(&world, false).await;
    let said = remarks(&world, &off, &["c1"]).await;
    assert!(said.len() == 1 && said[0].1.contains("conditional_access_enabled"), "{said:?}");
}
