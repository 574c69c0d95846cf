//! Reading the configuration file anew while the server runs, by SIGHUP or through the API: all of it or, when anything is faulty, nothing.
//! Open connections go on with the certificates and the TLS they have; what is asked from now on is answered by the new settings.

mod difference;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;

use crate::{
    access_log::AccessLog,
    acme::Keeper,
    certificates::{Certificates, Prepared},
    config::{Config, ConfigError, Logs},
    http::Tls,
    live::{Current, Live},
    wiring,
};

/// The log follows a new level and form.
pub type FollowLogs = Box<dyn Fn(&Logs) -> Result<(), String> + Send + Sync>;

/// The way to read the configuration anew. Clones are one and the same.
#[derive(Clone)]
pub struct Reload(Arc<Parts>);

/// What a reload changes.
pub(crate) struct Parts {
    pub live: Current,
    pub certificates: Arc<Certificates>,
    pub tls: Tls,
    pub keeper: Arc<Keeper>,
    pub proxy: Arc<proxy::Proxy>,
    pub idp: idp::Client,
    pub team_origin: String,
    pub told: ToldToApi,
    pub access_log: Arc<AccessLog>,
    /// One at a time; what the server was started with.
    pub started: Mutex<toml::Table>,
    pub logs: ArcSwapOption<FollowLogs>,
}

/// What the API is told of the configuration.
#[derive(Clone)]
pub(crate) struct ToldToApi {
    pub tells_country: Arc<AtomicBool>,
    pub decision_days: Arc<AtomicI64>,
}

impl ToldToApi {
    pub(crate) fn of(config: &Config) -> Self {
        let out = Self { tells_country: Arc::default(), decision_days: Arc::default() };
        out.update(config);
        out
    }
    fn update(&self, config: &Config) {
        self.tells_country.store(config.http.country_header.is_some(), Ordering::Relaxed);
        self.decision_days.store(config.logs.decision_days, Ordering::Relaxed);
    }
}

impl Reload {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// What the API is told.
    pub(crate) fn told(&self) -> &ToldToApi {
        &self.0.told
    }

    /// Lets the program's log follow.
    pub fn follow_logs(&self, follow: FollowLogs) {
        self.0.logs.store(Some(Arc::new(follow)));
    }

    /// Reads the file that the server was started with. The faults begin with their keys.
    pub async fn run(&self) -> Result<api::Reloaded, Vec<String>> {
        let started = self.0.started.lock().await;
        let file = self.0.live.load().config.file.clone().ok_or_else(|| vec!["the server was not started from a file".to_owned()])?;
        let this = self.clone();
        let text = started.clone();
        // Files and keys are read: off the runtime.
        let done = tokio::task::spawn_blocking(move || this.carry_out(&file, &text)).await;
        drop(started);
        let done = done.unwrap_or_else(|_| Err(vec!["the reload failed; nothing was changed".to_owned()]));
        match &done {
            Ok(done) => tracing::info!(
                changed = done.changed.join(" "),
                restart = done.needs_restart.join(" "),
                certificate_files = done.certificate_files,
                "the configuration was read anew"
            ),
            Err(faults) => tracing::error!(faults = faults.join("; "), "the configuration cannot be used: nothing was changed"),
        }
        done
    }

    fn carry_out(&self, file: &Path, started: &toml::Table) -> Result<api::Reloaded, Vec<String>> {
        let parts = &*self.0;
        let config = Config::load(file).map_err(|error| match error {
            ConfigError::Faults(list) => list.iter().map(ToString::to_string).collect(),
            other => vec![with_cause(&other)],
        })?;
        let faults = wiring::check(&config);
        if !faults.is_empty() {
            return Err(faults);
        }
        let before = parts.live.load_full();
        let prepared = Prepared::read(&config.tls).map_err(|e| vec![format!("tls: {}", with_cause(&e))])?;
        let setup = wiring::acme_setup(&config).map_err(|e| vec![format!("tls.acme: {}", with_cause(&e))])?;
        let live = Live::open(config.clone(), &parts.idp, &parts.team_origin).map_err(|e| vec![format!("alerts: {}", with_cause(&e))])?;
        parts.tls.set_min_version(config.tls.min_version).map_err(|e| vec![format!("tls.min_version: {}", with_cause(&e))])?;
        // From here on nothing fails.
        let certificate_files = parts.certificates.is_outdated();
        parts.certificates.install(prepared);
        parts.keeper.set(setup);
        parts.proxy.set_foreign_headers(live.told_headers());
        parts.told.update(&config);
        // Somebody may have moved its files.
        parts.access_log.reopen();
        if let Some(follow) = parts.logs.load_full()
            && let Err(error) = follow(&config.logs)
        {
            tracing::error!(error, "the log stays as it was");
        }
        parts.live.store(Arc::new(live));
        let changed = difference::between(&before.config.text, &config.text).into_iter().filter(|key| difference::is_live(key)).collect();
        let needs_restart = difference::between(started, &config.text).into_iter().filter(|key| !difference::is_live(key)).collect();
        Ok(api::Reloaded { changed, needs_restart, certificate_files })
    }
}

impl api::Reload for Reload {
    fn reload(&self) -> api::Reloading<'_> {
        Box::pin(self.run())
    }
}

fn with_cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
