//! Name resolution that drops forbidden addresses, with overrides from the configuration file.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::AddressRules;

/// Hands out only addresses that may be called, so that what is checked is what is connected to.
#[derive(Clone)]
pub(crate) struct CheckedResolver {
    rules: Arc<AddressRules>,
    overrides: Arc<[(String, IpAddr)]>,
}

/// A name leads only to addresses that must not be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host} is at {address}, which is not a public address")]
pub(crate) struct PrivateAddress {
    pub(crate) host: String,
    pub(crate) address: IpAddr,
}

impl CheckedResolver {
    pub(crate) fn new(rules: Arc<AddressRules>, overrides: &[(String, IpAddr)]) -> Self {
        let overrides = overrides.iter().map(|(host, ip)| (host.to_ascii_lowercase(), *ip)).collect();
        Self { rules, overrides }
    }

    /// The override for a host: an equal name, or a `.suffix` of it. The first entry that fits counts.
    fn overridden(&self, host: &str) -> Option<IpAddr> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.overrides.iter().find(|(name, _)| *name == host || (name.starts_with('.') && host.ends_with(name.as_str()))).map(|(_, ip)| *ip)
    }

    /// Keeps the permitted addresses; refuses when there were only others.
    fn admit(&self, host: &str, found: Vec<IpAddr>) -> Result<Vec<IpAddr>, PrivateAddress> {
        let first_refused = found.iter().copied().find(|ip| !self.rules.permit(*ip));
        let kept: Vec<IpAddr> = found.into_iter().filter(|ip| self.rules.permit(*ip)).collect();
        match first_refused {
            Some(address) if kept.is_empty() => Err(PrivateAddress { host: host.to_owned(), address }),
            _ => Ok(kept),
        }
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = match this.overridden(&host) {
                Some(ip) => vec![ip],
                None => tokio::net::lookup_host((host.as_str(), 0)).await?.map(|a| a.ip()).collect(),
            };
            let kept = this.admit(&host, found)?;
            let addresses: Addrs = Box::new(kept.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver() -> CheckedResolver {
        let rules = AddressRules::new(vec!["127.0.0.0/8".parse().unwrap()]);
        let ip = |s: &str| s.parse().unwrap();
        CheckedResolver::new(
            Arc::new(rules),
            &[("localhost".into(), ip("127.0.0.1")), (".Localhost".into(), ip("127.0.0.2")), ("inner.example".into(), ip("10.0.0.9"))],
        )
    }

    #[test]
    fn overrides_match_whole_names_or_dotted_suffixes() {
        let r = resolver();
        let at = |host: &str| r.overridden(host).map(|ip| ip.to_string());
        assert_eq!(at("LOCALHOST").as_deref(), Some("127.0.0.1"));
        assert_eq!(at("team.localhost").as_deref(), Some("127.0.0.2"));
        assert_eq!(at("a.team.localhost.").as_deref(), Some("127.0.0.2"));
        assert_eq!(at("notlocalhost"), None);
        assert_eq!(at("login.example"), None);
    }

    #[test]
    fn forbidden_addresses_are_dropped_and_a_name_with_only_such_is_refused() {
        let r = resolver();
        let ips = |list: &[&str]| list.iter().map(|s| s.parse().unwrap()).collect::<Vec<IpAddr>>();
        assert_eq!(r.admit("h", ips(&["10.0.0.1", "20.190.128.1"])).unwrap(), ips(&["20.190.128.1"]));
        let refused = r.admit("h", ips(&["169.254.169.254"])).unwrap_err();
        assert_eq!(refused.to_string(), "h is at 169.254.169.254, which is not a public address");
    }

    #[tokio::test]
    async fn even_an_override_must_lead_to_a_permitted_address() {
        let r = resolver();
        let good = r.resolve("team.localhost".parse().unwrap()).await;
        assert_eq!(good.ok().map(Iterator::count), Some(1));
        let bad = r.resolve("inner.example".parse().unwrap()).await;
        assert!(bad.err().is_some_and(|e| e.is::<PrivateAddress>()));
    }
}
