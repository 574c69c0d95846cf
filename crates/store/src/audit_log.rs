//! The audit log: administrators' changes, written in the transaction that made them.

use model::{Timestamp, log::AuditRecord};
use serde::{Deserialize, Serialize};

use crate::{
    Listed, Page, Reader, StoreError, Tx,
    objects::{from_json, to_json},
    statement::logs as sql,
};

/// The parts of a record that have no column.
#[derive(Serialize, Deserialize)]
struct Difference {
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
}

impl Reader<'_> {
    /// A page of changes, newest first.
    pub fn list_audit(&self, page: Page) -> Result<Listed<AuditRecord>, StoreError> {
        let items = self.rows(&sql::AUDITS, &[page.limit().into(), page.offset().into()], |row| {
            let Difference { before, after } = from_json("audit record", "record", row.text(4)?)?;
            Ok(AuditRecord {
                at: Timestamp::from_millis(row.int(0)?),
                actor: row.text(1)?.to_owned(),
                action: row.text(2)?.to_owned(),
                object: row.text(3)?.to_owned(),
                before,
                after,
            })
        })?;
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
}
