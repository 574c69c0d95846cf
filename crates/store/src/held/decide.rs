//! The administrator's decision about what is held, some at a time, so that nobody waits long behind it.

use model::{
    IdpId, UserId,
    log::AuditRecord,
    provisioning_guard::{Decision, Held, HeldAction, HeldUser, Settled},
};
use serde_json::{Value, json};

use crate::{StoreError, Tx};

/// Held things that one call settles.
const AT_ONCE: u64 = 500;

impl Tx<'_> {
    /// Settles the oldest things that are held of a provider, each with its audit record of `actor`. With the last of them the guard watches
    /// anew; until then it has tripped and the rest is held. What was done; and whether that was the last: else call again.
    pub fn decide_held(&mut self, idp: &IdpId, decision: Decision, actor: &str) -> Result<(Settled, bool), StoreError> {
        let taken = self.take_held(idp, AT_ONCE)?;
        let last = (taken.len() as u64) < AT_ONCE;
        let mut settled = Settled::default();
        for Held { what, .. } in taken {
            match (decision, what) {
                (Decision::Release, HeldAction::FreeSeat { user, .. }) => {
                    settled.seats_freed += u64::from(self.free_held_seat(&user, actor)?);
                }
                (Decision::Release, HeldAction::Delete(held)) => {
                    self.note_held("scim.user.delete", &held, actor)?;
                    settled.users_deleted += 1;
                }
                (Decision::Refuse, HeldAction::FreeSeat { .. }) => settled.seats_kept += 1,
                (Decision::Refuse, HeldAction::Delete(held)) => match self.restore_held(&held) {
                    Ok(()) => {
                        self.note_held("scim.user.restore", &held, actor)?;
                        settled.users_restored += 1;
                    }
                    Err(StoreError::Conflict { .. }) => {
                        settled.users_not_restored.push(held.user.user_name.unwrap_or_else(|| held.user.id.to_string()));
                    }
                    Err(other) => return Err(other),
                },
            }
        }
        if last {
            self.reset_guard(idp)?;
        }
        Ok((settled, last))
    }

    /// False when there is no seat to free.
    fn free_held_seat(&mut self, user: &UserId, actor: &str) -> Result<bool, StoreError> {
        let Some(mut person) = self.user(user)?.filter(|person| person.access_seat) else { return Ok(false) };
        person.access_seat = false;
        person.updated_at = self.now();
        self.put_user(&person)?;
        self.note_decision("user.seat.free", format!("user:{user}"), json!({ "access_seat": false }), actor)?;
        Ok(true)
    }

    fn note_held(&mut self, action: &str, held: &HeldUser, actor: &str) -> Result<(), StoreError> {
        let after = json!({ "user_name": held.user.user_name, "held": false });
        self.note_decision(action, format!("scim:User:{}", held.user.id), after, actor)
    }

    /// The same actions and objects as provisioning itself records.
    fn note_decision(&mut self, action: &str, object: String, after: Value, actor: &str) -> Result<(), StoreError> {
        let (at, actor, action) = (self.now(), actor.to_owned(), action.to_owned());
        self.audit(&AuditRecord { at, actor, action, object, before: None, after: Some(after) })
    }
}
