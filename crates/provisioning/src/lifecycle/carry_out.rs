//! Effects as calls on the transaction that makes the change, each with its audit record.

mod members;

use std::collections::BTreeSet;

use model::{
    IdpId, UserId,
    idp::IdentityProvider,
    log::AuditRecord,
    provisioned::{Provisioned, ResourceKind},
    provisioning_log,
    registry::LinkStrength,
    user::User,
};
use serde_json::json;
use store::{StoreError, Tx};

use super::plan::{Effect, Reason};

/// The SCIM user a plan is about, on both sides of the change; for effects on members neither is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sides<'a> {
    pub before: Option<&'a Provisioned>,
    pub after: Option<&'a Provisioned>,
}

/// What the guard against mass deactivation has held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holding {
    /// It has not tripped.
    Nothing,
    /// It tripped: ruling 25.
    SeatsAndDeletions,
}

/// What was done, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// For the provisioning log.
    pub effects: Vec<provisioning_log::Effect>,
}

impl Done {
    /// People whose sessions were ended.
    pub fn revoked(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, provisioning_log::Effect::SessionsEnded { .. })).count()
    }
    /// People whose seat was freed.
    pub fn seats_freed(&self) -> usize {
        self.effects.iter().filter(|effect| matches!(effect, provisioning_log::Effect::SeatFreed { .. })).count()
    }
}

/// Does what was planned. Revoking and freeing go by the ties of ruling 23, strong or weak, never by mail; only strong ones that nobody
/// else has let facts of the directory into the registry.
///
/// # Errors
/// Those of the store; the caller's transaction is then rolled back with the change itself.
pub(crate) fn carry_out(
    tx: &mut Tx<'_>,
    provider: &IdentityProvider,
    sides: Sides<'_>,
    effects: &[Effect],
    holding: Holding,
    done: &mut Done,
) -> Result<(), StoreError> {
    // A sign-in is refused whichever tenant of the provider the person is of: so their sessions end as well.
    let issuers = tx.issuers()?.into_iter().filter(|issuer| provider.config.accepts_issuer(issuer)).collect();
    let mut work = Work { tx, idp: provider.id, issuers, directory: provider.config.directory_issuer(), holding, done };
    for effect in effects {
        match effect {
            Effect::LetDeletionsGo { .. } => work.let_deletions_go(sides)?,
            Effect::LetSeatsGo { user } => {
                let people = work.tx.let_seats_go(&provider.id, user)?.into_iter().collect();
                work.free_seats(people)?;
            }
            Effect::TellConflict { .. } => drop(work.tell_conflict(sides)?),
            Effect::RevokeSessions { why, .. } => {
                let people = work.people_of_either(sides)?;
                work.revoke(people, *why)?;
            }
            Effect::RevokeUntied { .. } => {
                let still = work.people(sides.after)?;
                let people = work.people(sides.before)?.difference(&still).copied().collect();
                work.revoke(people, Reason::TieChanged)?;
            }
            Effect::FreeSeat { user } => {
                let people = work.people_of_either(sides)?;
                match work.holding {
                    Holding::Nothing => work.free_seats(people)?,
                    Holding::SeatsAndDeletions => work.hold_seats(*user, people)?,
                }
            }
            Effect::UpdateIdentity { .. } => work.update_identity(sides)?,
            Effect::Delete { .. } => work.delete(sides)?,
            // Done together below, so that somebody in two of the groups is met once.
            Effect::RevokeMember { .. } | Effect::UpdateMember { .. } => {}
        }
    }
    work.settle_members(effects)
}

struct Work<'a, 'tx> {
    tx: &'a mut Tx<'tx>,
    idp: IdpId,
    /// Those that the provider accepts, of whom there is somebody.
    issuers: Vec<String>,
    /// The one whose people the registry merges with.
    directory: Option<String>,
    holding: Holding,
    done: &'a mut Done,
}

impl Work<'_, '_> {
    fn tied(&self, user: Option<&Provisioned>) -> Result<Vec<(User, LinkStrength)>, StoreError> {
        let Some(user) = user else { return Ok(Vec::new()) };
        let mut tied = Vec::new();
        for issuer in &self.issuers {
            tied.extend(self.tx.people_of_provisioned(issuer, user)?);
        }
        Ok(tied)
    }

    fn people(&self, user: Option<&Provisioned>) -> Result<BTreeSet<UserId>, StoreError> {
        Ok(self.tied(user)?.into_iter().map(|(person, _)| person.id).collect())
    }

    fn people_of_either(&self, sides: Sides<'_>) -> Result<BTreeSet<UserId>, StoreError> {
        let mut people = self.people(sides.before)?;
        people.extend(self.people(sides.after)?);
        Ok(people)
    }

    fn revoke(&mut self, people: BTreeSet<UserId>, why: Reason) -> Result<(), StoreError> {
        for person in people {
            let generation = self.tx.revoke_user(&person, why.of_session())?;
            self.done.effects.push(provisioning_log::Effect::SessionsEnded { user: person, why: why.of_session() });
            let after = json!({"reason": why.of_session().as_str(), "cause": why.as_str(), "generation": generation});
            self.record("user.revoke", format!("user:{person}"), after)?;
        }
        Ok(())
    }

