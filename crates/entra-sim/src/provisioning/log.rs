//! Owns the provisioning log: the latest entries, and Graph's JSON for them.

use std::collections::VecDeque;

use serde_json::{Value, json};
use uuid::Uuid;

use super::job::Kind;
use crate::clock::Stamp;
use crate::directory::id::{ObjectId, TenantId};

/// Most entries kept.
const KEPT: usize = 2_000;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Object made.
    Create,
    /// Object changed.
    Update,
    /// Object set inactive.
    Disable,
    /// Object deleted.
    Delete,
    /// Nothing.
    Other,
}

impl Action {
    fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Disable => "disable",
            Self::Delete => "delete",
            Self::Other => "other",
        }
    }

    fn step(self) -> &'static str {
        match self {
            Self::Create => "Add",
            Self::Update | Self::Disable | Self::Other => "Update",
            Self::Delete => "Delete",
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Done.
    Success,
    /// Left out, with Graph's reason word.
    Skipped(&'static str),
    /// Failed, with Graph's word and plain text.
    Failure(&'static str, String),
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Entry id.
    pub id: Uuid,
    /// When.
    pub at: Stamp,
    /// Job.
    pub job: String,
    /// Cycle.
    pub cycle: Uuid,
    /// What.
    pub action: Action,
    /// How it ended.
    pub ending: Ending,
    /// User or group.
    pub kind: Kind,
    /// Source object.
    pub source: ObjectId,
    /// Its name.
    pub name: String,
    /// Target object.
    pub target: Option<String>,
    /// Attributes changed: path, old value, new value.
    pub changes: Vec<(String, Value, Value)>,
    /// Duration.
    pub millis: u64,
}

/// The latest entries, newest last.
#[derive(Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
}

impl Log {
    /// Adds an entry; the oldest go.
    pub fn add(&mut self, entry: Entry) {
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// All entries, newest first.
    pub fn latest(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }
}

impl Entry {
    /// Graph's JSON. `app` is the enterprise application.
    pub fn graph(&self, tenant: TenantId, app: (ObjectId, &str)) -> Value {
        let (status, error) = match &self.ending {
            Ending::Success => ("success", Value::Null),
            Ending::Skipped(reason) => (
                "skipped",
                json!({"errorCode": reason, "reason": reason, "additionalDetails": null,
                "errorCategory": "nonServiceFailure", "recommendedAction": null}),
            ),
            Ending::Failure(code, reason) => (
                "failure",
                json!({"errorCode": code, "reason": reason, "additionalDetails": null,
                "errorCategory": "nonServiceFailure", "recommendedAction": null}),
            ),
        };
        let step = |stage: &str, kind: &str, status: &str| {
            json!({"name": format!("Entry{stage}{}", self.action.step()), "provisioningStepType": kind, "status": status,
                "description": "", "details": {"ReportableIdentifier": self.name}})
        };
        let changed: Vec<Value> =
            self.changes.iter().map(|(name, old, new)| json!({"displayName": name, "oldValue": old, "newValue": new})).collect();
        json!({
            "id": self.id,
            "activityDateTime": self.at.graph(),
            "tenantId": tenant,
            "jobId": self.job,
            "cycleId": self.cycle,
            "changeId": self.id,
            "provisioningAction": self.action.word(),
            "durationInMilliseconds": self.millis,
            "provisioningStatusInfo": {"status": status, "errorInformation": error},
            "provisioningSteps": [
                step("Import", "import", "success"),
                step("Synchronization", "matching", "success"),
                step("Export", "export", status),
            ],
            "modifiedProperties": changed,
            "servicePrincipal": {"id": app.0, "displayName": app.1},
            "sourceSystem": {"id": tenant, "displayName": "Azure Active Directory", "details": {}},
            "targetSystem": {"id": app.0, "displayName": app.1,
                "details": {"ServicePrincipalId": app.0, "ServicePrincipalDisplayName": app.1}},
            "initiatedBy": {"id": "", "displayName": "Azure AD Provisioning Service", "initiatorType": "system"},
            "sourceIdentity": {"identityType": self.kind.word(), "id": self.source, "displayName": self.name, "details": {}},
            "targetIdentity": {"identityType": self.kind.word(), "id": self.target.clone().unwrap_or_default(),
                "displayName": "", "details": {}},
        })
    }
}
