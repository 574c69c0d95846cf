//! A provider that is not Entra, by the addresses of its settings.

use idp::{Callback, Client, Provider as At, RefreshError, SignInError, SignedIn};
use model::{
    Secret, Timestamp,
    identity::{EmailTrust, Groups, GroupsUnknown, SubjectKey},
    idp::{ClientCredentials, IdpConfig, OidcSettings},
};
use serde_json::{Value, json};

use crate::provider::{CLIENT, NOW, Provider, Reply, SECRET, TENANT, callback, client, hasty, secret, signing_keys};

fn settings(p: &Provider) -> OidcSettings {
    let mut settings: OidcSettings = serde_json::from_value(json!({
        "client_id": CLIENT, "auth_url": format!("{}/authorize", p.url), "token_url": format!("{}/{TENANT}/oauth2/v2.0/token", p.url),
        "certs_url": format!("{}/{TENANT}/discovery/v2.0/keys", p.url), "scopes": ["profile", "email"], "claims": ["dept"],
        "email_claim_name": null, "prompt": null, "pkce_enabled": true,
    }))
    .unwrap();
    settings.authoritative_domains = vec!["harbourworks.example".into()];
    settings.issuer = Some(p.url.clone());
    settings
}

async fn start() -> Provider {
    let p = Provider::start().await;
    p.tokens(claims(&p, json!({})));
    p
}

fn claims(p: &Provider, extra: Value) -> Value {
    let mut claims = json!({"iss": p.url, "aud": CLIENT, "sub": "mara", "iat": NOW, "exp": NOW + 300, "nonce": "n-1",
        "email": "mara@harbourworks.example", "email_verified": true, "name": "Mara Lindqvist", "dept": "dock"});
    for (name, value) in extra.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

async fn sign_in(p: &Provider, client: &Client, settings: &OidcSettings) -> Result<SignedIn, SignInError> {
    at(client, settings, &secret(SECRET), NOW, p).await
}

async fn at(
    client: &Client,
    settings: &OidcSettings,
    credentials: &ClientCredentials,
    now: i64,
    _: &Provider,
) -> Result<SignedIn, SignInError> {
    let config = IdpConfig::Oidc(settings.clone());
    client.sign_in(At { config: &config, credentials }, &callback(), Timestamp::from_secs(now)).await
}

#[tokio::test]
async fn a_person_is_keyed_by_issuer_and_subject() {
    let p = start().await;
    let who = sign_in(&p, &client(), &settings(&p)).await.unwrap();
    assert_eq!(who.key, SubjectKey { issuer: p.url.clone(), subject: "mara".into() });
    assert_eq!((who.email.as_str(), who.email_trust), ("mara@harbourworks.example", EmailTrust::AuthoritativeProvider));
    assert!(matches!(who.groups, Groups::Unknown { reason: GroupsUnknown::NotRequested, .. }));
    assert_eq!(who.claims.get("dept"), Some(&json!("dock")));
    p.seen("token", |seen| {
        assert!(seen[0].headers["authorization"].to_str().unwrap().starts_with("Basic "));
        assert!(seen[0].form.contains_key("code_verifier") && !seen[0].form.contains_key("client_secret"));
    });
}

#[tokio::test]
async fn a_provider_that_wants_the_secret_in_the_body_gets_it_and_is_remembered() {
    let p = start().await;
    let good = json!({"id_token": signing_keys().0.sign("k1", &claims(&p, json!({}))).unwrap()});
    p.answer("token", move |seen| {
        if seen.form.contains_key("client_secret") {
            Reply::Json(200, good.clone())
        } else {
            Reply::Json(401, json!({"error": "invalid_client"}))
        }
    });
    let client = client();
    for asked in [2, 3] {
        sign_in(&p, &client, &settings(&p)).await.unwrap();
        assert_eq!(p.count("token"), asked);
    }
}

// Attack cases 29 and 36.
#[tokio::test]
async fn tokens_of_others_are_a_mismatch() {
    let p = start().await;
    let client = client();
    for extra in [
        json!({"iss": "https://evil.test"}),
        json!({"aud": "another"}),
        json!({"aud": [CLIENT, "another"]}),
        json!({"azp": "another"}),
        json!({"nonce": "another"}),
        json!({"exp": NOW - 61}),
        json!({"iat": NOW + 61}),
    ] {
        p.tokens(claims(&p, extra.clone()));
        assert_eq!(sign_in(&p, &client, &settings(&p)).await.unwrap_err().kind(), "mismatch", "{extra}");
    }
}

// Attack case 28: a code of one provider is not shown to another.
#[tokio::test]
async fn the_answer_of_another_issuer_is_refused_before_its_code_is_redeemed() {
    let p = start().await;
    let client = client();
    let any_of_the_host = OidcSettings { issuer: None, ..settings(&p) };
    let (config, credentials) = (IdpConfig::Oidc(any_of_the_host), secret(SECRET));
    let provider = At { config: &config, credentials: &credentials };
    let own = p.url.clone();
    for (issuer, redeemed, good) in
        [("https://other.example", 0, false), ("", 0, false), (&format!("{own}/realm"), 1, false), (&own, 2, true)]
    {
        let back = Callback { issuer: Some(issuer), ..callback() };
        let came = client.sign_in(provider, &back, Timestamp::from_secs(NOW)).await;
        assert_eq!(came.map_err(|error| error.kind()).err(), (!good).then_some("mismatch"), "{issuer}");
        assert_eq!(p.count("token"), redeemed, "{issuer}");
    }
}

#[tokio::test]
async fn credentials_in_an_address_are_not_shown() {
    let p = start().await;
    for address in ["https://door:hunter2@id.harbourworks.example/token", "https://door:hun@ter2@[/"] {
        let mut settings = settings(&p);
        settings.token_url = address.into();
        let error = sign_in(&p, &client(), &settings).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("token_url") && !shown.contains("hunter2") && !shown.contains("door:"), "{shown}");
    }
}

