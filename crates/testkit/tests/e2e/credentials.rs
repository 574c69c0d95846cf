//! doorward proves itself to Entra: secrets that change without an outage, certificates.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::Method;
use serde_json::{Value, json};
use testkit::{App, Rule, World, allow};

async fn wiki(world: &World) -> App {
    world.app("wiki").policy(allow(Rule::Everyone)).create().await
}

async fn enters(world: &World, app: &App) -> u16 {
    world.browser().sign_in("mara").open(app.at("/")).await.status
}

fn application(world: &World) -> String {
    format!("/applications/{}", world.sim().sign_in_app().unwrap().object_id)
}

async fn credentials(world: &World, body: Value) {
    world.api().put(&format!("doorward/identity_providers/{}/credentials", world.idp()), body).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_changed_without_an_outage() {
    let world = World::start().await;
    let (wiki, application) = (wiki(&world).await, application(&world));
    let graph = world.graph_admin();
    let old = graph.call(Method::GET, &application, None).await["passwordCredentials"][0]["keyId"].clone();
    let made = json!({ "passwordCredential": { "displayName": "next" } });
    let next = graph.call(Method::POST, &format!("{application}/addPassword"), Some(made)).await;
    credentials(&world, json!({ "method": "secret", "second_client_secret": next["secretText"] })).await;
    assert_eq!(enters(&world, &wiki).await, 200, "both are there");
    graph.call(Method::POST, &format!("{application}/removePassword"), Some(json!({ "keyId": old }))).await;
    assert_eq!(enters(&world, &wiki).await, 200, "only the second one is");
    credentials(&world, json!({ "method": "secret", "client_secret": next["secretText"], "second_client_secret": null })).await;
    assert_eq!(enters(&world, &wiki).await, 200, "it is the first one now");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_opens_once_it_is_registered() {
    let world = World::start().await;
    let (wiki, application) = (wiki(&world).await, application(&world));
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(vec![]).unwrap().self_signed(&key).unwrap();
    let body = json!({ "method": "certificate", "certificate_pem": certificate.pem(), "private_key_pem": key.serialize_pem() });
    credentials(&world, body).await;
    let refused = world.browser().sign_in("mara").open(wiki.at("/")).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("AADSTS700027"), "the page does not name the code");
    let registered = json!({ "keyCredentials": [{
        "type": "AsymmetricX509Cert", "usage": "Verify", "displayName": "doorward", "key": STANDARD.encode(certificate.der()),
    }] });
    world.graph_admin().call(Method::PATCH, &application, Some(registered)).await;
    assert_eq!(enters(&world, &wiki).await, 200);
}
