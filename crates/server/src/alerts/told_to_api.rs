//! What the API tells of the ways, and a try of all of them.

use model::{
    Timestamp, WarningId,
    finding::Finding,
    warning::{Subject, Warning},
};
use store::Store;

use super::{Stored, TellError, Told};
use crate::live::Current;

/// The ways of the moment.
pub(crate) struct ForApi {
    pub store: Store,
    pub live: Current,
}

impl ForApi {
    async fn try_all(&self, now: Timestamp) -> Vec<api::Told> {
        let stored = match self.store.read(Stored::read).await {
            Ok(stored) => stored,
            Err(error) => return vec![api::Told { way: "log", to: String::new(), error: Some(error.to_string()) }],
        };
        let subject = self.store.snapshot().organization.name.clone();
        let finding = Finding::note("test", "This is a try: somebody asked how warnings are told. Nothing is wrong.");
        let warning = Warning::raise(WarningId::random(), Subject::Organization, finding, now);
        let told = Told { warning: &warning, subject: &subject };
        let live = self.live.load_full();
        let ways = live.alerts.ways(&stored);
        // At the same time: each may take its ten seconds.
        let tries = ways.iter().map(|way| async {
            let outcome = way.tell(told, &live.alerts.team_origin, now).await;
            let (kind, to) = way.place();
            api::Told { way: kind, to, error: outcome.err().map(|error| with_causes(&error)) }
        });
        let mut gone = futures_util::future::join_all(tries).await;
        if gone.is_empty() {
            tracing::warn!(warning.id = %warning.id, subject, code = "test", "{}", warning.finding.text);
            gone.push(api::Told { way: "log", to: "the server's log".into(), error: None });
        }
        gone
    }
}

impl api::Alerter for ForApi {
    fn configured(&self) -> api::ConfiguredAlerts {
        let live = self.live.load();
        let settings = &live.config.alerts;
        api::ConfiguredAlerts {
            webhook: settings.webhook.as_ref().map(|hook| hook.url.origin().ascii_serialization()),
            mail_server: settings.mail.as_ref().map(|mail| mail.host.clone()),
            mail_to: settings.mail.as_ref().map(|mail| mail.to.clone()).unwrap_or_default(),
        }
    }
    fn test(&self, now: Timestamp) -> api::Telling<'_> {
        Box::pin(self.try_all(now))
    }
}

/// An error with what caused it, for whoever has to mend it.
fn with_causes(error: &TellError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(one) = cause {
        text.push_str(&format!(": {one}"));
        cause = one.source();
    }
    text
}
