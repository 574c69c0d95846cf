//! What the operations work with: store, settings, the maker of keys; and the way refusals leave a transaction.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64},
    },
};

use guard::Guard;
use ipnet::IpNet;
use model::{Secret, Timestamp, key::SigningKey, readings::Readings};
use store::{Clock, Reader, Snapshot, Store, StoreError, Tx};
use tokio::sync::{Mutex, Semaphore, oneshot};
use tracing::dispatcher::{Dispatch, get_default, with_default};

use crate::{
    doctor::{Doctor, DriftCheck, ProviderCheck},
    doorward::{alerts::Alerter, login_tests::LoginTests},
    error::ApiError,
    explained::Said,
    trials::Trials,
    uses::Uses,
};

/// Searches in directories that may be under way: each holds a connection for up to five seconds.
const SEARCHES: usize = 8;

/// Settings of the API, from the server's configuration.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// Origin of the team domain, without a final slash: `https://team.localhost:8443`.
    pub team_origin: String,
    /// Where this API is reached, ending in `/client/v4`.
    pub api_base: String,
    /// Hosts (`host` or `host:port`) that may be named as a provider's endpoints although they are private (ruling 9).
    pub private_targets: Vec<String>,
    /// Private networks in which such hosts may lie.
    pub private_networks: Vec<IpNet>,
    /// Names of the files with federated assertions that the configuration file gives.
    pub federated_tokens: Vec<String>,
    /// A trusted peer tells the country of clients.
    pub tells_country: Arc<AtomicBool>,
    /// Days that decisions are kept.
    pub decision_days: Arc<AtomicI64>,
}

impl ApiConfig {
    /// The team domain as clients write it: host, and port when it is not 443.
    pub(crate) fn auth_domain(&self) -> &str {
        self.team_origin.strip_prefix("https://").unwrap_or(&self.team_origin).trim_end_matches('/')
    }
    /// Host of the team domain.
    pub(crate) fn team_host(&self) -> &str {
        let domain = self.auth_domain();
        domain.split_once(':').map_or(domain, |(host, _)| host)
    }
}

/// Makes signing keys; the server gives one that knows the algorithm.
pub trait KeyMaker: Send + Sync {
    /// A fresh current key and its private half (base64 of PKCS#8 DER). Takes its time: called on a blocking thread.
    fn generate(&self, now: Timestamp) -> Result<(SigningKey, Secret), KeyMakerError>;
}

/// A signing key could not be made.
#[derive(Debug, thiserror::Error)]
#[error("a signing key could not be made")]
pub struct KeyMakerError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Reads the server's configuration file anew, for whoever may ask for it.
pub trait Reload: Send + Sync {
    /// Does it, or tells every fault of the file with its key, and changes nothing.
    fn reload(&self) -> Reloading<'_>;
}

/// A reload under way.
pub type Reloading<'a> = Pin<Box<dyn Future<Output = Result<Reloaded, Vec<String>>> + Send + 'a>>;

/// What a reload did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Keys that are different now.
    pub changed: Vec<String>,
    /// Keys that will be different after a restart.
    pub needs_restart: Vec<String>,
    /// Certificate files were different.
    pub certificate_files: bool,
}

/// Tells what was polled about people.
pub type ReadingsSource = Arc<dyn Fn() -> Arc<Readings> + Send + Sync>;

/// Everything an operation may use.
#[derive(Clone)]
pub struct ApiState {
    /// The store.
    pub store: Store,
    /// Settings.
    pub config: Arc<ApiConfig>,
    /// The maker of signing keys.
    pub keys: Arc<dyn KeyMaker>,
    /// The checker of login methods.
    pub(crate) checker: Arc<dyn ProviderCheck>,
    /// The comparison of groups with a directory.
    pub(crate) drift: Arc<dyn DriftCheck>,
    /// The tests of login methods.
    pub(crate) tests: Arc<dyn LoginTests>,
    /// What was polled about people, as it stands.
    pub(crate) readings: ReadingsSource,
    /// The way to read the configuration file anew, where there is one.
    pub(crate) reload: Option<Arc<dyn Reload>>,
    /// The ways to tell warnings, where there is a server that tells.
    pub(crate) alerts: Option<Arc<dyn Alerter>>,
    /// The door, which knows who is in the console; without it nobody is.
    pub(crate) guard: Option<Guard>,
    /// When tokens were used last.
    pub(crate) uses: Arc<Uses>,
    /// The runs of the policy tester.
    pub(crate) trials: Trials,
    /// Searches in directories that may be under way.
    pub(crate) searches: Arc<Semaphore>,
    /// Names of groups that directories told lately.
    pub(crate) said: Arc<Said>,
    /// The present: the clock that the store was opened with.
    clock: Clock,
    /// Configuration is changed by one request at a time: so the snapshot that a change is checked against is exact.
    gate: Arc<Mutex<()>>,
}

