//! The facts that a decision was made from, kept with its record so that it can be made again.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    AppId, CertificateId, IdpId, PostureIntegrationId, ServiceTokenId, Timestamp,
    access_grant::Standing,
    identity::Identity,
    posture::ComplianceStatus,
    readings::{Reading, Readings, Risk},
    rule::RiskLevel,
};

/// Everything a decision was made from, but the configuration and the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Judged {
    /// The client's address as rules saw it; `None`: not known.
    pub ip: Option<IpAddr>,
    /// Its country; `None`: not known.
    pub country: Option<String>,
    /// The service token that was proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_token: Option<ServiceTokenId>,
    /// The client certificate.
    #[serde(default)]
    pub certificate: CertificateSeen,
    /// The application whose token was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked_app: Option<AppId>,
    /// The person as judged. Stored apart, once for equal ones.
    #[serde(skip)]
    pub identity: Option<Arc<Identity>>,
    /// What the person had beside their identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// What was polled about the person.
    #[serde(default)]
    pub readings: Vec<ReadingUsed>,
    /// The configuration's version.
    #[serde(default)]
    pub version: u64,
}

/// What was known about a client certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case", tag = "seen")]
pub enum CertificateSeen {
    /// None was asked for.
    #[default]
    NotAsked,
    /// One was asked for and none shown.
    NotShown,
    /// A good one was shown.
    Shown {
        /// The authority that vouches for it.
        authority: CertificateId,
        /// Common name of its subject.
        common_name: Option<String>,
    },
}

/// What one source told about the person, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingUsed {
    /// Whose people the source is about.
    pub issuer: String,
    /// When it was read.
    pub at: Timestamp,
    /// Until when it counts.
    pub good_until: Timestamp,
    /// What it told.
    #[serde(flatten)]
    pub told: Told,
}

/// What a source told about one person; `None` is that it does not have them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum Told {
    /// Risk, from a provider.
    Risk {
        /// The provider.
        idp: IdpId,
        /// The level; hidden by the licence when `hidden`.
        level: Option<RiskLevel>,
        /// The licence hides it.
        #[serde(default)]
        hidden: bool,
    },
    /// Compliance of devices, from an integration.
    Devices {
        /// The integration.
        integration: PostureIntegrationId,
        /// A status for each device.
        devices: Option<Vec<ComplianceStatus>>,
    },
}

impl Judged {
    /// What the readings tell about a person.
    pub fn readings_of(identity: &Identity, readings: &Readings) -> Vec<ReadingUsed> {
        let subject = &identity.key.subject;
        let risk = readings.risk.get(&identity.idp).map(|reading| {
            let (level, hidden) = match reading.people.get(subject) {
                None => (None, false),
                Some(Risk::Level(level)) => (Some(*level), false),
                Some(Risk::Hidden) => (None, true),
            };
            used(reading, Told::Risk { idp: identity.idp, level, hidden })
        });
        let devices = readings.devices.iter().map(|(integration, reading)| {
            used(reading, Told::Devices { integration: *integration, devices: reading.people.get(subject).cloned() })
        });
        risk.into_iter().chain(devices).collect()
    }

    /// The readings as they were, as far as this person is concerned.
    pub fn readings(&self) -> Readings {
        let subject = self.identity.as_ref().map(|identity| identity.key.subject.clone()).unwrap_or_default();
        let mut readings = Readings::default();
        for ReadingUsed { issuer, at, good_until, told } in &self.readings {
            let of = |at: &Timestamp, good_until: &Timestamp| (issuer.clone(), *at, *good_until);
            match told {
                Told::Risk { idp, level, hidden } => {
                    let risk = if *hidden { Some(Risk::Hidden) } else { level.map(Risk::Level) };
                    readings.risk.insert(*idp, reading(of(at, good_until), &subject, risk));
                }
                Told::Devices { integration, devices } => {
                    readings.devices.insert(*integration, reading(of(at, good_until), &subject, devices.clone()));
                }
            }
        }
        readings
    }
}

fn used<T>(reading: &Reading<T>, told: Told) -> ReadingUsed {
    ReadingUsed { issuer: reading.issuer.clone(), at: reading.at, good_until: reading.good_until, told }
}

fn reading<T>((issuer, at, good_until): (String, Timestamp, Timestamp), subject: &str, told: Option<T>) -> Arc<Reading<T>> {
    let people: HashMap<String, T> = told.into_iter().map(|told| (subject.to_owned(), told)).collect();
    Arc::new(Reading { issuer, people, at, good_until })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_without_an_identity_are_read_back_as_they_were_written() {
        let judged = Judged {
            ip: Some([203, 0, 113, 9].into()),
            certificate: CertificateSeen::Shown { authority: CertificateId::random(), common_name: Some("crane".into()) },
            readings: vec![
                ReadingUsed {
                    issuer: "t".into(),
                    at: Timestamp::from_secs(1),
                    good_until: Timestamp::from_secs(2),
                    told: Told::Risk { idp: IdpId::random(), level: None, hidden: true },
                },
                ReadingUsed {
                    issuer: "t".into(),
                    at: Timestamp::from_secs(1),
                    good_until: Timestamp::from_secs(2),
                    told: Told::Devices { integration: PostureIntegrationId::random(), devices: Some(vec![ComplianceStatus::Compliant]) },
                },
            ],
            version: 7,
            ..Judged::default()
        };
        let text = serde_json::to_string(&judged).unwrap();
        assert_eq!(serde_json::from_str::<Judged>(&text).unwrap(), judged, "{text}");
        assert_eq!(serde_json::from_str::<Judged>("{\"ip\":null,\"country\":null}").unwrap(), Judged::default());
    }
}
