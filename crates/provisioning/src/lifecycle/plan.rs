//! From `(before, after, settings)` to effects: pure, so that the whole matrix of settings is one table.

use model::{
    ScimId,
    idp::{IdentityUpdateBehavior, ScimSettings},
    registry::ScimFacts,
    session::RevokeReason,
};

/// A SCIM user on one side of a change, reduced to what the plan looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserState<'a> {
    /// There is no such user.
    Absent,
    /// The user is there.
    Present {
        /// Whether it is active.
        activity: Activity,
        /// What ties it to a person.
        link: Link<'a>,
        /// What the registry shows of it.
        facts: &'a ScimFacts,
    },
}

impl UserState<'_> {
    /// Whether the user is there and active.
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Present { activity: Activity::Active, .. })
    }
}

/// SCIM's `active`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// `true`
    Active,
    /// `false`
    Inactive,
}

/// The two attributes by which a SCIM user is tied to a person who signed in. Never the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<'a> {
    /// `userName`, equal to the UPN when the link is weak.
    pub user_name: Option<&'a str>,
    /// `externalId`, equal to the object id when the link is strong.
    pub external_id: Option<&'a str>,
}

/// Why something is done to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The user became inactive.
    Deactivated,
    /// The user was deleted.
    Deleted,
    /// The user was inactive when it came.
    ArrivedInactive,
    /// The user is tied to somebody else than before.
    TieChanged,
    /// A member came into a group.
    GroupAdded,
    /// A member left a group.
    GroupRemoved,
}

impl Reason {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deactivated => "deactivated",
            Self::Deleted => "deleted",
            Self::ArrivedInactive => "arrived-inactive",
            Self::TieChanged => "tie-changed",
            Self::GroupAdded => "group-added",
            Self::GroupRemoved => "group-removed",
        }
    }
    /// What is kept with a session that ends for it.
    pub const fn of_session(self) -> RevokeReason {
        match self {
            Self::Deactivated | Self::Deleted | Self::ArrivedInactive | Self::TieChanged => RevokeReason::Deprovisioned,
            Self::GroupAdded | Self::GroupRemoved => RevokeReason::GroupChange,
        }
    }
}

/// Something to be done to the people behind a SCIM user, or to the user itself. An effect that was done already changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The user is there (again) under these ties: a deletion of the same user that the guard holds is over, and nothing of it comes back.
    LetDeletionsGo {
        /// The SCIM user.
        user: ScimId,
    },
    /// The user is active again: a seat that the guard holds for it is freed.
    LetSeatsGo {
        /// The SCIM user.
        user: ScimId,
    },
    /// Tell when the user is tied to several people, or a person to several users.
    TellConflict {
        /// The SCIM user.
        user: ScimId,
    },
    /// End the sessions of everyone who is or was tied to the user.
    RevokeSessions {
        /// The SCIM user.
        user: ScimId,
        /// Why.
        why: Reason,
    },
    /// End the sessions of those who were tied to the user before the change and are not after it.
    RevokeUntied {
        /// The SCIM user.
        user: ScimId,
    },
    /// Free the seat of everyone who is or was tied to the user.
    FreeSeat {
        /// The SCIM user.
        user: ScimId,
    },
    /// The registry identity of those strongly tied to the user follows.
    UpdateIdentity {
        /// The SCIM user.
        user: ScimId,
    },
    /// Delete the user with its memberships.
    Delete {
        /// The SCIM user.
        user: ScimId,
    },
    /// End the sessions of everyone tied to this member; a group stands for all below it.
    RevokeMember {
        /// The SCIM user or group that came or went.
        member: ScimId,
        /// Which of the two.
        why: Reason,
    },
    /// The registry identity of those strongly tied to this member follows; a group stands for all below it.
    UpdateMember {
        /// The SCIM user or group that came or went.
        member: ScimId,
    },
}

