//! The access log: decisions, found by reference and listed newest first.

use model::{AppId, Reference, Timestamp, log::AccessDecision};

use crate::{
    Listed, Page, Reader, StoreError, Tx,
    fold::fold,
    objects::{from_json, to_json},
    reader::{Row, flag, signed},
    statement::logs as sql,
};

/// How many rows of a log [`Tx::prune_logs`] removes at once, so that nobody waits long behind it.
pub const PRUNED_AT_ONCE: u64 = 20_000;

/// Which decisions to list; what is absent does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionFilter {
    /// Of the person with this address; case does not matter.
    pub email: Option<String>,
    /// On this application.
    pub app_id: Option<AppId>,
    /// Let in, or not.
    pub allowed: Option<bool>,
    /// From then on.
    pub since: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
}

impl Reader<'_> {
    /// The decision with this reference.
    pub fn decision(&self, reference: &Reference) -> Result<Option<AccessDecision>, StoreError> {
        self.row(&sql::DECISION, &[reference.as_str().into()], read)
    }
    /// A page of decisions, newest first.
    pub fn list_decisions(&self, filter: &DecisionFilter, page: Page) -> Result<Listed<AccessDecision>, StoreError> {
        let since = filter.since.map_or(i64::MIN, Timestamp::millis).into();
        let until = filter.until.map_or(i64::MAX, Timestamp::millis).into();
        let allowed = filter.allowed.map(flag).into();
        let app = filter.app_id.map(|id| id.to_string());
        let app = app.as_deref().into();
        let (limit, offset) = (page.limit().into(), page.offset().into());
        if let Some(email) = filter.email.as_deref().map(fold) {
            let email = (&email).into();
            let items = self.rows(&sql::DECISIONS_BY_EMAIL, &[since, until, allowed, app, email, limit, offset], read)?;
            Ok(Listed { items, total: self.count(&sql::COUNT_DECISIONS_BY_EMAIL, &[since, until, allowed, app, email])? })
        } else if let Some(app) = filter.app_id.map(|id| id.to_string()) {
            let app = (&app).into();
            let items = self.rows(&sql::DECISIONS_BY_APP, &[since, until, allowed, app, limit, offset], read)?;
            Ok(Listed { items, total: self.count(&sql::COUNT_DECISIONS_BY_APP, &[since, until, allowed, app])? })
        } else {
            let items = self.rows(&sql::DECISIONS, &[since, until, allowed, limit, offset], read)?;
            Ok(Listed { items, total: self.count(&sql::COUNT_DECISIONS, &[since, until, allowed])? })
        }
    }
    /// Writes a decision that was recorded.
    pub(crate) fn write_decision(&self, decision: &AccessDecision) -> Result<(), StoreError> {
        let app = decision.app_id.map(|id| id.to_string());
        let email = decision.user_email.as_deref().map(fold);
        let doc = to_json("decision", &decision.reference, decision)?;
        self.run(
            &sql::RECORD,
            &[
                decision.reference.as_str().into(),
                decision.at.millis().into(),
                flag(decision.allowed).into(),
                app.as_deref().into(),
                email.as_deref().into(),
                (&doc).into(),
            ],
        )?;
        Ok(())
    }
}

impl Tx<'_> {
    /// Removes decisions before a time and beyond a number (the oldest), and changes in the audit log before a time; at most
    /// [`PRUNED_AT_ONCE`] of each kind. How many rows went; call again while it is that many or more.
    pub fn prune_logs(&mut self, decisions_before: Timestamp, max_decisions: u64, audit_before: Timestamp) -> Result<u64, StoreError> {
        let over = self.row(&sql::FIRST_OVER, &[signed(max_decisions).into()], |row| Ok((row.int(0)?, row.text(1)?.to_owned())))?;
        // The empty reference is below all others: a decision of exactly that time stays.
        let old = (decisions_before.millis(), String::new());
        let (at, reference) = over.map_or_else(|| old.clone(), |over| over.max(old.clone()));
        let limit = signed(PRUNED_AT_ONCE).into();
        let decisions = self.run(&sql::PRUNE_DECISIONS, &[at.into(), (&reference).into(), limit])?;
        let audits = self.run(&sql::PRUNE_AUDITS, &[audit_before.millis().into(), limit])?;
        Ok(decisions + audits)
    }
}

fn read(row: &Row<'_, '_>) -> Result<AccessDecision, StoreError> {
    from_json("decision", "record", row.text(0)?)
}
