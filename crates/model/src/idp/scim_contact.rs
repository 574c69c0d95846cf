//! What is known of a provider's provisioning client by its calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ScimSettings;
use crate::{Secret, Timestamp};

/// The last call, and counts since this is watched. Written at most once a minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct ScimContact {
    /// When a client called last with a secret of this provider.
    pub last_used_at: Timestamp,
    /// Its `User-Agent`, cut short; Entra sends none.
    pub agent: Option<String>,
    /// The keyed hash of the secret it showed; `None` in notes of an older release.
    pub secret_hash: Option<Secret>,
    /// How often each kind of odd input was brought into the RFC's form, by the kind's stable name.
    pub normalised: BTreeMap<String, u64>,
    /// Refused requests that the provisioning log left out because there were too many at once.
    pub unlogged_refusals: u64,
}

/// Which secret a client showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretUsed {
    /// The current one.
    Current,
    /// The one before, which is taken a while longer.
    Former,
    /// One that is no longer taken.
    Ended,
    /// Not known.
    Unknown,
}

impl ScimContact {
    /// A note of a first call.
    pub const fn at(last_used_at: Timestamp) -> Self {
        Self { last_used_at, agent: None, secret_hash: None, normalised: BTreeMap::new(), unlogged_refusals: 0 }
    }
    /// What the secret of the last call is by now.
    pub fn secret_used(&self, settings: &ScimSettings, now: Timestamp) -> SecretUsed {
        let Some(used) = &self.secret_hash else { return SecretUsed::Unknown };
        if settings.secret_hash.as_ref() == Some(used) {
            return SecretUsed::Current;
        }
        match settings.former_secret_at(now) {
            Some(former) if former.hash == *used => SecretUsed::Former,
            _ => SecretUsed::Ended,
        }
    }
}

impl SecretUsed {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Former => "former",
            Self::Ended => "ended",
            Self::Unknown => "unknown",
        }
    }
}

/// The forms in which notes were stored: older releases knew the time only.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Time(Timestamp),
    Note {
        last_used_at: Timestamp,
        agent: Option<String>,
        secret_hash: Option<Secret>,
        #[serde(default)]
        normalised: BTreeMap<String, u64>,
        #[serde(default)]
        unlogged_refusals: u64,
    },
}

impl From<Stored> for ScimContact {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Time(at) => Self::at(at),
            Stored::Note { last_used_at, agent, secret_hash, normalised, unlogged_refusals } => {
                Self { last_used_at, agent, secret_hash, normalised, unlogged_refusals }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idp::FormerSecret;

    const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

    #[test]
    fn a_note_of_an_older_release_is_read() {
        let read: ScimContact = serde_json::from_str("1790000000000").unwrap();
        assert_eq!(read, ScimContact::at(NOW));
        let note = ScimContact {
            agent: Some("Sync/1".into()),
            secret_hash: Some(Secret::new("ab")),
            normalised: [("boolean_string".into(), 7)].into(),
            unlogged_refusals: 3,
            ..ScimContact::at(NOW)
        };
        assert_eq!(serde_json::from_str::<ScimContact>(&serde_json::to_string(&note).unwrap()).unwrap(), note);
    }

    #[test]
    fn the_secret_of_the_last_call_is_told_by_what_it_is_now() {
        let settings = ScimSettings {
            secret_hash: Some(Secret::new("new")),
            former_secret: Some(FormerSecret { hash: Secret::new("old"), ends_at: NOW.plus_secs(60) }),
            ..ScimSettings::default()
        };
        for (hash, now, used) in [
            (Some("new"), NOW, SecretUsed::Current),
            (Some("old"), NOW, SecretUsed::Former),
            (Some("old"), NOW.plus_secs(60), SecretUsed::Ended),
            (Some("older"), NOW, SecretUsed::Ended),
            (None, NOW, SecretUsed::Unknown),
        ] {
            let contact = ScimContact { secret_hash: hash.map(Secret::new), ..ScimContact::at(NOW) };
            assert_eq!(contact.secret_used(&settings, now), used, "{hash:?}");
        }
    }
}
