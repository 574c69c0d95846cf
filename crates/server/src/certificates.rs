//! Certificates by server name: from files, from the ACME server for the names that are listed, and from a local authority for the
//! rest. A handshake looks one up in a table that is replaced as a whole: it takes no lock.

mod challenges;
mod clients;
mod files;
mod follow;
mod local;
mod local_ca;
mod prepared;
mod tickets;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

pub(crate) use challenges::ChallengeCertificates;
pub(crate) use clients::{AskForAny, Authorities};
pub(crate) use files::{facts, stored};
pub(crate) use follow::Follow;
pub use local_ca::{LocalCa, LocalCaError, write_private as write_private_file};
pub(crate) use prepared::{Ending, Prepared};
pub(crate) use tickets::{KEY_LIFE_SECS, NoRandom, Tickets};

use self::{challenges::Challenges, local::Local};
use crate::config::{ConfigFault, Tls};

/// Certificates could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Files, every fault with its key path.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Files(Vec<ConfigFault>),
    /// The local authority.
    #[error("the local certificate authority is not usable")]
    LocalCa(#[from] LocalCaError),
}

/// Chooses the certificate for a connection.
pub struct Certificates {
    served: ArcSwap<Served>,
    challenges: ArcSwap<Challenges>,
    sources: Mutex<Sources>,
    /// Used for clients that name no host.
    fallback_name: String,
    unserved: Unserved,
}

/// What handshakes look at.
#[derive(Default)]
struct Served {
    exact: HashMap<String, Arc<CertifiedKey>>,
    /// Behind `*.`, which stands for one label.
    below: HashMap<String, Arc<CertifiedKey>>,
    local: Option<Arc<Local>>,
    /// For names that nothing fits, when there are files.
    first: Option<Arc<CertifiedKey>>,
}

/// What the table is made of.
struct Sources {
    configured: Prepared,
    /// By name, from the store.
    ordered: BTreeMap<String, Arc<CertifiedKey>>,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates").field("names", &self.served.load().exact.keys()).finish_non_exhaustive()
    }
}

impl Certificates {
    /// Loads files, and opens (at first makes) the local authority. `fallback_name` is used for clients that name no host.
    pub fn load(tls: &Tls, fallback_name: &str) -> Result<Self, CertificateError> {
        let sources = Sources { configured: Prepared::read(tls)?, ordered: BTreeMap::new() };
        Ok(Self {
            served: ArcSwap::from_pointee(Served::of(&sources)),
            challenges: ArcSwap::default(),
            sources: Mutex::new(sources),
            fallback_name: fallback_name.to_owned(),
            unserved: Unserved::default(),
        })
    }

    /// True when there is a certificate for somebody, or one can be ordered: its proof comes in by the same door.
    pub fn any(&self) -> bool {
        let served = self.served.load();
        served.local.is_some() || served.first.is_some() || !served.exact.is_empty() || self.sources.lock().configured.orders_any()
    }

    /// Serves what was read anew. Open connections keep the certificates they have.
    pub(crate) fn install(&self, prepared: Prepared) {
        let mut sources = self.sources.lock();
        let former = std::mem::replace(&mut sources.configured, prepared);
        sources.configured.keep_local_of(former);
        self.served.store(Arc::new(Served::of(&sources)));
    }

    /// Serves these certificates of the ACME server, by name.
    pub(crate) fn set_ordered(&self, ordered: BTreeMap<String, Arc<CertifiedKey>>) {
        let mut sources = self.sources.lock();
        sources.ordered = ordered;
        self.served.store(Arc::new(Served::of(&sources)));
    }

    /// True when a certificate file looks different from when it was read.
    pub(crate) fn is_outdated(&self) -> bool {
        self.sources.lock().configured.is_outdated()
    }

