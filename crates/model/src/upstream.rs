//! Where an application's requests go: doorward's own setting, kept apart from the v4 object (ruling 1).

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The origins of an application, and how they are spoken with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// `http://host:port` or `https://host:port`, without path, query or user part.
    pub url: OriginUrl,
    /// Further origins that serve the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<OriginUrl>,
    /// Which of several origins gets a request.
    #[serde(default)]
    pub balance: Balance,
    /// What is spoken with them.
    #[serde(default)]
    pub protocol: OriginProtocol,
    /// Send the application token to the origin in the `CF_Authorization` cookie too (Cloudflare Access does).
    #[serde(default = "yes")]
    pub forward_token_cookie: bool,
    /// `Host` sent to the origin: the public one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_header: Option<String>,
    /// TLS to the origin.
    #[serde(default)]
    pub tls: UpstreamTls,
    /// Milliseconds for the TCP connection.
    #[serde(default = "ten_seconds")]
    pub connect_timeout_ms: u32,
    /// Milliseconds for the TLS handshake.
    #[serde(default = "ten_seconds")]
    pub tls_timeout_ms: u32,
    /// Milliseconds until the response head.
    #[serde(default = "minute")]
    pub response_timeout_ms: u32,
    /// Milliseconds that an origin may be silent in the middle of a response; without limit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_timeout_ms: Option<u32>,
    /// Largest request body in bytes; without limit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_limit_bytes: Option<u64>,
    /// Connections that are kept.
    #[serde(default)]
    pub pool: PoolLimits,
    /// When an origin is passed over.
    #[serde(default)]
    pub health: PassiveHealth,
    /// When it was last changed.
    #[serde(default)]
    pub updated_at: Timestamp,
}

/// Most origins of one application.
pub const MOST_ORIGINS: usize = 16;

impl Upstream {
    /// One origin with every other setting as it is when nothing is said.
    pub fn of(url: OriginUrl) -> Self {
        Self {
            url,
            origins: Vec::new(),
            balance: Balance::default(),
            protocol: OriginProtocol::default(),
            forward_token_cookie: true,
            host_header: None,
            tls: UpstreamTls::default(),
            connect_timeout_ms: ten_seconds(),
            tls_timeout_ms: ten_seconds(),
            response_timeout_ms: minute(),
            idle_timeout_ms: None,
            body_limit_bytes: None,
            pool: PoolLimits::default(),
            health: PassiveHealth::default(),
            updated_at: Timestamp::default(),
        }
    }
    /// Every origin, the first one first.
    pub fn all_origins(&self) -> impl Iterator<Item = &OriginUrl> {
        std::iter::once(&self.url).chain(&self.origins)
    }
}

/// How requests are spread over several origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// To the one with the fewest requests under way, in turn among equals.
    #[default]
    LeastConnections,
    /// In turn.
    RoundRobin,
}

/// What is spoken with an origin. WebSockets are always begun over HTTP/1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum OriginProtocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2 (cloudflared's `http2Origin`): with TLS it must be agreed on (ALPN `h2`), without it is begun at once (h2c).
    Http2,
    /// With TLS what the origin prefers of both, without HTTP/1.1.
    Auto,
}

/// Connections towards one origin. Numbers are for the whole server, spread evenly over its serving threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolLimits {
    /// Idle connections that are kept for the next request (cloudflared's `keepAliveConnections`).
    pub idle_connections: u32,
    /// Milliseconds that a connection may be idle (cloudflared's `keepAliveTimeout`).
    pub idle_timeout_ms: u32,
    /// Most connections at a time, WebSockets included; without limit when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_connections: Option<u32>,
    /// Requests that may wait for one of these to become free; more are refused with 503.
    pub queue: u32,
    /// Milliseconds that they wait.
    pub queue_timeout_ms: u32,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self { idle_connections: 256, idle_timeout_ms: ten_seconds(), max_connections: None, queue: 128, queue_timeout_ms: 1_000 }
    }
}

