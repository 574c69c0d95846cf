//! Client certificates as facts, and what they open.

use std::sync::Arc;

use guard::{
    ClientCertificate, Verdict,
    certificate::{CertificateFault, Shown},
};
use model::{
    CertificateId, Timestamp,
    access_policy::PolicyAction,
    certificate::{Certificate, HostnameSettings},
    rule::Rule,
};
use serde_json::Value;

use crate::rig::{PILOTS, Rig, outcome, policy};

fn shown(name: &str, until: Timestamp) -> Arc<Shown> {
    Arc::new(Shown {
        common_name: Some(name.into()),
        issuer: "CN=Harbour Works clients".into(),
        serial: "0a".into(),
        issuer_key: "0b".into(),
        sha256: "0c".repeat(32),
        der: "MIIB".into(),
        expires_at: until,
    })
}

async fn authority(rig: &Rig) -> CertificateId {
    let (id, now) = (CertificateId::random(), rig.now());
    let certificate = Certificate {
        id,
        name: "Harbour Works clients".into(),
        pem: "PEM".into(),
        fingerprint: String::new(),
        expires_on: now,
        associated_hostnames: vec!["wiki.localhost".into()],
        created_at: now,
        updated_at: now,
    };
    rig.store.write(move |tx| tx.put_certificate(&certificate)).await.unwrap();
    id
}

fn claims(jwt: &str) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_certificate_lets_a_program_in_under_its_common_name_and_none_lets_nobody_in() {
    let mut rig = Rig::start().await;
    let authority = authority(&rig).await;
    let verified = ClientCertificate::Verified(authority, shown("tug-7", rig.now().plus_secs(600)));
    for rule in [Rule::Certificate {}, Rule::CommonName { common_name: "tug-7".into() }] {
        rig.wiki_policies(vec![policy(PolicyAction::NonIdentity, rule, rig.now())]).await;
        for none in [
            ClientCertificate::NotAsked,
            ClientCertificate::Missing,
            ClientCertificate::Refused(shown("tug-7", rig.now()), CertificateFault::Expired),
        ] {
            rig.certificate = none;
            assert_eq!(outcome(&rig.ask("wiki.localhost", &[])), "forbidden");
        }
        rig.certificate = verified.clone();
        let Verdict::Admit(permit) = rig.ask("wiki.localhost", &[]) else { panic!("admitted") };
        let told = claims(permit.assertion().unwrap().to_str().unwrap());
        assert_eq!((&told["common_name"], &told["sub"]), (&"tug-7".into(), &"".into()));
        assert!(permit.set_cookie().is_none(), "strict");
        assert!(permit.certificate().is_none(), "the host's settings do not want it told");
    }
    rig.certificate = ClientCertificate::Verified(authority, shown("tug-8", rig.now().plus_secs(600)));
    assert_eq!(outcome(&rig.ask("wiki.localhost", &[])), "forbidden", "another common name");
}

#[tokio::test]
async fn outside_strict_mode_a_cookie_comes_back_that_opens_nothing_without_the_certificate() {
    let mut rig = Rig::start().await;
    let authority = authority(&rig).await;
    rig.store
        .write(|tx| {
            let mut organization = tx.organization()?;
            organization.strict_service_token_auth = false;
            tx.put_organization(&organization)
        })
        .await
        .unwrap();
    // A certificate that bears the name of a service token is not that token.
    let token = rig.service_token("0d9f.access", "a-secret").await;
    rig.wiki_policies(vec![
        policy(PolicyAction::NonIdentity, Rule::Certificate {}, rig.now()),
        policy(PolicyAction::NonIdentity, Rule::ServiceToken { token_id: token.id }, rig.now()),
    ])
    .await;
    rig.certificate = ClientCertificate::Verified(authority, shown("0d9f.access", rig.now().plus_secs(600)));
    let Verdict::Admit(permit) = rig.ask("wiki.localhost", &[]) else { panic!("admitted") };
    let cookie = permit.set_cookie().unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
    rig.certificate = ClientCertificate::Missing;
    assert_ne!(outcome(&rig.ask("wiki.localhost", &[("cookie", &cookie)])), "admit");
}

#[tokio::test]
async fn an_origin_is_told_of_the_certificate_where_its_host_wants_that() {
    let mut rig = Rig::start().await;
    let authority = authority(&rig).await;
    rig.store
        .write(|tx| {
            let hostname = "wiki.localhost".to_owned();
            tx.put_hostname_settings(&HostnameSettings { hostname, china_network: false, client_certificate_forwarding: true })
        })
        .await
        .unwrap();
    rig.wiki_policies(vec![policy(PolicyAction::Bypass, Rule::Everyone {}, rig.now())]).await;
    rig.certificate = ClientCertificate::Verified(authority, shown("tug-7", rig.now()));
    let Verdict::Admit(permit) = rig.ask("wiki.localhost", &[]) else { panic!("admitted") };
    let [der, sha256] = permit.certificate().unwrap();
    assert_eq!((der.to_str().unwrap(), sha256.len()), ("MIIB", 64));
    rig.certificate = ClientCertificate::Refused(shown("tug-7", rig.now()), CertificateFault::UnknownAuthority);
    let Verdict::Admit(permit) = rig.ask("wiki.localhost", &[]) else { panic!("admitted") };
    assert!(permit.certificate().is_none(), "one that does not count is not told");
}

