//! The client of a request as the listener established it: surfaces read it from the request's extensions.

use std::net::IpAddr;

use crate::certificate::ClientCertificate;

/// Who is at the other end, by socket and trusted peers only (ruling 21).
#[derive(Debug, Clone)]
pub struct Client {
    /// Host asked for: lower case, without port.
    pub host: String,
    /// Address for logs and records: the nearest one that is known.
    pub ip: IpAddr,
    /// Address for rules: `None` when a trusted peer did not tell it readably.
    pub rule_ip: Option<IpAddr>,
    /// Country, told by a trusted peer.
    pub country: Option<String>,
    /// The certificate of the connection, as it counts on this host.
    pub certificate: ClientCertificate,
}
