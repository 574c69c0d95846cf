//! The import of authentication contexts: every hour, and soon after a provider was changed.

use std::collections::HashMap;

use idp::Provider;
use model::{IdpId, Timestamp, idp::IdentityProvider};
use store::{Snapshot, Store, StoreError};

/// Seconds between two readings, and after one that failed.
const EVERY_SECS: i64 = 3600;
const AFTER_FAILURE_SECS: i64 = 600;

/// What is to be done about a provider.
#[derive(Debug, PartialEq, Eq)]
enum Due {
    Read,
    Forget,
    Nothing,
}

/// The job's memory: when each provider was last asked in vain.
#[derive(Default)]
pub(super) struct Import {
    failed: HashMap<IdpId, Timestamp>,
}

impl Import {
    /// One round: asks the providers whose turn it is, one after the other.
    pub(super) async fn round(&mut self, store: &Store, client: &idp::Client, now: Timestamp) -> Result<(), StoreError> {
        let snapshot = store.snapshot();
        self.failed.retain(|id, _| snapshot.idps.contains_key(id));
        for idp in snapshot.idps.values() {
            let id = idp.id;
            match self.due(&snapshot, idp, now) {
                Due::Nothing => {}
                Due::Forget => store.write(move |tx| tx.set_auth_contexts(&id, None)).await?,
                Due::Read => self.read(store, client, &snapshot, idp, now).await?,
            }
        }
        Ok(())
    }

    fn due(&self, snapshot: &Snapshot, idp: &IdentityProvider, now: Timestamp) -> Due {
        let known = snapshot.auth_contexts.get(&idp.id);
        if !idp.config.entra().is_some_and(|settings| settings.conditional_access_enabled) {
            return if known.is_some() { Due::Forget } else { Due::Nothing };
        }
        let rests = self.failed.get(&idp.id).is_some_and(|at| now.secs_since(*at) < AFTER_FAILURE_SECS && *at >= idp.updated_at);
        let fresh = known.is_some_and(|known| now.secs_since(known.read_at) < EVERY_SECS && known.read_at >= idp.updated_at);
        if rests || fresh { Due::Nothing } else { Due::Read }
    }

    async fn read(
        &mut self,
        store: &Store,
        client: &idp::Client,
        snapshot: &Snapshot,
        idp: &IdentityProvider,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let credentials = snapshot.idp_credentials.get(&idp.id).cloned().unwrap_or_default();
        match client.auth_contexts(Provider { config: &idp.config, credentials: &credentials }, now).await {
            Ok(imported) => {
                self.failed.remove(&idp.id);
                let (id, asked_of) = (idp.id, idp.config.clone());
                store
                    .write(move |tx| match tx.idp(&id)? {
                        // Changed meanwhile: what was read may be another tenant's. The next round asks again.
                        Some(idp) if idp.config == asked_of => tx.set_auth_contexts(&id, Some(&imported)),
                        _ => Ok(()),
                    })
                    .await
            }
            Err(error) => {
                self.failed.insert(idp.id, now);
                tracing::warn!(idp.id = %idp.id, error = %error, fix = error.fix(), "the authentication contexts were not imported; it is tried again in ten minutes");
                Ok(())
            }
        }
    }
}
