//! The audit log: administrators' changes, written in the transaction that made them.

use model::{Timestamp, log::AuditRecord};
use serde::{Deserialize, Serialize};

use crate::{
    Listed, PRUNED_AT_ONCE, Page, Reader, StoreError, Tx,
    objects::{from_json, to_json},
    reader::{Arg, Row, signed},
    statement::logs as sql,
};

/// The parts of a record that have no column.
#[derive(Serialize, Deserialize)]
struct Difference {
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
}

/// Which changes are looked for; what is absent does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By this actor.
    pub actor: Option<String>,
    /// Whose action begins so: `app.` or `app.update`.
    pub action: Option<String>,
    /// On the object whose name begins so: `app/` or `app/<id>`.
    pub object: Option<String>,
    /// From then on.
    pub since: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
}

/// A change with its number, which grows with time.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditedChange {
    /// Its number.
    pub no: i64,
    /// What was changed.
    pub record: AuditRecord,
}

/// The most changes that [`Reader::audit_after`] reads at once.
pub const CHANGES_AT_ONCE: u64 = 100;

impl Reader<'_> {
    /// A page of the changes that are looked for, newest first.
    pub fn find_changes(&self, filter: &AuditFilter, page: Page) -> Result<Listed<AuditedChange>, StoreError> {
        let ends = Ends::of(filter);
        let mut args = ends.args(filter).to_vec();
        let total = self.count(&sql::COUNT_CHANGES, &args)?;
        args.extend::<[Arg<'_>; 2]>([page.limit().into(), page.offset().into()]);
        Ok(Listed { items: self.rows(&sql::CHANGES, &args, change)?, total })
    }
    /// The next [`CHANGES_AT_ONCE`] of them after a number and up to another one, oldest first.
    pub fn audit_after(&self, filter: &AuditFilter, after: i64, up_to: i64) -> Result<Vec<AuditedChange>, StoreError> {
        let ends = Ends::of(filter);
        let mut args = ends.args(filter).to_vec();
        args.extend::<[Arg<'_>; 3]>([after.into(), up_to.into(), signed(CHANGES_AT_ONCE).into()]);
        self.rows(&sql::CHANGES_AFTER, &args, change)
    }
    /// The number of the newest change; zero when there is none.
    pub fn newest_change(&self) -> Result<i64, StoreError> {
        Ok(self.row(&sql::NEWEST_CHANGE, &[], |row| row.int(0))?.unwrap_or(0))
    }
    /// A page of changes, newest first.
    pub fn list_audit(&self, page: Page) -> Result<Listed<AuditRecord>, StoreError> {
        let items = self.rows(&sql::AUDITS, &[page.limit().into(), page.offset().into()], |row| Ok(change(row)?.record))?;
        Ok(Listed { items, total: self.count(&sql::COUNT_AUDITS, &[])? })
    }
}

impl Tx<'_> {
    /// Adds a record of what this mutation does.
    pub fn audit(&mut self, record: &AuditRecord) -> Result<(), StoreError> {
        let difference = Difference { before: record.before.clone(), after: record.after.clone() };
        let doc = to_json("audit record", &record.action, &difference)?;
        let args = [record.at.millis().into(), (&record.actor).into(), (&record.action).into(), (&record.object).into(), (&doc).into()];
        self.run(&sql::AUDIT, &args)?;
        Ok(())
    }
    /// Removes the oldest records beyond a number, at most [`PRUNED_AT_ONCE`](crate::PRUNED_AT_ONCE) of them. How many went; call again
    /// while it is that many.
    pub fn prune_audit(&mut self, most: u64) -> Result<u64, StoreError> {
        let Some(over) = self.row(&sql::FIRST_CHANGE_OVER, &[signed(most).into()], |row| row.int(0))? else { return Ok(0) };
        self.run(&sql::PRUNE_CHANGES, &[over.into(), signed(PRUNED_AT_ONCE).into()])
    }
}

/// Where the texts end that begin as a filter says: right before these.
struct Ends {
    action: Option<String>,
    object: Option<String>,
}

impl Ends {
    fn of(filter: &AuditFilter) -> Self {
        let end = |beginning: &Option<String>| beginning.as_ref().map(|text| format!("{text}{}", char::MAX));
        Self { action: end(&filter.action), object: end(&filter.object) }
    }
    fn args<'a>(&'a self, filter: &'a AuditFilter) -> [Arg<'a>; 7] {
        [
            filter.actor.as_deref().into(),
            filter.action.as_deref().into(),
            self.action.as_deref().into(),
            filter.object.as_deref().into(),
            self.object.as_deref().into(),
            filter.since.map_or(i64::MIN, Timestamp::millis).into(),
            filter.until.map_or(i64::MAX, Timestamp::millis).into(),
        ]
    }
}

fn change(row: &Row<'_, '_>) -> Result<AuditedChange, StoreError> {
    let Difference { before, after } = from_json("audit record", "record", row.text(5)?)?;
    let record = AuditRecord {
        at: Timestamp::from_millis(row.int(1)?),
        actor: row.text(2)?.to_owned(),
        action: row.text(3)?.to_owned(),
        object: row.text(4)?.to_owned(),
        before,
        after,
    };
    Ok(AuditedChange { no: row.int(0)?, record })
}
