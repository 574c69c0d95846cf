//! What people use: when they were last seen, which applications their sessions were let into, what they used lately by the access log, and
//! what they marked for themselves in the App Launcher.

use model::{AppId, Nonce, Timestamp, UserId};

use crate::{
    Reader, StoreError, Tx,
    reader::{Row, signed},
    statement::{favourites, seats as sql},
};

/// Most applications that one person can mark.
pub const MOST_FAVOURITES: u64 = 100;

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
    /// The applications that a person marked, in the order in which they did.
    pub fn favourites_of(&self, user: &UserId) -> Result<Vec<AppId>, StoreError> {
        self.rows(&favourites::OF, &[(&user.to_string()).into()], app)
    }
    /// At most so many applications that a person was let into since a time, the last one first; some may be gone.
    pub fn recent_apps_of(&self, user: &UserId, since: Timestamp, most: u64) -> Result<Vec<AppId>, StoreError> {
        self.rows(&favourites::RECENT_OF, &[(&user.to_string()).into(), since.millis().into(), signed(most).into()], app)
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
    /// Marks an application for a person. False when they marked [`MOST_FAVOURITES`] already; then nothing changes. `NotFound` when there is
    /// no such application.
    pub fn add_favourite(&mut self, user: &UserId, app: &AppId) -> Result<bool, StoreError> {
        if self.app(app)?.is_none() {
            return Err(StoreError::NotFound { noun: "application", id: app.to_string() });
        }
        let (user, at) = (user.to_string(), self.now().millis());
        if self.count(&favourites::COUNT_OF, &[(&user).into()])? >= MOST_FAVOURITES {
            return Ok(false);
        }
        self.run(&favourites::ADD, &[(&user).into(), (&app.to_string()).into(), at.into()])?;
        Ok(true)
    }
    /// Takes a person's mark away, if there is one.
    pub fn remove_favourite(&mut self, user: &UserId, app: &AppId) -> Result<(), StoreError> {
        self.run(&favourites::DROP, &[(&user.to_string()).into(), (&app.to_string()).into()])?;
        Ok(())
    }

    pub(crate) fn forget_favourites_of(&mut self, user: &UserId) -> Result<(), StoreError> {
        self.run(&favourites::FORGET_OF, &[(&user.to_string()).into()])?;
        Ok(())
    }
    pub(crate) fn forget_favourite(&mut self, app: &AppId) -> Result<(), StoreError> {
        self.run(&favourites::FORGET_APP, &[(&app.to_string()).into()])?;
        Ok(())
    }
}

fn app(row: &Row<'_, '_>) -> Result<AppId, StoreError> {
    row.text(0)?.parse().map_err(|e| StoreError::corrupt("favourite", "application", e))
}
