//! Which certificate a name gets, over real handshakes.

mod fuzz;
mod sockets;

use std::path::PathBuf;

use rcgen::{CertificateParams, KeyPair};
use rustls::{ClientConfig, ClientConnection, HandshakeKind, ProtocolVersion, ServerConfig, ServerConnection, pki_types::ServerName};

use super::*;
use crate::config::{Acme, CertificateFiles, LocalAuthority, MinVersion};

struct Folder(PathBuf);

impl Folder {
    fn make() -> Self {
        let path = std::env::temp_dir().join(format!("doorward-certificates-{:x}", rand::random::<u64>()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    fn pair(&self, file: &str, names: &[&str]) -> CertificateFiles {
        let (chain, key) = made(names);
        let out = CertificateFiles { certificate: self.0.join(format!("{file}.pem")), key: self.0.join(format!("{file}.key")) };
        std::fs::write(&out.certificate, chain).unwrap();
        std::fs::write(&out.key, key).unwrap();
        out
    }
    fn local(&self) -> LocalAuthority {
        LocalAuthority { directory: self.0.join("ca"), domains: vec!["harbourworks.example".into()] }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn made(names: &[&str]) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    (CertificateParams::new(names).unwrap().self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn tls(certificates: Vec<CertificateFiles>) -> Tls {
    Tls { certificates, acme: None, local_ca: None, min_version: MinVersion::Tls12 }
}

fn acme(names: &[&str]) -> Acme {
    Acme {
        directory_url: "https://acme.example/dir".parse().unwrap(),
        names: names.iter().map(ToString::to_string).collect(),
        contact: None,
        challenges: Vec::new(),
        ca_files: Vec::new(),
        external_account: None,
    }
}

fn ordered(names: &[&str]) -> BTreeMap<String, Arc<CertifiedKey>> {
    let one = |name: &&str| {
        let (chain, key) = made(&[name]);
        ((*name).to_owned(), files::stored(&chain, &key).unwrap())
    };
    names.iter().map(one).collect()
}

/// Carries records between both ends until neither has more to say.
fn talk(client: &mut ClientConnection, server: &mut ServerConnection) -> Result<(), rustls::Error> {
    loop {
        let mut moved = false;
        let mut records = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut records).unwrap();
        }
        moved |= !records.is_empty();
        let mut rest = records.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets()?;
        }
        let mut records = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut records).unwrap();
        }
        moved |= !records.is_empty();
        let mut rest = records.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets()?;
        }
        if !moved {
            return Ok(());
        }
    }
}

fn client_config(versions: &[&'static rustls::SupportedProtocolVersion]) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    Arc::new(config.dangerous().with_custom_certificate_verifier(Arc::new(Anything)).with_no_client_auth())
}

/// Takes any certificate: what is shown is what the test looks at.
#[derive(Debug)]
struct Anything;

impl rustls::client::danger::ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &rustls_pki_types::CertificateDer<'_>,
        _: &[rustls_pki_types::CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: rustls_pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &rustls_pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }
    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &rustls_pki_types::CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }
    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// The names in the certificate that a handshake for this name shows.
fn shown(certificates: &Arc<Certificates>, name: &str) -> Option<Vec<String>> {
    let server = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    let server = server.with_safe_default_protocol_versions().unwrap().with_no_client_auth().with_cert_resolver(certificates.clone());
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    let config = client_config(&[&rustls::version::TLS13]);
    let mut client = ClientConnection::new(config, ServerName::try_from(name.to_owned()).unwrap()).unwrap();
    talk(&mut client, &mut server).ok()?;
    Some(facts(&client.peer_certificates()?[0])?.names)
}

fn one(name: &str) -> Option<Vec<String>> {
    Some(vec![name.to_owned()])
}

