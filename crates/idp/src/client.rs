//! The client: one HTTP client and the caches of all providers.

use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use ipnet::IpNet;
use model::{
    Timestamp,
    idp::{EntraCloud, EntraSettings, IdpConfig},
};
use reqwest::{Certificate, redirect::Policy};
use url::Url;

use crate::{
    IdpError,
    address::AddressRules,
    entra::{Endpoints, FederatedTokens, KeyCache, OwnTokens},
    evaluate::EvaluationKeys,
    fetch::{Deadline, Fetcher},
    generic::KeyStore,
    resolver::CheckedResolver,
    skew::{ClockSkew, Skews},
    token::Proven,
};

/// Longest time a whole sign-in may take at the provider.
const MAX_TOTAL: Duration = Duration::from_secs(8);

/// Settings of the client, all from the configuration file.
#[derive(Debug, Clone)]
pub struct Config {
    /// Cloud of providers that name none.
    pub default_cloud: EntraCloud,
    /// Root certificates trusted besides those of the machine; PEM, each may hold several.
    pub extra_roots_pem: Vec<Vec<u8>>,
    /// Private networks that may be called.
    pub allowed_private: Vec<IpNet>,
    /// Fixed addresses: a host name or a `.suffix`, and where it is. The address must be callable, too.
    pub resolve: Vec<(String, IpAddr)>,
    /// Time for all calls of one sign-in together; at most 8 s count.
    pub total_timeout: Duration,
    /// `User-Agent` of the calls.
    pub user_agent: String,
    /// Files with assertions of other issuers, by the name that a provider's settings use.
    pub federated_tokens: Vec<(String, PathBuf)>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            default_cloud: EntraCloud::default(),
            extra_roots_pem: Vec::new(),
            allowed_private: Vec::new(),
            resolve: Vec::new(),
            total_timeout: MAX_TOTAL,
            user_agent: "doorward".into(),
            federated_tokens: Vec::new(),
        }
    }
}

/// Talks to identity providers. Clones share connections and caches. Dropping a future gives the call up.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    fetcher: Fetcher,
    keys: KeyCache,
    generic_keys: KeyStore,
    evaluation_keys: EvaluationKeys,
    proven: Proven,
    own_tokens: OwnTokens,
    federated: FederatedTokens,
    default_cloud: EntraCloud,
    total: Duration,
}

impl Client {
    /// Builds the client; reads the machine's root certificates once.
    ///
    /// Errors: a root that is no PEM; no root certificates at all; a `default_cloud` that is no pair of origins.
    pub fn new(config: Config) -> Result<Self, IdpError> {
        let login = Endpoints::check(&config.default_cloud)?;
        let rules = Arc::new(AddressRules::new(config.allowed_private));
        let resolver = CheckedResolver::new(Arc::clone(&rules), &config.resolve);
        let mut roots = Vec::new();
        for (index, pem) in config.extra_roots_pem.iter().enumerate() {
            let bad = |reason: String| IdpError::Root { number: index + 1, reason };
            let found = Certificate::from_pem_bundle(pem).map_err(|e| bad(e.to_string()))?;
            if found.is_empty() {
                return Err(bad("no certificate in it".into()));
            }
            roots.extend(found);
        }
        // No proxy: a proxy from the environment would resolve names itself and so skip the address rules.
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .tls_certs_merge(roots)
            .dns_resolver(resolver)
            .user_agent(config.user_agent)
            .connect_timeout(Duration::from_secs(3))
            .pool_idle_timeout(Duration::from_secs(60))
            .pool_max_idle_per_host(16)
            .http2_max_header_list_size(64 * 1024)
            .build()
            .map_err(|e| {
                let cause = std::error::Error::source(&e).map_or_else(String::new, |s| format!(": {s}"));
                IdpError::Build(format!("{e}{cause}"))
            })?;
        Ok(Self {
            inner: Arc::new(Inner {
                fetcher: Fetcher { http, rules, skews: Arc::new(Skews::default()) },
                keys: KeyCache::default(),
                generic_keys: KeyStore::default(),
                evaluation_keys: EvaluationKeys::default(),
                proven: Proven::default(),
                own_tokens: OwnTokens::default(),
                federated: FederatedTokens { files: config.federated_tokens.into_iter().collect(), login },
                default_cloud: config.default_cloud,
                total: config.total_timeout.min(MAX_TOTAL),
            }),
        })
    }

    pub(crate) fn endpoints(&self, idp: &EntraSettings) -> Result<Endpoints, IdpError> {
        let cloud = idp.cloud.as_ref().unwrap_or(&self.inner.default_cloud);
        Endpoints::new(cloud, idp)
    }
    /// The last measurement of the clock of a provider's login service: the host of its token endpoint.
    pub fn skew(&self, config: &IdpConfig) -> Option<ClockSkew> {
        let token = match config {
            IdpConfig::Entra(idp) => self.endpoints(idp).ok()?.token(),
            IdpConfig::Oidc(idp) => Url::parse(&idp.token_url).ok()?,
        };
        self.inner.fetcher.skews.of(token.host_str()?)
    }
    /// Origin of the pages on which people sign in at a provider: what it may frame it does from there.
    pub fn sign_in_origin(&self, config: &IdpConfig) -> Option<String> {
        let page = match config {
            IdpConfig::Entra(idp) => self.endpoints(idp).ok()?.authorize(),
            IdpConfig::Oidc(idp) => Url::parse(&idp.auth_url).ok()?,
        };
        Some(page.origin().ascii_serialization())
    }
    pub(crate) fn proven(&self) -> &Proven {
        &self.inner.proven
    }
    pub(crate) fn own_tokens(&self) -> &OwnTokens {
        &self.inner.own_tokens
    }
    pub(crate) fn evaluation_keys(&self) -> &EvaluationKeys {
        &self.inner.evaluation_keys
    }
    pub(crate) fn generic_keys(&self) -> &KeyStore {
        &self.inner.generic_keys
    }
    pub(crate) fn federated(&self) -> &FederatedTokens {
        &self.inner.federated
    }
    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.inner.fetcher
    }
    pub(crate) fn keys(&self) -> &KeyCache {
        &self.inner.keys
    }
    /// How long one sign-in may take.
    pub(crate) fn total(&self) -> Duration {
        self.inner.total
    }
    /// A deadline for one sign-in that begins now.
    pub(crate) fn deadline(&self, now: Timestamp) -> Deadline {
        Deadline::after(self.inner.total, now)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}
