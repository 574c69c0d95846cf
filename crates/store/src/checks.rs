//! Checks of sessions between sign-ins: the refresh token, sealed, and how the checks stand. They end with the session.

use model::{
    IdpId, Nonce, Secret, Timestamp, UserId,
    liveness::{CheckOutcome, SessionCheck},
};

use crate::{
    Reader, StoreError, Tx,
    error::WriterError,
    reader::{Row, signed},
    statement::checks as sql,
};

/// What a refresh token is sealed as. Never changes.
const KIND: &str = "refresh_token";
/// Refresh tokens sealed anew at once.
const RESEALED_AT_ONCE: u64 = 500;

/// A check that is due.
#[derive(Debug, Clone)]
pub struct DueCheck {
    /// Of which session.
    pub nonce: Nonce,
    /// Its refresh token, opened.
    pub refresh_token: Secret,
    /// How its checks stand.
    pub check: SessionCheck,
}

impl Reader<'_> {
    /// How the checks of a person's sessions stand; sessions that are not checked are not among them.
    pub fn checks_of(&self, user: &UserId) -> Result<Vec<(Nonce, SessionCheck)>, StoreError> {
        self.rows(&sql::OF, &[(&user.to_string()).into()], |row| Ok((nonce(row)?, read(row)?)))
    }
    /// The checks that are due at a provider, at most so many, the most overdue first.
    pub fn due_checks(&self, idp: &IdpId, now: Timestamp, limit: u64) -> Result<Vec<DueCheck>, StoreError> {
        self.rows(&sql::DUE, &[(&idp.to_string()).into(), now.millis().into(), signed(limit).into()], |row| {
            let refresh_token = self.refresh_token(row.text(0)?, row.text(7)?, row.blob(8)?)?;
            Ok(DueCheck { nonce: nonce(row)?, refresh_token, check: read(row)? })
        })
    }
    /// Sessions about which nothing was learnt from the provider since that time or longer, at most so many, the longest first; and since
    /// when.
    pub fn silent_since(&self, idp: &IdpId, since: Timestamp, limit: u64) -> Result<Vec<(Nonce, Timestamp)>, StoreError> {
        self.rows(&sql::SILENT, &[(&idp.to_string()).into(), since.millis().into(), signed(limit).into()], |row| {
            Ok((nonce(row)?, row.opt_int(1)?.map_or(since, Timestamp::from_millis)))
        })
    }
    fn refresh_token(&self, nonce: &str, key_id: &str, sealed: &[u8]) -> Result<Secret, StoreError> {
        let opened = self.rings.open_row(KIND, nonce, key_id, sealed);
        let bytes = opened.ok_or_else(|| StoreError::corrupt(KIND, "record", WriterError::Unseal))?;
        let text = str::from_utf8(&bytes).map_err(|e| StoreError::corrupt(KIND, "record", e))?;
        Ok(Secret::new(text))
    }
    /// Seals the refresh tokens anew that are still under the previous key; how many those were.
    pub(crate) fn reseal_refresh_tokens(&self) -> Result<usize, StoreError> {
        let current = self.rings.key_id();
        let mut resealed = 0;
        loop {
            let old = self.rows(&sql::SEALED_OTHERWISE, &[current.into(), signed(RESEALED_AT_ONCE).into()], |row| {
                Ok((row.text(0)?.to_owned(), self.refresh_token(row.text(0)?, row.text(1)?, row.blob(2)?)?))
            })?;
            for (nonce, token) in &old {
                self.renew(nonce, token)?;
            }
            resealed += old.len();
            if (old.len() as u64) < RESEALED_AT_ONCE {
                return Ok(resealed);
            }
        }
    }
    fn renew(&self, nonce: &str, token: &Secret) -> Result<(), StoreError> {
        let ciphertext = self.rings.seal_row(KIND, nonce, token.expose().as_bytes());
        self.run(&sql::RENEW, &[self.rings.key_id().into(), ciphertext.as_slice().into(), nonce.into()])?;
        Ok(())
    }
}

