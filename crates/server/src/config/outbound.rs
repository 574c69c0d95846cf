//! `[outbound]`: what the server may call, and where the Entra cloud is by default.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use model::idp::EntraCloud;

use super::Section;

/// Calls to identity providers.
#[derive(Debug, Clone)]
pub struct Outbound {
    /// Hosts of the Entra cloud for providers that name no other.
    pub entra: EntraCloud,
    /// Private networks that providers may live in (ruling 9: only here, never through the API).
    pub allowed_private: Vec<IpNet>,
    /// Fixed addresses by host name, or by suffix when the name begins with a dot.
    pub resolve: Vec<(String, IpAddr)>,
    /// PEM files of further authorities to trust.
    pub ca_files: Vec<PathBuf>,
    /// Files with assertions of other issuers, by the name that providers' settings use (workload identity federation). Read anew each
    /// time.
    pub federated_tokens: Vec<(String, PathBuf)>,
}

impl Outbound {
    pub(super) fn read(section: &mut Section, base: &Path) -> Self {
        let origin = |s: &str| {
            let url = url::Url::parse(s).map_err(|_| "is not a URL".to_owned())?;
            let plain = url.path() == "/" && url.query().is_none() && url.scheme() == "https" && url.host_str().is_some();
            if plain { Ok(s.trim_end_matches('/').to_owned()) } else { Err("must be https:// and a host, without a path".to_owned()) }
        };
        let defaults = EntraCloud::default();
        let entra = EntraCloud {
            login_url: section.text("entra_login_url", origin).unwrap_or(defaults.login_url),
            graph_url: section.text("entra_graph_url", origin).unwrap_or(defaults.graph_url),
        };
        let network = |s: &str| {
            s.parse::<IpNet>()
                .or_else(|_| s.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| format!("{s:?} is neither an address nor a network like 127.0.0.0/8"))
        };
        Self {
            entra,
            allowed_private: section.list("allowed_private", network).unwrap_or_default(),
            resolve: section.pairs("resolve", |s| s.parse::<IpAddr>().map_err(|_| format!("{s:?} is not an address"))),
            ca_files: section.list("ca_files", |s| Ok(base.join(s))).unwrap_or_default(),
            federated_tokens: section.pairs("federated_tokens", |s| Ok(base.join(s))),
        }
    }
}
