//! Puts the rooms together: the one place where the server's parts are made and handed to each other.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::Router;
use guard::Guard;
use model::Timestamp;
use store::Store;
use tokio_util::sync::CancellationToken;

use crate::{
    access_log::{self, AccessLogError, Places},
    acme::{self, AcmeError},
    alerts::{AlertsError, ForApi},
    certificates::{Authorities, CertificateError, Certificates, Follow},
    config::{Config, Outbound},
    console,
    handover::Given,
    http::{Gate, Hosts, Life, Listeners, Sockets, Tls, TlsError, workers},
    jobs,
    limits::{self, Knocks, Networks},
    live::{Current, Live, LiveLetters},
    metrics::{self, Metrics, Sources},
    operation::{self, Health},
    reload::{self, Reload, ToldToApi},
    running::{Checks, Running},
    traces::{Exporter, Traces},
};

/// The server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The sealing key.
    #[error("the sealing key is not usable: {0}")]
    SealingKey(String),
    /// The store.
    #[error("the store could not be opened")]
    Store(#[from] store::StoreError),
    /// Nothing was set up yet.
    #[error("the store in {0} is empty: run `doorward init` first")]
    NotInitialised(String),
    /// The guard.
    #[error("the guard could not start")]
    Guard(#[from] guard::GuardError),
    /// The provider client.
    #[error("the client for identity providers could not be made")]
    Idp(#[from] idp::IdpError),
    /// The ways to tell warnings.
    #[error("warnings cannot be told as configured")]
    Alerts(#[from] AlertsError),
    /// The access log.
    #[error("the access log cannot be written as configured")]
    AccessLog(#[from] AccessLogError),
    /// Certificates.
    #[error("certificates are not usable")]
    Certificates(#[from] CertificateError),
    /// The ACME server.
    #[error("the ACME server cannot be used as configured")]
    Acme(#[from] AcmeError),
    /// TLS.
    #[error("TLS could not be set up")]
    Tls(#[from] TlsError),
    /// What the configuration names cannot be used.
    #[error("the configuration names what cannot be used: {}", .0.join("; "))]
    Configuration(Vec<String>),
    /// The server that is to be succeeded.
    #[error("the running server does not hand over")]
    Predecessor(#[source] std::io::Error),
    /// A file.
    #[error("{path} could not be read")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// An address.
    #[error("{address} could not be listened on")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Opens the store of a configuration.
pub async fn open_store(config: &Config, clock: Clock) -> Result<Store, StartError> {
    let key = read_sealing_key(&config.store.sealing_key_file)?;
    let sealing_key = store::SealingKey::from_bytes(key);
    let settings = store::Config { path: config.store.directory.clone(), sealing_key, now: clock, cache: config.store.cache };
    Ok(Store::open(settings).await?)
}

/// What a configuration names and cannot be used: certificates, keys, files. Everything at once, with key paths. Makes nothing.
pub fn check(config: &Config) -> Vec<String> {
    let mut faults = Vec::new();
    let mut note = |key: &str, fault: Option<String>| faults.extend(fault.map(|f| format!("{key}: {f}")));
    let told = |e: &dyn std::error::Error| e.source().map_or_else(|| e.to_string(), |s| format!("{e}: {s}"));
    if config.store.directory.exists() {
        note("store.sealing_key_file", read_sealing_key(&config.store.sealing_key_file).err().map(|e| told(&e)));
    }
    // A local authority that is not there yet is made at the first start.
    let kept = crate::config::Tls {
        local_ca: config.tls.local_ca.clone().filter(|local| local.directory.join("ca.key").exists()),
        ..config.tls.clone()
    };
    match Certificates::load(&kept, &config.team.domain) {
        Err(CertificateError::Files(list)) => list.into_iter().for_each(|f| note(&f.path, Some(f.message))),
        Err(error) => note("tls", Some(told(&error))),
        Ok(_) => {}
    }
    note("outbound", idp_client(config, &[]).err().map(|e| told(&e)));
    note("tls.acme", acme_setup(config).err().map(|e| told(&e)));
    faults
}

/// Starts everything. Needs a multi-thread runtime: it becomes the control runtime; requests are served on threads of their own.
pub async fn start(config: Config) -> Result<Running, StartError> {
    start_at(config, Arc::new(now)).await
}

/// The same with a clock of the caller's, for tests.
pub async fn start_at(config: Config, clock: Clock) -> Result<Running, StartError> {
    start_given_at(config, clock, Given::default()).await
}

/// Starts with what a former process or the service manager gives.
pub async fn start_given(config: Config, given: Given) -> Result<Running, StartError> {
    start_given_at(config, Arc::new(now), given).await
}

async fn start_given_at(config: Config, clock: Clock, given: Given) -> Result<Running, StartError> {
    let Some(mut predecessor) = given.predecessor else { return begin(config, clock, given.sockets).await };
    let started = async {
        // Found out while nothing is at stake yet.
        let faults = check(&config);
        if !faults.is_empty() {
            return Err(StartError::Configuration(faults));
        }
        predecessor.take_over().await.map_err(StartError::Predecessor)?;
        begin(config, clock, given.sockets).await
    }
    .await;
    predecessor.tell(started.as_ref().err().map(chain)).await;
    started
}

/// An error with its causes, on one line.
fn chain(error: &StartError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

async fn begin(config: Config, clock: Clock, given: Vec<TcpListener>) -> Result<Running, StartError> {
    let store = open_store(&config, clock.clone()).await?;
    if store.snapshot().account.name.is_empty() {
        return Err(StartError::NotInitialised(config.store.directory.display().to_string()));
    }
    let sockets = Sockets::bind(&config, given)?;
    let (addresses, plain_addresses) = (sockets.addresses(), sockets.plain_addresses());
    let operation_addresses = sockets.operation_addresses();
    let port = config.http.public_port.or_else(|| addresses.first().map(SocketAddr::port)).unwrap_or(443);
    let port_suffix = if port == 443 { String::new() } else { format!(":{port}") };
    let team_origin = format!("https://{}{port_suffix}", config.team.domain);
    let guard_config = guard::Config {
        team_origin: team_origin.clone(),
        team_host: config.team.domain.clone(),
        port_suffix: port_suffix.clone(),
        token_cache_bytes: 64 << 20,
        unrecorded: config.logs.unrecorded,
    };
    let guard = Guard::start(store.clone(), guard_config, clock()).await?;
    let idp = idp_client(&config, &[])?;
    let places = Places::open(&config.logs.access, &idp)?;
    let live: Current = Arc::new(ArcSwap::from_pointee(Live::open(config.clone(), &idp, &team_origin)?));
    let certificates = Arc::new(Certificates::load(&config.tls, &config.team.domain)?);
    store.follow(Box::new(Follow::new(certificates.clone()))).await?;
    let liveness = login::liveness::Liveness::new(guard.clone(), idp.clone(), clock.clone());
    let (life, gate) = (Life::new(&config), Gate::open());
    let stop = life.stop.clone();
    let contacts = provisioning::Contacts::default();
    let proxy = proxy::Proxy::new(guard.clone(), tokio::runtime::Handle::current())
        .with_stop(life.leave.clone())
        .with_open(life.open.clone())
        .with_workers(workers(&config.http))
        .with_pace(config.limits.pace())
        .with_foreign_headers(live.load().told_headers());
    let proxy = Arc::new(proxy);
    let tls = Tls::new(&certificates, config.tls.min_version)?;
    let keeper = Arc::new(acme::Keeper::new(acme_setup(&config)?, certificates.clone(), store.clone(), clock.clone()));
    let (access_log, writers) = places.start(&tokio::runtime::Handle::current())?;
    let reload = Reload::new(reload::Parts {
        access_log: access_log.clone(),
        live: live.clone(),
        certificates: certificates.clone(),
        tls: tls.clone(),
        keeper: keeper.clone(),
        proxy: proxy.clone(),
        idp: idp.clone(),
        team_origin: team_origin.clone(),
        told: ToldToApi::of(&config),
        started: tokio::sync::Mutex::new(config.text.clone()),
        logs: ArcSwapOption::empty(),
    });
    let parts = Parts { store: &store, guard: &guard, idp: &idp, clock: &clock, contacts: &contacts, live: &live, reload: &reload };
    let (surfaces, doctor) = surfaces(&parts, &team_origin, &config);
    let metrics = Arc::new(Metrics::default());
    let traces = Arc::new(traces(&config.traces, &idp)?);
    let hosts = Hosts {
        team_host: config.team.domain.clone(),
        api_host: config.http.api_host.clone(),
        surfaces,
        proxy,
        live: live.clone(),
        certificates: certificates.clone(),
        authorities: Arc::new(Authorities::new(guard.clone(), Arc::new(rustls::crypto::aws_lc_rs::default_provider()))),
        access_log: access_log.clone(),
        metrics: metrics.clone(),
        traces: traces.clone(),
        pressure: life.pressure.clone(),
        knocks: Knocks::new(&config.limits.rates, Networks::new(&config.limits)),
        most_target: config.limits.target_bytes,
        most_body: config.limits.control_body_bytes,
        gate: gate.clone(),
        now: clock.clone(),
    };
    let end = CancellationToken::new();
    tokio::spawn(limits::watch(life.pressure.clone(), end.clone()));
    let health = Health {
        store: store.clone(),
        certificates: certificates.clone(),
        beats: life.beats.clone(),
        pressure: life.pressure.clone(),
        stop: stop.clone(),
    };
    let watched = metrics::router(Sources {
        metrics,
        guard: guard.clone(),
        access_log: access_log.clone(),
        traces,
        certificates: certificates.clone(),
        clock: clock.clone(),
    });
    operation::serve(sockets.try_clone()?.operation, &operation::router(Arc::new(health)).merge(watched), &end);
    let listeners = Listeners::serve(&sockets, Arc::new(hosts), &tls, &config, &port_suffix, life.clone())?;
    jobs::start_certificates(guard.clone(), certificates, tls, clock.clone(), stop.clone());
    jobs::start_acme(keeper, stop.clone());
    let checks = Checks::start(&liveness, &stop);
    jobs::start_doctor(guard.clone(), doctor, clock.clone(), stop.clone());
    let expansions = provisioning::expansion::Expansions::new(store.clone(), idp.clone());
    jobs::start_expansions(expansions.clone(), clock.clone(), stop.clone());
    jobs::start_alerts(guard.clone(), live.clone(), clock.clone(), stop.clone());
    jobs::start_counting(guard.clone(), access_log.clone(), clock.clone(), stop.clone());
    jobs::start_noting(store.clone(), contacts.clone(), stop.clone());
    jobs::start(guard.clone(), idp.clone(), live.clone(), clock.clone(), stop.clone());
    Ok(Running {
        addresses,
        plain_addresses,
        operation_addresses,
        team_origin,
        guard,
        liveness,
        checks,
        expansions,
        idp,
        clock,
        contacts,
        store,
        listeners,
        writers,
        sockets,
        gate,
        life,
        end,
        live,
        reload,
    })
}

/// The routers behind the hosts.
pub(crate) struct Surfaces {
    pub team: Router,
    pub app: Router,
    pub api: Router,
}

struct Parts<'a> {
    store: &'a Store,
    guard: &'a Guard,
    idp: &'a idp::Client,
    clock: &'a Clock,
    contacts: &'a provisioning::Contacts,
    live: &'a Current,
    reload: &'a Reload,
}

fn surfaces(parts: &Parts<'_>, team_origin: &str, config: &Config) -> (Surfaces, api::Doctor) {
    let Parts { store, guard, idp, clock, contacts, live, reload } = *parts;
    let (tests, letters) = (Arc::default(), Arc::new(LiveLetters(live.clone())));
    let login_state = login::LoginState { guard: guard.clone(), idp: idp.clone(), tests, letters, now: clock.clone() };
    let (outbound, read) = (&config.outbound, guard.clone());
    let private_targets = private_targets(outbound);
    let api_config = api::ApiConfig {
        team_origin: team_origin.to_owned(),
        api_base: format!("{team_origin}/client/v4"),
        private_targets,
        private_networks: outbound.allowed_private.clone(),
        federated_tokens: outbound.federated_tokens.iter().map(|(name, _)| name.clone()).collect(),
        tells_country: reload.told().tells_country.clone(),
        decision_days: reload.told().decision_days.clone(),
    };
    let keys = Arc::new(Keys { team_host: guard.config().team_host.clone() });
    let drift = Arc::new(Drift(provisioning::drift::Drift::new(store.clone(), idp.clone())));
    let tests = Arc::new(Tests(login_state.clone()));
    let api_state = api::ApiState::new(store.clone(), clock.clone(), api_config, keys, Arc::new(idp.clone()), drift, tests)
        .with_readings(Arc::new(move || read.readings()))
        .with_reload(Arc::new(reload.clone()))
        .with_alerts(Arc::new(ForApi { store: store.clone(), live: live.clone() }))
        .with_guard(guard.clone());
    let doctor = api_state.doctor();
    let api = api::router(api_state);
    let scim = provisioning::router(provisioning::ProvisioningState {
        store: store.clone(),
        team_origin: team_origin.to_owned(),
        contacts: contacts.clone(),
    });
    let team = login::team_router(login_state.clone()).merge(console::router()).merge(scim);
    let surfaces =
        Surfaces { team: login::completed(team, login_state.clone(), api::elsewhere()), app: login::app_router(login_state), api };
    (surfaces, doctor)
}

/// Hosts at private addresses that the configuration file names: only these may be named through the API (ruling 9).
fn private_targets(outbound: &Outbound) -> Vec<String> {
    let of_cloud = [&outbound.entra.login_url, &outbound.entra.graph_url]
        .into_iter()
        .filter_map(|u| url::Url::parse(u).ok()?.host_str().map(str::to_owned));
    of_cloud.chain(outbound.resolve.iter().map(|(name, _)| name.clone())).collect()
}

/// Makes signing keys for the API.
struct Keys {
    team_host: String,
}

/// The tests of login methods: begun through the API, carried out by the team domain.
struct Tests(login::LoginState);

impl api::LoginTests for Tests {
    fn begin(&self, order: api::LoginTestOrder) -> api::BegunTest {
        let api::LoginTestOrder { idp, provider, by, by_name } = order;
        let login::TestBegun { id, url, expires_at } = self.0.begin_test(login::TestOrder { idp, provider, by, by_name });
        api::BegunTest { id, url, expires_at }
    }
    fn report(&self, id: &model::LoginTestId, idp: &model::IdpId, by: &str) -> Option<idp::trial::TrialReport> {
        self.0.test_report(id, idp, by)
    }
}

/// The drift report: made by provisioning, asked for through the API.
struct Drift(provisioning::drift::Drift);

impl api::DriftCheck for Drift {
    fn report(&self, id: model::IdpId, time: Duration, now: Timestamp) -> api::Comparing<'_> {
        Box::pin(self.0.report(id, time, now))
    }
}

impl api::KeyMaker for Keys {
    fn generate(&self, now: Timestamp) -> Result<(model::key::SigningKey, model::Secret), api::KeyMakerError> {
        guard::keys::generate(now, &self.team_host).map_err(|e| api::KeyMakerError(Box::new(e)))
    }
}

/// The ACME server and the way to it, when there is one.
pub(crate) fn acme_setup(config: &Config) -> Result<Option<acme::Setup>, StartError> {
    let Some(settings) = &config.tls.acme else { return Ok(None) };
    Ok(Some(acme::Setup::open(settings, idp_client(config, &settings.ca_files)?)?))
}

/// The way out, which trusts the configured authorities and some more.
/// The way to the collector of traces, when one is configured.
fn traces(config: &crate::config::Traces, client: &idp::Client) -> Result<Traces, AccessLogError> {
    let Some(endpoint) = &config.endpoint else { return Ok(Traces::new(None)) };
    let headers = endpoint.headers_file.as_deref().map(access_log::read_headers).transpose()?.unwrap_or_default();
    let exporter = Exporter::start(endpoint.url.clone(), headers, client.clone());
    Ok(Traces::new(Some((exporter, endpoint.sample_ratio))))
}

fn idp_client(config: &Config, more_roots: &[std::path::PathBuf]) -> Result<idp::Client, StartError> {
    let mut roots = Vec::new();
    for path in config.outbound.ca_files.iter().chain(more_roots) {
        roots.push(std::fs::read(path).map_err(|source| StartError::File { path: path.display().to_string(), source })?);
    }
    Ok(idp::Client::new(idp::Config {
        default_cloud: config.outbound.entra.clone(),
        extra_roots_pem: roots,
        allowed_private: config.outbound.allowed_private.clone(),
        resolve: config.outbound.resolve.clone(),
        total_timeout: Duration::from_secs(8),
        user_agent: concat!("doorward/", env!("CARGO_PKG_VERSION")).to_owned(),
        federated_tokens: config.outbound.federated_tokens.clone(),
    })?)
}

/// Reads 64 hexadecimal characters; the file must be the owner's alone.
pub(crate) fn read_sealing_key(path: &Path) -> Result<[u8; 32], StartError> {
    use std::os::unix::fs::PermissionsExt;
    let file = |source| StartError::File { path: path.display().to_string(), source };
    let mode = std::fs::metadata(path).map_err(file)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(StartError::SealingKey(format!("{} may be read by others (mode {:o}); make it 0600", path.display(), mode & 0o777)));
    }
    let text = std::fs::read_to_string(path).map_err(file)?;
    let bytes = hex::decode(text.trim()).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
    bytes.ok_or_else(|| StartError::SealingKey(format!("{} must hold 64 hexadecimal characters", path.display())))
}

/// The wall clock.
pub fn now() -> Timestamp {
    Timestamp::from(time::OffsetDateTime::now_utc())
}