// Attack case 31.
#[tokio::test]
async fn a_flood_of_unknown_key_ids_causes_one_fetch_per_five_minutes() {
    let p = start().await;
    let client = client();
    sign_in(&p, &client, &settings(&p)).await.unwrap();
    for n in 0..20 {
        p.raw_token(signing_keys().0.sign(&format!("unknown-{n}"), &claims(&p, json!({}))).unwrap());
        let error = at(&client, &settings(&p), &secret(SECRET), NOW + 30, &p).await.unwrap_err();
        assert_eq!(error.kind(), "nonsense");
    }
    assert_eq!(p.count("keys"), 2);
    // The last good keys stay while the provider fails.
    p.answer("keys", |_| Reply::Text(500, String::new()));
    p.tokens(claims(&p, json!({"iat": NOW + 7200, "exp": NOW + 7500})));
    at(&client, &settings(&p), &secret(SECRET), NOW + 7200, &p).await.unwrap();
}

// Attack case 31, and hostile answers.
#[tokio::test]
async fn hostile_answers_are_bounded_and_refused() {
    let huge = "x".repeat(1_100_000);
    for (place, reply) in [
        ("token", Reply::Text(200, huge.clone())),
        ("token", Reply::Text(200, "<html>".into())),
        ("token", Reply::Text(200, r#"{"id_token":"a","id_token":"b"}"#.into())),
        ("token", Reply::With(307, "location", "http://169.254.169.254/".into(), json!({}))),
        ("keys", Reply::Text(200, huge)),
        ("keys", Reply::Text(200, r#"{"keys":[]}"#.into())),
        ("keys", Reply::Text(200, r#"{"keys":[],"keys":[]}"#.into())),
        ("keys", Reply::With(302, "location", "http://169.254.169.254/".into(), json!({}))),
    ] {
        let p = start().await;
        let reply = parking_lot::Mutex::new(Some(reply));
        p.answer(place, move |_| reply.lock().take().unwrap_or(Reply::Text(500, String::new())));
        assert_eq!(sign_in(&p, &client(), &settings(&p)).await.unwrap_err().kind(), "nonsense", "{place}");
    }
    let p = start().await;
    p.answer("keys", |_| Reply::Hang);
    assert_eq!(sign_in(&p, &hasty(), &settings(&p)).await.unwrap_err().kind(), "down");
}

#[tokio::test]
async fn addresses_inside_are_refused_before_anything_is_sent() {
    let p = start().await;
    for (token_url, error) in [
        ("https://169.254.169.254/token", "private_address"),
        ("https://10.0.0.7/token", "private_address"),
        ("http://id.harbourworks.example/token", "provider_settings"),
        ("file:///etc/passwd", "provider_settings"),
        ("https://u:p@id.harbourworks.example/token", "provider_settings"),
    ] {
        let mut settings = settings(&p);
        settings.token_url = token_url.into();
        let Err(SignInError::Refused(refusal)) = sign_in(&p, &client(), &settings).await else { panic!("{token_url}") };
        assert_eq!(refusal.error, error, "{token_url}");
    }
    assert_eq!(p.count("token"), 0);
}

#[tokio::test]
async fn a_refresh_tells_whether_the_person_is_still_welcome() {
    let p = start().await;
    let (config, credentials) = (IdpConfig::Oidc(settings(&p)), secret(SECRET));
    let mara = SubjectKey { issuer: p.url.clone(), subject: "mara".into() };
    let client = client();
    let refresh = async || {
        let provider = At { config: &config, credentials: &credentials };
        client.refresh(provider, &mara, &Secret::new("old"), Timestamp::from_secs(NOW)).await
    };
    assert!(refresh().await.unwrap().refresh_token.is_some());
    p.answer("token", |_| Reply::Json(200, json!({"access_token": "x"})));
    assert_eq!(refresh().await.unwrap().refresh_token, None);
    p.tokens(claims(&p, json!({"sub": "ilo"})));
    assert!(matches!(refresh().await, Err(RefreshError::Revoked(r)) if r.error == "another_person"));
    for (status, error, revoked) in [
        (400, "invalid_grant", true),
        (401, "invalid_client", false),
        (400, "temporarily_unavailable", false),
        (429, "invalid_grant", false),
    ] {
        p.answer("token", move |_| Reply::Json(status, json!({ "error": error })));
        assert_eq!(matches!(refresh().await, Err(RefreshError::Revoked(_))), revoked, "{error}");
    }
}
