//! Owns whom a job writes to, and when too many deletions stop it.
//!
//! Source: "Enable accidental deletions prevention"; the secret `SyncNotificationSettings` of the synchronisation API.

use serde::{Deserialize, Deserializer, Serialize};

use super::job::Job;
use crate::clock::Stamp;

/// Most mails that a job keeps.
const KEPT: usize = 100;

/// The JSON inside the secret `SyncNotificationSettings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Notification {
    /// Mails are sent.
    #[serde(deserialize_with = "switch")]
    pub enabled: bool,
    /// Addresses, separated by semicolons.
    pub recipients: String,
    /// Deletions are counted.
    #[serde(deserialize_with = "switch")]
    pub delete_threshold_enabled: bool,
    /// More deletions than this in one cycle stop the job.
    pub delete_threshold_value: u64,
    /// Of other connectors; kept as it is.
    #[serde(deserialize_with = "switch")]
    pub human_resources_lookahead_query_enabled: bool,
}

impl Default for Notification {
    fn default() -> Self {
        Self {
            enabled: false,
            recipients: String::new(),
            delete_threshold_enabled: false,
            delete_threshold_value: 500,
            human_resources_lookahead_query_enabled: false,
        }
    }
}

/// Administrators' scripts write a switch as a boolean or as a text.
fn switch<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Plain(bool),
        Text(String),
    }
    Ok(match Written::deserialize(from)? {
        Written::Plain(on) => on,
        Written::Text(text) => text.eq_ignore_ascii_case("true"),
    })
}

/// A mail that was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mail {
    /// When.
    pub at: Stamp,
    /// To whom.
    pub to: String,
    /// Subject.
    pub subject: String,
}

/// Sends a mail, if the job has someone to write to.
pub fn send(job: &mut Job, at: Stamp, subject: String) {
    let settings = &job.notification;
    if !settings.enabled || settings.recipients.is_empty() {
        return;
    }
    if job.mails.len() == KEPT {
        job.mails.remove(0);
    }
    job.mails.push(Mail { at, to: settings.recipients.clone(), subject });
}
