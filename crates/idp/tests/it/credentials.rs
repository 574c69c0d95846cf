//! What the application shows to the token endpoint besides secrets.

use idp::Client;
use model::{
    Secret,
    idp::{ClientAuthentication, ClientCredentials, EntraSettings},
};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::Value;

use crate::provider::{CLIENT, NOW, Provider, callback, client, config, secret, sign_in};

fn json(part: &str) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn settings(p: &Provider, method: ClientAuthentication) -> EntraSettings {
    let mut idp = p.settings();
    idp.own.client_authentication = method;
    idp
}

#[tokio::test]
async fn a_certificate_signs_an_assertion_for_each_question() {
    let p = Provider::start().await;
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let certificate_pem = CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap().pem();
    let credentials = ClientCredentials { private_key: Some(Secret::new(key.serialize_pem())), ..ClientCredentials::default() };
    let facts = idp::check_certificate(&certificate_pem, credentials.private_key.as_ref().unwrap()).unwrap();
    let idp = settings(&p, ClientAuthentication::Certificate { certificate_pem });
    for _ in 0..2 {
        sign_in(&client(), &idp, &credentials, &callback(), NOW).await.unwrap();
    }
    p.seen("token", |seen| {
        let said = |n: usize| {
            let form = &seen[n].form;
            assert!(!form.contains_key("client_secret"));
            assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            let parts: Vec<&str> = form["client_assertion"].split('.').collect();
            (json(parts[0]), json(parts[1]))
        };
        let (header, claims) = said(0);
        assert_eq!((&header["alg"], &header["x5t#S256"]), (&"PS256".into(), &facts.thumbprint_s256.as_str().into()));
        assert_eq!((&claims["iss"], &claims["sub"]), (&CLIENT.into(), &CLIENT.into()));
        assert!(claims["aud"].as_str().unwrap().ends_with("/oauth2/v2.0/token"));
        let lives = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert!((1..=600).contains(&lives));
        assert_ne!(claims["jti"], said(1).1["jti"], "each assertion is another");
    });
    let error = sign_in(&client(), &idp, &secret("x"), &callback(), NOW).await.unwrap_err();
    assert!(error.to_string().contains("no private key"), "{error}");
}

#[tokio::test]
async fn a_federated_token_is_read_anew_each_time_and_never_shown() {
    let p = Provider::start().await;
    let folder = std::env::temp_dir().join(format!("doorward-idp-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("workload");
    let mut config = config();
    config.federated_tokens = vec![("workload".into(), file.clone())];
    let idp = settings(&p, ClientAuthentication::Federated { token: "workload".into() });
    std::fs::write(&file, "aaaa.bbbb.cccc").unwrap();
    let stranger = Client::new(config.clone()).unwrap();
    let error = sign_in(&stranger, &idp, &ClientCredentials::default(), &callback(), NOW).await.unwrap_err();
    assert!(error.to_string().contains("not to http"), "only the API named this host: {error}");
    p.seen("token", |seen| assert!(seen.is_empty()));
    config.default_cloud = idp.cloud.clone().unwrap();
    let client = Client::new(config).unwrap();
    for token in ["aaaa.bbbb.cccc", "dddd.eeee.ffff"] {
        std::fs::write(&file, format!("{token}\n")).unwrap();
        sign_in(&client, &idp, &ClientCredentials::default(), &callback(), NOW).await.unwrap();
        p.seen("token", |seen| assert_eq!(seen.last().unwrap().form["client_assertion"], token));
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let error = sign_in(&client, &idp, &ClientCredentials::default(), &callback(), NOW).await.unwrap_err();
    assert!(error.to_string().contains("\"workload\"") && !error.to_string().contains("dddd"), "{error}");
}

#[tokio::test]
async fn people_of_the_listed_tenants_come_in_and_of_others_do_not() {
    use crate::provider::{FOREIGN, Reply};
    use model::{
        identity::EmailTrust,
        idp::{Authority, Tenants},
    };
    let p = Provider::start().await;
    let idp = {
        let mut idp = p.settings();
        idp.own.tenants = Some(Tenants { authority: Authority::Organizations, allowed: vec![FOREIGN.parse().unwrap()] });
        idp
    };
    let base = format!("{}/organizations", p.url);
    let issuer = format!("{}/{{tenantid}}/v2.0", p.url);
    let document = serde_json::json!({"issuer": issuer, "authorization_endpoint": format!("{base}/a"), "token_endpoint": format!("{base}/t"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys")});
    p.answer("discovery", move |_| Reply::Json(200, document.clone()));
    let of = |tenant: &str| p.claims_with(serde_json::json!({"tid": tenant, "iss": format!("{}/{tenant}/v2.0", p.url)}));
    p.tokens(of(FOREIGN));
    let client = client();
    let who = sign_in(&client, &idp, &secret("s"), &callback(), NOW).await.unwrap();
    assert_eq!(
        (who.key.issuer.as_str(), who.email_trust, who.membership),
        (FOREIGN, EmailTrust::Unverified, idp::Membership::ForeignTenant)
    );
    // Attack cases 29 and 32: a tenant that is not listed, whoever's mail it shows.
    p.tokens(of("11111111-2c1d-4d51-9a0e-77a1a3f0c9d2"));
    assert_eq!(sign_in(&client, &idp, &secret("s"), &callback(), NOW).await.unwrap_err().kind(), "mismatch");
    p.tokens(p.claims_with(serde_json::json!({"tid": FOREIGN})));
    assert_eq!(sign_in(&client, &idp, &secret("s"), &callback(), NOW).await.unwrap_err().kind(), "mismatch", "tid and iss disagree");
}
