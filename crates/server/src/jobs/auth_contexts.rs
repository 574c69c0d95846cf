//! The import of authentication contexts: every hour, and soon after a provider was changed.

use std::collections::HashMap;

use idp::Provider;
use model::{IdpId, Timestamp, auth_context::Imported, idp::IdentityProvider};
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
            match self.due(idp, snapshot.auth_contexts.get(&id).map(AsRef::as_ref), now) {
                Due::Nothing => {}
                Due::Forget => store.write(move |tx| tx.set_auth_contexts(&id, None)).await?,
                Due::Read => self.read(store, client, &snapshot, idp, now).await?,
            }
        }
        Ok(())
    }

    fn due(&self, idp: &IdentityProvider, known: Option<&Imported>, now: Timestamp) -> Due {
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

#[cfg(test)]
mod tests {
    use model::{
        ObjectId,
        idp::{EntraOptions, EntraSettings, IdpConfig, ScimSettings},
    };

    use super::*;

    fn provider(import: bool, updated_at: Timestamp) -> IdentityProvider {
        let config = IdpConfig::Entra(EntraSettings {
            client_id: "b7d1e3f0-2c48-4f6d-9a55-71c0de8840aa".into(),
            directory_id: "6f0c2b1e-93d4-4a57-8e21-0d9b7c5e4a10".parse::<ObjectId>().unwrap(),
            support_groups: false,
            conditional_access_enabled: import,
            email_claim_name: None,
            claims: Vec::new(),
            prompt: None,
            pkce_enabled: true,
            cloud: None,
            own: EntraOptions::default(),
        });
        let (name, scim) = ("Harbour Works Entra".into(), ScimSettings::default());
        IdentityProvider { id: IdpId::random(), name, config, scim, created_at: updated_at, updated_at }
    }

    #[test]
    fn a_provider_is_asked_when_it_is_new_changed_or_an_hour_has_passed() {
        let at = |secs: i64| Timestamp::from_secs(1_790_000_000 + secs);
        let read = |secs: i64| Some(Imported { contexts: Vec::new(), read_at: at(secs), policies_unread: None });
        for (import, updated, known, failed, now, due) in [
            (true, 0, None, None, 0, Due::Read),
            (true, 0, read(0), None, 3599, Due::Nothing),
            (true, 0, read(0), None, 3600, Due::Read),
            (true, 50, read(0), None, 60, Due::Read),
            (true, 0, None, Some(10), 609, Due::Nothing),
            (true, 0, None, Some(10), 610, Due::Read),
            (true, 20, None, Some(10), 30, Due::Read),
            (false, 0, read(0), None, 10, Due::Forget),
            (false, 0, None, None, 10, Due::Nothing),
        ] {
            let idp = provider(import, at(updated));
            let job = Import { failed: failed.map(|secs| (idp.id, at(secs))).into_iter().collect() };
            assert_eq!(job.due(&idp, known.as_ref(), at(now)), due, "{import} {updated} {known:?} {failed:?} {now}");
        }
    }
}
