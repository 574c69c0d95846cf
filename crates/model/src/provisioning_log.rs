//! The provisioning log: every write of a provisioning client, with what followed from it.

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{IdpId, ScimId, ScimUpdateId, Timestamp, UserId, id::InvalidId, provisioned::ResourceKind, session::RevokeReason};

/// One write, whether it was carried out or refused. What it changed, its effects and this record commit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimUpdate {
    /// When.
    pub at: Timestamp,
    /// Through which provider.
    pub idp: IdpId,
    /// How it was asked for.
    pub method: WriteMethod,
    /// User or Group.
    pub kind: ResourceKind,
    /// Which resource; `None` when a creation was refused.
    pub resource: Option<ScimId>,
    /// Its `externalId`.
    pub external_id: Option<String>,
    /// A user's work address, or the `userName` when that is one.
    pub user_email: Option<String>,
    /// A group's name.
    pub group_name: Option<String>,
    /// Status code of the answer.
    pub status: u16,
    /// Why it was refused, as the client was told.
    pub error: Option<String>,
    /// `User-Agent` of the client, cut short; Entra sends none.
    pub agent: Option<String>,
    /// The body as it arrived, without passwords, cut when it is long; `None` when there was none.
    pub request: Option<String>,
    /// What followed for people.
    pub effects: Vec<Effect>,
    /// How often each kind of odd input was brought into the RFC's form, by the kind's stable name.
    pub normalised: BTreeMap<String, u32>,
    /// The resource before, as the text of a JSON document, cut when it is long; `None` when nothing changed, too.
    pub before: Option<String>,
    /// The resource after, likewise.
    pub after: Option<String>,
}

impl ScimUpdate {
    /// Whether it was carried out.
    pub const fn outcome(&self) -> Outcome {
        if self.status < 400 { Outcome::Success } else { Outcome::Failure }
    }
}

/// A write as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedUpdate {
    /// Id of the record.
    pub id: ScimUpdateId,
    /// The record.
    pub update: ScimUpdate,
}

/// Whether a write was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was.
    Success,
    /// It was refused.
    Failure,
}

impl Outcome {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Failure => "FAILURE",
        }
    }
}

/// The methods that change a resource (RFC 7644 section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WriteMethod {
    /// Creates.
    Post,
    /// Replaces.
    Put,
    /// Edits.
    Patch,
    /// Removes.
    Delete,
}

impl WriteMethod {
    /// As on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl FromStr for WriteMethod {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let all = [Self::Post, Self::Put, Self::Patch, Self::Delete];
        all.into_iter().find(|method| method.as_str() == text).ok_or_else(|| InvalidId {
            kind: "method",
            value: text.chars().take(80).collect(),
            expected: "POST, PUT, PATCH or DELETE",
        })
    }
}

impl ScimUpdateId {
    /// The id of the record with this number in the log, counted from 1: ids are in the order of the log, so that no index is needed to
    /// find one (a UUID of version 8, RFC 9562).
    pub fn numbered(at: Timestamp, no: u64) -> Self {
        let millis = u128::from(at.millis().unsigned_abs() & 0xFFFF_FFFF_FFFF);
        let no = u128::from(no & 0x3FFF_FFFF_FFFF_FFFF);
        Self::new(Uuid::from_u128((millis << 80) | (8 << 76) | (2 << 62) | no))
    }
    /// The number in the log that such an id has.
    pub fn number(self) -> u64 {
        u64::try_from(self.uuid().as_u128() & 0x3FFF_FFFF_FFFF_FFFF).unwrap_or(0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_number_and_ids_are_in_the_order_of_the_log() {
        let at = Timestamp::from_millis(1_790_100_000_123);
        let ids = [1, 2, 0xFFFF_FFFF, u64::MAX >> 2].map(|no| ScimUpdateId::numbered(at, no));
        assert_eq!(ids.map(ScimUpdateId::number), [1, 2, 0xFFFF_FFFF, u64::MAX >> 2]);
        assert!(ids.is_sorted());
        assert!(ids[3] < ScimUpdateId::numbered(Timestamp::from_millis(at.millis() + 1), 1));
        assert_eq!(ids[0].uuid().get_version_num(), 8);
        assert_eq!(ids[0].to_string().parse::<ScimUpdateId>().unwrap(), ids[0]);
    }

    #[test]
    fn methods_are_read_as_they_are_written() {
        assert_eq!("PATCH".parse::<WriteMethod>().unwrap(), WriteMethod::Patch);
        assert!("patch".parse::<WriteMethod>().is_err());
        assert!("GET".parse::<WriteMethod>().unwrap_err().to_string().contains("POST, PUT, PATCH or DELETE"));
    }
}
