//! How doorward proves itself to a provider: changed as a whole, never shown.

use model::idp::ClientAuthentication;
use serde_json::{Value, json};

use crate::world::World;

fn path(idp: &str) -> String {
    format!("~/doorward/identity_providers/{idp}/credentials")
}

/// A certificate with its key, both PEM.
fn certificate() -> (String, String) {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

#[tokio::test]
async fn a_second_secret_comes_and_goes_while_the_first_stays() {
    let world = World::start().await;
    let idp = world.entra().await;
    let path = path(&idp);
    let stored = || (*world.store.snapshot().idp_credentials[&idp.parse().unwrap()]).clone();
    assert_eq!(world.get(&path).await, json!({ "method": "secret", "client_secret_set": true, "second_client_secret_set": false }));
    let body = json!({ "method": "secret", "second_client_secret": "the~next~one" });
    let both = world.put(&path, body).await;
    assert_eq!(both["second_client_secret_set"], true);
    assert!(!both.to_string().contains("the~next~one"));
    assert_eq!(world.put(&path, both.clone()).await, both, "a PUT of the GET changes nothing");
    assert_eq!(stored().second_secret.unwrap().expose(), "the~next~one");
    let promoted = json!({ "method": "secret", "client_secret": "the~next~one", "second_client_secret": null });
    assert_eq!(world.put(&path, promoted).await["second_client_secret_set"], false);
    assert_eq!(stored().secret.unwrap().expose(), "the~next~one");
    let id = json!({ "method": "secret", "client_secret": "3f1c9a52-0c9e-4d3a-8b7d-5d2f7f0a3e64" });
    assert_eq!(world.call("PUT", &path, Some(id)).await.pointers(), ["/client_secret"]);
}

#[tokio::test]
async fn a_certificate_is_taken_only_with_the_key_that_belongs_to_it() {
    let world = World::start().await;
    let idp = world.entra().await;
    let path = path(&idp);
    let ((one, key), (_, other_key)) = (certificate(), certificate());
    let body = |key: Value| json!({ "method": "certificate", "certificate_pem": one, "private_key_pem": key });
    assert_eq!(world.call("PUT", &path, Some(body(Value::Null))).await.pointers(), ["/private_key_pem"]);
    assert_eq!(world.call("PUT", &path, Some(body(json!(other_key)))).await.pointers(), ["/certificate_pem"]);
    assert_eq!(world.get(&path).await["method"], "secret", "nothing is half written");
    let set = world.put(&path, body(json!(key))).await;
    assert_eq!((set["method"].as_str(), set["private_key_set"].as_bool()), (Some("certificate"), Some(true)));
    assert!(!set.to_string().contains("PRIVATE KEY") && set["not_after"].is_string());
    assert_eq!(world.put(&path, set.clone()).await, set);
    let audit = world.store.read(|r| r.list_audit(store::Page { page: 1, per_page: 100 })).await.unwrap();
    assert!(!format!("{audit:?}").contains("PRIVATE KEY"));

    // The options and the v4 object leave the method alone; a changed client needs no secret then.
    world.put(&format!("~/doorward/identity_providers/{idp}/options"), json!({})).await;
    let provider = format!("~/access/identity_providers/{idp}");
    let mut v4 = world.get(&provider).await;
    v4["config"]["client_id"] = json!("11111111-2c48-4f6d-9a55-71c0de8840aa");
    world.put(&provider, v4).await;
    assert_eq!(world.get(&path).await["method"], "certificate");
    let stored = world.store.snapshot().idps[&idp.parse().unwrap()].clone();
    assert!(matches!(stored.config.entra().unwrap().own.client_authentication, ClientAuthentication::Certificate { .. }));
}

#[tokio::test]
async fn a_federated_token_is_one_that_the_configuration_file_names() {
    let world = World::start().await;
    let path = path(&world.entra().await);
    let set = world.put(&path, json!({ "method": "federated", "token": "cluster" })).await;
    assert_eq!(set, json!({ "method": "federated", "token": "cluster" }));
    let file = json!({ "method": "federated", "token": "/etc/shadow" });
    assert_eq!(world.call("PUT", &path, Some(file)).await.pointers(), ["/token"]);
    assert_eq!(world.call("PUT", &path, Some(json!({ "method": "password" }))).await.pointers(), ["/method"]);
    let back = world.put(&path, json!({ "method": "secret" })).await;
    assert_eq!(back["client_secret_set"], true, "the secret is still there");
}

#[tokio::test]
async fn no_secret_of_a_client_is_kept_for_another_one_or_for_another_host() {
    let world = World::start().await;
    let idp = world.entra().await;
    let (provider, path) = (format!("~/access/identity_providers/{idp}"), path(&idp));
    let stored = || world.store.snapshot().idp_credentials.get(&idp.parse().unwrap()).map(|c| (**c).clone()).unwrap_or_default();
    let with_second = json!({ "method": "secret", "second_client_secret": "the~next~one" });
    let client = |v4: &Value, id: &str, secret: Option<&str>| {
        let mut body = v4.clone();
        body["config"]["client_id"] = json!(id);
        body["config"]["client_secret"] = json!(secret);
        body
    };
    world.put(&path, with_second.clone()).await;
    let v4 = world.get(&provider).await;
    world.put(&provider, client(&v4, "11111111-2c48-4f6d-9a55-71c0de8840aa", Some("of~the~other"))).await;
    assert_eq!((stored().secret.unwrap().expose(), stored().second_secret), ("of~the~other", None));

    world.put(&path, with_second).await;
    let hosts = json!({ "login_url": "https://localhost:9443", "graph_url": "https://localhost:9443", "client_secret": "for~the~host" });
    world.put(&format!("~/doorward/identity_providers/{idp}/cloud"), hosts).await;
    assert_eq!((stored().secret.unwrap().expose(), stored().second_secret), ("for~the~host", None));

    // A certificate goes along with another client; the secret that was put aside does not.
    let (certificate_pem, key) = certificate();
    world.put(&path, json!({ "method": "certificate", "certificate_pem": certificate_pem, "private_key_pem": key })).await;
    world.put(&provider, client(&v4, "22222222-2c48-4f6d-9a55-71c0de8840aa", None)).await;
    assert_eq!(stored().secret, None);
    assert_eq!(world.call("PUT", &path, Some(json!({ "method": "secret" }))).await.pointers(), ["/client_secret"]);
}