#[tokio::test]
async fn what_an_authority_let_in_is_cut_with_the_authority_and_with_the_certificates_time() {
    let mut rig = Rig::start().await;
    let authority = authority(&rig).await;
    rig.wiki_policies(vec![policy(PolicyAction::NonIdentity, Rule::Certificate {}, rig.now())]).await;
    rig.certificate = ClientCertificate::Verified(authority, shown("tug-7", rig.now()));
    let Verdict::Admit(over) = rig.ask("wiki.localhost", &[]) else { panic!("admitted") };
    assert!(over.cut().is_cut(), "its time is over");
    rig.certificate = ClientCertificate::Verified(authority, shown("tug-7", rig.now().plus_secs(600)));
    let Verdict::Admit(permit) = rig.ask("wiki.localhost", &[]) else { panic!("admitted") };
    rig.wiki(|app| app.name = "another name".into()).await;
    assert!(!permit.cut().is_cut(), "another change is none of its business");
    rig.store.write(move |tx| tx.remove_certificate(&authority)).await.unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(5), permit.cut().clone().wait()).await.expect("cut at once");
}

#[tokio::test]
async fn the_sign_in_of_a_person_carries_the_certificate_of_the_request() {
    let mut rig = Rig::start().await;
    let authority = authority(&rig).await;
    let mut both =
        policy(PolicyAction::Allow, Rule::AzureGroup { id: crate::rig::object(PILOTS), identity_provider_id: rig.idp }, rig.now());
    both.rules.require = vec![Rule::Certificate {}];
    rig.wiki_policies(vec![both]).await;
    let (_, token) = rig.sign_in("ilo", &[PILOTS]).await;
    rig.certificate = ClientCertificate::Missing;
    assert_eq!(rig.with_token("wiki.localhost", &token), "forbidden", "no sign-in helps");
    rig.certificate = ClientCertificate::Verified(authority, shown("ilos-laptop", rig.now().plus_secs(600)));
    assert_eq!(outcome(&rig.ask("wiki.localhost", &[])), "login");
    assert_eq!(rig.with_token("wiki.localhost", &token), "admit");
    let client = guard::Client {
        host: "wiki.localhost".into(),
        ip: [127, 0, 0, 1].into(),
        rule_ip: None,
        country: None,
        certificate: rig.certificate.clone(),
    };
    let app = rig.guard.app(&rig.wiki).unwrap();
    let begun = rig.guard.begin_login(&app, &client, &http::HeaderMap::new(), "/", rig.now()).unwrap();
    let meta = begun.location.split("meta=").nth(1).unwrap().split('&').next().unwrap();
    let meta = rig.guard.read_meta(meta, rig.now()).unwrap();
    assert_eq!((meta.auth_status.as_str(), meta.mtls_auth.common_name.as_str()), ("SUCCESS", "ilos-laptop"));
    assert_eq!(meta.mtls_auth.fact(), rig.certificate.fact());
}

#[tokio::test]
async fn an_authority_that_ends_soon_is_a_warning_while_a_host_asks_for_it() {
    let rig = Rig::start().await;
    let id = authority(&rig).await;
    let change = |days: i64, hosts: &'static [&'static str]| {
        let end = rig.now().plus_secs(days * 86_400);
        rig.store.write(move |tx| {
            let mut certificate = tx.certificate(&id)?.unwrap();
            certificate.expires_on = end;
            certificate.associated_hostnames = hosts.iter().map(|h| (*h).to_owned()).collect();
            tx.put_certificate(&certificate)
        })
    };
    for (days, hosts, told) in [(31, &["wiki.localhost"][..], 0), (7, &["wiki.localhost"], 1), (7, &[], 0), (-1, &["wiki.localhost"], 1)] {
        change(days, hosts).await.unwrap();
        rig.guard.warn_of_endings(rig.now()).await.unwrap();
        let warnings = rig.store.read(|r| r.warnings()).await.unwrap();
        assert_eq!(warnings.iter().filter(|w| w.finding.code == "client-authority-ends").count(), told, "{days} {hosts:?}");
    }
}

#[tokio::test]
async fn a_persons_streams_end_when_the_certificate_that_their_policy_requires_does() {
    let mut rig = Rig::start().await;
    let authority = authority(&rig).await;
    let mut allow = policy(PolicyAction::Allow, Rule::Everyone {}, rig.now());
    allow.rules.require.push(Rule::Certificate {});
    rig.wiki_policies(vec![allow]).await;
    let (_, token) = rig.sign_in("mara", &[]).await;
    rig.certificate = ClientCertificate::Verified(authority, shown("tug-7", rig.now().plus_secs(600)));
    let Verdict::Admit(permit) = rig.ask("wiki.localhost", &[("cookie", &format!("CF_Authorization={token}"))]) else { panic!("admitted") };
    rig.pass(599);
    rig.guard.tend(rig.now()).await.unwrap();
    assert!(!permit.cut().is_cut());
    rig.pass(2);
    rig.guard.tend(rig.now()).await.unwrap();
    assert!(permit.cut().is_cut(), "the next request would not be let in");
}
