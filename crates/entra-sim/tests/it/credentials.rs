//! Owns the tests of how a client proves itself: certificates, tokens of other issuers, several secrets.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as Rsa, KeySize};
use axum::Json;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use entra_sim::directory::credential::KeyCredential;
use entra_sim::{Seed, TenantSource};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::world::{World, browser, payload, world, world_of};

/// A certificate with its key.
struct Pair {
    pem: String,
    der: Vec<u8>,
    key: EncodingKey,
}

impl Pair {
    fn new() -> Self {
        let rsa = Rsa::generate(KeySize::Rsa2048).unwrap();
        let pkcs8 = AsDer::<Pkcs8V1Der<'static>>::as_der(&rsa).unwrap();
        let der = rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8.as_ref().to_vec());
        let pair = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&der, &rcgen::PKCS_RSA_SHA256).unwrap();
        let made = rcgen::CertificateParams::new(vec!["team.localhost".into()]).unwrap().self_signed(&pair).unwrap();
        let key = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self { pem: made.pem(), der: made.der().to_vec(), key }
    }

    fn card(&self) -> KeyCredential {
        KeyCredential::read(self.pem.as_bytes()).unwrap()
    }

    fn jwks(&self, kid: &str) -> Value {
        let (_, certificate) = X509Certificate::from_der(&self.der).unwrap();
        let Ok(PublicKey::RSA(rsa)) = certificate.public_key().parsed() else { panic!("no RSA key") };
        let modulus = rsa.modulus.strip_prefix(&[0]).unwrap_or(rsa.modulus);
        json!({"keys": [{"kty": "RSA", "kid": kid, "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(rsa.exponent)}]})
    }

    /// Signs as a client with this certificate.
    fn assert(&self, algorithm: Algorithm, claims: &Value) -> String {
        let mut header = Header::new(algorithm);
        match algorithm {
            Algorithm::PS256 => header.x5t_s256 = Some(self.card().sha256()),
            // Padded, as Microsoft's library for Python writes it.
            _ => header.x5t = Some(format!("{}=", self.card().sha1())),
        }
        encode(&header, claims, &self.key).unwrap()
    }

    /// The same as MSAL for Python writes it: the thumbprint is padded, times have fractions.
    fn assert_as_msal(&self, claims: &Value) -> String {
        let mut claims = claims.clone();
        for name in ["iat", "nbf", "exp"] {
            claims[name] = json!(claims[name].as_f64().unwrap() + 0.25);
        }
        let header = Header { x5t_s256: Some(format!("{}=", self.card().sha256())), ..Header::new(Algorithm::PS256) };
        encode(&header, &claims, &self.key).unwrap()
    }
}

fn claims(world: &World, changes: Value) -> Value {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let id = world.sim.admin_app().unwrap().client_id.to_string();
    let mut claims = json!({
        "aud": format!("{}/oauth2/v2.0/token", world.sim.authority()),
        "iss": id, "sub": id, "jti": uuid::Uuid::new_v4(), "nbf": now, "iat": now, "exp": now + 600,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name.as_str()] = value.clone();
    }
    claims
}

async fn ask(world: &World, assertion: &str) -> (u16, Value) {
    let id = world.sim.admin_app().unwrap().client_id.to_string();
    let (status, body) = world
        .token(&[
            ("grant_type", "client_credentials"),
            ("client_id", &id),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
            ("scope", "https://graph.microsoft.com/.default"),
        ])
        .await;
    (status.as_u16(), body)
}

async fn refused(world: &World, assertion: &str, code: u64) {
    let (status, body) = ask(world, assertion).await;
    assert_eq!((status, &body["error"], &body["error_codes"][0]), (401, &json!("invalid_client"), &json!(code)), "{body}");
}

async fn application(world: &World, token: &str) -> String {
    let id = world.sim.admin_app().unwrap().object_id;
    world.get(token, &format!("/applications/{id}")).await;
    format!("/applications/{id}")
}

#[tokio::test]
async fn a_registered_certificate_proves_the_client_in_both_algorithms() {
    let world = world().await;
    let admin = world.admin().await;
    let path = application(&world, &admin).await;
    let pair = Pair::new();
    refused(&world, &pair.assert(Algorithm::PS256, &claims(&world, json!({}))), 700_027).await;
    let key = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(&pair.der), "displayName": "CN=doorward"});
    world.write(&admin, Method::PATCH, &path, json!({"keyCredentials": [key]})).await;
    let shown = world.get(&admin, &path).await["keyCredentials"][0].clone();
    assert_eq!((&shown["key"], &shown["displayName"]), (&Value::Null, &json!("CN=doorward")));
    for algorithm in [Algorithm::PS256, Algorithm::RS256] {
        let (status, body) = ask(&world, &pair.assert(algorithm, &claims(&world, json!({})))).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(payload(body["access_token"].as_str().unwrap())["appidacr"], "2");
    }
    assert_eq!(ask(&world, &pair.assert_as_msal(&claims(&world, json!({})))).await.0, 200);
    let base = &world.sim.base;
    let fraction = claims(&world, json!({"exp": OffsetDateTime::now_utc().unix_timestamp() as f64 + 300.5, "nbf": null}));
    assert_eq!(ask(&world, &pair.assert(Algorithm::PS256, &fraction)).await.0, 200, "dates may have a fraction");
    for aud in [format!("{}/v2.0", world.sim.authority()), format!("{base}/harbourworks.example/oauth2/v2.0/token")] {
        assert_eq!(ask(&world, &pair.assert(Algorithm::PS256, &claims(&world, json!({"aud": aud})))).await.0, 200);
    }
    world.write(&admin, Method::PATCH, &path, json!({"keyCredentials": [{"keyId": shown["keyId"]}]})).await;
    assert_eq!(
        ask(&world, &pair.assert(Algorithm::PS256, &claims(&world, json!({})))).await.0,
        200,
        "an entry without key keeps the certificate"
    );
    world.write(&admin, Method::PATCH, &path, json!({"keyCredentials": []})).await;
    refused(&world, &pair.assert(Algorithm::PS256, &claims(&world, json!({}))), 700_027).await;
    let junk = json!({"keyCredentials": [{"type": "AsymmetricX509Cert", "usage": "Verify", "key": "bm90IGEgY2VydA=="}]});
    assert_eq!(world.refused(&admin, Method::PATCH, &path, Some(junk)).await.0, 400);
}

#[tokio::test]
async fn an_assertion_is_refused_for_each_thing_that_can_be_wrong_with_it() {
    let pair = Pair::new();
    let tenant = json!({
        "tenant": {"domain": "pier.example", "displayName": "Pier"},
        "apps": [{"name": "doorward"}, {"name": "harbour-admin", "certificates": [pair.pem], "application": ["User.Read.All"]}],
    });
    let world = world_of(Seed { tenant: TenantSource::Json(tenant.to_string()), ..Seed::default() }).await;
    assert_eq!(ask(&world, &pair.assert(Algorithm::PS256, &claims(&world, json!({})))).await.0, 200);
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let table = [
        (json!({"exp": now - 400}), 700_024),
        (json!({"nbf": now + 400}), 700_024),
        (json!({"exp": null}), 700_024),
        (json!({"aud": "https://login.microsoftonline.com/common/oauth2/v2.0/token"}), 700_023),
        (json!({"iss": world.app.client_id}), 700_021),
        (json!({"sub": "somebody"}), 700_021),
    ];
    for (changes, code) in table {
        refused(&world, &pair.assert(Algorithm::PS256, &claims(&world, changes)), code).await;
    }
    let good = pair.assert(Algorithm::PS256, &claims(&world, json!({})));
    let (head, _) = good.rsplit_once('.').unwrap();
    let stranger = Pair::new().assert(Algorithm::PS256, &claims(&world, json!({})));
    refused(&world, &stranger, 700_027).await;
    refused(&world, &format!("{head}.{}", stranger.rsplit_once('.').unwrap().1), 700_027).await;
    refused(&world, "a.b", 50_027).await;
    refused(&world, &encode(&Header::new(Algorithm::HS256), &json!({}), &EncodingKey::from_secret(b"x")).unwrap(), 50_027).await;
}

#[tokio::test]
async fn an_assertion_counts_twice_as_client_libraries_expect_until_a_switch_says_otherwise() {
    let pair = Pair::new();
    let world = world().await;
    let admin = world.admin().await;
    let path = application(&world, &admin).await;
    let key = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(&pair.pem)});
    world.write(&admin, Method::PATCH, &path, json!({"keyCredentials": [key]})).await;
    let one = pair.assert(Algorithm::PS256, &claims(&world, json!({})));
    for _ in 0..2 {
        assert_eq!(ask(&world, &one).await.0, 200);
    }
    let url = format!("{}/sim/assertions", world.sim.base);
    assert_eq!(browser().put(url).json(&json!({"replay": "refuse"})).send().await.unwrap().status(), 204);
    assert_eq!(ask(&world, &one).await.0, 200);
    refused(&world, &one, 50_013).await;
}

