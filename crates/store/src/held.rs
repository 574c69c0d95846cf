//! The guard against mass deactivation: what it counts, that it tripped, and what it holds (ruling 25).

mod decide;

use model::{
    IdpId, ObjectId, ScimId, Timestamp, UserId,
    identity::SubjectKey,
    provisioned::{Provisioned, ResourceKind},
    provisioning_guard::{ActiveMapping, Held, HeldAction, HeldCounts, HeldMembership, HeldUser, Tripped},
};

use crate::{
    GroupMember, Reader, StoreError, Tx,
    fold::fold,
    objects::{Kind, from_json, to_json},
    reader::{Row, signed, unsigned},
    statement::held as sql,
};

/// Kinds of row.
const SEAT: &str = "seat";
const DELETION: &str = "deletion";
/// Counts older than the longest window that can be set are of no use.
const KEPT_MINUTES: i64 = 32 * 24 * 60;

impl Reader<'_> {
    /// Whether the guard of a provider tripped and nobody has decided yet.
    pub fn tripped_guard(&self, idp: &IdpId) -> Result<Option<Tripped>, StoreError> {
        self.object(Kind::ScimGuard, &idp.to_string())
    }
    /// People of a provider who became inactive or were deleted since then; to the minute, rather a few too many.
    pub fn deactivated_since(&self, idp: &IdpId, since: Timestamp) -> Result<u64, StoreError> {
        let counted = self.rows(&sql::COUNTED, &[(&idp.to_string()).into(), minute(since).into()], |row| row.int(0))?;
        Ok(counted.into_iter().map(unsigned).sum())
    }
    /// How much is held of a provider.
    pub fn held_counts(&self, idp: &IdpId) -> Result<HeldCounts, StoreError> {
        let idp = idp.to_string();
        let count = |kind: &str| self.count(&sql::COUNT, &[(&idp).into(), kind.into()]);
        Ok(HeldCounts { seats: count(SEAT)?, deletions: count(DELETION)? })
    }
    /// What is held of a provider, the oldest first.
    pub fn held(&self, idp: &IdpId, limit: u64) -> Result<Vec<Held>, StoreError> {
        self.rows(&sql::PAGE, &[(&idp.to_string()).into(), signed(limit).into()], read)
    }
    /// Whether somebody's provisioned user was deleted and that is held: then it counts as inactive. By the links of ruling 23.
    pub fn is_deletion_held(&self, idp: &IdpId, key: &SubjectKey, upn: Option<&str>) -> Result<bool, StoreError> {
        let object_id = key.subject.parse::<ObjectId>().ok().map(|id| id.to_string());
        Ok(!self.held_deletions(idp, object_id.as_deref(), upn)?.is_empty())
    }
    /// What traffic told about a provider's mapping of `active`.
    pub fn active_mapping(&self, idp: &IdpId) -> Result<ActiveMapping, StoreError> {
        Ok(self.object(Kind::ActiveMapping, &idp.to_string())?.unwrap_or_default())
    }

    fn held_deletions(&self, idp: &IdpId, object_id: Option<&str>, user_name: Option<&str>) -> Result<Vec<ScimId>, StoreError> {
        let idp = idp.to_string();
        let mut found = Vec::new();
        for (statement, value) in [(&sql::BY_EXTERNAL_ID, object_id), (&sql::BY_USER_NAME, user_name)] {
            if let Some(value) = value {
                found.extend(self.rows(statement, &[(&idp).into(), (&fold(value)).into()], |row| scim_id(row.text(0)?))?);
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

impl Tx<'_> {
    /// Counts a user who became inactive or is deleted now. One who was counted before is counted now instead: a person who comes and goes is
    /// one person.
    pub fn count_deactivation(&mut self, user: &Provisioned) -> Result<(), StoreError> {
        let (idp, now) = (user.idp.to_string(), minute(self.now()));
        let person = user.user_name.as_deref().map_or_else(|| user.id.to_string(), fold);
        self.forget_counted(&idp, now - KEPT_MINUTES)?;
        if let Some(before) = self.row(&sql::COUNTED_IN, &[(&idp).into(), (&person).into()], |row| row.int(0))? {
            self.run(&sql::COUNT_ONE_LESS, &[(&idp).into(), before.into()])?;
        }
        self.run(&sql::COUNT_ONE, &[(&idp).into(), now.into()])?;
        self.run(&sql::NOTE, &[(&idp).into(), (&person).into(), now.into()])?;
        Ok(())
    }
    /// Notes that the guard tripped.
    pub fn trip_guard(&mut self, idp: &IdpId, tripped: &Tripped) -> Result<(), StoreError> {
        self.put_aside(Kind::ScimGuard, &idp.to_string(), tripped)
    }
    /// Watches anew: the guard has not tripped and nothing is counted.
    pub fn reset_guard(&mut self, idp: &IdpId) -> Result<(), StoreError> {
        let key = idp.to_string();
        self.remove_aside(Kind::ScimGuard, &key)?;
        self.forget_counted(&key, i64::MAX)
    }
    /// Holds the removal of a seat.
    pub fn hold_seat(&mut self, idp: &IdpId, resource: &ScimId, user: &UserId) -> Result<(), StoreError> {
        let (idp, resource, user, at) = (idp.to_string(), resource.to_string(), user.to_string(), self.now().millis());
        let none = None::<&str>;
        let args = [(&idp).into(), SEAT.into(), (&resource).into(), (&user).into(), at.into(), none.into(), none.into(), "".into()];
        self.run(&sql::HOLD, &args)?;
        Ok(())
    }
    /// Takes a user out of what is provisioned and keeps it with its memberships. `NotFound` when there is none.
    pub fn hold_deletion(&mut self, user: &Provisioned) -> Result<(), StoreError> {
        let mut groups = Vec::new();
        for group in self.groups_of(&user.id)? {
            let display = self.members_among(&group, &[user.id])?.pop().and_then(|member| member.display);
            groups.push(HeldMembership { group, display });
        }
        self.remove_provisioned(&user.idp, ResourceKind::User, &user.id)?;
        let id = user.id.to_string();
        let doc = to_json("held user", &id, &HeldUser { user: user.clone(), groups })?;
        let (external_id, user_name) = (user.external_id.as_deref().map(fold), user.user_name.as_deref().map(fold));
        let idp = user.idp.to_string();
        let args = [
            (&idp).into(),
            DELETION.into(),
            (&id).into(),
            (&id).into(),
            self.now().millis().into(),
            external_id.as_deref().into(),
            user_name.as_deref().into(),
            (&doc).into(),
        ];
        self.run(&sql::HOLD, &args)?;
        Ok(())
    }
    /// Holds the oldest things of a provider no longer and hands them over.
    pub fn take_held(&mut self, idp: &IdpId, limit: u64) -> Result<Vec<Held>, StoreError> {
        let taken = self.held(idp, limit)?;
        let key = idp.to_string();
        for held in &taken {
            let (kind, resource, subject) = match &held.what {
                HeldAction::FreeSeat { user, resource } => (SEAT, resource.to_string(), user.to_string()),
                HeldAction::Delete(held) => (DELETION, held.user.id.to_string(), held.user.id.to_string()),
            };
            self.run(&sql::LET_GO, &[(&key).into(), kind.into(), (&resource).into(), (&subject).into()])?;
        }
        Ok(taken)
    }
    /// Forgets held deletions of the same directory object or `userName` as this user: it is there again. The users that were.
    pub fn let_deletions_go(&mut self, user: &Provisioned) -> Result<Vec<ScimId>, StoreError> {
        // A nickname is not unique (Entra's default for `externalId`): only an object id says that it is the same.
        let object_id = user.external_id.as_deref().filter(|id| id.parse::<ObjectId>().is_ok());
        let gone = self.held_deletions(&user.idp, object_id, user.user_name.as_deref())?;
        for resource in &gone {
            self.let_go_of(&user.idp, DELETION, resource)?;
        }
        Ok(gone)
    }
    /// Holds no seats on behalf of a provisioned user any longer; whose they are.
    pub fn let_seats_go(&mut self, idp: &IdpId, resource: &ScimId) -> Result<Vec<UserId>, StoreError> {
        let people = self.let_go_of(idp, SEAT, resource)?;
        people.iter().map(|id| id.parse().map_err(|e| StoreError::corrupt("held seat", id, e))).collect()
    }
    /// Brings a held user back: inactive, in those of its groups that are still there. `Conflict` when another has its `userName`.
    pub fn restore_held(&mut self, held: &HeldUser) -> Result<(), StoreError> {
        let mut user = held.user.clone();
        user.active = false;
        if let Some(document) = user.document.as_object_mut() {
            document.insert("active".to_owned(), false.into());
        }
        user.updated_at = self.now().max(Timestamp::from_millis(user.updated_at.millis().saturating_add(1)));
        self.put_provisioned(&user)?;
        for HeldMembership { group, display } in &held.groups {
            if self.provisioned(&user.idp, ResourceKind::Group, group)?.is_some() {
                self.add_members(group, &[GroupMember { id: user.id, display: display.clone() }])?;
            }
        }
        self.touch_groups_of(&user.id)
    }
    /// Keeps what traffic told about a provider's mapping of `active`.
    pub fn put_active_mapping(&mut self, idp: &IdpId, mapping: &ActiveMapping) -> Result<(), StoreError> {
        self.put_aside(Kind::ActiveMapping, &idp.to_string(), mapping)
    }
    /// Forgets everything about a provider that goes away.
    pub(crate) fn forget_guard(&mut self, idp: &IdpId) -> Result<(), StoreError> {
        self.reset_guard(idp)?;
        let key = idp.to_string();
        self.remove_aside(Kind::ActiveMapping, &key)?;
        self.run(&sql::LET_ALL_GO, &[(&key).into()])?;
        Ok(())
    }

    fn forget_counted(&mut self, idp: &str, before: i64) -> Result<(), StoreError> {
        self.run(&sql::FORGET_COUNTED, &[idp.into(), before.into()])?;
        self.run(&sql::FORGET_NOTED, &[idp.into(), before.into()])?;
        Ok(())
    }
    fn let_go_of(&mut self, idp: &IdpId, kind: &str, resource: &ScimId) -> Result<Vec<String>, StoreError> {
        let (idp, resource) = (idp.to_string(), resource.to_string());
        self.rows(&sql::LET_GO_OF, &[(&idp).into(), kind.into(), (&resource).into()], |row| Ok(row.text(0)?.to_owned()))
    }
}

/// The minute of a moment.
fn minute(at: Timestamp) -> i64 {
    at.millis().div_euclid(60_000)
}

fn scim_id(text: &str) -> Result<ScimId, StoreError> {
    text.parse().map_err(|e| StoreError::corrupt("held row", text, e))
}

fn read(row: &Row<'_, '_>) -> Result<Held, StoreError> {
    let at = Timestamp::from_millis(row.int(3)?);
    let what = match row.text(0)? {
        SEAT => {
            let subject = row.text(2)?;
            let user = subject.parse().map_err(|e| StoreError::corrupt("held seat", subject, e))?;
            HeldAction::FreeSeat { user, resource: scim_id(row.text(1)?)? }
        }
        _ => HeldAction::Delete(Box::new(from_json("held user", row.text(1)?, row.text(4)?)?)),
    };
    Ok(Held { at, what })
}
