//! Effects as calls on the transaction that makes the change, each with its audit record.

use std::collections::{BTreeSet, HashSet};

use model::{
    IdpId, ScimId, UserId,
    idp::{IdentityProvider, IdpConfig},
    log::AuditRecord,
    provisioned::{Provisioned, ResourceKind},
    provisioning_log,
    session::RevokeReason,
};
use serde_json::json;
use store::{StoreError, Tx};

use super::plan::Effect;

/// The SCIM user a plan is about, on both sides of the change; for effects on members neither is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sides<'a> {
    pub before: Option<&'a Provisioned>,
    pub after: Option<&'a Provisioned>,
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

/// The issuer by which people of this provider are keyed: the tenant id in lower case (ruling 22). Generic providers without a
/// fixed issuer tie nobody.
fn issuer(provider: &IdentityProvider) -> String {
    match &provider.config {
        IdpConfig::Entra(settings) => settings.directory_id.to_string(),
        IdpConfig::Oidc(settings) => settings.issuer.clone().unwrap_or_default(),
    }
}

/// Does what was planned. Revoking and freeing go by the ties of ruling 23, strong or weak, never by mail.
///
/// # Errors
/// Those of the store; the caller's transaction is then rolled back with the change itself.
pub(crate) fn carry_out(tx: &mut Tx<'_>, provider: &IdentityProvider, sides: Sides<'_>, effects: &[Effect]) -> Result<Done, StoreError> {
    let mut work = Work { tx, idp: provider.id, issuer: issuer(provider), done: Done::default() };
    let mut members = HashSet::new();
    for effect in effects {
        match effect {
            Effect::RevokeSessions { why, .. } => {
                let people = work.people_of_either(sides)?;
                work.revoke(people, *why)?;
            }
            Effect::RevokeUntied { .. } => {
                let still = work.people(sides.after)?;
                let people = work.people(sides.before)?.difference(&still).copied().collect();
                work.revoke(people, RevokeReason::Deprovisioned)?;
            }
            Effect::FreeSeat { .. } => {
                let people = work.people_of_either(sides)?;
                work.free_seats(people)?;
            }
            Effect::RevokeMember { member } => work.collect_users(*member, &mut members)?,
        }
    }
    let mut people = BTreeSet::new();
    for user in members {
        let user = work.tx.provisioned(&work.idp, ResourceKind::User, &user)?;
        people.extend(work.people(user.as_ref())?);
    }
    work.revoke(people, RevokeReason::GroupChange)?;
    Ok(work.done)
}

struct Work<'a, 'tx> {
    tx: &'a mut Tx<'tx>,
    idp: IdpId,
    issuer: String,
    done: Done,
}

impl Work<'_, '_> {
    fn people(&self, user: Option<&Provisioned>) -> Result<BTreeSet<UserId>, StoreError> {
        let Some(user) = user else { return Ok(BTreeSet::new()) };
        Ok(self.tx.people_of_provisioned(&self.issuer, user)?.into_iter().map(|(person, _)| person.id).collect())
    }

    fn people_of_either(&self, sides: Sides<'_>) -> Result<BTreeSet<UserId>, StoreError> {
        let mut people = self.people(sides.before)?;
        people.extend(self.people(sides.after)?);
        Ok(people)
    }

    /// The users a member stands for: itself, or everyone below it when it is a group. Groups may form circles.
    fn collect_users(&self, member: ScimId, users: &mut HashSet<ScimId>) -> Result<(), StoreError> {
        let mut seen = HashSet::from([member]);
        let mut waiting = vec![member];
        while let Some(id) = waiting.pop() {
            if self.tx.provisioned(&self.idp, ResourceKind::Group, &id)?.is_none() {
                users.insert(id);
                continue;
            }
            for below in self.tx.members(&id)? {
                if !users.contains(&below.id) && seen.insert(below.id) {
                    waiting.push(below.id);
                }
            }
        }
        Ok(())
    }

    fn revoke(&mut self, people: BTreeSet<UserId>, why: RevokeReason) -> Result<(), StoreError> {
        for person in people {
            let generation = self.tx.revoke_user(&person, why)?;
            self.done.effects.push(provisioning_log::Effect::SessionsEnded { user: person, why });
            self.record("user.revoke", person, json!({"reason": why.as_str(), "generation": generation}))?;
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
            self.record("user.seat.free", id, json!({"access_seat": false}))?;
        }
        Ok(())
    }

    fn record(&mut self, action: &str, person: UserId, after: serde_json::Value) -> Result<(), StoreError> {
        let record = AuditRecord {
            at: self.tx.now(),
            actor: format!("scim:{}", self.idp),
            action: action.to_owned(),
            object: format!("user:{person}"),
            before: None,
            after: Some(after),
        };
        self.tx.audit(&record)
    }
}
