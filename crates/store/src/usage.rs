//! What people use: when they were last seen, and which applications their sessions were let into.

use model::{AppId, Nonce, Timestamp, UserId};

use crate::{Reader, StoreError, Tx, statement::seats as sql};

/// An application that a session was let into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionApp {
    /// The session.
    pub nonce: Nonce,
    /// The application, which may be gone.
    pub app: AppId,
    /// When first.
    pub at: Timestamp,
}

impl Reader<'_> {
    /// When a person was last seen: at a sign-in, or at a request that was noted ([`Tx::note_seen`]). `None`: never.
    pub fn last_seen(&self, id: &UserId) -> Result<Option<Timestamp>, StoreError> {
        let seen = self.row(&sql::LAST_SEEN, &[(&id.to_string()).into()], |row| row.opt_int(0))?;
        Ok(seen.flatten().map(Timestamp::from_millis))
    }
    /// The applications that a person's sessions were let into, in the order in which they were.
    pub fn apps_of_sessions(&self, user: &UserId) -> Result<Vec<SessionApp>, StoreError> {
        self.rows(&sql::APPS_OF, &[(&user.to_string()).into()], |row| {
            let nonce = row.text(0)?.parse().map_err(|e| StoreError::corrupt("session", "application", e))?;
            let app = row.text(1)?.parse().map_err(|e| StoreError::corrupt("session", "application", e))?;
            Ok(SessionApp { nonce, app, at: Timestamp::from_millis(row.int(2)?) })
        })
    }
    /// Whether it is noted that a session was let into an application.
    pub fn session_has_app(&self, nonce: &Nonce, app: &AppId) -> Result<bool, StoreError> {
        Ok(self.row(&sql::HAS_APP, &[nonce.as_str().into(), (&app.to_string()).into()], |_| Ok(()))?.is_some())
    }
}

impl Tx<'_> {
    /// Notes that a person was seen then; an earlier time than the one that is known changes nothing. Not in the feed: nothing is decided
    /// by it on a request's way.
    pub fn note_seen(&mut self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        self.run(&sql::SEEN, &[at.millis().into(), (&id.to_string()).into()])?;
        Ok(())
    }
    /// Notes that a session, which must be there, was let into an application.
    pub fn note_session_app(&mut self, nonce: &Nonce, app: &AppId) -> Result<(), StoreError> {
        let at = self.now().millis().into();
        self.run(&sql::NOTE_APP, &[nonce.as_str().into(), (&app.to_string()).into(), at])?;
        Ok(())
    }
}
