//! Follows the store: certificates that were ordered, and challenges that are open, on whichever node.

use std::{collections::BTreeMap, sync::Arc};

use rustls::sign::CertifiedKey;
use store::{Batch, Event, Follower, LiveState, LoadedCertificate, OpenChallenges, Snapshot};

use super::{Certificates, files};

/// Keeps what is served equal to the store. A write is answered when it is served.
pub(crate) struct Follow {
    certificates: Arc<Certificates>,
    known: BTreeMap<String, Arc<LoadedCertificate>>,
    ready: BTreeMap<String, Arc<CertifiedKey>>,
    challenges: OpenChallenges,
}

impl Follow {
    pub(crate) fn new(certificates: Arc<Certificates>) -> Self {
        Self { certificates, known: BTreeMap::new(), ready: BTreeMap::new(), challenges: OpenChallenges::new() }
    }

    fn take_in(&mut self, snapshot: &Snapshot) {
        if snapshot.acme_challenges != self.challenges {
            self.challenges.clone_from(&snapshot.acme_challenges);
            self.certificates.set_challenges(self.challenges.values().map(|challenge| &**challenge));
        }
        if snapshot.acme_certificates == self.known {
            return;
        }
        let mut ready = BTreeMap::new();
        for (name, loaded) in &snapshot.acme_certificates {
            let same = self.known.get(name).is_some_and(|known| known == loaded);
            let key = self.ready.get(name).filter(|_| same).cloned();
            match key.or_else(|| files::stored(&loaded.public.chain, loaded.private.expose())) {
                Some(key) => drop(ready.insert(name.clone(), key)),
                None => tracing::error!(server.name = name, "a stored certificate cannot be used; it is ordered again"),
            }
        }
        self.known.clone_from(&snapshot.acme_certificates);
        self.ready = ready;
        self.certificates.set_ordered(self.ready.clone());
    }
}

impl Follower for Follow {
    fn load(&mut self, live: &LiveState) {
        self.take_in(&live.snapshot);
    }
    fn apply(&mut self, batch: &Batch) {
        if batch.events.iter().any(|event| matches!(event, Event::Config)) {
            self.take_in(&batch.snapshot);
        }
    }
}
