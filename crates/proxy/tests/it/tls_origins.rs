//! Origins over TLS: what is agreed on, whose certificate is believed, and by which name.

use std::{cell::RefCell, convert::Infallible, rc::Rc, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use model::upstream::{OriginProtocol, OriginUrl, Upstream, UpstreamTls};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::rig::{Rig, run};

/// The name in the certificate: not the address under which the origin is reached.
const NAME: &str = "berths.harbourworks.example";

/// An origin with a certificate of its own.
struct Origin {
    url: OriginUrl,
    certificate: String,
    /// The name that each connection asked for.
    connections: Rc<RefCell<Vec<Option<String>>>>,
}

impl Origin {
    async fn speaking(protocols: &[&str]) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec![NAME.to_owned()]).unwrap().self_signed(&key).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let private = rustls_pki_types::PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = OriginUrl::try_from(format!("https://{}", listener.local_addr().unwrap())).unwrap();
        let connections: Rc<RefCell<Vec<_>>> = Rc::default();
        tokio::task::spawn_local(accept(listener, TlsAcceptor::from(Arc::new(config)), connections.clone()));
        Self { url, certificate: certificate.pem(), connections }
    }

    /// Its settings: whoever has this certificate is believed, under the certificate's name.
    fn believed(&self) -> UpstreamTls {
        UpstreamTls { no_tls_verify: false, server_name: Some(NAME.into()), ca_pool: Some(self.certificate.clone()) }
    }

    /// The status of a request, and what it was answered.
    async fn asked(&self, rig: &Rig, protocol: OriginProtocol, tls: UpstreamTls) -> (u16, String) {
        rig.settle("open", Upstream { protocol, tls, ..Upstream::of(self.url.clone()) }).await;
        let answer = rig.ask("GET /a", "open.localhost", "", "").await;
        (answer.status(), answer.body)
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, connections: Rc<RefCell<Vec<Option<String>>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, connections) = (acceptor.clone(), connections.clone());
        tokio::task::spawn_local(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                connections.borrow_mut().push(stream.get_ref().1.server_name().map(str::to_owned));
                serve(stream).await;
            }
        });
    }
}

async fn serve(stream: TlsStream<TcpStream>) {
    let agreed = stream.get_ref().1.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
    let answer = service_fn(|request: Request<Incoming>| {
        let text = format!("{:?} {}", request.version(), agreed.as_deref().unwrap_or("nothing"));
        async move { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(text)))) }
    });
    if agreed.as_deref() == Some("h2") {
        let _ = hyper::server::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), answer)
            .await;
    } else {
        let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
    }
}

#[test]
fn what_both_speak_is_spoken() {
    run(async |rig| {
        use OriginProtocol::{Auto, Http1, Http2};
        let said = |text: &str| (200, text.to_owned());
        let both = Origin::speaking(&["h2", "http/1.1"]).await;
        assert_eq!(both.asked(&rig, Auto, both.believed()).await, said("HTTP/2.0 h2"));
        assert_eq!(both.asked(&rig, Http2, both.believed()).await, said("HTTP/2.0 h2"));
        assert_eq!(both.asked(&rig, Http1, both.believed()).await, said("HTTP/1.1 http/1.1"));
        let old = Origin::speaking(&["http/1.1"]).await;
        assert_eq!(old.asked(&rig, Auto, old.believed()).await, said("HTTP/1.1 http/1.1"));
        assert_eq!(old.asked(&rig, Http2, old.believed()).await.0, 502, "what was asked for is not to be had");
        let mute = Origin::speaking(&[]).await;
        assert_eq!(mute.asked(&rig, Auto, mute.believed()).await, said("HTTP/1.1 nothing"));
    });
}

#[test]
fn several_requests_share_a_connection_over_tls() {
    run(async |rig| {
        let origin = Origin::speaking(&["h2"]).await;
        assert_eq!(origin.asked(&rig, OriginProtocol::Auto, origin.believed()).await.0, 200);
        let (a, b) = tokio::join!(rig.ask("GET /b", "open.localhost", "", ""), rig.ask("GET /c", "open.localhost", "", ""));
        assert_eq!((a.status(), b.status()), (200, 200));
        assert_eq!(*origin.connections.borrow(), [Some(NAME.to_owned())]);
    });
}

#[test]
fn only_a_certificate_that_was_asked_for_is_believed() {
    run(async |rig| {
        let (origin, other) = (Origin::speaking(&["h2", "http/1.1"]).await, Origin::speaking(&[]).await);
        for protocol in [OriginProtocol::Auto, OriginProtocol::Http1, OriginProtocol::Http2] {
            let by_address = UpstreamTls { server_name: None, ..origin.believed() };
            assert_eq!(origin.asked(&rig, protocol, by_address).await.0, 502, "{protocol:?}: the certificate does not name the address");
            let misnamed = UpstreamTls { server_name: Some("berths.example".into()), ..origin.believed() };
            assert_eq!(origin.asked(&rig, protocol, misnamed).await.0, 502, "{protocol:?}: nor another name");
            assert_eq!(origin.asked(&rig, protocol, other.believed()).await.0, 502, "{protocol:?}: another one's authority");
            let system = UpstreamTls { ca_pool: None, ..origin.believed() };
            assert_eq!(origin.asked(&rig, protocol, system).await.0, 502, "{protocol:?}: the system's authorities");
            let unreadable = UpstreamTls { ca_pool: Some("none".into()), ..origin.believed() };
            assert_eq!(origin.asked(&rig, protocol, unreadable).await.0, 502, "{protocol:?}: nobody's authority");
            assert!(origin.connections.borrow().is_empty(), "{protocol:?}: nothing was sent");
        }
        let anybody = UpstreamTls { no_tls_verify: true, server_name: None, ca_pool: None };
        assert_eq!(origin.asked(&rig, OriginProtocol::Http1, anybody).await.0, 200);
    });
}
