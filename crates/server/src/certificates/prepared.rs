//! Certificates as the configuration wants them, read and ready to be served.

use std::{collections::BTreeSet, sync::Arc};

use model::Timestamp;

use super::{
    CertificateError,
    files::{self, Loaded, Stamp},
    local::Local,
};
use crate::config::Tls;

/// What the configuration names, read.
pub(crate) struct Prepared {
    pub(super) files: Vec<Loaded>,
    pub(super) local: Option<Arc<Local>>,
    /// Names that are ordered from the ACME server.
    listed: BTreeSet<String>,
    stamps: Vec<Stamp>,
    pub(super) settings: Tls,
}

/// A certificate from a file, and its end.
pub(crate) struct Ending {
    pub names: Vec<String>,
    pub not_after: Timestamp,
}

impl Prepared {
    /// Reads all of it; makes the local authority when it is not there yet.
    pub(crate) fn read(tls: &Tls) -> Result<Self, CertificateError> {
        // Looked at before they are read: what changes meanwhile is read again.
        let stamps = stamps(tls);
        let files = files::read(&tls.certificates).map_err(CertificateError::Files)?;
        let local = tls.local_ca.as_ref().map(Local::open).transpose()?.map(Arc::new);
        let listed = tls.acme.iter().flat_map(|acme| acme.names.iter().cloned()).collect();
        Ok(Self { files, local, listed, stamps, settings: tls.clone() })
    }

    /// Keeps the local authority that is at work when this one is the same.
    pub(super) fn keep_local_of(&mut self, former: Self) {
        if let (Some(new), Some(old)) = (&self.local, former.local)
            && new.is(&old)
        {
            self.local = Some(old);
        }
    }

    /// Takes note of how the files look now.
    pub(super) fn stamp(&mut self) {
        self.stamps = stamps(&self.settings);
    }

    /// True when a file looks different from when it was read.
    pub(super) fn is_outdated(&self) -> bool {
        self.stamps.iter().any(Stamp::is_outdated)
    }

    pub(super) fn has_file_for(&self, name: &str) -> bool {
        self.files.iter().any(|loaded| loaded.names.iter().any(|n| n == name))
    }

    pub(super) fn orders(&self, name: &str) -> bool {
        self.listed.contains(name)
    }

    pub(super) fn orders_any(&self) -> bool {
        !self.listed.is_empty()
    }

    pub(super) fn ends(&self) -> Vec<Ending> {
        self.files.iter().map(|loaded| Ending { names: loaded.names.clone(), not_after: loaded.not_after }).collect()
    }
}

fn stamps(tls: &Tls) -> Vec<Stamp> {
    tls.certificates.iter().flat_map(|entry| [&entry.certificate, &entry.key]).map(|path| Stamp::of(path)).collect()
}