#[tokio::test]
async fn the_token_of_another_issuer_stands_for_the_client_when_issuer_subject_and_audience_fit() {
    let issuer_pair = Pair::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let (document, keys) = (json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")}), issuer_pair.jwks("k1"));
    let routes = axum::Router::new()
        .route("/.well-known/openid-configuration", get(move || async move { Json(document) }))
        .route("/keys", get(move || async move { Json(keys) }));
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
    let world = world().await;
    let admin = world.admin().await;
    let path = application(&world, &admin).await;
    let sign = |changes: Value| {
        let mut body = claims(&world, json!({"iss": issuer, "sub": "repo:doorward", "aud": "api://AzureADTokenExchange"}));
        for (name, value) in changes.as_object().unwrap() {
            body[name.as_str()] = value.clone();
        }
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some("k1".into());
        encode(&header, &body, &issuer_pair.key).unwrap()
    };
    refused(&world, &sign(json!({})), 70_025).await;
    let under = format!("{path}/federatedIdentityCredentials");
    let wish = json!({"name": "ci", "issuer": issuer, "subject": "repo:doorward", "audiences": ["api://AzureADTokenExchange"]});
    let made = world.write(&admin, Method::POST, &under, wish.clone()).await;
    assert_eq!(world.refused(&admin, Method::POST, &under, Some(wish)).await.0, 409);
    let (status, body) = ask(&world, &sign(json!({}))).await;
    assert_eq!(status, 200, "{body}");
    refused(&world, &sign(json!({"sub": "repo:other"})), 700_213).await;
    refused(&world, &sign(json!({"iss": "http://127.0.0.1:1"})), 700_211).await;
    refused(&world, &sign(json!({"aud": "api://other"})), 700_212).await;
    refused(&world, &sign(json!({"exp": 1})), 700_024).await;
    let elsewhere = json!({"name": "far", "issuer": "https://token.example", "subject": "x"});
    world.write(&admin, Method::POST, &under, elsewhere).await;
    refused(&world, &sign(json!({"iss": "https://token.example", "sub": "x"})), 50_166).await;
    let listed = world.get(&admin, &under).await;
    assert_eq!(listed["value"].as_array().unwrap().len(), 2);
    world.write(&admin, Method::DELETE, &format!("{under}/{}", made["id"].as_str().unwrap()), Value::Null).await;
    refused(&world, &sign(json!({})), 700_211).await;
    serving.abort();
}

#[tokio::test]
async fn keys_of_an_issuer_can_stand_in_the_tenant_file() {
    let pair = Pair::new();
    let credential = json!({"name": "ci", "issuer": "https://token.example", "subject": "job", "jwks": pair.jwks("k9")});
    let tenant = json!({
        "tenant": {"domain": "pier.example", "displayName": "Pier"},
        "apps": [{"name": "doorward"}, {"name": "harbour-admin", "federatedIdentityCredentials": [credential]}],
    });
    let world = world_of(Seed { tenant: TenantSource::Json(tenant.to_string()), ..Seed::default() }).await;
    let body = claims(&world, json!({"iss": "https://token.example", "sub": "job", "aud": "api://AzureADTokenExchange"}));
    let header = |kid: &str| Header { kid: Some(kid.into()), ..Header::new(Algorithm::RS256) };
    assert_eq!(ask(&world, &encode(&header("k9"), &body, &pair.key).unwrap()).await.0, 200);
    refused(&world, &encode(&header("k8"), &body, &pair.key).unwrap(), 700_027).await;
    refused(&world, &encode(&header("k9"), &body, &Pair::new().key).unwrap(), 700_027).await;
}

async fn by_secret(world: &World, secret: &str) -> (u16, Value) {
    let id = world.sim.admin_app().unwrap().client_id.to_string();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id.as_str()),
        ("client_secret", secret),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let (status, body) = world.token(&form).await;
    (status.as_u16(), body)
}

