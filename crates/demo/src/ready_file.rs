//! Owns the ready file: what scripts need to know, in the form of `docs/reference/ready-file.schema.json`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::folder::write_private;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// URL of the team domain, equal to `iss`.
    pub team_domain: String,
    /// Root of the v4 API.
    pub api_base: String,
    /// Account.
    pub account_id: String,
    /// Administrator's token.
    pub api_token: String,
    /// Console, when there is one.
    pub console_url: Option<String>,
    /// PEM file that verifies every certificate of the demo.
    pub ca_file: PathBuf,
    /// The simulator.
    pub entra: Entra,
    /// Provisioning.
    pub scim: Scim,
    /// Applications.
    pub apps: Vec<App>,
    /// People to try.
    pub people: Vec<Person>,
}

/// The simulator and its registrations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entra {
    /// Authority of the tenant.
    pub authority: String,
    /// Host of Graph, without version.
    pub graph: String,
    /// Tenant.
    pub tenant_id: String,
    /// The registration that people sign in to.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The registration of administrators' scripts.
    pub admin_client_id: String,
    /// Its secret.
    pub admin_client_secret: String,
}

/// Both sides of provisioning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scim {
    /// Provider in doorward.
    pub idp_id: String,
    /// SCIM base URL.
    pub base_url: String,
    /// Bearer secret.
    pub secret: String,
    /// Enterprise application in the simulator.
    pub service_principal_id: String,
    /// Its job.
    pub job_id: String,
    /// Its rule for people.
    pub rule_id: String,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Name.
    pub name: String,
    /// URL.
    pub url: String,
    /// Audience tag.
    pub aud: String,
    /// Id.
    pub id: String,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Sign-in name.
    pub upn: String,
    /// Password.
    pub password: String,
    /// Names of all groups, nested ones included.
    pub groups: Vec<String>,
    /// Names of applications.
    pub may_open: Vec<String>,
}

/// The file on disk; removed when dropped.
pub struct ReadyFile {
    path: PathBuf,
}

impl ReadyFile {
    /// Removes what an earlier demo left, so that nobody takes it for this one's.
    pub fn clear(path: &Path) -> Result<()> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// Writes it whole.
    pub fn write(path: &Path, ready: &Ready) -> Result<Self> {
        let mut bytes = serde_json::to_vec_pretty(ready)?;
        bytes.push(b'\n');
        write_private(path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path: path.to_owned() })
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const EXAMPLE: &str = include_str!("../../../docs/reference/ready-file.example.json");

    #[test]
    fn the_example_in_the_repository_has_exactly_the_members_of_the_file() {
        let ready: Ready = serde_json::from_str(EXAMPLE).unwrap();
        let again = serde_json::to_value(&ready).unwrap();
        assert_eq!(again, serde_json::from_str::<serde_json::Value>(EXAMPLE).unwrap());
        assert!(ready.api_base.ends_with("/client/v4"));
    }

    #[test]
    fn the_file_is_private_and_goes_with_the_demo() {
        let path = std::env::temp_dir().join(format!("doorward-ready-{}.json", std::process::id()));
        let file = ReadyFile::write(&path, &serde_json::from_str(EXAMPLE).unwrap()).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(file);
        assert!(!path.exists());
    }
}
