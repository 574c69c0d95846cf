//! Where an application's requests go: doorward's own setting, kept apart from the v4 object (ruling 1).

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The origin of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// `http://host:port` or `https://host:port`, without path, query or user part.
    pub url: OriginUrl,
    /// Send the application token to the origin in the `CF_Authorization` cookie too (Cloudflare Access does).
    #[serde(default = "yes")]
    pub forward_token_cookie: bool,
    /// `Host` sent to the origin: the public one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_header: Option<String>,
    /// TLS to the origin.
    #[serde(default)]
    pub tls: UpstreamTls,
    /// Milliseconds for connecting.
    #[serde(default = "ten_seconds")]
    pub connect_timeout_ms: u32,
    /// Milliseconds until the response head.
    #[serde(default = "minute")]
    pub response_timeout_ms: u32,
    /// When it was last changed.
    #[serde(default)]
    pub updated_at: Timestamp,
}

/// TLS options towards the origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct UpstreamTls {
    /// Accept any certificate (cloudflared's `noTLSVerify`).
    #[serde(default)]
    pub no_tls_verify: bool,
    /// Name expected in the certificate, when it is not the host of the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// PEM of the authorities to trust instead of the public ones.
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
    fn origins_are_scheme_host_and_port() {
        let o = OriginUrl::try_from("http://127.0.0.1:8080".to_owned()).unwrap();
        assert_eq!((o.is_https(), o.host(), o.port()), (false, "127.0.0.1", 8080));
        assert_eq!(OriginUrl::try_from("https://[::1]".to_owned()).unwrap().port(), 443);
        for bad in ["", "ftp://x", "http://", "http://a/b", "http://a:0", "http://u@h", "http://a b", "http://[::1"] {
            assert!(OriginUrl::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
