//! Owns a provisioning job: where it sends, what it maps, what it has linked and how it fares.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::escrow::Escrow;
use super::mapping::Schema;
use super::notification::{Mail, Notification};
use crate::clock::Stamp;
use crate::directory::id::{ObjectId, TenantId};
use crate::directory::user::Secret;

/// Whether the job's cycles run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScheduleState {
    /// Cycles run.
    Active,
    /// Made but never started.
    Disabled,
    /// Stopped by an administrator.
    Paused,
}

/// User or group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// A person.
    User,
    /// A group.
    Group,
}

impl Kind {
    /// Graph's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// The SCIM path segment.
    pub fn path(self) -> &'static str {
        match self {
            Self::User => "Users",
            Self::Group => "Groups",
        }
    }
}

/// What the job remembers of one object that it manages in the target.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// User or group.
    pub kind: Kind,
    /// Id in the target.
    pub target: String,
    /// Attribute values as last sent, by target path.
    pub sent: BTreeMap<String, Value>,
    /// Still assigned at the last cycle.
    pub in_scope: bool,
    /// Direct members at the last cycle (groups only).
    pub members: BTreeSet<ObjectId>,
}

/// Why and since when a job is in quarantine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quarantine {
    /// Graph's reason word.
    pub reason: String,
    /// Plain words.
    pub message: String,
    /// First cycle of the series.
    pub series_began: Stamp,
    /// Cycles in the series.
    pub series_count: u32,
    /// This one's start.
    pub current_began: Stamp,
    /// Next try.
    pub next_attempt: Stamp,
}

/// How one cycle went.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// Cycle id.
    pub activity: Uuid,
    /// Start.
    pub began: Stamp,
    /// End.
    pub ended: Stamp,
    /// Objects in scope.
    pub entitled: u64,
    /// Objects looked at.
    pub imported: u64,
    /// Objects written to the target.
    pub exported: u64,
    /// Objects in escrow.
    pub escrowed: u64,
    /// Graph's `state`: `Succeeded`, `Failed`, `EntryLevelErrors`.
    pub state: String,
    /// What broke the cycle as a whole.
    pub error: Option<String>,
}

/// Whom a job provisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Reach {
    /// Those who are assigned to the application.
    #[default]
    Assigned,
    /// Everyone and every group (*Sync all users and groups*).
    Everything,
}

/// What an administrator said about many deletions at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Deletions {
    /// Nothing: too many are held back.
    #[default]
    Guarded,
    /// The next cycle may carry them out (`restart` with `ForceDeletes`).
    Allowed,
}

/// A provisioning job.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// `scim.{tenant id without dashes}.{guid}`.
    pub id: String,
    /// Always `scim`.
    pub template: String,
    /// The enterprise application.
    pub principal: ObjectId,
    /// Schedule.
    pub state: ScheduleState,
    /// Tenant URL.
    pub base_address: Option<String>,
    /// Secret token.
    pub secret_token: Option<Secret>,
    /// Mappings.
    pub schema: Schema,
    /// Managed objects.
    pub links: BTreeMap<ObjectId, Link>,
    /// Failed objects.
    pub escrows: BTreeMap<ObjectId, Escrow>,
    /// Groups and people whose references failed.
    #[serde(default)]
    pub reference_escrows: BTreeMap<ObjectId, Escrow>,
    /// Whom it provisions.
    #[serde(default)]
    pub reach: Reach,
    /// Whom to tell of what, and from how many deletions on to stop.
    #[serde(default)]
    pub notification: Notification,
    /// Mails that it has sent, newest last.
    #[serde(default)]
    pub mails: Vec<Mail>,
    /// What was said about too many deletions.
    #[serde(default)]
    pub deletions: Deletions,
    /// Quarantine, when in it.
    pub quarantine: Option<Quarantine>,
    /// Whether an initial cycle has been completed.
    pub steady: bool,
    /// First and last good cycle.
    pub steady_first: Option<Stamp>,
    /// Last good cycle.
    pub steady_last: Option<Stamp>,
    /// Last cycle.
    pub last: Option<Execution>,
    /// Last cycle without a failure of the whole.
    pub last_good: Option<Execution>,
    /// Last good cycle that wrote something.
    pub last_export: Option<Execution>,
    /// Cycles in a row that failed as a whole.
    pub failures: u32,
}

impl Job {
    /// A job that has nowhere to send to yet.
    pub fn new(tenant: TenantId, guid: Uuid, principal: ObjectId, schema: Schema) -> Self {
        Self {
            id: format!("scim.{}.{}", tenant.guid().simple(), guid.simple()),
            template: "scim".to_owned(),
            principal,
            state: ScheduleState::Disabled,
            base_address: None,
            secret_token: None,
            schema,
            links: BTreeMap::new(),
            escrows: BTreeMap::new(),
            reference_escrows: BTreeMap::new(),
            reach: Reach::Assigned,
            notification: Notification::default(),
            mails: Vec::new(),
            deletions: Deletions::Guarded,
            quarantine: None,
            steady: false,
            steady_first: None,
            steady_last: None,
            last: None,
            last_good: None,
            last_export: None,
            failures: 0,
        }
    }
}