/// Why a transaction ended without a commit.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The request is refused.
    Refuse(ApiError),
    /// The store failed.
    Store(StoreError),
}
impl From<ApiError> for Stop {
    fn from(e: ApiError) -> Self {
        Self::Refuse(e)
    }
}
impl From<StoreError> for Stop {
    fn from(e: StoreError) -> Self {
        Self::Store(e)
    }
}

impl ApiState {
    /// Brings the parts together.
    pub fn new(
        store: Store,
        clock: Clock,
        config: ApiConfig,
        keys: Arc<dyn KeyMaker>,
        checker: Arc<dyn ProviderCheck>,
        drift: Arc<dyn DriftCheck>,
        tests: Arc<dyn LoginTests>,
    ) -> Self {
        let readings: ReadingsSource = Arc::new(Arc::default);
        Self {
            store,
            config: Arc::new(config),
            keys,
            checker,
            drift,
            tests,
            readings,
            reload: None,
            alerts: None,
            guard: None,
            uses: Arc::default(),
            trials: Trials::default(),
            searches: Arc::new(Semaphore::new(SEARCHES)),
            said: Arc::default(),
            clock,
            gate: Arc::default(),
        }
    }
    /// The same, knowing what was polled about people.
    #[must_use]
    pub fn with_readings(self, readings: ReadingsSource) -> Self {
        Self { readings, ..self }
    }

    /// The same, able to read the configuration file anew.
    #[must_use]
    pub fn with_reload(self, reload: Arc<dyn Reload>) -> Self {
        Self { reload: Some(reload), ..self }
    }

    /// The same, with the ways to tell warnings.
    #[must_use]
    pub fn with_alerts(self, alerts: Arc<dyn Alerter>) -> Self {
        Self { alerts: Some(alerts), ..self }
    }

    /// The same, open to people who are signed in to the console.
    #[must_use]
    pub fn with_guard(self, guard: Guard) -> Self {
        Self { guard: Some(guard), ..self }
    }

    /// The doctor of login methods.
    pub fn doctor(&self) -> Doctor {
        Doctor::new(self.store.clone(), Arc::clone(&self.checker), Arc::clone(&self.drift), &self.config.team_origin)
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// One change of configuration; nothing of it stays when it is refused. The snapshot is the state right before the change.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>, &Snapshot) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (store, gate) = (self.store.clone(), Arc::clone(&self.gate));
        // A task of its own: a client that goes away must not let the next change in before this one is through.
        let change = tokio::spawn(async move {
            let _alone = gate.lock_owned().await;
            let snapshot = store.snapshot();
            let (out, refusal) = oneshot::channel();
            let told = told();
            settle(store.write(move |tx| with_default(&told, || f(tx, &snapshot)).map_err(|stop| carry(stop, out))).await, refusal)
        });
        change.await.unwrap_or(Err(ApiError::Internal))
    }

    /// One mutation ahead of the queue: for revocations.
    pub(crate) async fn write_first<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (out, refusal) = oneshot::channel();
        settle(self.store.write_first(move |tx| f(tx).map_err(|stop| carry(stop, out))).await, refusal)
    }

    /// A consistent look at the store.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Reader<'_>) -> Result<T, Stop> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (out, refusal) = oneshot::channel();
        settle(self.store.read(move |reader| f(reader).map_err(|stop| carry(stop, out))).await, refusal)
    }
}

/// Who hears what is traced here: shall hear it from the store's threads too.
fn told() -> Dispatch {
    get_default(Clone::clone)
}

/// The store knows its own errors only: a refusal goes beside it.
fn carry(stop: Stop, out: oneshot::Sender<ApiError>) -> StoreError {
    match stop {
        Stop::Store(e) => e,
        Stop::Refuse(e) => {
            let text = e.to_string();
            // Nobody waiting means that the caller has gone: then nobody needs the refusal.
            let _ = out.send(e);
            StoreError::Refused(text)
        }
    }
}

fn settle<T>(result: Result<T, StoreError>, mut refusal: oneshot::Receiver<ApiError>) -> Result<T, ApiError> {
    result.map_err(|e| refusal.try_recv().unwrap_or_else(|_| ApiError::from(e)))
}
