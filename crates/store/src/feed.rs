//! The change feed: numbered in commit order without gaps, trimmed by age and length.

use model::{Timestamp, change::Change, change::ChangeKind};

use crate::{
    Reader, StoreError,
    objects::{from_json, to_json},
    reader::{signed, unsigned},
    statement::feed as sql,
    tx::Pending,
};

/// How long changes are kept.
const KEPT_SECONDS: i64 = 72 * 3600;
/// How many changes are kept.
const KEPT_ROWS: u64 = 5_000_000;
/// How many rows one trim removes at most.
const TRIMMED_AT_ONCE: u64 = 2_000;

impl Reader<'_> {
    /// Position of the last change.
    pub fn head(&self) -> Result<u64, StoreError> {
        Ok(self.row(&sql::HEAD, &[], |row| row.int(0))?.map_or(0, unsigned))
    }
    /// Changes after a position, in order; at most `limit`. A first change that is not `seq + 1` means that the feed was trimmed: start
    /// anew from a snapshot.
    pub fn changes_after(&self, seq: u64, limit: u32) -> Result<Vec<Change>, StoreError> {
        self.rows(&sql::AFTER, &[signed(seq).into(), i64::from(limit).into()], |row| {
            let seq = row.int(0)?;
            Ok(Change {
                seq: unsigned(seq),
                tag: unsigned(row.int(1)?),
                kind: from_json("change", seq, row.text(2)?)?,
                at: Timestamp::from_millis(row.int(3)?),
            })
        })
    }
    /// Position of the last change of configuration.
    pub(crate) fn config_seq(&self) -> Result<u64, StoreError> {
        Ok(self.row(&sql::HEAD, &[], |row| row.int(1))?.map_or(0, unsigned))
    }

    /// Numbers the changes of a transaction and writes them: its last statements before the commit.
    pub(crate) fn append(&self, pending: &[Pending]) -> Result<Vec<Change>, StoreError> {
        if pending.is_empty() {
            return Ok(Vec::new());
        }
        let steps = pending.len() as u64;
        let last = self.row(&sql::ADVANCE, &[signed(steps).into()], |row| row.int(0))?.map_or(0, unsigned);
        let mut changes = Vec::with_capacity(pending.len());
        for (seq, change) in (last - steps + 1..).zip(pending) {
            let tag = rand::random::<u64>() >> 1;
            let body = to_json("change", seq, &change.kind)?;
            let (kind, key) = columns(&change.kind);
            let at = change.at;
            self.run(
                &sql::APPEND,
                &[signed(seq).into(), signed(tag).into(), kind.into(), (&key).into(), (&body).into(), at.millis().into()],
            )?;
            changes.push(Change { seq, tag, kind: change.kind.clone(), at });
        }
        let config = changes.iter().zip(pending).rev().find(|(_, p)| p.delta.is_some());
        if let Some((change, _)) = config {
            self.run(&sql::MARK_CONFIG, &[signed(change.seq).into()])?;
        }
        Ok(changes)
    }

    /// Removes what is too old or too much, some at a time; the last change always stays. How many rows went.
    pub(crate) fn trim(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.trim_to(now.plus_secs(-KEPT_SECONDS), KEPT_ROWS)
    }
    fn trim_to(&self, since: Timestamp, rows: u64) -> Result<u64, StoreError> {
        let head = self.head()?;
        let Some(oldest) = self.row(&sql::OLDEST, &[], |row| row.int(0))?.map(unsigned) else { return Ok(0) };
        let young = self.row(&sql::FIRST_SINCE, &[since.millis().into()], |row| row.int(0))?.map_or(head, unsigned);
        let below = young.max((head + 1).saturating_sub(rows)).min(oldest + TRIMMED_AT_ONCE).min(head);
        if below <= oldest { Ok(0) } else { self.run(&sql::TRIM, &[signed(below).into()]) }
    }
}

/// What stands in the columns `kind` and `key`.
fn columns(kind: &ChangeKind) -> (&'static str, String) {
    match kind {
        ChangeKind::Object { noun, id } => ("object", format!("{noun}/{id}")),
        ChangeKind::SessionStarted { nonce } => ("session_started", nonce.to_string()),
        ChangeKind::SessionRevoked { nonce, .. } => ("session_revoked", nonce.to_string()),
        ChangeKind::UserRevoked { user_id, .. } => ("user_revoked", user_id.to_string()),
        ChangeKind::Standing { user_id } => ("standing", user_id.to_string()),
        ChangeKind::User { user_id } => ("user", user_id.to_string()),
    }
}

#[cfg(test)]
mod tests;
