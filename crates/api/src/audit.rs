//! The audit record of a change, written in the transaction that makes it.

use std::fmt::Display;

use model::log::AuditRecord;
use serde_json::Value;
use store::{StoreError, Tx};

/// Kind of object as audit records name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object(pub &'static str);

impl Object {
    /// It was made.
    pub(crate) fn created(self, tx: &mut Tx<'_>, actor: String, id: impl Display, after: Value) -> Result<(), StoreError> {
        self.record(tx, actor, "create", id, None, Some(after))
    }
    /// It was changed.
    pub(crate) fn updated(
        self,
        tx: &mut Tx<'_>,
        actor: String,
        id: impl Display,
        (before, after): (Value, Value),
    ) -> Result<(), StoreError> {
        self.record(tx, actor, "update", id, Some(before), Some(after))
    }
    /// It was removed.
    pub(crate) fn deleted(self, tx: &mut Tx<'_>, actor: String, id: impl Display, before: Value) -> Result<(), StoreError> {
        self.record(tx, actor, "delete", id, Some(before), None)
    }
    /// Something else was done with it.
    pub(crate) fn acted(self, tx: &mut Tx<'_>, actor: String, verb: &str, id: impl Display, after: Value) -> Result<(), StoreError> {
        self.record(tx, actor, verb, id, None, Some(after))
    }

    fn record(
        self,
        tx: &mut Tx<'_>,
        actor: String,
        verb: &str,
        id: impl Display,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<(), StoreError> {
        let at = tx.now();
        let record = AuditRecord { at, actor, action: format!("{}.{verb}", self.0), object: format!("{}/{id}", self.0), before, after };
        tx.audit(&record)
    }
}
