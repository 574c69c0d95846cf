//! `[http]`: addresses, the public port, the API host, trusted peers.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::{Section, team::host};

/// Listening and what is believed of peers.
#[derive(Debug, Clone)]
pub struct Http {
    /// HTTPS addresses.
    pub listen: Vec<SocketAddr>,
    /// Plain HTTP addresses for a TLS terminator in front: connections of others than `trusted_peers` are closed.
    pub plain_listen: Vec<SocketAddr>,
    /// Port people see; absent: that of the first address.
    pub public_port: Option<u16>,
    /// Plain HTTP addresses that redirect to HTTPS.
    pub redirect_listen: Vec<SocketAddr>,
    /// A host of its own for the API, beside the team domain.
    pub api_host: Option<String>,
    /// Threads that serve requests; 0: one a core.
    pub workers: usize,
    /// Networks whose word on client address and country counts.
    pub trusted_peers: Vec<IpNet>,
    /// Header with the client address.
    pub client_address_header: Option<String>,
    /// Header with the client's country.
    pub country_header: Option<String>,
    /// Seconds that a stopping server lets requests finish.
    pub drain_seconds: u64,
}

impl Http {
    pub(super) fn read(section: &mut Section) -> Option<Self> {
        let address = |s: &str| s.parse::<SocketAddr>().map_err(|_| format!("{s:?} is not an address with a port, like 0.0.0.0:443"));
        let network = |s: &str| {
            s.parse::<IpNet>()
                .or_else(|_| s.parse::<std::net::IpAddr>().map(IpNet::from))
                .map_err(|_| format!("{s:?} is neither an address nor a network like 10.0.0.0/8"))
        };
        let header = |s: &str| {
            axum::http::HeaderName::try_from(s.to_ascii_lowercase())
                .map(|n| n.to_string())
                .map_err(|_| format!("{s:?} is not a header name"))
        };
        let listen = section.list("listen", address);
        if listen.as_ref().is_some_and(Vec::is_empty) {
            section.fault("listen", "must name at least one address");
        }
        let out = Self {
            listen: listen.unwrap_or_else(|| vec![SocketAddr::from(([0, 0, 0, 0], 443))]),
            plain_listen: section.list("plain_listen", address).unwrap_or_default(),
            public_port: section.number("public_port", 1..=65535).and_then(|n| u16::try_from(n).ok()),
            redirect_listen: section.list("redirect_listen", address).unwrap_or_default(),
            api_host: section.text("api_host", host),
            workers: section.number("workers", 0..=1024).and_then(|n| usize::try_from(n).ok()).unwrap_or(0),
            trusted_peers: section.list("trusted_peers", network).unwrap_or_default(),
            client_address_header: section.text("client_address_header", header),
            country_header: section.text("country_header", header),
            drain_seconds: section.number("drain_seconds", 0..=3600).and_then(|n| u64::try_from(n).ok()).unwrap_or(20),
        };
        if out.trusted_peers.is_empty() && (out.client_address_header.is_some() || out.country_header.is_some()) {
            section.fault("trusted_peers", "is needed when client_address_header or country_header is set: nobody else is believed");
        }
        if !out.plain_listen.is_empty() && (out.trusted_peers.is_empty() || out.client_address_header.is_none()) {
            section.fault(
                "plain_listen",
                "needs trusted_peers (the terminators that may connect) and client_address_header (where they tell the client's address)",
            );
        }
        Some(out)
    }
}