    fn free_seats(&mut self, people: BTreeSet<UserId>) -> Result<(), StoreError> {
        for id in people {
            // Read anew: revoking has just raised the generation.
            let Some(mut person) = self.tx.user(&id)? else { continue };
            if !person.access_seat {
                continue;
            }
            person.access_seat = false;
            person.updated_at = self.tx.now();
            self.tx.put_user(&person)?;
            self.done.effects.push(provisioning_log::Effect::SeatFreed { user: id });
            self.record("user.seat.free", format!("user:{id}"), json!({"access_seat": false}))?;
        }
        Ok(())
    }

    fn hold_seats(&mut self, resource: model::ScimId, people: BTreeSet<UserId>) -> Result<(), StoreError> {
        for id in people {
            if !self.tx.user(&id)?.is_some_and(|person| person.access_seat) {
                continue;
            }
            self.tx.hold_seat(&self.idp, &resource, &id)?;
            self.done.effects.push(provisioning_log::Effect::SeatHeld { user: id });
            self.record("user.seat.hold", format!("user:{id}"), json!({"access_seat": true, "held": true}))?;
        }
        Ok(())
    }

    /// The directory has the user again: what it was is gone for good, its seat included (ruling 24).
    fn let_deletions_go(&mut self, sides: Sides<'_>) -> Result<(), StoreError> {
        let (Holding::SeatsAndDeletions, Some(after)) = (self.holding, sides.after) else { return Ok(()) };
        for resource in self.tx.let_deletions_go(after)? {
            self.record("scim.user.delete", format!("scim:User:{resource}"), json!({"held": false, "created_anew": after.id.to_string()}))?;
            let people = self.tx.let_seats_go(&self.idp, &resource)?.into_iter().collect();
            self.free_seats(people)?;
        }
        Ok(())
    }

    fn delete(&mut self, sides: Sides<'_>) -> Result<(), StoreError> {
        let Some(user) = sides.before else { return Ok(()) };
        match self.holding {
            Holding::Nothing => self.tx.remove_provisioned(&self.idp, ResourceKind::User, &user.id),
            Holding::SeatsAndDeletions => {
                self.tx.hold_deletion(user)?;
                self.done.effects.push(provisioning_log::Effect::DeletionHeld { resource: user.id });
                Ok(())
            }
        }
    }

    fn update_identity(&mut self, sides: Sides<'_>) -> Result<(), StoreError> {
        if self.tell_conflict(sides)? {
            return Ok(());
        }
        let mut people = self.strongly_tied(sides.before)?;
        people.extend(self.strongly_tied(sides.after)?);
        self.updated(people);
        Ok(())
    }

    fn updated(&mut self, people: BTreeSet<UserId>) {
        self.done.effects.extend(people.into_iter().map(|user| provisioning_log::Effect::IdentityUpdated { user }));
    }

    fn strongly_tied(&self, user: Option<&Provisioned>) -> Result<BTreeSet<UserId>, StoreError> {
        let own = |person: &User| person.key.as_ref().map(|key| &key.issuer) == self.directory.as_ref();
        let strong = self.tied(user)?.into_iter().filter(|(person, strength)| *strength == LinkStrength::Strong && own(person));
        Ok(strong.map(|(person, _)| person.id).collect())
    }

    /// Whether the ties are ambiguous; told once a change.
    fn tell_conflict(&mut self, sides: Sides<'_>) -> Result<bool, StoreError> {
        let users = match sides.after.or(sides.before) {
            Some(user) => self.in_conflict(user)?,
            None => Vec::new(),
        };
        if users.is_empty() {
            return Ok(false);
        }
        let effect = provisioning_log::Effect::LinkConflict { users };
        if !self.done.effects.contains(&effect) {
            tracing::warn!(idp.id = %self.idp, "A provisioned user is tied to several people, or a person to several users: nothing is merged");
            self.done.effects.push(effect);
        }
        Ok(true)
    }

    /// The people whose ties with a user are ambiguous: several with one user, or one who has another user as well.
    fn in_conflict(&self, user: &Provisioned) -> Result<Vec<UserId>, StoreError> {
        let tied = self.tied(Some(user))?;
        let several = match tied.as_slice() {
            [] => false,
            [(person, _)] => match &person.key {
                Some(key) => self.tx.provisioned_of_person(&self.idp, key, person.upn.as_deref())?.len() > 1,
                None => false,
            },
            _ => true,
        };
        Ok(if several { tied.into_iter().map(|(person, _)| person.id).collect() } else { Vec::new() })
    }

    fn record(&mut self, action: &str, object: String, after: serde_json::Value) -> Result<(), StoreError> {
        let record = AuditRecord {
            at: self.tx.now(),
            actor: format!("scim:{}", self.idp),
            action: action.to_owned(),
            object,
            before: None,
            after: Some(after),
        };
        self.tx.audit(&record)
    }
}
