//! Orders certificates for the listed names from an ACME server, and renews them: one name after the other, each after a wait of its own
//! when it failed. Names that nobody listed are never ordered for.

mod carrier;
mod notes;
mod order;
mod plan;
mod setup;
mod trouble;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwapOption;
use instant_acme::{Account, CertificateIdentifier};
use model::{Timestamp, acme::Attempts};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use store::{LoadedCertificate, Store, StoreError};

pub use self::setup::AcmeError;
pub(crate) use self::setup::Setup;
use self::{order::Proof, trouble::Trouble};
use crate::{certificates::Certificates, wiring::Clock};

/// Longest time for one order, its validation included.
const ORDER_TIME: Duration = Duration::from_secs(180);

/// Keeps the listed names in certificates.
pub(crate) struct Keeper {
    setup: ArcSwapOption<Setup>,
    certificates: Arc<Certificates>,
    store: Store,
    clock: Clock,
}

/// What rounds remember.
#[derive(Default)]
pub(crate) struct Memory {
    setup: Option<Arc<Setup>>,
    account: Option<Account>,
    hints: BTreeMap<String, Hint>,
}

/// When the server would like a certificate to be renewed (RFC 9773).
struct Hint {
    of: Timestamp,
    asked: Timestamp,
    renew_at: Option<Timestamp>,
}

impl Keeper {
    pub(crate) fn new(setup: Option<Setup>, certificates: Arc<Certificates>, store: Store, clock: Clock) -> Self {
        Self { setup: ArcSwapOption::new(setup.map(Arc::new)), certificates, store, clock }
    }

    /// Orders by this from now on.
    pub(crate) fn set(&self, setup: Option<Setup>) {
        self.setup.store(setup.map(Arc::new));
    }

    /// Orders what is due.
    pub(crate) async fn round(&self, memory: &mut Memory) -> Result<(), StoreError> {
        let Some(setup) = self.setup.load_full() else {
            if memory.setup.take().is_some() {
                notes::forget_others(&self.store, BTreeSet::new()).await?;
            }
            return Ok(());
        };
        if !memory.setup.as_ref().is_some_and(|known| Arc::ptr_eq(known, &setup)) {
            let names: BTreeSet<String> = setup.settings.names.iter().cloned().collect();
            notes::forget_others(&self.store, names.clone()).await?;
            if memory.setup.is_some() {
                // Somebody changed something: it is tried again at once.
                notes::forget_attempts(&self.store, names).await?;
            }
            *memory = Memory { setup: Some(setup.clone()), ..Memory::default() };
        }
        let attempts = self.store.read(|reader| reader.acme_attempts()).await?;
        for name in &setup.settings.names {
            if self.certificates.has_file_for(name) {
                continue;
            }
            self.ask_for_hint(memory, &setup, name).await;
            let held = self.held(name);
            let hint = held.as_ref().and_then(|held| memory.hints.get(name)?.renew_at_of(held));
            let directory = setup.settings.directory_url.as_str();
            let public = held.as_ref().map(|held| &held.public).filter(|_| self.certificates.has_ordered(name));
            if plan::is_due(public, attempts.get(name).map(|a| &**a), hint, directory, (self.clock)()) {
                self.attempt(memory, &setup, name, attempts.get(name).map(|a| &**a)).await?;
            }
        }
        Ok(())
    }

    fn held(&self, name: &str) -> Option<Arc<LoadedCertificate>> {
        self.store.snapshot().acme_certificates.get(name).cloned()
    }