/// When one of several origins is passed over. It is noticed by requests that fail; nothing else is asked of an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PassiveHealth {
    /// Failures in a row (no connection, no answer) after which it gets no requests for a while.
    pub failures: u32,
    /// Milliseconds of that while. When every origin is out, all are tried anyway.
    pub back_off_ms: u32,
}

impl Default for PassiveHealth {
    fn default() -> Self {
        Self { failures: 3, back_off_ms: ten_seconds() }
    }
}

/// TLS options towards the origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct UpstreamTls {
    /// Accept any certificate (cloudflared's `noTLSVerify`).
    #[serde(default)]
    pub no_tls_verify: bool,
    /// Name expected in the certificate, when it is not the host of the URL (cloudflared's `originServerName`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// PEM of the authorities to trust instead of the public ones (cloudflared's `caPool`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_pool: Option<String>,
}

const fn yes() -> bool {
    true
}
const fn ten_seconds() -> u32 {
    10_000
}
const fn minute() -> u32 {
    60_000
}

/// Scheme, host and port of an origin.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OriginUrl {
    text: String,
    https: bool,
    host: String,
    port: u16,
}

impl OriginUrl {
    /// The text as given.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// True when both lead to the same port of the same host, however they are written.
    pub fn is_same_place(&self, other: &Self) -> bool {
        (self.https, &self.host, self.port) == (other.https, &other.host, other.port)
    }
    /// True for TLS.
    pub const fn is_https(&self) -> bool {
        self.https
    }
    /// Host name or address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }
    /// Port.
    pub const fn port(&self) -> u16 {
        self.port
    }
}
impl TryFrom<String> for OriginUrl {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let bad = |why: &str| format!("{text:?} is not usable as an origin: {why}");
        let (https, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(r), _) => (true, r),
            (_, Some(r)) => (false, r),
            _ => return Err(bad("it must begin with http:// or https://")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@', ' ', '\\']) || rest.is_empty() {
            return Err(bad("it may hold a host and a port only"));
        }
        let (host, port) = match rest.strip_prefix('[') {
            Some(v6) => {
                let (host, tail) = v6.split_once(']').ok_or_else(|| bad("the IPv6 address is not closed by ]"))?;
                if host.parse::<std::net::Ipv6Addr>().is_err() || !(tail.is_empty() || tail.starts_with(':')) {
                    return Err(bad("the part in brackets is not an IPv6 address"));
                }
                (host, tail.strip_prefix(':'))
            }
            None => match rest.split_once(':') {
                Some((h, p)) => (h, Some(p)),
                None => (rest, None),
            },
        };
        let port = match port {
            Some(p) => p.parse().ok().filter(|p| *p != 0).ok_or_else(|| bad("the port is not a number from 1 to 65535"))?,
            None if https => 443,
            None => 80,
        };
        if host.is_empty() || host.bytes().any(|b| !(b.is_ascii_alphanumeric() || b"-._:".contains(&b))) {
            return Err(bad("the host is not a name or an address"));
        }
        Ok(Self { https, host: host.to_ascii_lowercase(), port, text: text.clone() })
    }
}
impl From<OriginUrl> for String {
    fn from(u: OriginUrl) -> String {
        u.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_of_an_earlier_release_reads_as_the_defaults() {
        let stored: Upstream = serde_json::from_str(r#"{"url":"http://127.0.0.1:8080"}"#).unwrap();
        assert_eq!(stored, Upstream::of(OriginUrl::try_from("http://127.0.0.1:8080".to_owned()).unwrap()));
        let again: Upstream = serde_json::from_value(serde_json::to_value(&stored).unwrap()).unwrap();
        assert_eq!(again, stored);
    }

    #[test]
    fn origins_are_scheme_host_and_port() {
        let o = OriginUrl::try_from("http://127.0.0.1:8080".to_owned()).unwrap();
        assert_eq!((o.is_https(), o.host(), o.port()), (false, "127.0.0.1", 8080));
        assert_eq!(OriginUrl::try_from("https://[::1]".to_owned()).unwrap().port(), 443);
        for bad in ["", "ftp://x", "http://", "http://a/b", "http://a:0", "http://u@h", "http://a b", "http://[::1"] {
            assert!(OriginUrl::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
