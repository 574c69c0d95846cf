//! Sign-ins that work, and what they tell.

use std::collections::BTreeMap;

use idp::Membership;
use model::{
    Secret, Timestamp,
    identity::{EmailTrust, GroupSource, Groups, GroupsUnknown, SubjectKey},
    idp::ClientCredentials,
};
use serde_json::json;

use crate::provider::{CALLBACK, CLIENT, NOW, OID, Provider, Reply, SECRET, TENANT, VERIFIER, callback, client, secret, sign_in};

#[tokio::test]
async fn a_person_is_described_by_tenant_and_object_id() {
    let p = Provider::start().await;
    p.tokens(p.claims_with(json!({"groups": ["a1c07f2e-5e1b-4c0d-8f36-2b7e61c9d014"], "amr": ["mfa"], "sid": "s-1",
        "dept": {"no": 7}})));
    let mut idp = p.settings();
    idp.claims = vec!["dept".into(), "absent".into()];
    let now = Timestamp::from_secs(NOW);
    let who = sign_in(&client(), &idp, &secret(SECRET), &callback(), NOW).await.unwrap();
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
    sign_in(&client(), &p.settings(), &secret(SECRET), &back, NOW).await.unwrap();
    p.seen("token", |seen| assert!(!seen[0].form.contains_key("code_verifier")));
}

#[tokio::test]
async fn a_provider_without_groups_asks_nobody_for_them() {
    let p = Provider::start().await;
    let mut idp = p.settings();
    idp.support_groups = false;
    let who = sign_in(&client(), &idp, &secret(SECRET), &callback(), NOW).await.unwrap();
    assert!(matches!(who.groups, Groups::Unknown { reason: GroupsUnknown::NotRequested, .. }));
    assert_eq!(p.count("graph"), 0);
}

// Attack case 32.
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
    let who = sign_in(&client, &idp, &secret(SECRET), &callback(), NOW).await.unwrap();
    assert_eq!(who.key.subject, OID);
}

#[tokio::test]
async fn contexts_session_refresh_token_and_clock_are_handed_on() {
    let p = Provider::start().await;
    p.tokens(p.claims_with(json!({"acrs": ["c2"], "acct": 1, "sid": "s-1"})));
    let who = p.sign_in(&client()).await.unwrap();
    assert_eq!((who.contexts, who.sid.as_deref(), who.membership), (vec!["c2".to_owned()], Some("s-1"), Membership::Guest));
    assert!(who.refresh_token.is_some_and(|token| token.expose() == "1.AXk"));
    // The provider of the test tells the machine's time, the sign-in another.
    assert!(who.skew_secs.is_some_and(|secs| secs != 0));
}

#[tokio::test]
async fn a_second_secret_is_tried_when_the_first_is_refused_and_remembered() {
    let p = Provider::start().await;
    let good = p.id_token_answer();
    p.answer("token", move |seen| match seen.form.get("client_secret").map(String::as_str) {
        Some("second") => Reply::Json(200, good.clone()),
        _ => {
            Reply::Json(401, json!({"error": "invalid_client", "error_description": "AADSTS7000222: expired", "error_codes": [7_000_222]}))
        }
    });
    let client = client();
    let both = ClientCredentials { secret: Some(Secret::new(SECRET)), second_secret: Some(Secret::new("second")), private_key: None };
    sign_in(&client, &p.settings(), &both, &callback(), NOW).await.unwrap();
    assert_eq!(p.count("token"), 2);
    sign_in(&client, &p.settings(), &both, &callback(), NOW).await.unwrap();
    assert_eq!(p.count("token"), 3, "the secret that works is tried first");
    let spent = ClientCredentials { second_secret: Some(Secret::new("third")), ..both };
    let error = sign_in(&client, &p.settings(), &spent, &callback(), NOW).await.unwrap_err();
    assert!(error.to_string().contains("AADSTS7000222"), "{error}");
    let none = ClientCredentials::default();
    let error = sign_in(&client, &p.settings(), &none, &callback(), NOW).await.unwrap_err();
    assert!(error.to_string().contains("no client secret is stored"), "{error}");
    assert_eq!(p.count("token"), 5);
}
