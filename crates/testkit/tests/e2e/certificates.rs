//! Client certificates, from the handshake to the origin.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Empty;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use serde_json::json;
use testkit::{Rule, Speech, World, allow_group, service_auth, within};

use crate::claims::verified;

/// An authority for client certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let (key, mut params) = (KeyPair::generate().unwrap(), CertificateParams::new(Vec::<String>::new()).unwrap());
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A client certificate and its key.
    fn client(&self, name: &str) -> String {
        let (key, mut params) = (KeyPair::generate().unwrap(), CertificateParams::new(Vec::<String>::new()).unwrap());
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        format!("{}{}", certificate.pem(), key.serialize_pem())
    }

    async fn on(&self, world: &World, host: &str) -> String {
        let body = json!({ "name": host, "certificate": self.pem, "associated_hostnames": [host] });
        world.api().post("access/certificates", body).await["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_passes_by_its_certificate_over_either_http_and_a_bad_one_is_a_refusal_not_a_broken_connection() {
    let world = World::start().await;
    let (ours, theirs) = (Authority::new("clients"), Authority::new("others"));
    let berths = world.app("berths").policy(service_auth(Rule::CommonName("tug-7"))).create().await;
    let open = world.app("wiki").policy(allow_group("Pilots")).create().await;
    ours.on(&world, "berths.localhost").await;
    let settings =
        json!({ "settings": [{ "hostname": "berths.localhost", "china_network": false, "client_certificate_forwarding": true }] });
    world.api().call(Method::PUT, "access/certificates/settings", Some(&settings)).await;
    for speech in [Speech::Http1, Speech::Http2] {
        let tug = world.browser().showing(&ours.client("tug-7"), speech);
        let forged = tug.ask(Method::GET, berths.at("/api")).header("cf-client-cert-sha256", "forged").send().await;
        assert_eq!((forged.status, forged.set_cookies().len()), (200, 0), "{}", forged.body);
        let seen = world.origin().one();
        let told = verified(&world, seen.header("cf-access-jwt-assertion").unwrap(), &berths.aud).await;
        assert_eq!(told["common_name"], "tug-7");
        assert_eq!(seen.header("cf-client-cert-sha256").map(str::len), Some(64));
        assert!(seen.header("cf-client-cert-der-base64").unwrap().starts_with("MII"));
        for (what, other) in [
            ("another common name", world.browser().showing(&ours.client("tug-8"), speech)),
            ("another authority", world.browser().showing(&theirs.client("tug-7"), speech)),
            ("no certificate", world.browser().speaking(speech)),
        ] {
            assert_eq!(other.get(berths.at("/")).await.status, 403, "{what}");
        }
        assert_eq!(tug.get(open.at("/")).await.status, 302, "hosts that ask for none do not mind one");
    }
    assert!(world.origin().taken().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authorities_come_and_go_without_a_restart_on_connections_that_are_open() {
    let world = World::start().await;
    let ours = Authority::new("clients");
    let berths = world.app("berths").policy(service_auth(Rule::Certificate)).create().await;
    let tug = world.browser().showing(&ours.client("tug-7"), Speech::Http1);
    assert_eq!(tug.get(berths.at("/")).await.status, 403, "nobody asks for it yet");
    let id = ours.on(&world, "berths.localhost").await;
    assert_eq!(tug.get(berths.at("/")).await.status, 421, "this connection was made without asking");
    assert_eq!(tug.get(berths.at("/")).await.status, 200, "the next one is asked");
    let path = format!("access/certificates/{id}");
    world.api().put(&path, json!({ "name": "moved", "associated_hostnames": ["elsewhere.localhost"] })).await;
    assert_eq!(tug.get(berths.at("/")).await.status, 403, "the same connection");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_sign_in_carries_the_certificate_and_the_identity_names_it() {
    let world = World::start().await;
    let ours = Authority::new("clients");
    let wiki = world.app("wiki").policy(allow_group("Pilots").only_if(Rule::Certificate)).create().await;
    ours.on(&world, "wiki.localhost").await;
    let without = world.browser().sign_in("mara").open(wiki.at("/")).await;
    assert_eq!((without.status, without.hops.len()), (403, 0), "no sign-in is offered");
    let mara = world.browser().sign_in("mara").showing(&ours.client("maras-laptop"), Speech::Http2);
    assert_eq!(mara.open(wiki.at("/x")).await.status, 200);
    let identity = mara.get(wiki.at("/cdn-cgi/access/get-identity")).await.json();
    assert_eq!((&identity["auth_status"], &identity["common_name"]), (&json!("SUCCESS"), &json!("maras-laptop")));
    assert_eq!((&identity["mtls_auth"]["cert_presented"], &identity["mtls_auth"]["cert_issuer_dn"]), (&json!(true), &json!("CN=clients")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_for_one_host_opens_no_other_host_that_asks() {
    let world = World::start().await;
    let ours = Authority::new("clients");
    let berths = world.app("berths").policy(service_auth(Rule::Certificate)).create().await;
    ours.on(&world, "berths.localhost").await;
    let tls = world.network().tls("wiki.localhost", world.port(), &["h2"]).await;
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake::<_, _, Empty<Bytes>>(TokioExecutor::new(), TokioIo::new(tls)).await.unwrap();
    tokio::spawn(connection);
    let asked = sender.send_request(Request::get(berths.at("/")).body(Empty::new()).unwrap());
    assert_eq!(within("an answer", asked).await.unwrap().status(), 421);
}
