//! The TLS handshake: by the name that the client asks for, a client certificate is asked for or not; by the protocol, a challenge of an
//! ACME server is answered.
//!
//! The settings share nothing but the server's certificates: each seals its sessions with keys of its own, so that one that was made
//! without asking is never resumed where a certificate is asked for.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::{CipherSuite, ProtocolVersion, ServerConfig, server::Acceptor, server::NoServerSessionStorage, version};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use super::{
    gathered::Gathered,
    suites::{self, Orders},
};
use crate::{
    certificates::{AskForAny, Certificates, ChallengeCertificates, NoRandom, Tickets},
    config::MinVersion,
};

/// The protocol in which challenges are asked (RFC 8737 section 6.2).
const CHALLENGE: &[u8] = b"acme-tls/1";

/// How connections are made. Clones are one and the same.
#[derive(Clone)]
pub(crate) struct Tls(Arc<Parts>);

struct Parts {
    certificates: Arc<Certificates>,
    tickets: Arc<Tickets>,
    asking_tickets: Arc<Tickets>,
    settings: ArcSwap<Settings>,
}

struct Settings {
    min_version: MinVersion,
    plain: Orders,
    asking: Orders,
    challenge: Arc<ServerConfig>,
}

/// TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Settings that contradict each other.
    #[error("the settings do not fit together")]
    Settings(#[from] rustls::Error),
    /// Keys.
    #[error("there are no keys")]
    Keys(#[from] NoRandom),
}

/// A connection for requests.
pub(crate) struct Made {
    pub stream: TlsStream<Gathered>,
    /// A client certificate was asked for.
    pub asked: bool,
}

impl Tls {
    pub(crate) fn new(certificates: &Arc<Certificates>, min_version: MinVersion) -> Result<Self, TlsError> {
        let (tickets, asking_tickets) = (Arc::new(Tickets::new()?), Arc::new(Tickets::new()?));
        let settings = ArcSwap::from_pointee(settings(certificates, &tickets, &asking_tickets, min_version)?);
        Ok(Self(Arc::new(Parts { certificates: certificates.clone(), tickets, asking_tickets, settings })))
    }

    /// Speaks no older version from now on. Open connections stay.
    pub(crate) fn set_min_version(&self, min_version: MinVersion) -> Result<(), TlsError> {
        let parts = &*self.0;
        if parts.settings.load().min_version != min_version {
            parts.settings.store(Arc::new(settings(&parts.certificates, &parts.tickets, &parts.asking_tickets, min_version)?));
        }
        Ok(())
    }

    /// New keys for the tickets of sessions.
    pub(crate) fn rotate_tickets(&self) -> Result<(), NoRandom> {
        self.0.tickets.rotate()?;
        self.0.asking_tickets.rotate()
    }

    /// For a client that offers these suites; true when it is asked for a certificate.
    pub(crate) fn config(&self, asked: bool, offered: &[CipherSuite]) -> Arc<ServerConfig> {
        let settings = self.0.settings.load();
        if asked { &settings.asking } else { &settings.plain }.choose(offered).clone()
    }

    /// Makes a connection, asking for a certificate where a name asks for one; none when it was for a challenge, which is answered by the
    /// handshake alone.
    pub(crate) async fn accept(&self, stream: TcpStream, asks: impl Fn(&str) -> bool) -> std::io::Result<Option<Made>> {
        let start = LazyConfigAcceptor::new(Acceptor::default(), Gathered::new(stream)).await?;
        let hello = start.client_hello();
        if hello.alpn().is_some_and(|mut list| list.any(|protocol| protocol == CHALLENGE)) {
            let challenge = self.0.settings.load().challenge.clone();
            start.into_stream(challenge).await?.shutdown().await?;
            return Ok(None);
        }
        // Lower case already.
        let asked = hello.server_name().is_some_and(asks);
        let config = self.config(asked, hello.cipher_suites());
        let mut stream = start.into_stream(config).await?;
        let (socket, session) = stream.get_mut();
        if session.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
            socket.hold_ticket();
        } else {
            socket.let_go();
        }
        Ok(Some(Made { stream, asked }))
    }
}

fn settings(
    certificates: &Arc<Certificates>,
    tickets: &Arc<Tickets>,
    asking_tickets: &Arc<Tickets>,
    min_version: MinVersion,
) -> Result<Settings, TlsError> {
    let provider = Arc::new(suites::provider());
    let versions: &[_] = match min_version {
        MinVersion::Tls12 => &[&version::TLS13, &version::TLS12],
        MinVersion::Tls13 => &[&version::TLS13],
    };
    let begun = || ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions);
    let finished = |mut config: ServerConfig, tickets: &Arc<Tickets>| {
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // Sessions are in the tickets, which any thread opens; a store would be a lock.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.ticketer = tickets.clone();
        // One is enough: clients get another with each connection.
        config.send_tls13_tickets = 1;
        Orders::of(config)
    };
    let plain = begun()?.with_no_client_auth().with_cert_resolver(certificates.clone());
    let asking = begun()?.with_client_cert_verifier(Arc::new(AskForAny(provider.clone()))).with_cert_resolver(certificates.clone());
    let mut challenge = begun()?.with_no_client_auth().with_cert_resolver(Arc::new(ChallengeCertificates(certificates.clone())));
    challenge.alpn_protocols = vec![CHALLENGE.to_vec()];
    challenge.session_storage = Arc::new(NoServerSessionStorage {});
    challenge.send_tls13_tickets = 0;
    Ok(Settings { min_version, plain: finished(plain, tickets), asking: finished(asking, asking_tickets), challenge: Arc::new(challenge) })
}
