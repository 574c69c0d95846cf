//! Addresses that the server will call because the API named them: https and public, unless the configuration file allows them
//! (ruling 9).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::{fault::Fields, state::ApiConfig};

/// An https origin without path.
pub(crate) fn origin(f: &Fields<'_>, key: &'static str, config: &ApiConfig) -> Option<String> {
    let text = f.text_up_to(key, 255)?;
    let checked = parse(text).and_then(|url| {
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if bare { callable(&url, config).map(|()| url) } else { Err("it may hold a scheme, a host and a port only") }
    });
    match checked {
        Ok(url) => Some(url.origin().ascii_serialization()),
        Err(why) => {
            f.fault(key, format!("{text:?} is not usable: {why}"));
            None
        }
    }
}

/// An https address, as it was written.
pub(crate) fn endpoint(f: &Fields<'_>, key: &'static str, config: &ApiConfig) -> Option<String> {
    if f.require(key) { endpoint_if_given(f, key, config) } else { None }
}

/// The same, where there may be none.
pub(crate) fn endpoint_if_given(f: &Fields<'_>, key: &'static str, config: &ApiConfig) -> Option<String> {
    let text = f.text_up_to(key, 2048)?;
    let checked = parse(text).and_then(|url| {
        let fragment = if url.fragment().is_some() { Err("it may not have a fragment (#…)") } else { Ok(()) };
        fragment.and_then(|()| callable(&url, config))
    });
    match checked {
        Ok(()) => Some(text.to_owned()),
        Err(why) => {
            f.fault(key, format!("{text:?} is not usable: {why}"));
            None
        }
    }
}

fn parse(text: &str) -> Result<Url, &'static str> {
    // The parser passes over line breaks and tabs; a Location header does not.
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("write spaces and other than ASCII characters as escapes");
    }
    Url::parse(text).map_err(|_| "it is not an address like https://login.microsoftonline.com")
}

fn callable(url: &Url, config: &ApiConfig) -> Result<(), &'static str> {
    let Some(host) = url.host() else { return Err("it has no host") };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it may not hold a user name or password");
    }
    let allowed = is_allowed(config, url);
    let loopback = matches!(host, Host::Ipv4(ip) if ip.is_loopback()) || url.host_str().is_some_and(|h| h.ends_with("localhost"));
    if url.scheme() != "https" && !(url.scheme() == "http" && allowed && loopback) {
        return Err("it must begin with https://");
    }
    if is_private(&host) && !allowed {
        return Err("private addresses are refused unless the server's configuration file allows them");
    }
    Ok(())
}

fn is_allowed(config: &ApiConfig, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let with_port = url.port_or_known_default().map(|port| format!("{host}:{port}")).unwrap_or_default();
    let named = config.private_targets.iter().any(|target| target.eq_ignore_ascii_case(host) || target.eq_ignore_ascii_case(&with_port));
    named || in_a_network(config, url)
}

/// A name may stand for any address of the networks: where it leads is looked at again when it is called.
fn in_a_network(config: &ApiConfig, url: &Url) -> bool {
    let holds = |ip: IpAddr| config.private_networks.iter().any(|net| net.contains(&ip));
    match url.host() {
        Some(Host::Ipv4(ip)) => holds(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => holds(IpAddr::V6(ip).to_canonical()),
        Some(Host::Domain(name)) if name == "localhost" || name.ends_with(".localhost") => {
            holds(Ipv4Addr::LOCALHOST.into()) || holds(Ipv6Addr::LOCALHOST.into())
        }
        Some(Host::Domain(_)) => !config.private_networks.is_empty(),
        None => false,
    }
}

/// What can be told from the text; names that resolve to private addresses are refused when they are called.
fn is_private(host: &Host<&str>) -> bool {
    let ip = match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            return name == "localhost" || name.ends_with(".localhost") || name.ends_with(".internal") || !name.contains('.');
        }
        Host::Ipv4(ip) => IpAddr::V4(*ip),
        Host::Ipv6(ip) => IpAddr::V6(*ip).to_canonical(),
    };
    match ip {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_multicast()
                || ip.is_broadcast()
                || shared
        }
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_multicast()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fault::Faults;

    #[test]
    fn private_addresses_need_the_configuration_file() {
        let config = |targets: &[&str], networks: &[&str]| ApiConfig {
            team_origin: "https://team.localhost".into(),
            api_base: "https://team.localhost/client/v4".into(),
            private_targets: targets.iter().map(|t| (*t).to_owned()).collect(),
            private_networks: networks.iter().map(|n| n.parse().unwrap()).collect(),
            federated_tokens: Vec::new(),
            tells_country: Default::default(),
            decision_days: Default::default(),
        };
        let table = [
            ("https://login.microsoftonline.com", &[][..], true),
            ("https://login.microsoftonline.us/", &[], true),
            ("http://login.microsoftonline.com", &[], false),
            ("https://login.microsoftonline.com/common", &[], false),
            ("https://user@login.example", &[], false),
            ("https://127.0.0.1:9000", &[], false),
            ("https://127.0.0.1:9000", &["127.0.0.1:9000"], true),
            ("https://localhost:9000", &["localhost"], true),
            ("http://localhost:9000", &["localhost:9000"], true),
            ("https://localhost:9001", &["localhost:9000"], false),
            ("https://[::1]", &[], false),
            ("https://[::ffff:10.0.0.1]", &[], false),
            ("https://169.254.169.254", &[], false),
            ("https://100.64.0.1", &[], false),
            ("https://intranet", &[], false),
        ];
        for (text, targets, expect) in table {
            let (body, faults) = (json!({ "login_url": text }), Faults::default());
            let origin = Fields::of(&body, "", &faults).and_then(|f| origin(&f, "login_url", &config(targets, &[])));
            assert_eq!(origin.is_some(), expect, "{text} {targets:?}");
        }
        for (text, expect) in [
            ("https://10.1.2.3/token", true),
            ("https://10.2.2.3/token", false),
            ("https://intranet/token", true),
            ("https://localhost/token", false),
        ] {
            let (body, faults) = (json!({ "token_url": text }), Faults::default());
            let found = Fields::of(&body, "", &faults).and_then(|f| endpoint(&f, "token_url", &config(&[], &["10.1.0.0/16"])));
            assert_eq!(found.as_deref(), expect.then_some(text));
        }
    }
}
