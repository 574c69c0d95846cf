//! Which cipher suite a connection gets: the one with the shorter AES key, as it is the quickest to shake hands and to encrypt with and as safe
//! as the exchange of keys around it; ChaCha20 for clients that put it first, as they have no instructions for AES.

use std::sync::Arc;

use rustls::{CipherSuite, ServerConfig, crypto::CryptoProvider};

/// The library's suites, in our order.
pub(super) fn provider() -> CryptoProvider {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    provider.cipher_suites.sort_by_key(|suite| !is_first(suite.suite()));
    provider
}

/// One way to make connections, with both orders.
pub(super) struct Orders {
    ours: Arc<ServerConfig>,
    clients: Arc<ServerConfig>,
}

impl Orders {
    pub(super) fn of(config: ServerConfig) -> Self {
        let mut ours = config.clone();
        ours.ignore_client_order = true;
        Self { ours: Arc::new(ours), clients: Arc::new(config) }
    }

    /// For a client that offers these.
    pub(super) fn choose(&self, offered: &[CipherSuite]) -> &Arc<ServerConfig> {
        let known = |suite: &&CipherSuite| self.clients.crypto_provider().cipher_suites.iter().any(|ours| ours.suite() == **suite);
        match offered.iter().find(known) {
            Some(first) if is_chacha(*first) => &self.clients,
            _ => &self.ours,
        }
    }
}

const fn is_first(suite: CipherSuite) -> bool {
    matches!(
        suite,
        CipherSuite::TLS13_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    )
}

const fn is_chacha(suite: CipherSuite) -> bool {
    matches!(
        suite,
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
            | CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
    )
}
