//! Sign-ins that work, and what they tell.

use std::collections::BTreeMap;

use model::{
    Secret, Timestamp,
    identity::{EmailTrust, GroupSource, Groups, GroupsUnknown, SubjectKey},
};
use serde_json::json;

use crate::provider::{CALLBACK, CLIENT, NOW, OID, Provider, SECRET, TENANT, VERIFIER, callback, client};

#[tokio::test]
async fn a_person_is_described_by_tenant_and_object_id() {
    let p = Provider::start().await;
    p.tokens(p.claims_with(json!({"groups": ["a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014"], "amr": ["mfa"], "sid": "s-1",
        "dept": {"no": 7}})));
    let mut idp = p.settings();
    idp.claims = vec!["dept".into(), "absent".into()];
    let now = Timestamp::from_secs(NOW);
    let who = client().sign_in(&idp, &Secret::new(SECRET), &callback(), now).await.unwrap();
    assert_eq!(who.key, SubjectKey { issuer: TENANT.into(), subject: OID.into() });
    assert_eq!(who.email.as_str(), "mara@harbourworks.example");
    assert_eq!(who.email_trust, EmailTrust::TenantMember);
    assert_eq!((who.name.as_str(), who.upn.as_deref()), ("Mara Lindqvist", Some("mara@harbourworks.example")));
    assert_eq!((who.amr, who.sid.as_deref()), (vec!["mfa".to_owned()], Some("s-1")));
    assert_eq!(who.claims, BTreeMap::from([("dept".to_owned(), json!({"no": 7})), ("oid".to_owned(), json!(OID))]));
    let Groups::Known { list, source, at } = who.groups else {
        panic!("groups are in the token");
    };
    assert_eq!((list.len(), source, at), (1, GroupSource::Token, now));
    assert_eq!(p.count("graph"), 0);
}

#[tokio::test]
async fn the_code_is_redeemed_with_secret_verifier_and_the_same_callback() {
    let p = Provider::start().await;
    p.sign_in(&client()).await.unwrap();
    p.seen("token", |seen| {
        let form = &seen[0].form;
        for (name, value) in [
            ("client_id", CLIENT),
            ("client_secret", SECRET),
            ("grant_type", "authorization_code"),
            ("code", "1.code-of-mara"),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ] {
            assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert_eq!(form.len(), 6);
        assert_eq!(seen.len(), 1);
        // Entra refuses client credentials next to an Origin.
        assert!(!seen[0].headers.contains_key("origin"));
        assert_eq!(seen[0].headers["user-agent"], "doorward");
    });
}

#[tokio::test]
async fn without_pkce_no_verifier_is_sent() {
    let p = Provider::start().await;
    let mut back = callback();
    back.code_verifier = None;
    client().sign_in(&p.settings(), &Secret::new(SECRET), &back, Timestamp::from_secs(NOW)).await.unwrap();
    p.seen("token", |seen| assert!(!seen[0].form.contains_key("code_verifier")));
}

#[tokio::test]
async fn a_provider_without_groups_asks_nobody_for_them() {
    let p = Provider::start().await;
    let mut idp = p.settings();
    idp.support_groups = false;
    let who = client().sign_in(&idp, &Secret::new(SECRET), &callback(), Timestamp::from_secs(NOW)).await.unwrap();
    assert!(matches!(who.groups, Groups::Unknown { reason: GroupsUnknown::NotRequested, .. }));
    assert_eq!(p.count("graph"), 0);
}

#[tokio::test]
async fn a_guest_with_the_victims_mail_is_another_person_and_not_believed() {
    let p = Provider::start().await;
    p.tokens(p.claims_with(json!({"oid": "99999999-5e1b-4c0d-8f36-2b7e61c9d014", "idp": "https://sts.windows.net/elsewhere/"})));
    let who = p.sign_in(&client()).await.unwrap();
    assert_ne!(who.key.subject, OID);
    assert_eq!(who.email_trust, EmailTrust::Unverified);
    assert_eq!(who.upn, None);
}

#[tokio::test]
async fn a_person_without_any_address_is_told_what_was_looked_at() {
    let p = Provider::start().await;
    let mut claims = p.claims_with(json!({"preferred_username": "+48 600"}));
    claims.as_object_mut().unwrap().remove("email");
    p.tokens(claims);
    let error = p.sign_in(&client()).await.unwrap_err();
    assert_eq!(error.kind(), "no-email");
    assert!(error.to_string().contains("email: absent"), "{error}");
}

#[tokio::test]
async fn names_resolve_through_the_configured_overrides() {
    let p = Provider::start().await;
    let port = p.url.rsplit(':').next().unwrap().to_owned();
    let mut config = crate::provider::config();
    config.resolve = vec![(".localhost".into(), "127.0.0.1".parse().unwrap())];
    let client = idp::Client::new(config).unwrap();
    let mut idp = p.settings();
    let cloud = idp.cloud.as_mut().unwrap();
    cloud.login_url = format!("http://entra.localhost:{port}");
    cloud.graph_url.clone_from(&cloud.login_url);
    let base = format!("{}/{TENANT}", cloud.login_url);
    let issuer = format!("{base}/v2.0");
    let document = json!({"issuer": issuer, "authorization_endpoint": format!("{base}/a"),
        "token_endpoint": format!("{base}/t"), "jwks_uri": format!("{base}/discovery/v2.0/keys")});
    p.answer("discovery", move |_| crate::provider::Reply::Json(200, document.clone()));
    let (n, e) = crate::provider::signing_keys().0.modulus_exponent();
    p.answer("keys", move |_| crate::provider::Reply::Json(200, json!({"keys": [{"kty": "RSA", "kid": "k1", "n": n, "e": e}]})));
    p.tokens(p.claims_with(json!({ "iss": issuer })));
    let who = client.sign_in(&idp, &Secret::new(SECRET), &callback(), Timestamp::from_secs(NOW)).await.unwrap();
    assert_eq!(who.key.subject, OID);
}
