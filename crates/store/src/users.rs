//! People in the registry, and ending all their sessions.

use std::sync::Arc;

use model::{
    Email, UserId,
    change::ChangeKind,
    identity::{Identity, SubjectKey},
    session::RevokeReason,
    user::User,
};

use crate::{
    Event, Listed, Page, Reader, StoreError, Tx,
    fold::{anywhere, fold},
    identities,
    objects::{from_json, to_json},
    reader::{Row, flag, signed},
    statement::{sessions as sessions_sql, users as sql},
};

/// Which people to list; what is absent does not restrict. Case never matters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Exactly this address.
    pub email: Option<String>,
    /// Exactly this name.
    pub name: Option<String>,
    /// This text somewhere in address or name.
    pub search: Option<String>,
    /// Only those who hold a seat, or only those who do not.
    pub seat: Option<bool>,
}

impl Reader<'_> {
    /// One person.
    pub fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        self.row(&sql::GET, &[(&id.to_string()).into()], read)
    }
    /// The person with this key.
    pub fn user_by_key(&self, key: &SubjectKey) -> Result<Option<User>, StoreError> {
        self.row(&sql::BY_KEY, &[(&key.issuer).into(), (&key.subject).into()], read)
    }
    /// Everybody with this address, the oldest record first.
    pub fn users_by_email(&self, email: &Email) -> Result<Vec<User>, StoreError> {
        self.rows(&sql::BY_EMAIL, &[(&email.folded()).into()], read)
    }
    /// Everybody of an issuer with this user principal name, the oldest record first. Case does not matter.
    pub fn users_by_upn(&self, issuer: &str, upn: &str) -> Result<Vec<User>, StoreError> {
        self.rows(&sql::BY_UPN, &[issuer.into(), (&fold(upn)).into()], read)
    }
    /// The issuers that vouched for somebody in the registry: one look-up each, however many people there are.
    pub fn issuers(&self) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::<String>::new();
        loop {
            let after = found.last().map_or("", String::as_str);
            match self.row(&sql::NEXT_ISSUER, &[after.into()], |row| Ok(row.text(0)?.to_owned()))? {
                Some(issuer) => found.push(issuer),
                None => return Ok(found),
            }
        }
    }
    /// A page of people, the oldest record first.
    pub fn list_users(&self, filter: &UserFilter, page: Page) -> Result<Listed<User>, StoreError> {
        let name = filter.name.as_deref().map(fold);
        let pattern = filter.search.as_deref().map(anywhere);
        let (name, pattern, seat) = (name.as_deref().into(), pattern.as_deref().into(), filter.seat.map(flag).into());
        let (limit, offset) = (page.limit().into(), page.offset().into());
        if let Some(email) = filter.email.as_deref().map(fold) {
            let email = (&email).into();
            let items = self.rows(&sql::PAGE_BY_EMAIL, &[email, name, pattern, seat, limit, offset], read)?;
            Ok(Listed { items, total: self.count(&sql::COUNT_BY_EMAIL, &[email, name, pattern, seat])? })
        } else {
            let items = self.rows(&sql::PAGE, &[name, pattern, seat, limit, offset], read)?;
            Ok(Listed { items, total: self.count(&sql::COUNT, &[name, pattern, seat])? })
        }
    }
    /// What the person's last sign-in told; it outlives the session.
    pub fn last_identity(&self, id: &UserId) -> Result<Option<Identity>, StoreError> {
        let joined = self.row(&sql::LAST_IDENTITY, &[(&id.to_string()).into()], |row| {
            row.opt_text(2)?.map(|circumstances| identities::join(row.text(1)?, circumstances)).transpose()
        })?;
        Ok(joined.flatten())
    }
    /// At most so many people after this one by id, with what their last sign-in told: for going through all of them.
    pub fn people_after(&self, after: Option<&UserId>, most: u64) -> Result<Vec<(User, Option<Identity>)>, StoreError> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        self.rows(&sql::AFTER, &[(&after).into(), signed(most).into()], |row| {
            let identity = match (row.opt_text(1)?, row.opt_text(2)?) {
                (Some(doc), Some(circumstances)) => Some(identities::join(doc, circumstances)?),
                _ => None,
            };
            Ok((read(row)?, identity))
        })
    }
    /// Everybody.
    pub(crate) fn everybody(&self) -> Result<Vec<Arc<User>>, StoreError> {
        self.rows(&sql::EVERYBODY, &[], |row| read(row).map(Arc::new))
    }
    /// Those of an issuer whose subject is this object id, in lower case.
    pub(crate) fn users_by_subject(&self, issuer: &str, subject_folded: &str) -> Result<Vec<User>, StoreError> {
        self.rows(&sql::BY_SUBJECT, &[issuer.into(), subject_folded.into()], read)
    }
}