#[test]
fn files_acme_and_the_local_authority_serve_side_by_side_and_files_win() {
    let folder = Folder::make();
    let wild = folder.pair("wild", &["*.harbourworks.example"]);
    let wiki = folder.pair("wiki", &["wiki.harbourworks.example", "docs.harbourworks.example"]);
    let mut settings = tls(vec![wiki, wild]);
    settings.local_ca = Some(folder.local());
    settings.acme = Some(acme(&["wiki.harbourworks.example", "berths.harbourworks.example"]));
    let certificates = Arc::new(Certificates::load(&settings, "team.harbourworks.example").unwrap());
    let both = Some(vec!["wiki.harbourworks.example".to_owned(), "docs.harbourworks.example".to_owned()]);
    // Until it is ordered, what there is serves.
    assert_eq!(shown(&certificates, "berths.harbourworks.example"), one("*.harbourworks.example"));
    certificates.set_ordered(ordered(&["wiki.harbourworks.example", "berths.harbourworks.example", "other.example"]));
    assert_eq!(shown(&certificates, "WIKI.harbourworks.example"), both, "a file wins over ACME");
    assert_eq!(shown(&certificates, "berths.harbourworks.example"), one("berths.harbourworks.example"), "the whole name over a wildcard");
    assert_eq!(shown(&certificates, "tug.harbourworks.example"), one("*.harbourworks.example"));
    assert_eq!(shown(&certificates, "a.tug.harbourworks.example"), one("a.tug.harbourworks.example"), "the local authority");
    assert_eq!(shown(&certificates, "other.example"), both, "a name that is not listed gets the first file");
    for (a, b, same) in [
        ("wiki.harbourworks.example", "docs.harbourworks.example", true),
        ("tug.harbourworks.example", "dock.harbourworks.example", true),
        ("tug.harbourworks.example", "berths.harbourworks.example", false),
        ("a.tug.harbourworks.example", "b.tug.harbourworks.example", false),
        ("other.example", "another.example", false),
    ] {
        assert_eq!(certificates.serve_both(a, b), same, "{a} {b}");
    }
    assert!(certificates.lasts("berths.harbourworks.example") && !certificates.lasts("a.tug.harbourworks.example"));
    assert!(certificates.has_file_for("docs.harbourworks.example") && !certificates.has_file_for("berths.harbourworks.example"));
}

#[test]
fn without_files_a_name_that_nobody_has_is_refused_in_the_handshake() {
    let folder = Folder::make();
    let settings = Tls { local_ca: Some(folder.local()), ..tls(Vec::new()) };
    let certificates = Arc::new(Certificates::load(&settings, "team.harbourworks.example").unwrap());
    assert_eq!(shown(&certificates, "other.example"), None);
    assert_eq!(shown(&certificates, "harbourworks.example"), one("harbourworks.example"));
}

#[test]
fn files_that_changed_are_read_anew_and_faulty_ones_change_nothing() {
    let folder = Folder::make();
    let files = folder.pair("a", &["wiki.harbourworks.example"]);
    let certificates = Arc::new(Certificates::load(&tls(vec![files.clone()]), "team.harbourworks.example").unwrap());
    assert!(!certificates.reread().unwrap());
    std::fs::write(&files.key, "nonsense").unwrap();
    let CertificateError::Files(faults) = certificates.reread().unwrap_err() else { panic!("another error") };
    assert_eq!(faults[0].path, "tls.certificates[0].key");
    assert!(!certificates.reread().unwrap(), "told once");
    assert_eq!(shown(&certificates, "x.example"), one("wiki.harbourworks.example"));
    folder.pair("a", &["berths.harbourworks.example"]);
    assert!(certificates.reread().unwrap());
    assert_eq!(shown(&certificates, "x.example"), one("berths.harbourworks.example"));
}

#[test]
fn every_faulty_file_is_told_with_its_key_path() {
    let folder = Folder::make();
    let (good, other) = (folder.pair("good", &["a.example"]), folder.pair("other", &["b.example"]));
    let crossed = CertificateFiles { key: other.key.clone(), ..good.clone() };
    let missing = CertificateFiles { certificate: folder.0.join("none.pem"), key: other.key };
    let Err(CertificateError::Files(faults)) = Prepared::read(&tls(vec![good, crossed, missing])) else { panic!("taken") };
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(told[0].starts_with("tls.certificates[1].key: ") && told[0].ends_with("is not the key of the certificate"), "{told:?}");
    assert!(told[1].starts_with("tls.certificates[2].certificate: ") && told[1].contains("could not be read"), "{told:?}");
}

