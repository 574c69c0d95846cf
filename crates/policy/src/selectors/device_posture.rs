//! `device_posture`: what a posture rule says about the device at hand, or about all of the person's devices (ruling 19).

use model::{
    PostureIntegrationId,
    identity::Identity,
    posture::{ComplianceStatus, PostureCheck, PostureRule},
    readings::Reading,
};

use crate::{
    Facts, Reason,
    explain::{FactUsed, word},
    truth::Finding,
};

#[derive(Debug)]
pub(crate) enum DevicePosture {
    /// The device of this very request. No sign-in tells which one that is.
    AtHand,
    /// Every device that the person has.
    All { integration: PostureIntegrationId, wanted: ComplianceStatus, good_secs: Option<i64> },
}

impl DevicePosture {
    pub fn new(rule: &PostureRule) -> Self {
        match rule.check {
            PostureCheck::Intune { .. } => Self::AtHand,
            PostureCheck::IntuneAllDevices { connection_id, compliance_status } => Self::All {
                integration: connection_id,
                wanted: compliance_status,
                good_secs: rule.expiration.as_ref().map(model::SessionDuration::secs),
            },
        }
    }

    /// Before anybody signed in, only whether a sign-in could help.
    pub const fn judge_visitor(&self) -> Finding {
        match self {
            Self::AtHand => Finding::unknown(Reason::DeviceNotLinked),
            Self::All { .. } => Finding::PENDING,
        }
    }

    pub fn judge(&self, facts: &Facts<'_>, identity: &Identity) -> Finding {
        let Self::All { wanted, good_secs, .. } = self else { return Finding::unknown(Reason::DeviceNotLinked) };
        let Some(reading) = self.reading(facts) else { return Finding::unknown(Reason::DevicesUnread) };
        if reading.issuer != identity.key.issuer {
            return Finding::unknown(Reason::OtherDirectory);
        }
        let now = facts.request.now;
        if !reading.counts_at(now) || good_secs.is_some_and(|secs| now.secs_since(reading.at) >= secs) {
            return Finding::unknown(Reason::DevicesStale);
        }
        match reading.people.get(&identity.key.subject).map(Vec::as_slice) {
            // "All of none" is no proof of anything.
            None | Some([]) => Finding::no(Reason::NoDevice),
            Some(devices) => Finding::when(devices.iter().all(|status| status == wanted)),
        }
    }

    fn reading<'a>(&self, facts: &Facts<'a>) -> Option<&'a Reading<Vec<ComplianceStatus>>> {
        match self {
            Self::AtHand => None,
            Self::All { integration, .. } => facts.readings?.devices.get(integration).map(AsRef::as_ref),
        }
    }

    /// Where the devices were read, and how long ago.
    pub fn fact(&self, facts: &Facts<'_>) -> Option<FactUsed> {
        let reading = self.reading(facts)?;
        let devices = reading.people.get(&facts.identity?.key.subject).map(Vec::as_slice).unwrap_or_default();
        let told: Vec<String> = devices.iter().map(word).collect();
        let value = if told.is_empty() { "no device".to_owned() } else { told.join(", ") };
        Some(FactUsed::of_person("devices", "intune", facts.request.now.secs_since(reading.at)).with_value(Some(value)))
    }
}
