//! The configuration file: sections, strict keys, all faults reported at once with their key paths.
//!
//! What an administrator changes at run time is data in the store, never here.

mod acme;
mod alerts;
mod faults;
mod http;
mod limits;
mod logs;
mod operation;
mod outbound;
mod storage;
mod syntax;
mod team;
mod tls;
mod traces;

use std::path::{Path, PathBuf};

pub use acme::{Acme, Challenge, ExternalAccount};
pub use alerts::{Alerts, Mail, MailSecurity, Webhook};
pub use faults::{ConfigFault, Section};
pub use http::Http;
pub use limits::{Limits, Rates};
pub use logs::{AccessLog, AccessTarget, LineForm, LogFormat, LoggedQuery, Logs, SyslogAddress};
pub use operation::Operation;
pub use outbound::Outbound;
pub use storage::Storage;
pub use team::Team;
pub use tls::{CertificateFiles, LocalAuthority, MinVersion, Tls};
pub use traces::{TraceEndpoint, Traces};

/// Everything the server must be told.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[team]`
    pub team: Team,
    /// `[http]`
    pub http: Http,
    /// `[tls]`
    pub tls: Tls,
    /// `[store]`
    pub store: Storage,
    /// `[outbound]`
    pub outbound: Outbound,
    /// `[logs]`
    pub logs: Logs,
    /// `[alerts]`
    pub alerts: Alerts,
    /// `[limits]`
    pub limits: Limits,
    /// The file it was read from; none for a text.
    pub file: Option<PathBuf>,
    /// What stood there.
    pub(crate) text: toml::Table,
    /// `[traces]`
    pub traces: Traces,
    /// `[operation]`
    pub operation: Operation,
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file.
    #[error("the configuration file {path} could not be read")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Not TOML at all.
    #[error("the configuration file {path} is not TOML: {message}")]
    Syntax {
        /// Which.
        path: PathBuf,
        /// Where and why.
        message: String,
    },
    /// Faults, one a line.
    #[error("the configuration has {} fault(s):\n{}", .0.len(), .0.iter().map(|f| format!("  {f}")).collect::<Vec<_>>().join("\n"))]
    Faults(Vec<ConfigFault>),
}

impl Config {
    /// Reads and checks a file. Relative paths in it are relative to the file's folder.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let base = path.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
        let config = Self::parse(&text, &base).map_err(|e| match e {
            ConfigError::Syntax { message, .. } => ConfigError::Syntax { path: path.to_owned(), message },
            other => other,
        })?;
        Ok(Self { file: Some(path.to_owned()), ..config })
    }

    /// Checks a text.
    pub fn parse(text: &str, base: &Path) -> Result<Self, ConfigError> {
        let table: toml::Table =
            text.parse().map_err(|e: toml::de::Error| ConfigError::Syntax { path: PathBuf::new(), message: syntax::told(text, &e) })?;
        let mut root = Section::root(table.clone());
        let team = Team::read(&mut root.section("team"));
        let http = Http::read(&mut root.section("http"));
        let mut tls = Tls::read(&mut root.section("tls"), base);
        let store = Storage::read(&mut root.section("store"), base);
        let outbound = Outbound::read(&mut root.section("outbound"), base);
        let logs = Logs::read(&mut root.section("logs"), base);
        let alerts = Alerts::read(&mut root.section("alerts"), base);
        let limits = Limits::read(&mut root.section("limits"));
        let traces = Traces::read(&mut root.section("traces"), base);
        let operation = Operation::read(&mut root.section("operation"));
        if let (Some(http), Some(acme)) = (&http, tls.as_mut().and_then(|tls| tls.acme.as_mut())) {
            acme.fit(http, &root);
        }
        let faults = root.finish();
        match (faults.is_empty(), team, http, tls, store) {
            (true, Some(team), Some(http), Some(tls), Some(store)) => {
                Ok(Self { team, http, tls, store, outbound, logs, alerts, limits, operation, traces, file: None, text: table })
            }
            _ => Err(ConfigError::Faults(faults)),
        }
    }
}

#[cfg(test)]
mod tests;