    /// Reads certificate files anew when one of them changed; true when they are served now. What is faulty is told once, and what was
    /// served is served on.
    pub(crate) fn reread(&self) -> Result<bool, CertificateError> {
        let settings = {
            let mut sources = self.sources.lock();
            if !sources.configured.is_outdated() {
                return Ok(false);
            }
            sources.configured.stamp();
            sources.configured.settings.clone()
        };
        self.install(Prepared::read(&settings)?);
        Ok(true)
    }

    /// True when a file names this very host: then none is ordered for it.
    pub(crate) fn has_file_for(&self, name: &str) -> bool {
        self.sources.lock().configured.has_file_for(name)
    }

    /// True when a usable certificate was ordered for a name.
    pub(crate) fn has_ordered(&self, name: &str) -> bool {
        self.sources.lock().ordered.contains_key(name)
    }

    /// When the certificates from files end, by their names.
    pub(crate) fn file_ends(&self) -> Vec<Ending> {
        self.sources.lock().configured.ends()
    }

    /// True when a connection made for one name may carry requests for the other: the same name, or the same certificate from a file.
    /// The local authority makes one for each name, and so does the ACME server.
    pub fn serve_both(&self, server_name: &str, host: &str) -> bool {
        if server_name.eq_ignore_ascii_case(host) {
            return true;
        }
        let served = self.served.load();
        let (a, b) = (served.lasting(&server_name.to_ascii_lowercase()), served.lasting(host));
        a.zip(b).is_some_and(|(a, b)| Arc::ptr_eq(a, b))
    }

    /// True when a host's certificate comes from a file or an ACME server: browsers may be told to insist on HTTPS. With the local
    /// authority they would be locked out once they no longer trust it.
    pub(crate) fn lasts(&self, host: &str) -> bool {
        self.served.load().lasting(host).is_some()
    }
}

impl Served {
    fn of(sources: &Sources) -> Self {
        let mut out = Self { local: sources.configured.local.clone(), ..Self::default() };
        for (name, key) in &sources.ordered {
            if sources.configured.orders(name) {
                out.exact.insert(name.clone(), key.clone());
            }
        }
        // Files win: they come last.
        for loaded in &sources.configured.files {
            for name in &loaded.names {
                let (table, name) = match name.strip_prefix("*.") {
                    Some(parent) => (&mut out.below, parent),
                    None => (&mut out.exact, name.as_str()),
                };
                table.insert(name.to_owned(), loaded.key.clone());
            }
            out.first.get_or_insert_with(|| loaded.key.clone());
        }
        out
    }

    /// From a file or an ACME server; lower case.
    fn lasting(&self, name: &str) -> Option<&Arc<CertifiedKey>> {
        self.exact.get(name).or_else(|| self.below.get(name.split_once('.')?.1))
    }

    /// The certificate made for a name, lower case.
    fn find(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        self.lasting(name).cloned().or_else(|| self.local.as_ref()?.certificate(name))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let served = self.served.load();
        // Lower case already.
        let found = served.find(hello.server_name().unwrap_or(&self.fallback_name));
        if let (None, Some(name)) = (&found, hello.server_name()) {
            self.unserved.note(name, served.first.is_some());
        }
        found.or_else(|| served.first.clone())
    }
}

/// Tells of names without a certificate, now and then: strangers ask for many.
#[derive(Default)]
struct Unserved {
    told_at: AtomicI64,
}

impl Unserved {
    const PAUSE_SECS: i64 = 10;

    fn note(&self, name: &str, falls_back: bool) {
        let (now, told) = (time::OffsetDateTime::now_utc().unix_timestamp(), self.told_at.load(Ordering::Relaxed));
        if (told..told + Self::PAUSE_SECS).contains(&now)
            || self.told_at.compare_exchange(told, now, Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return;
        }
        if falls_back {
            tracing::info!(server.name = name, "no certificate is for this name: the first one of the files was shown");
        } else {
            tracing::info!(server.name = name, "no certificate is for this name: the handshake was refused");
        }
    }
}

#[cfg(test)]
mod tests;
