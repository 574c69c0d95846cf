//! Owns the provisioning log: the latest entries, and Graph's JSON for them.
//!
//! Source: "provisioningObjectSummary resource type".

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::dialect::Difference;
use super::failure::Failure;
use super::job::Kind;
use super::perform::Initiator;
use crate::clock::Stamp;
use crate::directory::id::{ObjectId, TenantId};

/// Most entries kept.
const KEPT: usize = 50_000;
/// Seconds for which entries are kept.
const DAYS: i64 = 30 * 86_400;

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

impl Ending {
    /// For a failure.
    pub fn failed(failure: &Failure) -> Self {
        Self::Failure(failure.word(), failure.to_string())
    }

    fn status(&self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Skipped(_) => "skipped",
            Self::Failure(..) => "failure",
        }
    }

    fn error(&self) -> Value {
        let (code, reason) = match self {
            Self::Success => return Value::Null,
            Self::Skipped(word) => (*word, format!("The object is left out: {word}.")),
            Self::Failure(code, reason) => (*code, reason.clone()),
        };
        json!({"errorCode": code, "reason": reason, "additionalDetails": null, "errorCategory": "nonServiceFailure",
            "recommendedAction": null})
    }
}

/// The object that an entry is about.
#[derive(Debug, Clone)]
pub struct Object {
    /// User or group.
    pub kind: Kind,
    /// In the directory.
    pub source: ObjectId,
    /// Its name.
    pub name: String,
    /// In the target.
    pub target: Option<String>,
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
    /// What it is about.
    pub object: Object,
    /// Attributes changed.
    pub changes: Vec<Difference>,
    /// Duration.
    pub millis: u64,
    /// Who began it.
    pub initiator: Initiator,
}

/// The latest entries, newest last, each with its number.
#[derive(Debug, Default)]
pub struct Log {
    entries: VecDeque<(u64, Arc<Entry>)>,
    next: u64,
}

impl Log {
    /// Adds an entry; the oldest go.
    pub fn add(&mut self, entry: Entry) {
        let oldest = entry.at.plus(-DAYS);
        while self.entries.len() >= KEPT || self.entries.front().is_some_and(|(_, known)| known.at < oldest) {
            self.entries.pop_front();
        }
        self.entries.push_back((self.next, Arc::new(entry)));
        self.next += 1;
    }

    /// All entries, newest first, with keys that sort so.
    pub fn latest(&self) -> Vec<(String, Arc<Entry>)> {
        self.entries.iter().rev().map(|(number, entry)| (format!("{:020}", u64::MAX - number), Arc::clone(entry))).collect()
    }

    /// The entries of one run, oldest first.
    pub fn of_cycle(&self, cycle: Uuid) -> Vec<Arc<Entry>> {
        self.entries.iter().filter(|(_, entry)| entry.cycle == cycle).map(|(_, entry)| Arc::clone(entry)).collect()
    }
}

impl Entry {
    /// What was done, step by step: name, kind, status, description.
    fn steps(&self) -> Vec<(String, &'static str, &'static str, String)> {
        let (kind, name, step) = (self.object.kind.word(), &self.object.name, self.action.step());
        let mut steps = vec![(format!("EntryImport{step}"), "import", "success", format!("Received {kind} '{name}' from the directory."))];
        if let Ending::Skipped(reason) = &self.ending {
            steps.push(("EntryScoping".to_owned(), "scoping", "skipped", format!("{kind} '{name}' is left out: {reason}.")));
            return steps;
        }
        let entry = &self.changes;
        let references = !entry.is_empty() && entry.iter().all(|one| super::plan::is_reference(&one.path));
        steps.push(if references {
            (format!("EntryReferenceResolution{step}"), "referenceResolution", "success", format!("References of '{name}' were resolved."))
        } else {
            (format!("EntrySynchronization{step}"), "matching", "success", format!("{kind} '{name}' was matched with the target system."))
        });
        let export = match &self.ending {
            Ending::Failure(_, reason) => format!("{kind} '{name}' could not be exported: {reason}."),
            _ if self.action == Action::Other => format!("{kind} '{name}' needs no change in the target system."),
            _ => format!("{kind} '{name}' was written to the target system ({}).", self.action.word()),
        };
        steps.push((format!("EntryExport{step}"), "export", self.ending.status(), export));
        steps
    }

    fn modified(&self) -> Vec<Value> {
        let shown = |value: &Value| match value {
            Value::Null | Value::String(_) => value.clone(),
            other => Value::String(other.to_string()),
        };
        let line = |one: &Difference| json!({"displayName": one.path, "oldValue": shown(&one.held), "newValue": shown(&one.wanted)});
        self.changes.iter().map(line).collect()
    }

    /// Graph's JSON. `app` is the enterprise application.
    pub fn graph(&self, tenant: TenantId, app: (ObjectId, &str)) -> Value {
        let Object { kind, source, name, target } = &self.object;
        let steps: Vec<Value> = self
            .steps()
            .into_iter()
            .map(|(step, kind, status, description)| {
                json!({"name": step, "provisioningStepType": kind, "status": status, "description": description,
                    "details": {"ReportableIdentifier": name}})
            })
            .collect();
        let initiator = match self.initiator {
            Initiator::Service => json!({"id": "", "displayName": "Azure AD Provisioning Service", "initiatorType": "system"}),
            Initiator::Administrator => json!({"id": "", "displayName": "On-demand provisioning", "initiatorType": "user"}),
        };
        json!({
            "id": self.id,
            "activityDateTime": self.at.graph(),
            "tenantId": tenant,
            "jobId": self.job,
            "cycleId": self.cycle,
            "changeId": self.id,
            "provisioningAction": self.action.word(),
            "durationInMilliseconds": self.millis,
            "provisioningStatusInfo": {"status": self.ending.status(), "errorInformation": self.ending.error()},
            "provisioningSteps": steps,
            "modifiedProperties": self.modified(),
            "servicePrincipal": {"id": app.0, "displayName": app.1},
            "sourceSystem": {"id": tenant, "displayName": "Azure Active Directory", "details": {}},
            "targetSystem": {"id": app.0, "displayName": app.1,
                "details": {"ServicePrincipalId": app.0, "ServicePrincipalDisplayName": app.1}},
            "initiatedBy": initiator,
            "sourceIdentity": {"identityType": kind.word(), "id": source, "displayName": name, "details": {}},
            "targetIdentity": {"identityType": kind.word(), "id": target.clone().unwrap_or_default(),
                "displayName": "", "details": {}},
        })
    }

    /// The form in which on-demand provisioning tells how a step went.
    pub fn on_demand(&self) -> Value {
        let at = self.at.graph();
        let capital = |word: &str| super::expression::capitals(word);
        let steps: Vec<Value> = self
            .steps()
            .into_iter()
            .map(|(step, kind, status, description)| {
                json!({"name": step, "type": capital(kind), "status": capital(status), "description": description,
                    "timestamp": at, "details": {"ReportableIdentifier": self.object.name}})
            })
            .collect();
        json!({
            "provisioningSteps": steps,
            "modifiedProperties": self.modified(),
            "action": capital(self.action.word()),
            "status": capital(self.ending.status()),
            "errorInformation": self.ending.error(),
            "objectId": self.object.source,
            "objectTypeName": self.object.kind.word(),
            "targetId": self.object.target,
        })
    }
}