/// Plans the change of one SCIM user.
///
/// With `user_deprovision` the plan keeps one promise: after the change nobody tied to an inactive or deleted user
/// holds a session, and nobody holds one who could no longer be found by a later deactivation. So it acts
/// * when an active user becomes inactive, and on any deletion;
/// * when a user arrives inactive, or an inactive one is tied to somebody else;
/// * when the tie of an active user changes: with Entra's default mapping (`externalId` is the mail nickname) the UPN
///   is the only tie, and a rename would otherwise carry a live session past the next deactivation.
///
/// Becoming active again gives nothing back: neither session nor seat. Only `automatic` touches the registry identity, and only when
/// something changed that it shows; `reauth` waits for the next sign-in, which a change of attributes does not force.
pub fn plan_user(user: ScimId, before: UserState<'_>, after: UserState<'_>, settings: &ScimSettings) -> Vec<Effect> {
    let mut effects = Vec::new();
    if after != UserState::Absent && ties(before) != ties(after) {
        effects.extend([Effect::LetDeletionsGo { user }, Effect::TellConflict { user }]);
    }
    if matches!(before, UserState::Present { activity: Activity::Inactive, .. }) && after.is_active() {
        effects.push(Effect::LetSeatsGo { user });
    }
    if settings.user_deprovision {
        if let Some(why) = loss(before, after) {
            effects.push(Effect::RevokeSessions { user, why });
            if settings.seat_deprovision {
                effects.push(Effect::FreeSeat { user });
            }
        } else if before != UserState::Absent && after != UserState::Absent && ties(before) != ties(after) {
            effects.push(Effect::RevokeUntied { user });
        }
    }
    if settings.identity_update_behavior == IdentityUpdateBehavior::Automatic && before != after {
        effects.push(Effect::UpdateIdentity { user });
    }
    if before != UserState::Absent && after == UserState::Absent {
        effects.push(Effect::Delete { user });
    }
    effects
}

const fn ties<'a>(state: UserState<'a>) -> Option<Link<'a>> {
    match state {
        UserState::Absent => None,
        UserState::Present { link, .. } => Some(link),
    }
}

/// Why the people behind a user lose what they have; `None`: they do not.
fn loss(before: UserState<'_>, after: UserState<'_>) -> Option<Reason> {
    use Activity::{Active, Inactive};
    use UserState::{Absent, Present};

    match (before, after) {
        (Present { .. }, Absent) => Some(Reason::Deleted),
        (Absent, Absent) | (_, Present { activity: Active, .. }) => None,
        (Absent, Present { activity: Inactive, .. }) => Some(Reason::ArrivedInactive),
        (Present { activity: Active, .. }, Present { activity: Inactive, .. }) => Some(Reason::Deactivated),
        (Present { activity: Inactive, link: old, .. }, Present { activity: Inactive, link: new, .. }) => {
            (old != new).then_some(Reason::TieChanged)
        }
    }
}

/// Who came into a group and who left it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MembershipChange {
    /// In the group after, not before.
    pub added: Vec<ScimId>,
    /// In the group before, not after.
    pub removed: Vec<ScimId>,
}

impl MembershipChange {
    /// Whether nobody came or went.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// Plans the change of a group's membership (its creation and deletion are changes from and to nobody).
///
/// With `reauth` everyone who came or went signs in again. `automatic` leaves sessions alone, because Access decides by the groups of the
/// sign-in and never by SCIM's; only what the registry shows follows. `no_action` does nothing.
pub fn plan_group(change: &MembershipChange, settings: &ScimSettings) -> Vec<Effect> {
    let removed = change.removed.iter().map(|member| (*member, Reason::GroupRemoved));
    let moved = removed.chain(change.added.iter().map(|member| (*member, Reason::GroupAdded)));
    match settings.identity_update_behavior {
        IdentityUpdateBehavior::Reauth => moved.map(|(member, why)| Effect::RevokeMember { member, why }).collect(),
        IdentityUpdateBehavior::Automatic => moved.map(|(member, _)| Effect::UpdateMember { member }).collect(),
        IdentityUpdateBehavior::NoAction => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
