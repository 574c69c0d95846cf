//! Tests: handshakes over sockets.

use std::time::Duration;

use rustls::CipherSuite;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsConnector;

use super::*;

#[tokio::test]
async fn whoever_shakes_hands_before_asking_waits_for_nothing_and_gets_the_shorter_key() {
    let folder = Folder::make();
    let certificates = Arc::new(Certificates::load(&tls(vec![folder.pair("a", &["a.example"])]), "a.example").unwrap());
    let settings = crate::http::Tls::new(&certificates, MinVersion::Tls12).unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    for (version, suite) in [
        (&rustls::version::TLS13, CipherSuite::TLS13_AES_128_GCM_SHA256),
        (&rustls::version::TLS12, CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    ] {
        let client = async {
            let tcp = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let connector = TlsConnector::from(client_config(&[version]));
            let mut stream = connector.connect("a.example".try_into().unwrap(), tcp).await.unwrap();
            stream.write_all(b"?").await.unwrap();
            assert_eq!(stream.read_u8().await.unwrap(), b'!');
            stream.get_ref().1.negotiated_cipher_suite().unwrap().suite()
        };
        let server = async {
            let mut made = settings.accept(listener.accept().await.unwrap().0, |_| false).await.unwrap().unwrap();
            assert_eq!(made.stream.read_u8().await.unwrap(), b'?');
            made.stream.write_all(b"!").await.unwrap();
            made.stream.flush().await.unwrap();
        };
        let both = async { tokio::join!(client, server) };
        let (taken, ()) = tokio::time::timeout(Duration::from_secs(30), both).await.expect("both wait for each other");
        assert_eq!(taken, suite);
    }
}
