//! Import of authentication contexts.

use idp::entra::ContextsError;
use model::{Timestamp, auth_context::InUse, idp::IdpConfig};
use serde_json::{Value, json};

use crate::provider::{CLIENT, NOW, Provider, Reply, SECRET, client, secret};

const LIST: &str = "/v1.0/identity/conditionalAccess/authenticationContextClassReferences";

async fn tenant() -> Provider {
    let p = Provider::start().await;
    p.answer("token", |_| Reply::Json(200, json!({"token_type": "Bearer", "access_token": "own-token", "expires_in": 3599})));
    let next = format!("{}{LIST}?$skiptoken=2", p.url);
    let context =
        |id: &str, name: &str, published: bool| json!({"id": id, "displayName": name, "description": "", "isAvailable": published});
    let first = json!({"value": [context("c3", "Unused", true), context("c1", "Strong sign-in", true)], "@odata.nextLink": next});
    let second = json!({"value": [context("c2", "Draft", false)]});
    p.answer("contexts", move |seen| Reply::Json(200, if seen.query.is_empty() { first.clone() } else { second.clone() }));
    let about = json!({"applications": {"includeAuthenticationContextClassReferences": ["c1"]}});
    let policies = json!({"value": [{"state": "enabled", "conditions": about}, {"state": "disabled", "conditions": {}}]});
    p.answer("policies", move |_| Reply::Json(200, policies.clone()));
    p
}

async fn import(p: &Provider) -> Result<model::auth_context::Imported, ContextsError> {
    let config = IdpConfig::Entra(p.settings());
    let provider = idp::Provider { config: &config, credentials: &secret(SECRET) };
    client().auth_contexts(provider, Timestamp::from_secs(NOW)).await
}

#[tokio::test]
async fn published_contexts_are_listed_and_those_without_a_policy_flagged() {
    let p = tenant().await;
    let imported = import(&p).await.unwrap();
    let listed: Vec<_> = imported.contexts.iter().map(|c| (c.id.to_string(), c.display_name.as_str(), c.in_use)).collect();
    assert_eq!(listed, [("c1".to_owned(), "Strong sign-in", InUse::Yes), ("c3".to_owned(), "Unused", InUse::No)]);
    assert_eq!((imported.read_at, imported.policies_unread), (Timestamp::from_secs(NOW), None));
    p.seen("token", |seen| {
        assert_eq!(seen.len(), 1);
        assert_eq!((seen[0].form["grant_type"].as_str(), seen[0].form["client_id"].as_str()), ("client_credentials", CLIENT));
        assert_eq!(seen[0].form["scope"], format!("{}/.default", p.url));
    });
    p.seen("policies", |seen| assert_eq!(seen[0].headers["authorization"], "Bearer own-token"));
}

#[tokio::test]
async fn policies_that_may_not_be_read_leave_the_use_unknown_and_say_so() {
    let p = tenant().await;
    p.answer("policies", |_| Reply::Json(403, json!({"error": {"code": "Forbidden"}})));
    let imported = import(&p).await.unwrap();
    assert!(imported.contexts.iter().all(|c| c.in_use == InUse::Unknown));
    assert!(imported.policies_unread.unwrap().contains("Policy.Read.ConditionalAccess"));
}

#[tokio::test]
async fn a_spent_pool_is_waited_for_though_it_names_no_time() {
    let p = tenant().await;
    let busy = std::sync::atomic::AtomicBool::new(true);
    p.answer("contexts", move |_| {
        if busy.swap(false, std::sync::atomic::Ordering::Relaxed) {
            return Reply::Json(429, json!({"error": {"code": "TooManyRequests"}}));
        }
        Reply::Json(200, json!({"value": []}))
    });
    assert_eq!(import(&p).await.unwrap().contexts, []);
    p.seen("contexts", |seen| assert_eq!(seen.len(), 2));
}

// Attack case 31: Graph leads in a circle of two.
#[tokio::test]
async fn a_page_that_was_read_already_is_not_read_again() {
    let p = tenant().await;
    let base = p.url.clone();
    p.answer("contexts", move |seen| {
        let other = if seen.query.ends_with("=1") { 2 } else { 1 };
        Reply::Json(200, json!({"value": [], "@odata.nextLink": format!("{base}{LIST}?$skiptoken={other}")}))
    });
    assert!(matches!(import(&p).await, Err(ContextsError::Failed(_))));
    assert_eq!(p.count("contexts"), 3);
}

#[tokio::test]
async fn refusals_and_hostile_answers_are_told_apart_and_never_followed() {
    let p = tenant().await;
    p.answer("contexts", |_| Reply::Json(403, json!({"error": {"code": "Forbidden"}})));
    let error = import(&p).await.unwrap_err();
    assert_eq!(error, ContextsError::Forbidden { status: 403 });
    assert!(error.fix().contains("AuthenticationContext.Read.All"));
    for hostile in [
        json!({"value": [], "@odata.nextLink": "https://evil.example/x"}),
        json!({"value": [], "@odata.nextLink": "http://169.254.169.254/latest"}),
        json!({"value": {}}),
        Value::Null,
    ] {
        let shown = hostile.to_string();
        p.answer("contexts", move |_| Reply::Json(200, hostile.clone()));
        assert!(matches!(import(&p).await, Err(ContextsError::Failed(_))), "{shown}");
    }
    p.answer("token", |_| {
        Reply::Json(401, json!({"error": "invalid_client", "error_description": "AADSTS7000215: no", "error_codes": [7000215]}))
    });
    assert!(matches!(import(&p).await, Err(ContextsError::Token(_))));
}
