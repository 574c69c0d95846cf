//! Answers that are wrong, foreign, slow, huge or nonsense.

use std::time::{Duration, Instant};

use idp::{Callback, Remedy, SignInError};
use model::identity::{Groups, GroupsUnknown};
use serde_json::{Value, json};

use crate::provider::{FOREIGN, NOW, Provider, Reply, SECRET, TENANT, callback, client, hasty, secret, sign_in, signing_keys};

fn oauth(error: &str, code: u32) -> Value {
    json!({"error": error, "error_description": format!("AADSTS{code}: Text <b>of</b> the provider.\r\nTrace ID: 5b1e"),
        "error_codes": [code], "trace_id": "5b1e", "correlation_id": "0d7c"})
}

// Attack cases 29 and 36.
#[tokio::test]
async fn tokens_for_somebody_else_are_a_mismatch() {
    let p = Provider::start().await;
    let client = client();
    for extra in [
        json!({"aud": FOREIGN}),
        json!({"iss": format!("{}/{FOREIGN}/v2.0", p.url)}),
        json!({"tid": FOREIGN}),
        json!({"tid": FOREIGN, "iss": format!("{}/{FOREIGN}/v2.0", p.url)}),
        json!({"nonce": "another"}),
        json!({"azp": FOREIGN}),
        json!({"ver": "1.0", "iss": format!("https://sts.windows.net/{TENANT}/")}),
        json!({"exp": NOW - 301}),
        json!({"nbf": NOW + 301}),
    ] {
        p.tokens(p.claims_with(extra.clone()));
        let error = p.sign_in(&client).await.unwrap_err();
        assert_eq!(error.kind(), "mismatch", "{extra}: {error}");
    }
}

// Attack case 28: a code of one provider is not shown to another.
#[tokio::test]
async fn the_answer_of_another_issuer_is_refused_before_its_code_is_redeemed() {
    let p = Provider::start().await;
    let client = client();
    let (own, foreign) = (p.issuer(), format!("{}/{FOREIGN}/v2.0", p.url));
    for (issuer, good) in [("https://other.example", false), (foreign.as_str(), false), ("", false), (own.as_str(), true)] {
        let back = Callback { issuer: Some(issuer), ..callback() };
        let came = sign_in(&client, &p.settings(), &secret(SECRET), &back, NOW).await;
        assert_eq!(came.map_err(|error| error.kind()).err(), (!good).then_some("mismatch"), "{issuer}");
        assert_eq!(p.count("token"), usize::from(good), "{issuer}");
    }
}

// Attack case 30; each of its forms is tried in the tests of the crate oidc.
#[tokio::test]
async fn tokens_that_the_provider_did_not_sign_are_nonsense() {
    let p = Provider::start().await;
    let client = client();
    let (key, other) = signing_keys();
    let good = key.sign("k1", &p.claims()).unwrap();
    let payload = good.split('.').nth(1).unwrap();
    for token in [
        other.sign("k1", &p.claims()).unwrap(),
        // {"alg":"none","kid":"k1"} and {"alg":"HS256","kid":"k1"}
        format!("eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.{payload}."),
        format!("eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.{payload}.AAAA"),
        String::new(),
        "x".repeat(100_000),
        "a.b.c".into(),
    ] {
        p.raw_token(token.clone());
        let error = p.sign_in(&client).await.unwrap_err();
        assert_eq!(error.kind(), "nonsense", "{error}");
    }
}

// Attack case 37.
#[tokio::test]
async fn refusals_are_diagnosed_without_the_providers_words() {
    let p = Provider::start().await;
    let client = client();
    for (status, error, code, remedy, word) in [
        (401, "invalid_client", 7_000_215, Remedy::Administrator, "client secret"),
        (401, "invalid_client", 7_000_222, Remedy::Administrator, "expired"),
        (400, "invalid_grant", 54_005, Remedy::SignInAgain, "already used"),
        (400, "invalid_grant", 501_481, Remedy::Administrator, "PKCE"),
        (400, "invalid_request", 90_002, Remedy::Administrator, "directory ID"),
    ] {
        let body = oauth(error, code);
        p.answer("token", move |_| Reply::Json(status, body.clone()));
        let Err(SignInError::Refused(refusal)) = p.sign_in(&client).await else {
            panic!("{code} is a refusal");
        };
        assert_eq!((refusal.code, refusal.remedy), (Some(code), remedy));
        assert!(refusal.cause.contains(word), "{code}: {}", refusal.cause);
        assert!(!refusal.cause.contains("<b>") && !refusal.fix.contains("<b>"));
        assert!(refusal.detail.contains("Trace ID"));
    }
}

#[tokio::test]
async fn a_pasted_secret_id_is_named_as_the_cause() {
    let p = Provider::start().await;
    p.answer("token", |_| Reply::Json(401, oauth("invalid_client", 7_000_215)));
    let secret_id = secret("0b5a0f66-2c1d-4d51-9a0e-77a1a3f0c9d2");
    let error = sign_in(&client(), &p.settings(), &secret_id, &callback(), NOW).await.unwrap_err();
    assert!(error.to_string().contains("Secret ID"), "{error}");
    assert!(!format!("{error} {error:?}").contains("0b5a0f66"));
}