#[tokio::test]
async fn of_several_secrets_each_works_by_its_value_until_it_ends_or_is_removed() {
    let world = world().await;
    let admin = world.admin().await;
    let path = application(&world, &admin).await;
    let first = world.sim.admin_app().unwrap().client_secret;
    let wish = json!({"passwordCredential": {"displayName": "second"}});
    let second = world.write(&admin, Method::POST, &format!("{path}/addPassword"), wish).await;
    let (value, id) = (second["secretText"].as_str().unwrap(), second["keyId"].as_str().unwrap());
    assert_eq!(second["hint"], value[..3]);
    assert_eq!(by_secret(&world, &first).await.0, 200);
    assert_eq!(by_secret(&world, value).await.0, 200);
    let shown = world.get(&admin, &path).await["passwordCredentials"].clone();
    assert!(shown.as_array().unwrap().iter().all(|one| one["secretText"].is_null()));
    let (status, body) = by_secret(&world, id).await;
    assert_eq!((status, &body["error_codes"][0]), (401, &json!(7_000_215)));
    assert!(body["error_description"].as_str().unwrap().contains("is the client secret value, not the client secret ID"));
    world.write(&admin, Method::POST, &format!("{path}/removePassword"), json!({"keyId": id})).await;
    assert_eq!(by_secret(&world, value).await.1["error_codes"][0], 7_000_215);
    assert_eq!(by_secret(&world, &first).await.0, 200);
    for (from, until, code) in
        [("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z", 7_000_222), ("2090-01-01T00:00:00Z", "2091-01-01T00:00:00Z", 7_000_215)]
    {
        let wish = json!({"passwordCredential": {"startDateTime": from, "endDateTime": until}});
        let made = world.write(&admin, Method::POST, &format!("{path}/addPassword"), wish).await;
        assert_eq!(made["endDateTime"], until);
        assert_eq!(by_secret(&world, made["secretText"].as_str().unwrap()).await.1["error_codes"][0], code);
    }
    let odd = json!({"passwordCredential": {"startDateTime": "2030-01-01T00:00:00Z", "endDateTime": "2029-01-01T00:00:00Z"}});
    assert_eq!(world.refused(&admin, Method::POST, &format!("{path}/addPassword"), Some(odd)).await.0, 400);
}