    /// One attempt for one name, and what is noted of it.
    async fn attempt(&self, memory: &mut Memory, setup: &Setup, name: &str, before: Option<&Attempts>) -> Result<(), StoreError> {
        let failed = before.map_or(0, |attempts| attempts.failed);
        let proof =
            Proof { name, preferred: plan::in_turn(&setup.settings.challenges, failed), replaces: self.replaces(memory, name, failed) };
        let outcome = tokio::time::timeout(ORDER_TIME, self.order(memory, setup, proof)).await;
        let outcome = outcome.unwrap_or_else(|_| Err(Trouble::slow()));
        let close = name.to_owned();
        self.store.write(move |tx| tx.close_acme_challenges(&close)).await?;
        match outcome {
            Ok(issued) => {
                tracing::info!(server.name = name, until = %issued.public.not_after.rfc3339(), "a certificate was issued");
                memory.hints.remove(name);
                notes::issued(&self.store, issued).await
            }
            Err(trouble) => {
                let attempts = plan::after_failure(failed, trouble.wait, (self.clock)());
                let (reason, next) = (trouble.reason.as_str(), attempts.next.rfc3339());
                tracing::warn!(server.name = name, reason, fix = trouble.fix, next, "no certificate could be had");
                // Another attempt may find the account gone, or the server moved.
                memory.account = None;
                let ends = self.held(name).map(|held| held.public.not_after);
                notes::failed(&self.store, name, attempts, ends, &trouble).await
            }
        }
    }

    async fn order(&self, memory: &mut Memory, setup: &Setup, proof: Proof<'_>) -> Result<LoadedCertificate, Trouble> {
        let account = self.account(memory, setup).await?;
        match order::order(&account, setup, &self.store, &proof, (self.clock)()).await {
            // The server lost it, for example because it was set up anew: once more with a new one.
            Err(trouble) if trouble.no_account => {
                memory.account = None;
                let directory = setup.settings.directory_url.to_string();
                self.store.write(move |tx| tx.remove_acme_account(&directory)).await.map_err(Trouble::store)?;
                let account = self.account(memory, setup).await?;
                order::order(&account, setup, &self.store, &proof, (self.clock)()).await
            }
            other => other,
        }
    }

    async fn account(&self, memory: &mut Memory, setup: &Setup) -> Result<Account, Trouble> {
        if let Some(account) = &memory.account {
            return Ok(account.clone());
        }
        let account = setup.account(&self.store, &self.clock).await?;
        memory.account = Some(account.clone());
        Ok(account)
    }

    /// The certificate that an order replaces, when the server keeps count of that.
    fn replaces(&self, memory: &Memory, name: &str, failed: u32) -> Option<CertificateIdentifier<'static>> {
        let held = self.held(name).filter(|_| failed == 0)?;
        memory.hints.get(name)?.renew_at_of(&held)?;
        identifier(&held)
    }

    /// Asks the server now and then when it would like a certificate to be renewed. Servers that do not say are not asked again.
    async fn ask_for_hint(&self, memory: &mut Memory, setup: &Setup, name: &str) {
        let now = (self.clock)();
        let Some(held) = self.held(name) else { return };
        if memory.hints.get(name).is_some_and(|hint| hint.is_fresh(&held, now)) {
            return;
        }
        let mut hint = Hint { of: held.public.not_after, asked: now, renew_at: None };
        if let (Some(id), Ok(account)) = (identifier(&held), self.account(memory, setup).await) {
            match account.renewal_info(&id).await {
                Ok((info, _)) => {
                    let window = (info.suggested_window.start.into(), info.suggested_window.end.into());
                    hint.renew_at = Some(plan::within(window, rand::random::<u16>()));
                }
                Err(error) => tracing::debug!(server.name = name, %error, "the ACME server does not say when to renew"),
            }
        }
        memory.hints.insert(name.to_owned(), hint);
    }
}

impl Hint {
    const FRESH_SECS: i64 = 12 * 3600;

    fn is_fresh(&self, held: &LoadedCertificate, now: Timestamp) -> bool {
        self.of == held.public.not_after && now.secs_since(self.asked).abs() < Self::FRESH_SECS
    }
    fn renew_at_of(&self, held: &LoadedCertificate) -> Option<Timestamp> {
        self.renew_at.filter(|_| self.of == held.public.not_after)
    }
}

fn identifier(held: &LoadedCertificate) -> Option<CertificateIdentifier<'static>> {
    let first = CertificateDer::from_pem_slice(held.public.chain.as_bytes()).ok()?;
    CertificateIdentifier::try_from(&first).ok()
}
