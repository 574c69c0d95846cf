//! Authorities for client certificates, settings of hosts, and applications' key pairs for SSH certificates.

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use serde_json::{Value, json};

use crate::world::{World, id, timeless};

const CERTIFICATES: &str = "~/access/certificates";

/// An authority's certificate and its private key, as PEM.
pub fn authority() -> (String, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

#[tokio::test]
async fn an_authority_is_told_without_its_certificate_and_stays_while_it_stands_for_a_host() {
    let world = World::start().await;
    let (pem, key) = authority();
    let body = json!({ "name": "Harbour devices", "certificate": pem, "associated_hostnames": ["Wiki.localhost"] });
    let made = world.post(CERTIFICATES, body.clone()).await;
    let path = format!("{CERTIFICATES}/{}", id(&made));
    assert_eq!((made.get("certificate"), &made["associated_hostnames"]), (None, &json!(["wiki.localhost"])));
    let fingerprint = made["fingerprint"].as_str().unwrap();
    assert_eq!((fingerprint.len(), fingerprint.matches(':').count()), (47, 15));
    assert_eq!(world.get(&path).await, made);
    assert_eq!(timeless(world.put(&path, made.clone()).await), timeless(made.clone()));
    world.call("POST", CERTIFICATES, Some(body.clone())).await.bad(409);
    // Several authorities may stand for one host.
    world.pass(1);
    let second = json!({ "name": "Yard", "certificate": authority().0, "associated_hostnames": ["wiki.localhost"] });
    world.post(CERTIFICATES, second).await;
    assert_eq!(world.get(&format!("{CERTIFICATES}?per_page=1&page=2")).await[0]["name"], "Yard");

    let put = async |body: Value| world.call("PUT", &path, Some(body)).await;
    assert_eq!(put(json!({ "associated_hostnames": [], "certificate": pem })).await.pointers(), ["/certificate"]);
    assert_eq!(put(json!({ "name": "x" })).await.pointers(), ["/associated_hostnames"]);
    let odd = json!({ "associated_hostnames": ["*.localhost", "https://a.b", "a.b:443", "a.b"] });
    let refused = put(odd).await.pointers();
    assert_eq!(refused, ["/associated_hostnames/0", "/associated_hostnames/1", "/associated_hostnames/2"]);
    assert_eq!(put(json!({ "associated_hostnames": ["a.b", "A.B"] })).await.pointers(), ["/associated_hostnames"]);
    let held = world.call("DELETE", &path, None).await;
    held.bad(409);
    assert!(held.text().contains("wiki.localhost"), "{}", held.text());
    let bare = put(json!({ "associated_hostnames": [] })).await.good(200);
    assert_eq!(bare["name"], "Harbour devices", "a name that is left out stays");
    assert_eq!(world.call("DELETE", &path, None).await.good(200), json!({ "id": id(&made) }));

    let secret = world.call("POST", CERTIFICATES, Some(json!({ "name": "x", "certificate": key }))).await;
    assert_eq!(secret.pointers(), ["/certificate"]);
    assert!(secret.text().contains("private key") && !secret.text().contains("BEGIN"), "{}", secret.text());
}

#[tokio::test]
async fn hosts_are_told_what_to_do_with_certificates() {
    let world = World::start().await;
    let settings = format!("{CERTIFICATES}/settings");
    assert_eq!(world.get(&settings).await, json!([]));
    let hosts = json!(["wiki.localhost", "docs.localhost"]);
    world.post(CERTIFICATES, json!({ "name": "x", "certificate": authority().0, "associated_hostnames": hosts })).await;
    let host = |name: &str, on: bool| json!({ "hostname": name, "china_network": false, "client_certificate_forwarding": on });
    assert_eq!(world.get(&settings).await, json!([host("docs.localhost", false), host("wiki.localhost", false)]));
    let put = async |list: Value| world.call("PUT", &settings, Some(json!({ "settings": list }))).await;
    let saved = put(json!([host("wiki.localhost", true)])).await.good(202);
    assert_eq!(saved, json!([host("docs.localhost", false), host("wiki.localhost", true)]));
    assert_eq!(put(saved.clone()).await.good(202), saved);
    assert_eq!(world.get(&settings).await, saved);
    let mut china = host("wiki.localhost", false);
    china["china_network"] = json!(true);
    for (list, pointers) in [
        (json!([china]), vec!["/settings/0/china_network"]),
        (json!([host("other.localhost", true)]), vec!["/settings/0/hostname"]),
        (json!([host("wiki.localhost", true), host("WIKI.localhost", true)]), vec!["/settings/1/hostname"]),
        (json!([{ "hostname": "wiki.localhost" }]), vec!["/settings/0/china_network", "/settings/0/client_certificate_forwarding"]),
        (json!(null), vec!["/settings"]),
    ] {
        assert_eq!(put(list.clone()).await.pointers(), pointers, "{list}");
    }
    assert_eq!(world.get(&settings).await, saved);
}

#[tokio::test]
async fn an_application_has_one_key_pair_whose_private_half_is_told_to_nobody() {
    let world = World::start().await;
    let app = world.app("wiki").await;
    let path = format!("~/access/apps/{}/ca", id(&app));
    world.call("GET", &path, None).await.bad(404);
    let ca = world.call("POST", &path, None).await.good(200);
    assert_eq!(ca["aud"], app["aud"]);
    let line = ca["public_key"].as_str().unwrap();
    assert!(line.starts_with("ecdsa-sha2-nistp256 AAAA") && line.ends_with(" open-ssh-ca@team.localhost"), "{line}");
    assert_eq!((world.get(&path).await, world.get("~/access/apps/ca").await), (ca.clone(), json!([ca])));
    assert_eq!(world.get("~/access/apps/ca?page=2").await, json!([]));
    world.call("POST", &path, Some(json!({}))).await.bad(409);
    world.call("POST", &path, Some(json!({ "public_key": "x" }))).await.bad(400);
    let app_id = id(&app).parse().unwrap();
    let private = world.store.read(move |r| r.app_ca_private(&app_id)).await.unwrap().unwrap();
    let audit = world.store.read(|r| r.list_audit(store::Page { page: 1, per_page: 100 })).await.unwrap();
    assert!(audit.items.iter().any(|record| record.action == "app_ca.create"));
    assert!(!format!("{:?}", audit.items).contains(private.expose()));
    assert_eq!(world.call("DELETE", &path, None).await.good(202), json!({ "id": ca["id"] }));
    world.call("DELETE", &path, None).await.bad(404);
    let bookmark = world.post("~/access/apps", json!({ "type": "bookmark", "domain": "a.example" })).await;
    world.call("POST", &format!("~/access/apps/{}/ca", id(&bookmark)), None).await.bad(400);
}
