//! The registry identity of a person: what is known about them now, fact by fact, with the source of each and since when it stands.
//!
//! Applications judge by the sign-in alone (ruling 15). This is what the registry shows, and what decisions outside a sign-in may read:
//! facts of provisioning override those of the sign-in when the provider updates identities by itself (`automatic`) and the link is
//! strong (ruling 23). A weakly linked user's facts stand beside, and never among, the person's own.

mod facts;

use serde::{Deserialize, Serialize};

pub use facts::{Attribute, ScimFacts};

use crate::{
    Email, IdpId, ObjectId, ScimId, Timestamp,
    identity::{Groups, Identity},
    idp::IdentityUpdateBehavior,
    provisioned::Provisioned,
};

/// How sure it is that a provisioned user and a person are the same (ruling 23).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkStrength {
    /// `externalId` is a GUID and equals the object id.
    Strong,
    /// `userName` equals the user principal name within the tenant: may revoke and refuse, never grant.
    Weak,
}

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "source")]
pub enum Source {
    /// The last sign-in.
    SignIn,
    /// Provisioning.
    Scim {
        /// The provisioned user that says so.
        resource: ScimId,
    },
}

/// A fact with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    #[serde(flatten)]
    pub source: Source,
    /// When the source told it: the sign-in, or the last change of the provisioned user.
    pub at: Timestamp,
}

impl<T> Fact<T> {
    /// How old it is, in whole seconds; 0 when the clock was set back.
    pub fn age_secs(&self, now: Timestamp) -> i64 {
        now.secs_since(self.at).max(0)
    }
}

/// A group as the registry shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RegistryGroup {
    /// The directory's object id, when it is known: a provisioned group may have none.
    pub object_id: Option<ObjectId>,
    /// Its name, when it is known.
    pub name: Option<String>,
    /// The provisioned group, when it was provisioned.
    pub resource: Option<ScimId>,
}

/// A provisioned user that is linked to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The user.
    pub user: Provisioned,
    /// How surely it is this person.
    pub strength: LinkStrength,
    /// It is also linked to somebody else.
    pub tied_to_others: bool,
    /// What its provider's changes do to identities.
    pub behavior: IdentityUpdateBehavior,
    /// Its groups, those above them included; `None` while its provider provisions no groups.
    pub groups: Option<Vec<RegistryGroup>>,
}

/// Why the facts of a linked user are not the person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Apart {
    /// The link is weak.
    WeakLink,
    /// The provider leaves identities alone until the next sign-in (`reauth`, `no_action`).
    Behavior,
    /// Several users are linked to the person, or several people to the user.
    Conflict,
}

impl Apart {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WeakLink => "weak_link",
            Self::Behavior => "behavior",
            Self::Conflict => "conflict",
        }
    }
}

/// A linked user as the registry shows it beside the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The provisioned user.
    pub resource: ScimId,
    /// Its provider.
    pub idp: IdpId,
    /// How surely it is this person.
    pub strength: LinkStrength,
    /// Whether it is active. One inactive link, of either strength, refuses the person's sign-ins.
    pub active: bool,
    /// Why its facts are not merged; `None`: they are.
    pub apart: Option<Apart>,
    /// What it says.
    pub facts: ScimFacts,
    /// Its groups; `None` while its provider provisions no groups.
    pub groups: Option<Vec<RegistryGroup>>,
    /// When it was last changed.
    pub at: Timestamp,
}

/// What is known about a person, fact by fact. A fact that nobody told is `None` or absent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RegistryIdentity {
    /// Name.
    pub name: Option<Fact<String>>,
    /// Address.
    pub email: Option<Fact<Email>>,
    /// User principal name.
    pub upn: Option<Fact<String>>,
    /// Groups; `None` when they are not known.
    pub groups: Option<Fact<Vec<RegistryGroup>>>,
    /// False when any linked user is inactive, whatever the strength of the link; `None` without a linked user.
    pub active: Option<Fact<bool>>,
    /// Further facts of a merged user, by the attribute's stable name: title, department …
    pub attributes: Vec<(Attribute, Fact<String>)>,
    /// The linked users, merged or not, strong ones first.
    pub links: Vec<Link>,
}

impl RegistryIdentity {
    /// True when users and people are linked ambiguously; then nothing is merged.
    pub fn is_in_conflict(&self) -> bool {
        self.links.iter().any(|link| link.apart == Some(Apart::Conflict))
    }
}

/// Derives the registry identity from the last sign-in and the linked users of all providers of the person's directory, strong links first.
pub fn derive(sign_in: Option<&Identity>, linked: &[Linked]) -> RegistryIdentity {
    let mut identity = sign_in.map(of_sign_in).unwrap_or_default();
    for link in linked {
        let apart = apart(link, linked);
        let facts = ScimFacts::of(&link.user);
        if apart.is_none() {
            merge(&mut identity, link, &facts);
        }
        let Provisioned { id, idp, active, updated_at, .. } = link.user;
        identity.active = match identity.active.take() {
            Some(told) if !told.value || active => Some(told),
            _ => Some(Fact { value: active, source: Source::Scim { resource: id }, at: updated_at }),
        };
        let groups = link.groups.clone();
        identity.links.push(Link { resource: id, idp, strength: link.strength, active, apart, facts, groups, at: updated_at });
    }
    identity
}

/// Ambiguity comes first: it is what an administrator has to mend.
fn apart(link: &Linked, linked: &[Linked]) -> Option<Apart> {
    let siblings = linked.iter().filter(|other| other.user.idp == link.user.idp).count();
    if link.tied_to_others || siblings > 1 {
        Some(Apart::Conflict)
    } else if link.strength == LinkStrength::Weak {
        Some(Apart::WeakLink)
    } else if link.behavior != IdentityUpdateBehavior::Automatic {
        Some(Apart::Behavior)
    } else {
        None
    }
}

fn of_sign_in(identity: &Identity) -> RegistryIdentity {
    let groups = match &identity.groups {
        Groups::Known { list, at, .. } => {
            let list = list.iter().map(|g| RegistryGroup { object_id: Some(g.id), name: g.name.clone(), resource: None }).collect();
            Some(Fact { value: list, source: Source::SignIn, at: *at })
        }
        Groups::Unknown { .. } => None,
    };
    let at = identity.signed_in_at;
    RegistryIdentity {
        name: Some(Fact { value: identity.name.clone(), source: Source::SignIn, at }),
        email: Some(Fact { value: identity.email.clone(), source: Source::SignIn, at }),
        upn: identity.upn.clone().map(|value| Fact { value, source: Source::SignIn, at }),
        groups,
        ..RegistryIdentity::default()
    }
}

/// What the user does not say stays as the sign-in told it.
fn merge(identity: &mut RegistryIdentity, link: &Linked, facts: &ScimFacts) {
    let (source, at) = (Source::Scim { resource: link.user.id }, link.user.updated_at);
    if let Some(name) = facts.name.clone() {
        identity.name = Some(Fact { value: name, source, at });
    }
    if let Some(email) = facts.email.clone() {
        identity.email = Some(Fact { value: email, source, at });
    }
    if let Some(upn) = facts.user_name.clone() {
        identity.upn = Some(Fact { value: upn, source, at });
    }
    if let Some(groups) = &link.groups {
        identity.groups = Some(Fact { value: groups.clone(), source, at });
    }
    let further = facts.attributes.iter().map(|(attribute, value)| (*attribute, Fact { value: value.clone(), source, at }));
    identity.attributes.extend(further);
}

#[cfg(test)]
mod tests;
