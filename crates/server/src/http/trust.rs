//! Client address and country: the socket's, or what a configured peer says (ruling 21).

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

use crate::config;

/// Whose word counts, and in which headers.
pub(crate) struct Trust {
    peers: Vec<IpNet>,
    address_header: Option<String>,
    country_header: Option<String>,
}

impl Trust {
    pub(crate) fn new(config: &config::Http) -> Self {
        Self {
            peers: config.trusted_peers.clone(),
            address_header: config.client_address_header.clone(),
            country_header: config.country_header.clone(),
        }
    }

    pub(super) fn is_peer(&self, ip: IpAddr) -> bool {
        self.peers.iter().any(|n| n.contains(&ip))
    }

    /// The client's address: from the right of the header, the first that is no trusted peer itself. `None` when a trusted
    /// peer sends no header, one that cannot be read, or only addresses of trusted peers: then nobody knows (ruling 21).
    pub(crate) fn address(&self, peer: SocketAddr, headers: &HeaderMap) -> Option<IpAddr> {
        let direct = peer.ip().to_canonical();
        let Some(name) = &self.address_header else { return Some(direct) };
        if !self.is_peer(direct) {
            return Some(direct);
        }
        let lines: Vec<&HeaderValue> = headers.get_all(name).iter().collect();
        for entry in lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|b| *b == b',')) {
            let ip = read_address(entry)?;
            if !self.is_peer(ip) {
                return Some(ip);
            }
        }
        None
    }

    /// The country that a trusted peer told, in upper case; `XX` and `T1` mean that it does not know.
    pub(crate) fn country(&self, peer: SocketAddr, headers: &HeaderMap) -> Option<String> {
        let name = self.country_header.as_ref()?;
        if !self.is_peer(peer.ip().to_canonical()) {
            return None;
        }
        let mut values = headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?.trim().to_ascii_uppercase();
        let known = values.next().is_none() && value.len() == 2 && value.bytes().all(|b| b.is_ascii_uppercase()) && value != "XX";
        known.then_some(value)
    }
}

/// An address, with or without a port, IPv6 with or without brackets.
fn read_address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let ip = text.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|a| a.ip()));
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    Some(ip.or_else(bracketed)?.to_canonical())
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    fn trust() -> Trust {
        Trust {
            peers: vec!["10.0.0.0/8".parse().unwrap()],
            address_header: Some("x-forwarded-for".into()),
            country_header: Some("x-country".into()),
        }
    }
    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut out = HeaderMap::new();
        for (n, v) in list {
            out.append(*n, HeaderValue::from_static(v));
        }
        out
    }

    #[test]
    fn only_trusted_peers_are_believed_and_only_as_far_as_they_reach() {
        let from = |peer: &str, list: &[(&'static str, &'static str)]| {
            trust().address(peer.parse().unwrap(), &headers(list)).map(|ip| ip.to_string())
        };
        let known = |ip: &str| Some(ip.to_owned());
        assert_eq!(from("203.0.113.9:1", &[("x-forwarded-for", "1.2.3.4")]), known("203.0.113.9"));
        assert_eq!(from("10.0.0.1:1", &[("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.2")]), known("1.2.3.4"));
        assert_eq!(from("10.0.0.1:1", &[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "1.2.3.4")]), known("1.2.3.4"));
        assert_eq!(from("10.0.0.1:1", &[("x-forwarded-for", "nonsense, 1.2.3.4")]), known("1.2.3.4"), "what lies beyond does not matter");
        assert_eq!(from("10.0.0.1:1", &[("x-forwarded-for", "1.2.3.4:1234")]), known("1.2.3.4"));
        assert_eq!(from("10.0.0.1:1", &[("x-forwarded-for", "[2001:db8::1]:1234")]), known("2001:db8::1"));
        assert_eq!(from("[::ffff:10.0.0.1]:1", &[("x-forwarded-for", "::ffff:1.2.3.4")]), known("1.2.3.4"));
    }

    #[test]
    fn what_a_trusted_peer_does_not_tell_readably_is_unknown() {
        let from = |list: &[(&'static str, &'static str)]| trust().address("10.0.0.1:1".parse().unwrap(), &headers(list));
        for list in [&[][..], &[("x-forwarded-for", "1.2.3.4, nonsense")], &[("x-forwarded-for", "10.0.0.2")], &[("x-forwarded-for", "")]] {
            assert_eq!(from(list), None, "{list:?}");
        }
        let mut odd = HeaderMap::new();
        odd.append("x-forwarded-for", HeaderValue::from_bytes(b"1.2.3.4, \xff").unwrap());
        assert_eq!(trust().address("10.0.0.1:1".parse().unwrap(), &odd), None);
    }

    #[test]
    fn the_country_is_known_from_a_trusted_peer_only() {
        let from = |peer: &str, list: &[(&'static str, &'static str)]| trust().country(peer.parse().unwrap(), &headers(list));
        assert_eq!(from("10.0.0.1:1", &[("x-country", "se")]).as_deref(), Some("SE"));
        assert_eq!(from("203.0.113.9:1", &[("x-country", "SE")]), None);
        assert_eq!(from("10.0.0.1:1", &[("x-country", "XX")]), None);
        assert_eq!(from("10.0.0.1:1", &[("x-country", "SE"), ("x-country", "DE")]), None);
    }
}