impl Tx<'_> {
    /// Begins the checks of a session that was started in this transaction; `token` is kept sealed. `NotFound` when there is no such session.
    pub fn watch_session(&mut self, nonce: &Nonce, token: &Secret, next_check_at: Timestamp) -> Result<(), StoreError> {
        let Some((session, _)) = self.session(nonce)? else {
            return Err(StoreError::NotFound { noun: "session", id: String::new() });
        };
        let ciphertext = self.rings.seal_row(KIND, nonce.as_str(), token.expose().as_bytes());
        self.run(
            &sql::WATCH,
            &[
                nonce.as_str().into(),
                (&session.idp.to_string()).into(),
                (&session.user_id.to_string()).into(),
                next_check_at.millis().into(),
                self.rings.key_id().into(),
                ciphertext.as_slice().into(),
            ],
        )?;
        Ok(())
    }
    /// Notes what a check found, and when the next one is; `renewed` replaces the refresh token. Nothing happens when the session ended
    /// meanwhile.
    pub fn note_check(
        &mut self,
        nonce: &Nonce,
        outcome: CheckOutcome,
        renewed: Option<&Secret>,
        next_check_at: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = match outcome {
            CheckOutcome::Good => &sql::GOOD,
            CheckOutcome::Unreachable | CheckOutcome::GroupsUnknown => &sql::FAILED,
        };
        self.run(statement, &[self.now().millis().into(), outcome.as_str().into(), next_check_at.millis().into(), nonce.as_str().into()])?;
        renewed.map_or(Ok(()), |token| self.renew(nonce.as_str(), token))
    }
    /// The provider cannot be asked: the grace of everybody begins whose check is due.
    pub fn note_unreachable(&mut self, idp: &IdpId) -> Result<(), StoreError> {
        let outcome = CheckOutcome::Unreachable.as_str();
        self.run(&sql::UNREACHABLE, &[self.now().millis().into(), outcome.into(), (&idp.to_string()).into()])?;
        Ok(())
    }
    /// Makes the checks of a person's sessions due now.
    pub fn check_user_now(&mut self, user: &UserId) -> Result<(), StoreError> {
        self.run(&sql::FORWARD_OF, &[self.now().millis().into(), (&user.to_string()).into()])?;
        Ok(())
    }
    /// Brings forward checks at a provider that are later than that: its interval became shorter.
    pub fn check_no_later(&mut self, idp: &IdpId, latest: Timestamp) -> Result<u64, StoreError> {
        self.run(&sql::FORWARD_BY_IDP, &[latest.millis().into(), (&idp.to_string()).into()])
    }
    /// Ends the checks of a session that is not alive any more.
    pub fn forget_check(&mut self, nonce: &Nonce) -> Result<(), StoreError> {
        self.run(&sql::FORGET, &[nonce.as_str().into()])?;
        Ok(())
    }
    pub(crate) fn forget_checks_of(&self, user: &UserId) -> Result<(), StoreError> {
        self.run(&sql::FORGET_OF, &[(&user.to_string()).into()])?;
        Ok(())
    }
    pub(crate) fn forget_checks_by_idp(&self, idp: &IdpId) -> Result<(), StoreError> {
        self.run(&sql::FORGET_BY_IDP, &[(&idp.to_string()).into()])?;
        Ok(())
    }
    pub(crate) fn forget_all_checks(&self) -> Result<(), StoreError> {
        self.run(&sql::FORGET_ALL, &[])?;
        Ok(())
    }
}

fn nonce(row: &Row<'_, '_>) -> Result<Nonce, StoreError> {
    row.text(0)?.parse().map_err(|e| StoreError::corrupt("check", "nonce", e))
}

/// From the columns that the reading statements have in common.
fn read(row: &Row<'_, '_>) -> Result<SessionCheck, StoreError> {
    let at = |column| Ok::<_, StoreError>(row.opt_int(column)?.map(Timestamp::from_millis));
    let outcome = row.opt_text(6)?.map(|name| CheckOutcome::parse(name).ok_or_else(|| unknown(name))).transpose()?;
    Ok(SessionCheck {
        next_check_at: Timestamp::from_millis(row.int(1)?),
        checked_at: at(2)?,
        good_at: at(3)?,
        failing_since: at(4)?,
        failures: u32::try_from(row.int(5)?).map_err(|e| StoreError::corrupt("check", "failures", e))?,
        outcome,
    })
}

#[derive(Debug, thiserror::Error)]
#[error("no outcome is called {0}")]
struct UnknownOutcome(String);

fn unknown(name: &str) -> StoreError {
    StoreError::corrupt("check", "outcome", UnknownOutcome(name.to_owned()))
}
