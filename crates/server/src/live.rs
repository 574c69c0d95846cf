//! What of the configuration changes while the server runs: one value, replaced as a whole. Whoever needs a part loads it when they need
//! it, and never keeps it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use login::{Letter, Letters};

use crate::{
    alerts::{self, Alerts, AlertsError},
    config::Config,
    http::Trust,
};

/// The configuration in force, and what was made of it.
pub(crate) struct Live {
    pub config: Config,
    pub trust: Trust,
    pub alerts: Alerts,
    letters: Arc<dyn Letters>,
}

/// The one place where it is.
pub(crate) type Current = Arc<ArcSwap<Live>>;

impl Live {
    /// Reads what the configuration names.
    pub(crate) fn open(config: Config, idp: &idp::Client, team_origin: &str) -> Result<Self, AlertsError> {
        let alerts = Alerts::open(&config.alerts, idp.clone(), team_origin)?;
        let (letters, trust) = (alerts::letters::open(&config.alerts)?, Trust::new(&config.http));
        Ok(Self { config, trust, alerts, letters })
    }

    /// The headers in which trusted peers tell address and country: only peers' word counts, so nobody's copy reaches an origin.
    pub(crate) fn told_headers(&self) -> Vec<axum::http::HeaderName> {
        let http = &self.config.http;
        [&http.client_address_header, &http.country_header].into_iter().flatten().filter_map(|name| name.parse().ok()).collect()
    }
}

/// Letters, by the mail server of the moment.
pub(crate) struct LiveLetters(pub Current);

impl Letters for LiveLetters {
    fn send(&self, letter: Letter) {
        self.0.load().letters.send(letter);
    }
}