impl Tx<'_> {
    /// Puts a person. The generation of somebody who is there already stays as stored, whatever is given: only [`Tx::revoke_user`] raises
    /// it, and a record read before a revocation cannot undo it. `Conflict` when another person has the key.
    pub fn put_user(&mut self, user: &User) -> Result<(), StoreError> {
        let mut user = user.clone();
        let mut held = false;
        if let Some(stored) = self.user(&user.id)? {
            user.generation = stored.generation;
            held = stored.access_seat;
        }
        if let Some(key) = &user.key
            && let Some(other) = self.user_by_key(key)?
            && other.id != user.id
        {
            return Err(StoreError::Conflict { noun: "user", field: "key", value: format!("{}/{}", key.issuer, key.subject) });
        }
        let (id, holds) = (user.id, user.access_seat);
        self.write_user(user)?;
        if holds && !held {
            let now = self.now();
            self.note_seen(&id, now)?;
        }
        self.count_seat(held, holds)
    }
    /// Removes a person; their sessions end first and their seat is free. `NotFound` when there is none.
    pub fn remove_user(&mut self, id: &UserId) -> Result<(), StoreError> {
        self.revoke_user(id, RevokeReason::UserRemoved)?;
        let key = id.to_string();
        let held = self.user(id)?.is_some_and(|user| user.access_seat);
        self.forget_standing_of(id)?;
        self.forget_favourites_of(id)?;
        let mut unused = self.rows(&sessions_sql::FORGET_OF, &[(&key).into()], |row| Ok(row.text(0)?.to_owned()))?;
        unused.extend(self.row(&sql::LAST_IDENTITY, &[(&key).into()], |row| Ok(row.text(0)?.to_owned()))?);
        self.run(&sql::REMOVE, &[(&key).into()])?;
        self.drop_identities(unused)?;
        self.note(ChangeKind::User { user_id: *id }, None, Some(Event::UserRemoved(*id)));
        self.count_seat(held, false)
    }
    /// Ends every session of a person: raises their generation and marks the sessions, with the rows of the feed. The new generation.
    /// `NotFound` when there is no such person.
    pub fn revoke_user(&mut self, id: &UserId, why: RevokeReason) -> Result<u32, StoreError> {
        let Some(mut user) = self.user(id)? else {
            return Err(StoreError::NotFound { noun: "user", id: id.to_string() });
        };
        user.generation += 1;
        let generation = user.generation;
        self.run(&sessions_sql::REVOKE_OF, &[self.now().millis().into(), why.as_str().into(), (&id.to_string()).into()])?;
        self.forget_checks_of(id)?;
        if why == RevokeReason::Deprovisioned {
            // Whoever is enabled or created again begins with nothing (ruling 24).
            self.forget_standing_of(id)?;
        }
        let kind = ChangeKind::UserRevoked { user_id: *id, generation, why };
        self.note(kind, None, Some(Event::UserRevoked { user_id: *id, generation, why }));
        self.write_user(user)?;
        Ok(generation)
    }

    fn write_user(&mut self, user: User) -> Result<(), StoreError> {
        let id = user.id.to_string();
        let (issuer, subject) = user.key.as_ref().map_or((None, None), |k| (Some(k.issuer.as_str()), Some(k.subject.as_str())));
        let subject_folded = subject.map(fold);
        let upn_folded = user.upn.as_deref().map(fold);
        let doc = to_json("user", &id, &user)?;
        self.run(
            &sql::PUT,
            &[
                (&id).into(),
                issuer.into(),
                subject.into(),
                subject_folded.as_deref().into(),
                (&user.email.folded()).into(),
                upn_folded.as_deref().into(),
                (&fold(&user.name)).into(),
                flag(user.access_seat).into(),
                i64::from(user.generation).into(),
                user.created_at.millis().into(),
                (&user.seat_id.to_string()).into(),
                (&doc).into(),
            ],
        )?;
        self.note(ChangeKind::User { user_id: user.id }, None, Some(Event::User(Arc::new(user))));
        Ok(())
    }
}

fn read(row: &Row<'_, '_>) -> Result<User, StoreError> {
    from_json("user", "record", row.text(0)?)
}