#[test]
fn a_challenge_is_answered_by_token_and_by_a_certificate_of_its_own() {
    let folder = Folder::make();
    let certificates = Arc::new(Certificates::load(&tls(vec![folder.pair("a", &["a.example"])]), "a.example").unwrap());
    let open = model::acme::Challenge {
        name: "wiki.harbourworks.example".into(),
        token: "token".into(),
        key_authorization: "token.thumbprint".into(),
        at: model::Timestamp::default(),
    };
    certificates.set_challenges(std::iter::once(&open));
    assert_eq!(certificates.answer("token").as_deref(), Some("token.thumbprint"));
    assert_eq!(certificates.answer("other"), None);
    let held = certificates.challenges.load();
    let shown = held.certificates["wiki.harbourworks.example"].end_entity_cert().unwrap();
    let (_, parsed) = <x509_parser::prelude::X509Certificate<'_> as x509_parser::prelude::FromDer<_>>::from_der(shown).unwrap();
    let extension = parsed.extensions().iter().find(|e| e.oid.to_id_string() == "1.3.6.1.5.5.7.1.31").unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"token.thumbprint");
    assert!(extension.critical && extension.value.ends_with(digest.as_ref()));
    certificates.set_challenges(std::iter::empty());
    assert_eq!(certificates.answer("token"), None);
}

/// One handshake with the server's own settings; whether it was resumed.
fn handshake(client: &Arc<ClientConfig>, server: &Arc<ServerConfig>) -> Option<(HandshakeKind, ProtocolVersion)> {
    let mut server = ServerConnection::new(server.clone()).unwrap();
    let mut client = ClientConnection::new(client.clone(), ServerName::try_from("a.example").unwrap()).unwrap();
    talk(&mut client, &mut server).ok()?;
    Some((client.handshake_kind()?, client.protocol_version()?))
}

#[test]
fn sessions_are_resumed_by_ticket_and_never_between_the_settings() {
    let folder = Folder::make();
    let certificates = Arc::new(Certificates::load(&tls(vec![folder.pair("a", &["a.example"])]), "a.example").unwrap());
    let settings = crate::http::Tls::new(&certificates, MinVersion::Tls12).unwrap();
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let client = client_config(&[version]);
        let kinds = |server: &Arc<ServerConfig>| handshake(&client, server).unwrap().0;
        let (plain, asking) = (settings.config(false, &[]), settings.config(true, &[]));
        assert_eq!(kinds(&plain), HandshakeKind::Full);
        assert_eq!(kinds(&plain), HandshakeKind::Resumed);
        assert_eq!(kinds(&asking), HandshakeKind::Full, "{version:?}: a session of one setting is nothing to the other");
        assert_eq!(kinds(&asking), HandshakeKind::Resumed);
        settings.rotate_tickets().unwrap();
        assert_eq!(kinds(&asking), HandshakeKind::Resumed, "under the key before");
    }
    settings.set_min_version(MinVersion::Tls13).unwrap();
    assert!(handshake(&client_config(&[&rustls::version::TLS12]), &settings.config(false, &[])).is_none(), "too old");
    assert!(handshake(&client_config(&[&rustls::version::TLS13]), &settings.config(false, &[])).is_some());
}

#[test]
fn the_shorter_key_is_taken_unless_a_client_puts_chacha_first() {
    use rustls::CipherSuite::{self, *};
    let folder = Folder::make();
    let certificates = Arc::new(Certificates::load(&tls(vec![folder.pair("a", &["a.example"])]), "a.example").unwrap());
    let settings = crate::http::Tls::new(&certificates, MinVersion::Tls12).unwrap();
    let (aes, long, chacha) = (TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256);
    let (aes12, long12, chacha12) =
        (TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256);
    let chosen = |offered: &[CipherSuite]| {
        let mut provider = rustls::crypto::aws_lc_rs::default_provider();
        let all = provider.cipher_suites;
        provider.cipher_suites = offered.iter().map(|name| *all.iter().find(|suite| suite.suite() == *name).unwrap()).collect();
        let config = ClientConfig::builder_with_provider(provider.into()).with_protocol_versions(rustls::ALL_VERSIONS).unwrap();
        let config = Arc::new(config.dangerous().with_custom_certificate_verifier(Arc::new(Anything)).with_no_client_auth());
        // What a browser makes up to see whether servers mind.
        let told = [&[CipherSuite::from(0x1a1a)], offered].concat();
        let mut server = ServerConnection::new(settings.config(false, &told)).unwrap();
        let mut client = ClientConnection::new(config, ServerName::try_from("a.example").unwrap()).unwrap();
        talk(&mut client, &mut server).unwrap();
        client.negotiated_cipher_suite().unwrap().suite()
    };
    for (offered, expected) in [
        (&[long, aes, chacha, long12, aes12][..], aes),
        (&[long, chacha, aes], aes),
        (&[chacha, aes, long], chacha),
        (&[long, chacha], long),
        (&[long12, chacha12, aes12], aes12),
        (&[chacha12, long12], chacha12),
    ] {
        assert_eq!(chosen(offered), expected, "{offered:?}");
    }
}
