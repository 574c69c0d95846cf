//! What people have beside their identity: purposes given in sessions, requests for access, grants.

use model::{
    GrantId, Nonce, Timestamp, UserId,
    access_grant::{Grant, PurposeGiven},
    access_request::AccessRequest,
    change::ChangeKind,
};

use crate::{
    Event, Listed, Page, Reader, StoreError, Tx,
    objects::{from_json, to_json},
    statement::grants as sql,
};

/// Requests and grants that are over are kept so long.
const KEPT_SECS: i64 = 90 * 86_400;

impl Reader<'_> {
    /// A grant, whether or not it is over.
    pub fn grant(&self, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        self.row(&sql::GRANT, &[(&id.to_string()).into()], |row| from_json("grant", id, row.text(0)?))
    }
    /// A page of grants, the youngest first; with a time, of those that are not over then.
    pub fn list_grants(&self, not_over: Option<Timestamp>, page: Page) -> Result<Listed<Grant>, StoreError> {
        let now = not_over.map(Timestamp::millis);
        let args = [now.into(), page.limit().into(), page.offset().into()];
        let items = self.rows(&sql::GRANT_PAGE, &args, |row| from_json("grant", "record", row.text(0)?))?;
        Ok(Listed { items, total: self.count(&sql::GRANT_COUNT, &[now.into()])? })
    }
    /// A request for access, by its id.
    pub fn access_request(&self, id: &GrantId) -> Result<Option<AccessRequest>, StoreError> {
        self.row(&sql::REQUEST, &[(&id.to_string()).into()], |row| from_json("access request", id, row.text(0)?))
    }
    /// A page of requests, the youngest first.
    pub fn list_access_requests(&self, page: Page) -> Result<Listed<AccessRequest>, StoreError> {
        let args = [page.limit().into(), page.offset().into()];
        let items = self.rows(&sql::REQUEST_PAGE, &args, |row| from_json("access request", "record", row.text(0)?))?;
        Ok(Listed { items, total: self.count(&sql::REQUEST_COUNT, &[])? })
    }
    /// Everybody's requests since a time, the youngest first.
    pub fn access_requests_since(&self, since: Timestamp) -> Result<Vec<AccessRequest>, StoreError> {
        self.rows(&sql::REQUESTS_SINCE, &[since.millis().into()], |row| from_json("access request", "record", row.text(0)?))
    }
    /// A person's requests since a time, the youngest first.
    pub fn access_requests_of(&self, user: &UserId, since: Timestamp) -> Result<Vec<AccessRequest>, StoreError> {
        let user = user.to_string();
        self.rows(&sql::REQUESTS_OF, &[(&user).into(), since.millis().into()], |row| from_json("access request", "record", row.text(0)?))
    }

    /// A person's grants that are not over.
    pub fn grants_of(&self, user: &UserId, now: Timestamp) -> Result<Vec<Grant>, StoreError> {
        let user = user.to_string();
        self.rows(&sql::GRANTS_OF, &[(&user).into(), now.millis().into()], |row| from_json("grant", "record", row.text(0)?))
    }
    pub(crate) fn all_grants(&self, now: Timestamp) -> Result<Vec<(UserId, Vec<Grant>)>, StoreError> {
        let mut people: Vec<(UserId, Vec<Grant>)> = Vec::new();
        for grant in self.rows(&sql::GRANTS, &[now.millis().into()], |row| from_json::<Grant>("grant", "record", row.text(0)?))? {
            match people.last_mut() {
                Some((user, grants)) if *user == grant.user => grants.push(grant),
                _ => people.push((grant.user, vec![grant])),
            }
        }
        Ok(people)
    }
    pub(crate) fn purposes(&self) -> Result<Vec<(Nonce, PurposeGiven)>, StoreError> {
        self.rows(&sql::PURPOSES, &[], |row| {
            let nonce = row.text(0)?.parse().map_err(|e| StoreError::corrupt("purpose", "record", e))?;
            Ok((nonce, from_json("purpose", "record", row.text(1)?)?))
        })
    }
}

impl Tx<'_> {
    /// Keeps the purpose that somebody gave in a living session (else `NotFound`).
    pub fn give_purpose(&mut self, nonce: &Nonce, given: &PurposeGiven) -> Result<(), StoreError> {
        let Some((session, _)) = self.session(nonce)?.filter(|(s, _)| s.state == model::session::SessionState::Live) else {
            return Err(StoreError::NotFound { noun: "session", id: nonce.to_string() });
        };
        let doc = to_json("purpose", nonce, given)?;
        let (app, policy) = (given.app.to_string(), given.policy.to_string());
        self.run(&sql::GIVE_PURPOSE, &[nonce.as_str().into(), (&app).into(), (&policy).into(), (&doc).into()])?;
        let event = Event::Purpose(nonce.clone(), given.clone());
        self.note(ChangeKind::Standing { user_id: session.user_id }, None, Some(event));
        Ok(())
    }
    /// Puts a grant: the person has it from the commit on. `NotFound` when there is no such person.
    pub fn put_grant(&mut self, grant: &Grant) -> Result<(), StoreError> {
        if self.user(&grant.user)?.is_none() {
            return Err(StoreError::NotFound { noun: "user", id: grant.user.to_string() });
        }
        let (id, user, doc) = (grant.id.to_string(), grant.user.to_string(), to_json("grant", grant.id, grant)?);
        let args = [(&id).into(), (&user).into(), grant.until.millis().into(), grant.created_at.millis().into(), (&doc).into()];
        self.run(&sql::PUT_GRANT, &args)?;
        self.note_grants(grant.user)
    }
    /// Takes a grant away. `NotFound` when there is none.
    pub fn remove_grant(&mut self, id: &GrantId) -> Result<(), StoreError> {
        let Some(grant) = self.grant(id)? else { return Err(StoreError::NotFound { noun: "grant", id: id.to_string() }) };
        self.run(&sql::REMOVE_GRANT, &[(&id.to_string()).into()])?;
        self.note_grants(grant.user)
    }
    /// Puts a request for access. It decides nothing by itself.
    pub fn put_access_request(&mut self, request: &AccessRequest) -> Result<(), StoreError> {
        let (id, user, doc) = (request.id.to_string(), request.user.to_string(), to_json("access request", request.id, request)?);
        let args = [(&id).into(), (&user).into(), request.created_at.millis().into(), (&doc).into()];
        self.run(&sql::PUT_REQUEST, &args)?;
        Ok(())
    }
    /// Forgets requests and grants whose time was over long ago.
    pub fn forget_old_grants(&mut self) -> Result<(), StoreError> {
        let before = self.now().plus_secs(-KEPT_SECS).millis();
        self.run(&sql::FORGET_GRANTS, &[before.into()])?;
        self.run(&sql::FORGET_REQUESTS, &[before.into()])?;
        Ok(())
    }

    pub(crate) fn forget_standing_of(&mut self, user: &UserId) -> Result<(), StoreError> {
        let id = user.to_string();
        self.run(&sql::FORGET_REQUESTS_OF, &[(&id).into()])?;
        if self.run(&sql::FORGET_GRANTS_OF, &[(&id).into()])? > 0 { self.note_grants(*user) } else { Ok(()) }
    }

    fn note_grants(&mut self, user: UserId) -> Result<(), StoreError> {
        let now = self.now();
        let grants = self.grants_of(&user, now)?;
        self.note(ChangeKind::Standing { user_id: user }, None, Some(Event::Grants(user, grants)));
        Ok(())
    }
}
