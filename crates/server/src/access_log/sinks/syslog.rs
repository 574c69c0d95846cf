//! A syslog server: each line a message of RFC 5424, over UDP (RFC 5426), TCP (RFC 6587, counted), TLS (RFC 5425) or a local socket.

use std::{
    io::{self, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket},
    os::unix::net::UnixDatagram,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{ClientConfig, ClientConnection, StreamOwned};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{AccessLogError, Batch, Failure};
use crate::config::SyslogAddress;

/// How long reaching the server and writing to it may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a message that a datagram holds.
const MOST_DATAGRAM: usize = 8192;
/// Severity: informational.
const INFORMATIONAL: u8 = 6;

/// A server.
pub(in super::super) struct Syslog {
    address: SyslogAddress,
    tls: Option<Arc<ClientConfig>>,
    priority: u8,
    host: String,
    connection: Option<Connection>,
}

enum Connection {
    Udp(UdpSocket),
    Unix(UnixDatagram),
    Stream(Box<dyn Write + Send>),
}

impl Syslog {
    pub(super) fn open(address: &SyslogAddress, facility: u8) -> Result<Self, AccessLogError> {
        let tls = match address {
            SyslogAddress::Tls { host, ca_file, .. } => {
                ServerName::try_from(host.as_str()).map_err(|_| AccessLogError::Name(host.clone()))?;
                Some(Arc::new(tls(ca_file.as_deref())?))
            }
            _ => None,
        };
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host: String = host.trim().chars().filter(char::is_ascii_graphic).take(255).collect();
        let host = if host.is_empty() { "-".to_owned() } else { host };
        Ok(Self { address: address.clone(), tls, priority: facility * 8 + INFORMATIONAL, host, connection: None })
    }

    pub(super) fn write(&mut self, batches: &[Batch]) -> Result<(), Failure> {
        let outcome = batches.iter().try_for_each(|batch| self.send(batch));
        outcome.map_err(|error| {
            self.connection = None;
            match self.address {
                // A datagram that was not taken is gone.
                SyslogAddress::Udp(_) => Failure::Lost(error.to_string()),
                _ => Failure::Later(error.to_string()),
            }
        })
    }

    fn send(&mut self, batch: &Batch) -> io::Result<()> {
        let mut connection = match self.connection.take() {
            Some(open) => open,
            None => self.connect()?,
        };
        let header = header(self.priority, &self.host, batch.at);
        let (mut out, mut message) = (Vec::with_capacity(batch.bytes.len() * 2), Vec::new());
        for line in batch.bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            message.clear();
            message.extend_from_slice(header.as_bytes());
            message.extend_from_slice(line);
            match &connection {
                Connection::Udp(socket) => socket.send(&message[..message.len().min(MOST_DATAGRAM)]).map(drop)?,
                Connection::Unix(socket) => socket.send(&message[..message.len().min(MOST_DATAGRAM)]).map(drop)?,
                Connection::Stream(_) => {
                    write!(out, "{} ", message.len())?;
                    out.extend_from_slice(&message);
                }
            }
        }
        if let Connection::Stream(stream) = &mut connection {
            stream.write_all(&out)?;
            stream.flush()?;
        }
        self.connection = Some(connection);
        Ok(())
    }

    fn connect(&self) -> io::Result<Connection> {
        Ok(match (&self.address, &self.tls) {
            (SyslogAddress::Udp(to), _) => {
                let any: SocketAddr = if to.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
                let socket = UdpSocket::bind(any)?;
                socket.connect(to)?;
                Connection::Udp(socket)
            }
            (SyslogAddress::Unix(path), _) => {
                let socket = UnixDatagram::unbound()?;
                socket.connect(path)?;
                socket.set_write_timeout(Some(PATIENCE))?;
                Connection::Unix(socket)
            }
            (SyslogAddress::Tcp(to), _) => Connection::Stream(Box::new(stream(*to)?)),
            (SyslogAddress::Tls { host, port, .. }, Some(config)) => {
                let to = (host.as_str(), *port).to_socket_addrs()?.next().ok_or_else(|| io::Error::other("the name has no address"))?;
                let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
                let session = ClientConnection::new(config.clone(), name).map_err(io::Error::other)?;
                Connection::Stream(Box::new(StreamOwned::new(session, stream(to)?)))
            }
            (SyslogAddress::Tls { .. }, None) => return Err(io::Error::other("TLS was not set up")),
        })
    }
}

fn stream(to: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, PATIENCE)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// RFC 5424 section 6.2, without structured data: the line is structured itself.
fn header(priority: u8, host: &str, at: SystemTime) -> String {
    let at = OffsetDateTime::from(at).replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let at = at.format(&Rfc3339).unwrap_or_else(|_| "-".to_owned());
    format!("<{priority}>1 {at} {host} doorward {} access - ", std::process::id())
}

fn tls(ca_file: Option<&Path>) -> Result<ClientConfig, AccessLogError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let begun = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(AccessLogError::Tls)?;
    let Some(path) = ca_file else {
        use rustls_platform_verifier::BuilderVerifierExt;
        return Ok(begun.with_platform_verifier().map_err(AccessLogError::Tls)?.with_no_client_auth());
    };
    let mut roots = rustls::RootCertStore::empty();
    let unusable = || AccessLogError::Authorities(path.to_owned());
    for certificate in CertificateDer::pem_file_iter(path).map_err(|_| unusable())? {
        roots.add(certificate.map_err(|_| unusable())?).map_err(|_| unusable())?;
    }
    if roots.is_empty() {
        return Err(unusable());
    }
    Ok(begun.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_that_of_rfc_5424() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_772_600_767_089);
        let told = header(134, "quay-1", at);
        assert_eq!(told, format!("<134>1 2026-03-04T05:06:07Z quay-1 doorward {} access - ", std::process::id()));
    }
}
