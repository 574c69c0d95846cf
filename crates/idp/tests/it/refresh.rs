//! Looking again after the sign-in: still welcome, withdrawn, or not to be told now.

use idp::{Client, Provider as At, RefreshError, Refreshed};
use model::{
    Secret, Timestamp,
    identity::{GroupSource, Groups, GroupsUnknown, SubjectKey},
    idp::IdpConfig,
};
use serde_json::{Value, json};

use crate::provider::{FOREIGN, NOW, OID, Provider, Reply, SECRET, TENANT, client, hasty, secret};

fn mara() -> SubjectKey {
    SubjectKey { issuer: TENANT.into(), subject: OID.into() }
}

async fn refresh(p: &Provider, client: &Client) -> Result<Refreshed, RefreshError> {
    let (config, credentials) = (IdpConfig::Entra(p.settings()), secret(SECRET));
    let provider = At { config: &config, credentials: &credentials };
    client.refresh(provider, &mara(), &Secret::new("1.old"), Timestamp::from_secs(NOW)).await
}

fn without_nonce(p: &Provider, extra: Value) -> Value {
    let mut claims = p.claims_with(extra);
    claims.as_object_mut().unwrap().remove("nonce");
    claims
}

#[tokio::test]
async fn a_refresh_tells_the_groups_of_now_and_the_next_token() {
    let p = Provider::start().await;
    p.tokens(without_nonce(&p, json!({"groups": ["a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014"]})));
    let told = refresh(&p, &client()).await.unwrap();
    assert!(matches!(&told.groups, Groups::Known { list, source: GroupSource::Token, .. } if list.len() == 1));
    assert_eq!(told.refresh_token.unwrap().expose(), "1.AXk");
    p.seen("token", |seen| {
        let form = &seen[0].form;
        assert_eq!((form["grant_type"].as_str(), form["refresh_token"].as_str()), ("refresh_token", "1.old"));
        assert!(form["scope"].contains("GroupMember.Read.All") && form["client_secret"] == SECRET);
    });
    // No claim: Graph is asked, and what cannot be read is unknown, not none.
    p.tokens(without_nonce(&p, json!({})));
    p.answer("graph", |_| Reply::Json(200, json!({})));
    let told = refresh(&p, &client()).await.unwrap();
    assert!(matches!(told.groups, Groups::Unknown { reason: GroupsUnknown::GraphFailed, .. }));
}

#[tokio::test]
async fn an_answer_about_somebody_else_counts_as_withdrawn() {
    let p = Provider::start().await;
    for extra in [json!({"oid": FOREIGN}), json!({"tid": FOREIGN, "iss": format!("{}/{FOREIGN}/v2.0", p.url)})] {
        p.tokens(without_nonce(&p, extra));
        assert!(matches!(refresh(&p, &client()).await, Err(RefreshError::Revoked(r)) if r.error == "another_person"));
    }
}

#[tokio::test]
async fn what_is_about_the_person_ends_and_what_may_pass_does_not() {
    let p = Provider::start().await;
    let client = client();
    for (status, error, code, revoked) in [
        (400, "invalid_grant", 50_057, true),
        (400, "invalid_grant", 50_173, true),
        (400, "invalid_grant", 700_082, true),
        (400, "invalid_grant", 70_043, true),
        (400, "invalid_grant", 65_001, true),
        (400, "invalid_grant", 50_076, true),
        (400, "invalid_grant", 53_003, true),
        (400, "invalid_grant", 50_196, false),
        (400, "interaction_required", 50_079, true),
        (400, "consent_required", 65_001, true),
        (401, "invalid_client", 7_000_215, false),
        (401, "invalid_client", 7_000_222, false),
        (400, "unauthorized_client", 700_016, false),
        (400, "invalid_request", 90_002, false),
        (400, "temporarily_unavailable", 90_033, false),
        (400, "invalid_grant", 90_033, false),
        (429, "invalid_grant", 50_173, false),
        (500, "invalid_grant", 50_173, false),
        (503, "server_error", 90_033, false),
    ] {
        let body = json!({"error": error, "error_description": format!("AADSTS{code}: text"), "error_codes": [code]});
        p.answer("token", move |_| Reply::Json(status, body.clone()));
        match refresh(&p, &client).await {
            Err(RefreshError::Revoked(refusal)) => assert!(revoked && refusal.code == Some(code), "{status} {error} {code}"),
            Err(RefreshError::Transient(_)) => assert!(!revoked, "{status} {error} {code}"),
            Ok(_) => panic!("{status} {error} {code} is a refusal"),
        }
    }
    for reply in [|| Reply::Text(200, "<html>".into()), || Reply::Text(404, String::new()), || Reply::Hang] {
        p.answer("token", move |_| reply());
        assert!(matches!(refresh(&p, &hasty()).await, Err(RefreshError::Transient(_))));
    }
}
