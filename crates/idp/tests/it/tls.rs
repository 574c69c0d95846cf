//! Extra root certificates: what they vouch for is trusted, nothing else is.

use std::sync::Arc;

use idp::{Client, Config, SignInError};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, crypto::aws_lc_rs};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::provider::{NOW, Provider, SECRET, callback, config, secret, sign_in};

/// A TLS server for `localhost` that answers everything with 503; gives its port and the PEM of its root.
async fn start() -> (u16, String) {
    let mut root = CertificateParams::new(vec![]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().unwrap();
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".into()]).unwrap().signed_by(&key, &Issuer::new(root, root_key)).unwrap();
    let tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key.serialize_der().try_into().unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(socket).await {
                let mut request = [0; 8192];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (port, root_pem)
}

async fn detail(login: String, config: Config) -> String {
    let p = Provider::start().await;
    let mut idp = p.settings();
    idp.cloud.as_mut().unwrap().login_url = login;
    let client = Client::new(config).unwrap();
    let result = sign_in(&client, &idp, &secret(SECRET), &callback(), NOW).await;
    match result {
        Err(SignInError::Down { detail, .. }) => detail,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_extra_root_is_trusted_for_the_names_it_vouches_for() {
    let (port, root) = start().await;
    let trusting = || Config {
        extra_roots_pem: vec![root.clone().into_bytes()],
        resolve: vec![("localhost".into(), "127.0.0.1".parse().unwrap()), (".localhost".into(), "127.0.0.1".parse().unwrap())],
        ..config()
    };
    let reached = detail(format!("https://localhost:{port}"), trusting()).await;
    assert!(reached.contains("503"), "{reached}");
    let other_name = detail(format!("https://entra.localhost:{port}"), trusting()).await;
    assert!(other_name.contains("certificate"), "{other_name}");
    let mut strange = trusting();
    strange.extra_roots_pem.clear();
    let untrusted = detail(format!("https://localhost:{port}"), strange).await;
    assert!(untrusted.contains("certificate"), "{untrusted}");
}
