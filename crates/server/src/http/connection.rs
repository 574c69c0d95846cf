//! What a connection brought to all its requests: where it came from, the name it was made for, and the certificate that was shown.

use std::{cell::RefCell, net::SocketAddr, sync::Arc};

use guard::certificate::ClientCertificate;
use model::Timestamp;
use rustls_pki_types::CertificateDer;

use super::notice::Notice;
use crate::certificates::Authorities;

/// A certificate is judged again after this time, though nothing changed: it may have expired.
const JUDGED_FOR_SECS: i64 = 60;

/// A TLS connection that was made.
pub(crate) struct Connection {
    pub peer: SocketAddr,
    /// The name in the handshake, lower case.
    pub server_name: Option<String>,
    /// A certificate was asked for.
    pub asked: bool,
    /// What was shown, the client's own first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Over HTTP/1.1, what its bytes are read by.
    notice: RefCell<Option<Arc<Notice>>>,
    judged: RefCell<Option<Judged>>,
}

struct Judged {
    host: String,
    version: u64,
    at: Timestamp,
    result: ClientCertificate,
}

/// The request's host wants to know who is there, and this connection was made for another, or before the host wanted to: the client is to
/// come again on one of its own (RFC 9110 section 15.5.20).
pub(crate) struct Misdirected;

impl Connection {
    pub(crate) fn new(peer: SocketAddr, server_name: Option<String>, asked: bool, chain: Vec<CertificateDer<'static>>) -> Self {
        Self { peer, server_name, asked, chain, notice: RefCell::default(), judged: RefCell::default() }
    }

    /// What the bytes of this connection are read by, over HTTP/1.1.
    pub(crate) fn notice(&self) -> Option<Arc<Notice>> {
        self.notice.borrow().clone()
    }
    /// From here on they are read by this.
    pub(super) fn is_read_by(&self, notice: &Arc<Notice>) {
        *self.notice.borrow_mut() = Some(notice.clone());
    }

    /// The certificate as facts for this host, under the configuration of this moment.
    pub(crate) fn certificate(&self, host: &str, authorities: &Authorities, now: Timestamp) -> Result<ClientCertificate, Misdirected> {
        if !authorities.ask(host) {
            return Ok(ClientCertificate::NotAsked);
        }
        if !self.asked || self.server_name.as_deref() != Some(host) {
            return Err(Misdirected);
        }
        let version = authorities.version();
        let mut judged = self.judged.borrow_mut();
        let is_fresh = |j: &Judged| j.host == host && j.version == version && (0..JUDGED_FOR_SECS).contains(&now.secs_since(j.at));
        if let Some(known) = judged.as_ref().filter(|j| is_fresh(j)) {
            return Ok(known.result.clone());
        }
        let result = authorities.judge(host, &self.chain, now);
        *judged = Some(Judged { host: host.to_owned(), version, at: now, result: result.clone() });
        Ok(result)
    }
}
