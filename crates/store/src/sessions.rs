//! Sessions: begun at a sign-in, ended once, kept until their time is over.

use std::sync::Arc;

use model::{
    Nonce, Timestamp, UserId,
    change::ChangeKind,
    identity::Identity,
    session::{RevokeReason, Session, SessionState},
};

use crate::{
    Event, Reader, StoreError, Tx, identities,
    reader::Row,
    statement::{sessions as sql, users as users_sql},
};

/// How many sessions [`Tx::forget_expired_sessions`] removes at once, so that nobody waits long behind it.
pub const FORGOTTEN_AT_ONCE: u64 = 2_000;

/// A live session with its identity, shared.
type Live = (Arc<Session>, Arc<Identity>);

impl Reader<'_> {
    /// A session, whatever its state, with its identity.
    pub fn session(&self, nonce: &Nonce) -> Result<Option<(Session, Identity)>, StoreError> {
        self.row(&sql::GET, &[nonce.as_str().into()], read)
    }
    /// A person's live sessions: not ended, not expired at `now`, not passed by a generation. The oldest first.
    pub fn sessions_of(&self, user: &UserId, now: Timestamp) -> Result<Vec<(Session, Identity)>, StoreError> {
        let account = self.account()?;
        self.rows(&sql::LIVE_OF, &[(&user.to_string()).into(), now.millis().into(), i64::from(account.generation).into()], read)
    }
    /// A person's sessions that were ended and are kept until their time is over; at most so many, the last one first.
    pub fn ended_sessions_of(&self, user: &UserId, limit: u64) -> Result<Vec<Session>, StoreError> {
        let limit = crate::reader::signed(limit).into();
        self.rows(&sql::ENDED_OF, &[(&user.to_string()).into(), limit], |row| Ok(read(row)?.0))
    }
    /// Everybody's live sessions.
    pub(crate) fn live_sessions(&self, now: Timestamp, account_generation: u32) -> Result<Vec<Live>, StoreError> {
        self.rows(&sql::LIVE, &[now.millis().into(), i64::from(account_generation).into()], |row| {
            let (session, identity) = read(row)?;
            Ok((Arc::new(session), Arc::new(identity)))
        })
    }
}

impl Tx<'_> {
    /// Starts a session of a person that is in the registry (else `NotFound`). `Refused` when the person or the account was revoked after
    /// the session's generations were read. `Conflict` when the nonce is taken.
    pub fn start_session(&mut self, session: &Session, identity: &Identity) -> Result<(), StoreError> {
        let user_id = session.user_id.to_string();
        let Some(user) = self.user(&session.user_id)? else {
            return Err(StoreError::NotFound { noun: "user", id: user_id });
        };
        if session.user_generation < user.generation || session.account_generation < self.account()?.generation {
            return Err(StoreError::Refused("the person was revoked while signing in; sign in again".to_owned()));
        }
        if self.session(&session.nonce)?.is_some() {
            return Err(StoreError::Conflict { noun: "session", field: "nonce", value: String::new() });
        }
        let parts = identities::split(identity)?;
        let replaced = self.row(&users_sql::LAST_IDENTITY, &[(&user_id).into()], |row| Ok(row.text(0)?.to_owned()))?;
        self.run(&sql::KEEP_IDENTITY, &[(&parts.hash).into(), (&parts.doc).into()])?;
        let (revoked_at, revoked_why) = match &session.state {
            SessionState::Live => (None, None),
            SessionState::Revoked { at, why } => (Some(at.millis()), Some(why.as_str())),
        };
        self.run(
            &sql::START,
            &[
                session.nonce.as_str().into(),
                (&user_id).into(),
                (&session.idp.to_string()).into(),
                (&parts.hash).into(),
                (&parts.circumstances).into(),
                i64::from(session.user_generation).into(),
                i64::from(session.account_generation).into(),
                session.created_at.millis().into(),
                session.expires_at.millis().into(),
                revoked_at.into(),
                revoked_why.into(),
            ],
        )?;
        self.run(&users_sql::SIGNED_IN, &[(&parts.hash).into(), (&parts.circumstances).into(), (&user_id).into()])?;
        self.note_seen(&session.user_id, session.created_at)?;
        if let Some(hash) = replaced.filter(|hash| *hash != parts.hash) {
            self.drop_identities(vec![hash])?;
        }
        let nonce = session.nonce.clone();
        let event = Event::SessionStarted(Arc::new(session.clone()), Arc::new(identity.clone()));
        self.note(ChangeKind::SessionStarted { nonce }, None, Some(event));
        Ok(())
    }
    /// Ends a session. False when there is none or it had ended already; then nothing changes.
    pub fn revoke_session(&mut self, nonce: &Nonce, why: RevokeReason) -> Result<bool, StoreError> {
        let args = [self.now().millis().into(), why.as_str().into(), nonce.as_str().into()];
        let ended = self.row(&sql::REVOKE, &args, |_| Ok(()))?.is_some();
        if ended {
            self.forget_check(nonce)?;
            let kind = ChangeKind::SessionRevoked { nonce: nonce.clone(), why };
            self.note(kind, None, Some(Event::SessionRevoked { nonce: nonce.clone(), why }));
        }
        Ok(ended)
    }
    /// Removes sessions whose time is over, at most [`FORGOTTEN_AT_ONCE`]; how many went. Call again while it is that many.
    pub fn forget_expired_sessions(&mut self) -> Result<u64, StoreError> {
        let args = [self.now().millis().into(), crate::reader::signed(FORGOTTEN_AT_ONCE).into()];
        let unused = self.rows(&sql::FORGET_EXPIRED, &args, |row| Ok(row.text(0)?.to_owned()))?;
        let forgotten = unused.len() as u64;
        self.drop_identities(unused)?;
        Ok(forgotten)
    }
}

/// A session with its identity, from the columns that the three reading statements have in common.
fn read(row: &Row<'_, '_>) -> Result<(Session, Identity), StoreError> {
    fn parse<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(text: &str) -> Result<T, StoreError> {
        text.parse().map_err(|e| StoreError::corrupt("session", "record", e))
    }
    let state = match (row.opt_int(7)?, row.opt_text(8)?) {
        (Some(at), Some(why)) => SessionState::Revoked { at: Timestamp::from_millis(at), why: reason(why)? },
        _ => SessionState::Live,
    };
    let session = Session {
        nonce: parse(row.text(0)?)?,
        user_id: parse(row.text(1)?)?,
        idp: parse(row.text(2)?)?,
        user_generation: generation(row.int(3)?)?,
        account_generation: generation(row.int(4)?)?,
        created_at: Timestamp::from_millis(row.int(5)?),
        expires_at: Timestamp::from_millis(row.int(6)?),
        state,
    };
    Ok((session, identities::join(row.text(10)?, row.text(9)?)?))
}

fn generation(value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|e| StoreError::corrupt("session", "generation", e))
}

/// The reason behind its stable name, which is also its JSON.
fn reason(name: &str) -> Result<RevokeReason, StoreError> {
    serde_json::from_value(name.into()).map_err(|e| StoreError::corrupt("session", "reason", e))
}
