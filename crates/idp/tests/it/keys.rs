//! Keys: fetched once, rolled over, kept through failures, never fetched in a flood.

use std::time::Duration;

use idp::Client;
use serde_json::json;

use crate::provider::{NOW, Provider, Reply, client, signing_keys};

fn signed_as(p: &Provider, kid: &str, now: i64) {
    let claims = p.claims_with(json!({"iat": now - 300, "nbf": now - 300, "exp": now + 3600}));
    p.raw_token(signing_keys().0.sign(kid, &claims).unwrap());
}

async fn works(p: &Provider, client: &Client, now: i64) -> bool {
    p.sign_in_at(client, now).await.is_ok()
}

#[tokio::test]
async fn many_first_sign_ins_at_once_fetch_once() {
    let p = Provider::start().await;
    let client = client();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (p, client) = (p.clone(), client.clone());
        running.spawn(async move { p.sign_in(&client).await.is_ok() });
    }
    assert!(running.join_all().await.into_iter().all(|ok| ok));
    assert_eq!((p.count("discovery"), p.count("keys")), (1, 1));
}

// Attack case 31.
#[tokio::test]
async fn a_flood_of_unknown_key_ids_causes_one_fetch_per_five_minutes() {
    let p = Provider::start().await;
    let client = client();
    assert!(works(&p, &client, NOW).await);
    for n in 0..30 {
        signed_as(&p, &format!("unknown-{n}"), NOW + 60);
        let error = p.sign_in_at(&client, NOW + 60).await.unwrap_err();
        assert_eq!(error.kind(), "nonsense");
        assert!(error.to_string().contains("unknown-"), "{error}");
    }
    assert_eq!((p.count("discovery"), p.count("keys")), (1, 2));
    assert!(!works(&p, &client, NOW + 60 + 299).await);
    assert_eq!(p.count("keys"), 2);
    assert!(!works(&p, &client, NOW + 60 + 300).await);
    assert_eq!(p.count("keys"), 3);
}

#[tokio::test]
async fn a_rolled_over_key_is_found_at_the_first_token_that_names_it() {
    let p = Provider::start().await;
    let client = client();
    assert!(works(&p, &client, NOW).await);
    p.publish(&["k1", "k2"]);
    signed_as(&p, "k2", NOW + 30);
    assert!(works(&p, &client, NOW + 30).await);
    assert_eq!((p.count("discovery"), p.count("keys")), (1, 2));
    // Withdrawn in an emergency: gone after the next refresh.
    p.publish(&["k2"]);
    signed_as(&p, "k3", NOW + 400);
    assert!(!works(&p, &client, NOW + 400).await);
    signed_as(&p, "k1", NOW + 410);
    assert!(!works(&p, &client, NOW + 410).await);
}

#[tokio::test]
async fn stale_keys_are_refreshed_in_the_background() {
    let p = Provider::start().await;
    let client = client();
    assert!(works(&p, &client, NOW).await);
    let later = NOW + 3600;
    signed_as(&p, "k1", later);
    assert!(works(&p, &client, later).await);
    let refreshed = async {
        while p.count("keys") < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), refreshed).await.expect("a refresh within the hour");
    assert_eq!(p.count("discovery"), 1);
}

#[tokio::test]
async fn the_last_good_keys_stay_when_the_provider_fails() {
    let p = Provider::start().await;
    let client = client();
    assert!(works(&p, &client, NOW).await);
    for (hours, reply) in [(2, 500), (30, 503), (60, 200)] {
        p.answer("keys", move |_| Reply::Text(reply, "{}".into()));
        p.answer("discovery", |_| Reply::Text(500, String::new()));
        let later = NOW + hours * 3600;
        signed_as(&p, "k1", later);
        assert!(works(&p, &client, later).await, "after {hours} hours");
    }
}

#[tokio::test]
async fn a_provider_that_was_down_at_first_is_asked_again() {
    let p = Provider::start().await;
    let client = client();
    p.answer("keys", |_| Reply::Text(503, String::new()));
    let error = p.sign_in_at(&client, NOW).await.unwrap_err();
    assert_eq!(error.kind(), "down");
    p.publish(&["k1"]);
    assert!(works(&p, &client, NOW + 11).await);
}
