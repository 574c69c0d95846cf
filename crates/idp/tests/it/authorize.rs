//! The authorize address.

use std::collections::HashMap;

use idp::{AuthorizeRequest, Client, Config, IdpError};
use model::idp::{EntraCloud, EntraSettings, IdpConfig, OidcSettings, Prompt};
use serde_json::json;

use crate::provider::{CALLBACK, CLIENT, TENANT};

fn settings() -> EntraSettings {
    EntraSettings {
        client_id: CLIENT.into(),
        directory_id: TENANT.parse().unwrap(),
        support_groups: false,
        conditional_access_enabled: false,
        email_claim_name: None,
        claims: vec![],
        prompt: None,
        pkce_enabled: false,
        cloud: None,
        own: model::idp::EntraOptions::default(),
    }
}

fn request() -> AuthorizeRequest<'static> {
    AuthorizeRequest {
        redirect_uri: CALLBACK,
        state: "s&1",
        nonce: "n-1",
        code_challenge: None,
        login_hint: None,
        prompt_override: None,
        contexts: &[],
    }
}

fn query(idp: &EntraSettings, request: &AuthorizeRequest<'_>) -> HashMap<String, String> {
    let client = Client::new(Config::default()).unwrap();
    let url = client.authorize_url(&IdpConfig::Entra(idp.clone()), request).unwrap();
    assert_eq!(
        url.as_str().split('?').next(),
        Some("https://login.microsoftonline.com/6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10/oauth2/v2.0/authorize")
    );
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let map: HashMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(map.len(), pairs.len(), "a parameter is there twice");
    map
}

#[test]
fn the_plain_request_asks_for_a_code_and_the_least_scopes() {
    let q = query(&settings(), &request());
    assert_eq!(q["client_id"], CLIENT);
    assert_eq!(q["response_type"], "code");
    assert_eq!(q["response_mode"], "query");
    assert_eq!(q["redirect_uri"], CALLBACK);
    assert_eq!(q["scope"], "openid profile email offline_access User.Read");
    assert_eq!((q["state"].as_str(), q["nonce"].as_str()), ("s&1", "n-1"));
    for absent in ["prompt", "code_challenge", "code_challenge_method", "login_hint"] {
        assert!(!q.contains_key(absent), "{absent}");
    }
}

#[test]
fn groups_prompt_pkce_and_hint_are_sent_when_set() {
    let mut idp = settings();
    idp.support_groups = true;
    idp.prompt = Some(Prompt::SelectAccount);
    let mut wanted = request();
    wanted.code_challenge = Some("E9Mel");
    wanted.login_hint = Some("mara@harbourworks.example");
    let q = query(&idp, &wanted);
    assert!(q["scope"].ends_with("User.Read GroupMember.Read.All"));
    assert_eq!((q["code_challenge"].as_str(), q["code_challenge_method"].as_str()), ("E9Mel", "S256"));
    assert_eq!(q["login_hint"], "mara@harbourworks.example");
    assert!(!q.contains_key("prompt"), "no account picker for an account that is named");
    let nobody = AuthorizeRequest { login_hint: None, ..wanted };
    assert_eq!(query(&idp, &nobody)["prompt"], "select_account");
    wanted.prompt_override = Some(Prompt::SelectAccount);
    let q = query(&idp, &wanted);
    assert_eq!(q["prompt"], "select_account");
    assert!(!q.contains_key("login_hint"), "not together with the account picker");
    wanted.prompt_override = Some(Prompt::Login);
    let q = query(&idp, &wanted);
    assert_eq!((q["prompt"].as_str(), q["login_hint"].as_str()), ("login", "mara@harbourworks.example"));
}

#[test]
fn consent_stays_beside_what_one_request_asks_for() {
    let client = Client::new(Config::default()).unwrap();
    let mut idp: OidcSettings = serde_json::from_value(json!({
        "client_id": CLIENT, "auth_url": "https://id.harbourworks.example/authorize?tenant=harbour", "token_url": "", "certs_url": "",
        "scopes": ["offline_access"], "claims": [], "email_claim_name": null, "prompt": null, "pkce_enabled": false,
    }))
    .unwrap();
    for (prompt, once, sent) in [
        (None, None, None),
        (Some(Prompt::Consent), None, Some("consent")),
        (Some(Prompt::Consent), Some(Prompt::Consent), Some("consent")),
        (Some(Prompt::Consent), Some(Prompt::Login), Some("login consent")),
        (Some(Prompt::Consent), Some(Prompt::SelectAccount), Some("select_account consent")),
        (Some(Prompt::Consent), Some(Prompt::None), Some("none")),
        (Some(Prompt::Login), Some(Prompt::SelectAccount), Some("select_account")),
    ] {
        idp.prompt = prompt;
        let asked = AuthorizeRequest { prompt_override: once, ..request() };
        let url = client.authorize_url(&IdpConfig::Oidc(idp.clone()), &asked).unwrap();
        let q: HashMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(q.get("prompt").map(String::as_str), sent, "{prompt:?} {once:?}");
        assert_eq!((q["scope"].as_str(), q["tenant"].as_str()), ("openid offline_access", "harbour"));
    }
}

#[test]
fn a_cloud_that_is_no_origin_is_refused_instead_of_replaced() {
    let client = Client::new(Config::default()).unwrap();
    let mut idp = settings();
    idp.cloud = Some(EntraCloud { login_url: "http://login.example".into(), graph_url: "https://graph.example".into() });
    let error = client.authorize_url(&IdpConfig::Entra(idp), &request()).unwrap_err();
    assert!(matches!(error, IdpError::Cloud { member: "login_url", .. }));
}

#[test]
fn a_root_that_is_no_certificate_is_refused_by_its_number() {
    for pem in [&b"nonsense"[..], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let config = Config { extra_roots_pem: vec![pem.to_vec()], ..Config::default() };
        assert!(Client::new(config).is_err());
    }
}
