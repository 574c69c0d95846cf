//! From `(before, after, settings)` to effects: pure, so that the whole matrix of settings is one table.

use model::{
    ScimId,
    idp::{IdentityUpdateBehavior, ScimSettings},
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
    },
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

/// Something to be done to the people behind a SCIM user. An effect that was done already changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// End the sessions of everyone who is or was tied to the user.
    RevokeSessions {
        /// The SCIM user.
        user: ScimId,
        /// Why.
        why: RevokeReason,
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
    /// End the sessions of everyone tied to this member; a group stands for all below it.
    RevokeMember {
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
/// Becoming active again gives nothing back: neither session nor seat.
pub fn plan_user(user: ScimId, before: UserState<'_>, after: UserState<'_>, settings: &ScimSettings) -> Vec<Effect> {
    use Activity::{Active, Inactive};
    use UserState::{Absent, Present};

    if !settings.user_deprovision {
        return Vec::new();
    }
    let gone = match (before, after) {
        (Absent, Absent) => false,
        (Present { .. }, Absent) => true,
        (_, Present { activity: Active, .. }) => false,
        (Absent | Present { activity: Active, .. }, Present { activity: Inactive, .. }) => true,
        (Present { activity: Inactive, link: old }, Present { activity: Inactive, link: new }) => old != new,
    };
    let untied = match (before, after) {
        (Present { link: old, .. }, Present { activity: Active, link: new }) => old != new,
        _ => false,
    };
    let mut effects = Vec::new();
    if gone {
        effects.push(Effect::RevokeSessions { user, why: RevokeReason::Deprovisioned });
        if settings.seat_deprovision {
            effects.push(Effect::FreeSeat { user });
        }
    } else if untied {
        effects.push(Effect::RevokeUntied { user });
    }
    effects
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
/// Only `reauth` acts: everyone who came or went signs in again. `automatic` and `no_action` leave sessions alone,
/// because Access decides by the groups of the sign-in and never by SCIM's.
pub fn plan_group(change: &MembershipChange, settings: &ScimSettings) -> Vec<Effect> {
    match settings.identity_update_behavior {
        IdentityUpdateBehavior::Reauth => {
            change.removed.iter().chain(&change.added).map(|member| Effect::RevokeMember { member: *member }).collect()
        }
        IdentityUpdateBehavior::Automatic | IdentityUpdateBehavior::NoAction => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