#[tokio::test]
async fn secrets_in_a_tenant_file_have_dates_and_a_public_client_may_send_none() {
    let secrets = json!([
        {"value": "old~secret", "endDateTime": "2021-01-01T00:00:00Z", "startDateTime": "2020-01-01T00:00:00Z"},
        {"value": "other~secret", "displayName": "rotation"},
    ]);
    let tenant = json!({
        "tenant": {"domain": "pier.example", "displayName": "Pier"},
        "apps": [{"name": "doorward"}, {"name": "harbour-admin", "secret": "first~secret", "secrets": secrets, "application": ["Application.ReadWrite.All"]}],
    });
    let world = world_of(Seed { tenant: TenantSource::Json(tenant.to_string()), ..Seed::default() }).await;
    assert_eq!(by_secret(&world, "first~secret").await.0, 200);
    assert_eq!(by_secret(&world, "other~secret").await.0, 200);
    assert_eq!(by_secret(&world, "old~secret").await.1["error_codes"][0], 7_000_222);
    let admin = world.admin().await;
    let path = format!("/applications/{}", world.sim.admin_app().unwrap().object_id);
    world.write(&admin, Method::PATCH, &path, json!({"isFallbackPublicClient": true})).await;
    assert_eq!(by_secret(&world, "first~secret").await.1["error_codes"][0], 700_025);
}
