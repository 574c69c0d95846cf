//! The polls: devices at the interval of their integration, risk every five minutes. A reading counts for three intervals; a poll
//! that failed leaves the last one until then.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use guard::Guard;
use idp::{
    Provider,
    entra::{DeviceReader, PollError},
};
use model::{IdpId, PostureIntegrationId, Timestamp, posture::IntegrationConfig, readings::Reading};
use store::Snapshot;

const RISK_EVERY_SECS: i64 = 300;
/// A reading is worth nothing after so many intervals.
const GOOD_FOR: i64 = 3;

/// Something that is polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    Risk(IdpId),
    Devices(PostureIntegrationId),
}

/// The job's memory: when each source was last asked, and as what.
#[derive(Default)]
pub(super) struct Polls {
    asked: HashMap<Source, Asked>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Asked {
    at: Timestamp,
    /// Change of the settings that were used: after another one the source is asked at once.
    settings: Timestamp,
}

impl Polls {
    /// One round: asks the sources whose turn it is, one after the other, and forgets readings of those that are gone.
    pub(super) async fn round(&mut self, guard: &Guard, client: &idp::Client, now: Timestamp) {
        let snapshot = guard.store().snapshot();
        self.forget(guard, &snapshot);
        for idp in snapshot.idps.values() {
            if idp.config.entra().is_some_and(|settings| settings.own.read_risk)
                && self.is_due(Source::Risk(idp.id), idp.updated_at, RISK_EVERY_SECS, now)
            {
                report(&format!("risk of {}", idp.name), read_risk(guard, client, &snapshot, &idp.id, now).await);
            }
        }
        for integration in snapshot.posture_integrations.values() {
            let every = integration.interval.secs();
            if self.is_due(Source::Devices(integration.id), integration.updated_at, every, now) {
                report(&format!("devices of {}", integration.name), read_devices(guard, client, &snapshot, &integration.id, now).await);
            }
        }
    }

    fn is_due(&mut self, source: Source, settings: Timestamp, every: i64, now: Timestamp) -> bool {
        let due = self.asked.get(&source).is_none_or(|asked| asked.settings != settings || has_come(asked.at, every, now));
        if due {
            self.asked.insert(source, Asked { at: now, settings });
        }
        due
    }

    /// What was read with other settings may be about other people.
    fn forget(&mut self, guard: &Guard, snapshot: &Snapshot) {
        let settings: HashMap<Source, Timestamp> = sources(snapshot).collect();
        let changed: HashSet<Source> =
            self.asked.iter().filter(|(source, asked)| settings.get(source) != Some(&asked.settings)).map(|(source, _)| *source).collect();
        self.asked.retain(|source, _| !changed.contains(source));
        let gone = |source: Source| changed.contains(&source) || !settings.contains_key(&source);
        let readings = guard.readings();
        let outdated =
            readings.risk.keys().any(|id| gone(Source::Risk(*id))) || readings.devices.keys().any(|id| gone(Source::Devices(*id)));
        if outdated {
            guard.change_readings(|readings| {
                readings.risk.retain(|id, _| !gone(Source::Risk(*id)));
                readings.devices.retain(|id, _| !gone(Source::Devices(*id)));
            });
        }
    }
}

/// When the clock was set back, the time that passed is not known.
fn has_come(asked: Timestamp, every: i64, now: Timestamp) -> bool {
    let passed = now.secs_since(asked);
    passed >= every || passed < -model::readings::SET_BACK_SECS
}

fn sources(snapshot: &Snapshot) -> impl Iterator<Item = (Source, Timestamp)> {
    let risk = snapshot.idps.values().filter(|idp| idp.config.entra().is_some_and(|settings| settings.own.read_risk));
    let devices = snapshot.posture_integrations.values();
    risk.map(|idp| (Source::Risk(idp.id), idp.updated_at)).chain(devices.map(|i| (Source::Devices(i.id), i.updated_at)))
}

async fn read_risk(guard: &Guard, client: &idp::Client, snapshot: &Snapshot, id: &IdpId, now: Timestamp) -> Result<usize, PollError> {
    let idp = snapshot.idps.get(id).ok_or(PollError::NotEntra)?;
    let credentials = snapshot.idp_credentials.get(id).cloned().unwrap_or_default();
    let issuer = idp.config.entra().ok_or(PollError::NotEntra)?.directory_id.to_string();
    let people = client.risky_users(Provider { config: &idp.config, credentials: &credentials }, now).await?;
    let count = people.len();
    let reading = Arc::new(Reading { issuer, people, at: now, good_until: now.plus_secs(GOOD_FOR * RISK_EVERY_SECS) });
    guard.change_readings(|readings| drop(readings.risk.insert(*id, reading.clone())));
    Ok(count)
}

async fn read_devices(
    guard: &Guard,
    client: &idp::Client,
    snapshot: &Snapshot,
    id: &PostureIntegrationId,
    now: Timestamp,
) -> Result<usize, PollError> {
    let (Some(integration), Some(secret)) = (snapshot.posture_integrations.get(id), snapshot.posture_secrets.get(id)) else {
        return Err(PollError::NotEntra);
    };
    let IntegrationConfig::Intune { client_id, customer_id } = &integration.config;
    let people =
        client.managed_devices(DeviceReader { client_id, tenant: *customer_id, secret, cloud: integration.cloud.as_ref() }, now).await?;
    let count = people.values().map(Vec::len).sum();
    let good_until = now.plus_secs(GOOD_FOR * integration.interval.secs());
    let reading = Arc::new(Reading { issuer: customer_id.to_string(), people, at: now, good_until });
    guard.change_readings(|readings| drop(readings.devices.insert(*id, reading.clone())));
    Ok(count)
}

fn report(what: &str, outcome: Result<usize, PollError>) {
    match outcome {
        Ok(count) => tracing::debug!(count, "read {what}"),
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            tracing::warn!(error = %error, cause, "{what} could not be read: what was read before counts until its time is over");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_asked_when_its_time_has_come_or_the_clock_was_set_back() {
        let at = Timestamp::from_secs;
        for (passed, expected) in [(0, false), (299, false), (300, true), (-60, false), (-61, true), (-90_000, true)] {
            assert_eq!(has_come(at(1_790_000_000), 300, at(1_790_000_000 + passed)), expected, "{passed}");
        }
    }
}