#[tokio::test]
async fn broken_answers_of_the_token_endpoint_are_down_or_nonsense() {
    let p = Provider::start().await;
    let client = client();
    let huge = "x".repeat(300_000);
    for (status, body, kind) in [
        (500, "<html>", "down"),
        (503, r#"{"error":"x"}"#, "down"),
        (429, "", "down"),
        (400, r#"{"error":"temporarily_unavailable"}"#, "down"),
        (400, r#"{"error":"invalid_request","error_codes":[90033]}"#, "down"),
        (400, "<html>no JSON</html>", "nonsense"),
        (404, "", "nonsense"),
        (400, "{}", "nonsense"),
        (302, "", "nonsense"),
        (200, "", "nonsense"),
        (200, "{}", "nonsense"),
        (200, r#"{"id_token":7}"#, "nonsense"),
        (200, huge.as_str(), "nonsense"),
    ] {
        let sent = body.to_owned();
        p.answer("token", move |_| Reply::Text(status, sent.clone()));
        let error = p.sign_in(&client).await.unwrap_err();
        let start: String = body.chars().take(30).collect();
        assert_eq!(error.kind(), kind, "{status} {start}: {error}");
        assert!(error.to_string().len() < 400);
    }
}

// Attack case 31.
#[tokio::test]
async fn redirects_are_not_followed() {
    let p = Provider::start().await;
    let thief = Provider::start().await;
    for place in ["token", "keys", "discovery"] {
        let p = if place == "token" { p.clone() } else { Provider::start().await };
        let to = format!("{}/elsewhere", thief.url);
        p.answer(place, move |_| Reply::With(307, "location", to.clone(), json!({})));
        let error = p.sign_in(&client()).await.unwrap_err();
        assert_eq!(error.kind(), "nonsense", "{place}: {error}");
    }
    assert_eq!(thief.count("elsewhere"), 0);
}

// Attack case 31.
#[tokio::test]
async fn odd_discovery_documents_and_key_sets_are_nonsense() {
    let good = |p: &Provider| {
        json!({"issuer": p.issuer(), "authorization_endpoint": format!("{}/a", p.url),
            "token_endpoint": format!("{}/t", p.url), "jwks_uri": format!("{}/{TENANT}/discovery/v2.0/keys", p.url)})
    };
    for (member, value) in [
        ("jwks_uri", json!("http://169.254.169.254/keys")),
        ("jwks_uri", json!("file:///etc/passwd")),
        ("jwks_uri", json!("https://keys.example/keys")),
        ("issuer", json!("https://login.example/other/v2.0")),
        ("issuer", json!(null)),
    ] {
        let p = Provider::start().await;
        let mut document = good(&p);
        document[member] = value.clone();
        p.answer("discovery", move |_| Reply::Json(200, document.clone()));
        let error = p.sign_in(&client()).await.unwrap_err();
        assert_eq!(error.kind(), "nonsense", "{value}: {error}");
        assert_eq!(p.count("keys"), 0);
    }
    for body in ["", "{}", r#"{"keys":[]}"#, "<html>", &"x".repeat(1_100_000)] {
        let p = Provider::start().await;
        let sent = body.to_owned();
        p.answer("keys", move |_| Reply::Text(200, sent.clone()));
        assert_eq!(p.sign_in(&client()).await.unwrap_err().kind(), "nonsense");
    }
}

#[tokio::test]
async fn an_unknown_directory_is_diagnosed_from_the_discovery_answer() {
    let p = Provider::start().await;
    p.answer("discovery", |_| Reply::Json(400, oauth("invalid_tenant", 90_002)));
    let error = p.sign_in(&client()).await.unwrap_err();
    assert!(error.to_string().contains("AADSTS90002"), "{error}");
}

// Attack case 31.
#[tokio::test]
async fn nothing_hangs_longer_than_the_deadline() {
    for place in ["token", "keys", "discovery"] {
        let p = Provider::start().await;
        p.answer(place, |_| Reply::Hang);
        let begun = Instant::now();
        let error = p.sign_in(&hasty()).await.unwrap_err();
        assert_eq!(error.kind(), "down", "{place}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(4), "{place}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_closed_port_is_down() {
    let p = Provider::start().await;
    // Taken, so that nobody else gets it, and listening to nobody.
    let closed = tokio::net::TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let mut idp = p.settings();
    idp.cloud.as_mut().unwrap().login_url = format!("http://{}", closed.local_addr().unwrap());
    let error = sign_in(&client(), &idp, &secret(SECRET), &callback(), NOW).await.unwrap_err();
    assert_eq!(error.kind(), "down", "{error}");
}

// Attack case 31: another kind of answer, whatever it reads as.
#[tokio::test]
async fn answers_that_declare_themselves_to_be_no_json_are_refused_by_name() {
    for place in ["token", "discovery", "keys"] {
        let p = Provider::start().await;
        let good = match place {
            "token" => p.id_token_answer(),
            "keys" => json!({"keys": [{"kty": "RSA", "kid": "k1", "n": signing_keys().0.modulus_exponent().0, "e": "AQAB"}]}),
            _ => json!({"issuer": p.issuer(), "authorization_endpoint": format!("{}/a", p.url), "token_endpoint": format!("{}/t", p.url),
                "jwks_uri": format!("{}/{TENANT}/discovery/v2.0/keys", p.url)}),
        };
        let kind = std::sync::Arc::new(parking_lot::Mutex::new("text/plain"));
        let declared = kind.clone();
        p.answer(place, move |_| Reply::With(200, "content-type", (*declared.lock()).into(), good.clone()));
        let error = p.sign_in(&client()).await.unwrap_err();
        assert_eq!(error.kind(), "nonsense", "{place}: {error}");
        assert!(error.to_string().contains("Content-Type \"text/plain\"; expected application/json"), "{place}: {error}");
        *kind.lock() = "application/json; charset=utf-8";
        assert!(p.sign_in(&client()).await.is_ok(), "{place}");
    }
    let p = Provider::start().await;
    p.answer("graph", |_| Reply::With(200, "content-type", "text/html".into(), json!({"value": []})));
    let groups = p.sign_in(&client()).await.unwrap().groups;
    assert!(matches!(groups, Groups::Unknown { reason: GroupsUnknown::GraphFailed, .. }));
}
