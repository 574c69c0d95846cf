//! The search for groups by name: the application's token is kept from search to search.

use std::sync::atomic::{AtomicUsize, Ordering};

use idp::{Client, entra::MembersError};
use model::{Timestamp, idp::IdpConfig};
use serde_json::json;

use crate::provider::{NOW, Provider, Reply, SECRET, client, secret};

/// Each token is another one, and lasts about an hour.
async fn directory() -> Provider {
    let p = Provider::start().await;
    let given = AtomicUsize::new(0);
    p.answer("token", move |_| {
        let number = given.fetch_add(1, Ordering::SeqCst) + 1;
        Reply::Json(200, json!({"token_type": "Bearer", "access_token": format!("own-{number}"), "expires_in": 3599}))
    });
    p.answer("groups", |_| Reply::Json(200, json!({"value": [{"id": "a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014", "displayName": "Pilots"}]})));
    p
}

async fn search(p: &Provider, client: &Client, value: &str, secs: i64) -> Result<usize, MembersError> {
    let config = IdpConfig::Entra(p.settings());
    let provider = idp::Provider { config: &config, credentials: &secret(value) };
    client.groups_named(provider, "Pil", Timestamp::from_secs(NOW + secs)).await.map(|(groups, _)| groups.len())
}

#[tokio::test]
async fn one_token_serves_many_searches_until_it_ends_or_the_secret_is_another() {
    let (p, client) = (directory().await, client());
    for secs in [0, 1, 1800, 3200] {
        assert_eq!(search(&p, &client, SECRET, secs).await, Ok(1));
    }
    assert_eq!((p.count("token"), p.count("groups")), (1, 4));
    assert_eq!(search(&p, &client, SECRET, 3300).await, Ok(1));
    assert_eq!(p.count("token"), 2, "the first one is about to end");
    assert_eq!(search(&p, &client, "an0ther~secret.of-the-harbour", 3301).await, Ok(1));
    assert_eq!(p.count("token"), 3, "another secret has to prove itself");
    p.seen("groups", |seen| assert_eq!(seen[3].headers["authorization"], "Bearer own-1"));
}

#[tokio::test]
async fn a_permission_that_was_granted_meanwhile_is_found_with_a_new_token() {
    let (p, client) = (directory().await, client());
    p.answer("groups", |seen| match seen.headers["authorization"].to_str() {
        Ok("Bearer own-1") => Reply::Json(403, json!({"error": {"code": "Authorization_RequestDenied"}})),
        _ => Reply::Json(200, json!({"value": []})),
    });
    let refused = Err(MembersError::Forbidden { status: 403 });
    assert_eq!((search(&p, &client, SECRET, 0).await, search(&p, &client, SECRET, 5).await), (refused.clone(), refused));
    assert_eq!(p.count("token"), 1, "a young token is not asked for again");
    assert_eq!(search(&p, &client, SECRET, 60).await, Ok(0));
    assert_eq!(p.count("token"), 2);
}
