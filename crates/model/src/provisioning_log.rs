//! The provisioning log: every write of a provisioning client, with what followed from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{IdpId, ScimId, ScimUpdateId, Timestamp, UserId, provisioned::ResourceKind, session::RevokeReason};

/// One write, whether it was carried out or refused. What it changed, its effects and this record commit together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScimUpdate {
    /// Id.
    pub id: ScimUpdateId,
    /// When.
    pub at: Timestamp,
    /// Through which provider.
    pub idp: IdpId,
    /// `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// User or Group.
    pub kind: ResourceKind,
    /// Which resource; `None` when a creation was refused.
    pub resource: Option<ScimId>,
    /// Its `externalId`.
    pub external_id: Option<String>,
    /// A user's work address.
    pub user_email: Option<String>,
    /// A group's name.
    pub group_name: Option<String>,
    /// Status code of the answer.
    pub status: u16,
    /// Why it was refused, as the client was told.
    pub error: Option<String>,
    /// `User-Agent` of the client, cut short; Entra sends none.
    pub agent: Option<String>,
    /// The body as it arrived, without passwords; cut when it is long.
    pub request: Value,
    /// What followed for people.
    pub effects: Vec<Effect>,
    /// How often each kind of odd input was brought into the RFC's form, by the kind's stable name.
    pub normalised: BTreeMap<String, u32>,
    /// The resource before.
    pub before: Option<Value>,
    /// The resource after.
    pub after: Option<Value>,
}

impl ScimUpdate {
    /// Whether it was carried out.
    pub const fn succeeded(&self) -> bool {
        self.status < 400
    }
}

/// Something that a change of a SCIM resource did to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// All their sessions were ended.
    SessionsEnded {
        /// Whose.
        user: UserId,
        /// Why.
        why: RevokeReason,
    },
    /// Their seat was freed.
    SeatFreed {
        /// Whose.
        user: UserId,
    },
    /// Their seat would have been freed; it is held until an administrator decides.
    SeatHeld {
        /// Whose.
        user: UserId,
    },
    /// The resource would have been deleted; it is held until an administrator decides.
    DeletionHeld {
        /// Which.
        resource: ScimId,
    },
    /// Their registry identity follows what the directory says now.
    IdentityUpdated {
        /// Whose.
        user: UserId,
    },
    /// The user is tied to several people, or several users to one person: nothing is merged.
    LinkConflict {
        /// To whom.
        users: Vec<UserId>,
    },
    /// So many people were deactivated that the guard tripped.
    GuardTripped {
        /// Within the window.
        deactivated: u64,
        /// Of so many active ones.
        of: u64,
    },
}
